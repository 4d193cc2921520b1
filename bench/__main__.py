"""The command line: `make bench`, or `python -m bench --help`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path
from types import FrameType

from bench import cases, harness
from bench.figures import report
from bench.problems import HarnessProblem

#: When the harness could not measure. A goal that is missed is no failure of the harness.
FAILED = 2
BEGIN = time.monotonic()


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure the house beside the least Django that does the same job."
    )
    parser.add_argument("--tickets", type=_numbers, default=[1_000, 100_000], help="sizes, such as 1000,100000")
    parser.add_argument("--only", type=_names, default=[], help=f"some of: {','.join(cases.names())}")
    parser.add_argument("--repetitions", type=int, default=200, help="of each arm of each case (200)")
    parser.add_argument(
        "--rows", type=_numbers, default=[10_000, 100_000], help="of the files that are taken through whole"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="also write everything there, with the SQL statements"
    )
    return parser.parse_args(words)


def _numbers(text: str) -> list[int]:
    return [int(word) for word in text.replace("_", "").split(",")]


def _names(text: str) -> list[str]:
    chosen = text.split(",")
    if unknown := set(chosen) - set(cases.names()):
        raise argparse.ArgumentTypeError(f"no case is called {', '.join(sorted(unknown))}")
    return chosen


def say(sentence: str) -> None:
    print(f"{time.monotonic() - BEGIN:5.0f} s  {sentence}", file=sys.stderr, flush=True)  # noqa: T201 - a tool's words


def main(words: list[str] | None = None) -> int:
    given = arguments(words)
    signal.signal(signal.SIGTERM, _stop)
    try:
        harness.checked(given.tickets, given.repetitions, given.rows)
        outcome = harness.run(
            harness.Options(
                tickets=given.tickets, only=given.only, repetitions=given.repetitions, rows=given.rows, say=say
            )
        )
    except HarnessProblem as problem:
        say(str(problem))
        return FAILED
    except KeyboardInterrupt:
        say("Stopped; servers and databases of the bench are gone.")
        return FAILED
    print(report(outcome.results, outcome.memory, outcome.files))  # noqa: T201
    if given.json:
        found = {
            "results": [result.as_data() for result in outcome.results],
            "memory": [asdict(at) for at in outcome.memory],
            "files": [asdict(file) for file in outcome.files],
        }
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


def _stop(signum: int, frame: FrameType | None) -> None:
    # As Ctrl-C: what was started is taken down on the way out.
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
