"""What is measured: one module each, with a list CASES. A new one is added to MODULES, and that is all.

Modules are imported by processes without Django too: what needs it is imported inside the functions.
"""

from __future__ import annotations

from importlib import import_module

from bench.cases.case import Case

MODULES = ("submit", "api_submit", "ticket_list", "pages", "transition", "delivery", "imports")


def all_cases() -> list[Case]:
    return [case for name in MODULES for case in import_module(f"bench.cases.{name}").CASES]


def names() -> list[str]:
    """What `--only` takes."""
    return list(dict.fromkeys(case.name for case in all_cases()))
