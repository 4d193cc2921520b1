"""`make` on a machine that lacks something: one sentence that says what to install, and no broken environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.backoffice.conftest import ROOT


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What make looks at, without an environment yet."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    return tmp_path


def python(clone: Path, *, says_no_to: str) -> Path:
    """A Python that answers `-c` with failure when the code has the word, and is the real one otherwise."""
    script = clone / "python"
    script.write_text(f'#!/bin/sh\ncase "$2" in *{says_no_to}*) exit 1;; esac\nexec {sys.executable} "$@"\n')
    script.chmod(0o755)
    return script


def make(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", "-C", str(clone), *arguments], env=environ, capture_output=True, text=True, check=False
    )


def sentences(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What it said, without make's own lines."""
    return [line for line in done.stderr.splitlines() if not line.startswith("make")]


@pytest.mark.parametrize(
    ("lacks", "says"), [("version_info", "is not Python 3.11.2 or later"), ("ensurepip", "apt install python3-venv")]
)
def test_what_is_missing_is_one_sentence(clone: Path, lacks: str, says: str) -> None:
    done = make(clone, "run", f"PYTHON={python(clone, says_no_to=lacks)}")
    assert done.returncode != 0
    assert len(sentences(done)) == 1
    assert says in sentences(done)[0]
    assert not (clone / ".venv").exists()


def test_no_python_at_all_is_one_sentence(clone: Path) -> None:
    done = make(clone, "run", "PYTHON=")
    assert sentences(done) == ["SmartSupport needs Python 3.11.2 or later: install it, or name it with PYTHON=…"]


def test_make_alone_lists_what_there_is(clone: Path) -> None:
    said = make(clone).stdout
    for target in ("run", "test", "lint", "fmt", "lock", "bench", "clean"):
        assert f"make {target} " in said
