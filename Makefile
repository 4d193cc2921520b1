# Everything one does here. `make` alone lists it.

.DEFAULT_GOAL := help
SHELL := /bin/sh

# The first Python that will do; name another with PYTHON=…
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	command -v $$python >/dev/null 2>&1 || continue; \
	$$python -c 'import sys; sys.exit(sys.version_info[:3] < (3, 11, 2))' 2>/dev/null && { echo $$python; break; }; done)
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check install -qq
# More for pytest: make test ARGS="tests/people -x"
ARGS ?=

.PHONY: help run test quick lint fmt lock bench clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

run: $(VENV)/installed ## start SmartSupport on port 8000 (PORT); Ctrl-C stops it
	@$(PY) manage.py migrate --verbosity 0 && $(PY) manage.py demo --if-empty && exec $(PY) manage.py serve

test: $(VENV)/installed-dev ## the whole test suite, on SQLite or on DATABASE_URL and REDIS_URL
	@$(PY) -m pytest -n auto --maxprocesses 8 --dist worksteal $(ARGS)

quick: $(VENV)/installed-dev ## the tests that take no browser, no processes and no patience
	@$(PY) -m pytest -n auto --maxprocesses 8 --dist worksteal -m "not slow" $(ARGS)

lint: $(VENV)/installed-dev ## ruff, mypy, migrations
	@$(PY) -m ruff check . && $(PY) -m ruff format --check . && $(PY) -m mypy . && \
		$(PY) manage.py makemigrations --check --dry-run

fmt: $(VENV)/installed-dev ## put the code in order
	@$(PY) -m ruff check --fix-only --quiet . && $(PY) -m ruff format .

lock: $(VENV)/installed-dev ## compile requirements*.in into requirements*.txt
	@for name in requirements requirements-dev; do UV_CUSTOM_COMPILE_COMMAND="make lock" $(PY) -m uv pip compile --quiet \
		--universal --python-version 3.11.2 --no-emit-index-url $$name.in -o $$name.txt; done

bench: $(VENV)/installed-dev ## figures, beside a bare Django view
	@$(PY) -m bench $(ARGS)

clean: ## remove the environment and what tools left behind; var/ with its data stays
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .test-database
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	@test -n "$(PYTHON)" || { echo "SmartSupport needs Python 3.11.2 or later: install it, or name it with PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:3] < (3, 11, 2))' 2>/dev/null || \
		{ echo "$(PYTHON) is not Python 3.11.2 or later: install one, or name it with PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) lacks its venv module: install it (on Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python could not make $(VENV) here; see above." >&2; exit 1; }

$(VENV)/installed: requirements.txt | $(PY)
	@echo "Installing packages; this takes about half a minute, once."
	@$(PIP) -r requirements.txt || { echo "Packages could not be installed: is the package index reachable?" >&2; exit 1; }
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	@echo "Installing what tests and tools need."
	@$(PIP) -r requirements.txt -r requirements-dev.txt || \
		{ echo "Packages could not be installed: is the package index reachable?" >&2; exit 1; }
	@touch $@
