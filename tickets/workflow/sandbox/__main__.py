"""`python -m tickets.workflow.sandbox`: the server as a process of its own, without Django in its memory, as `serve`
starts it. By hand it is `manage.py workflow_sandbox`, which knows where SmartSupport answers."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path

from tickets.workflow.sandbox import keys, running


def main() -> None:
    parser = ArgumentParser(description="A workflow system to try SmartSupport with.")
    parser.add_argument("--data-dir", type=Path, required=True, help="SmartSupport's DATA_DIR: the keys lie there")
    parser.add_argument("--site", required=True, help="where SmartSupport answers")
    running.add_options(parser)
    given = parser.parse_args()
    kept = keys.kept_in(given.data_dir)
    try:
        sandbox = running.sandbox_of(vars(given), site=given.site, kept=kept)
    except OSError as error:
        # As a sentence: whoever runs `serve` reads it.
        print(f"The workflow sandbox can't listen on port {given.port}: {error.strerror}.", file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from None
    running.until_stopped(sandbox)


if __name__ == "__main__":
    main()
