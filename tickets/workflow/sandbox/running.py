"""What both ways to start the sandbox share: its options, and running until it is told to stop."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tickets.workflow.sandbox.keys import Keys
from tickets.workflow.sandbox.moods import Mood
from tickets.workflow.sandbox.sandbox import Sandbox


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8001, help="where it listens on this machine (8001)")
    parser.add_argument("--pace", type=float, default=8.0, help="seconds between two steps of its work (8)")
    parser.add_argument("--mood", choices=[mood.value for mood in Mood], default=Mood.WELL.value, help="how it behaves")
    parser.add_argument("--no-answers", action="store_true", help="it tells only what is sent by hand")
    parser.add_argument("--data", type=Path, help="SQLite file for what it keeps; without, it forgets at its end")


def sandbox_of(given: Mapping[str, Any], *, site: str, kept: Keys) -> Sandbox:
    """Not started yet. Raises OSError when the port can't be had."""
    return Sandbox(
        site=site,
        callback_secret=kept.callback_secret,
        api_key=kept.api_key,
        mood=given["mood"],
        port=given["port"],
        data=given["data"] or ":memory:",
        pace=given["pace"],
        answers=not given["no_answers"],
    )


def until_stopped(sandbox: Sandbox) -> None:
    """Ctrl-C or SIGTERM ends it."""
    told = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, lambda *_given: told.set())
    with sandbox:
        told.wait()
