#!/usr/bin/env python
"""Django's command line for SmartSupport."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        print("The packages are not installed here: run `make run`, or use .venv/bin/python.", file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from None
    from backoffice.env import EnvironmentProblem, stop

    try:
        execute_from_command_line(sys.argv)
    except EnvironmentProblem as problem:
        stop(problem)


if __name__ == "__main__":
    main()
