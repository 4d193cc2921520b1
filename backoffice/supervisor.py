"""Keeps the web server and the worker running: `python -m backoffice.supervisor PLAN`, started by `manage.py serve`.

Nothing but the standard library, and no Django: it lies in memory as long as the site runs, and must outlive whatever
is wrong with the rest. Each child leads a process group of its own, so that what a dead child leaves behind can be
ended as a whole; on Linux the kernel ends a child whose supervisor was killed.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

#: Seconds between two looks at the children.
TICK = 0.1
#: Seconds that children get to end what they are at; gunicorn and the consumer give up after 20 by themselves.
PATIENCE = 30.0
#: Seconds before a child that died is started again: at once, then doubling up to this.
LONGEST_PAUSE = 30.0
#: A child that lived this many seconds is well again; its next death starts at the shortest pause.
WELL_AFTER = 60.0

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Plan:
    """What to run: the command line of each child; where the web server will answer, and what to say when it does."""

    children: dict[str, list[str]]
    address: tuple[str, int] | None = None
    banner: str = ""

    def as_json(self) -> str:
        return json.dumps({"children": self.children, "address": self.address, "banner": self.banner})

    @classmethod
    def from_json(cls, text: str) -> Plan:
        given = json.loads(text)
        address = tuple(given["address"]) if given["address"] else None
        return cls(given["children"], address, given["banner"])


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - the supervisor has no logging set up


def die_with(parent: int) -> Callable[[], None]:
    """To be run in the child before its program starts: ask the kernel for SIGTERM when the supervisor is gone."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def ask() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
            if os.getppid() != parent:  # it died before we asked
                os._exit(1)

    return ask


@dataclass
class Child:
    """One program of the plan, and when it may be started again."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    start_at: float = field(default_factory=time.monotonic)

    def start(self) -> None:
        # preexec_fn is safe here: this process has one thread.
        self.process = subprocess.Popen(  # noqa: S603 - our own command line
            self.command,
            start_new_session=True,
            preexec_fn=die_with(os.getpid()),
        )
        self.started_at = time.monotonic()

    def look_after(self) -> None:
        """Start it when it is due; notice that it died."""
        if self.process is None:
            if time.monotonic() >= self.start_at:
                self.start()
            return
        code = self.process.poll()
        if code is not None:
            self.end_group(signal.SIGKILL)
            self.process = None
            self._plan_restart(code)

    def _plan_restart(self, code: int) -> None:
        lived = time.monotonic() - self.started_at
        self.deaths = 1 if lived > WELL_AFTER else self.deaths + 1
        pause = min(LONGEST_PAUSE, 0.5 * 2 ** (self.deaths - 1))
        self.start_at = time.monotonic() + pause
        say(f"The {self.name} ended unexpectedly ({what_ended(code)}) and is started again in {pause:g} s.")

    def end_group(self, signum: signal.Signals) -> None:
        """Also what the child started itself; it may be gone already."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signum)
            except (ProcessLookupError, PermissionError):
                return

    def tell(self, signum: signal.Signals) -> None:
        """To the child alone: it ends its own children in good order."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signum)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


def what_ended(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


class Supervisor:
    def __init__(self, plan: Plan) -> None:
        self.children = [Child(name, command) for name, command in plan.children.items()]
        self.plan = plan
        self.stops = 0
        self.announced = plan.address is None

    def run(self) -> None:
        """Until a stop signal came and every child has ended."""
        for signum in STOP_SIGNALS:
            signal.signal(signum, self._note_stop)
        while not self.stops:
            for child in self.children:
                child.look_after()
            self._announce()
            time.sleep(TICK)
        self._stop()

    def _note_stop(self, signum: int, frame: FrameType | None) -> None:
        self.stops += 1

    def _announce(self) -> None:
        if self.announced or self.plan.address is None:
            return
        try:
            socket.create_connection(self.plan.address, timeout=TICK).close()
        except OSError:
            return
        self.announced = True
        print(self.plan.banner, flush=True)  # noqa: T201 - what the person at the terminal is waiting for

    def _stop(self) -> None:
        for child in self.children:
            child.tell(signal.SIGTERM)
        until = time.monotonic() + PATIENCE
        while any(child.is_running for child in self.children) and time.monotonic() < until and self.stops < 2:
            time.sleep(TICK)
        for child in self.children:
            child.end_group(signal.SIGKILL)
            if child.process is not None:
                child.process.wait()


def main() -> None:
    Supervisor(Plan.from_json(sys.argv[1])).run()


if __name__ == "__main__":
    main()
