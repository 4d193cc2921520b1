"""One process for each side, with that side's settings: it fills, prepares, times Python calls, counts SQL statements.

Probe (in the harness) sends a line of JSON for each question; the process answers with one, and
ends when its input does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from bench.cases.case import OURS, Arm, Page, Side
from bench.problems import HarnessProblem

SETTINGS = {"ours": "backoffice.settings", "bare": "bench.bare.settings"}
#: Where each side keeps its people and tickets.
HOUSES = {"ours": "bench.ours", "bare": "bench.bare.people"}
ROOT = Path(__file__).resolve().parent.parent


class Probe:
    """The harness's end."""

    def __init__(self, side: Side, *, environ: dict[str, str]) -> None:
        self.side = side
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "bench.probe", side],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            start_new_session=True,  # a Ctrl-C is for the harness, which takes everything down in order
            env=environ | {"DJANGO_SETTINGS_MODULE": SETTINGS[side]},
        )

    def ask(self, question: str, **given: Any) -> Any:
        """Raises HarnessProblem with the other end's traceback."""
        assert self._process.stdin is not None  # noqa: S101 - for the type checker
        assert self._process.stdout is not None  # noqa: S101
        try:
            self._process.stdin.write(json.dumps({"question": question, "given": given}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise HarnessProblem(f"The probe of {self.side} has ended; see above.") from None
        line = self._process.stdout.readline()
        if not line:
            raise HarnessProblem(f"The probe of {self.side} has ended; see above.")
        answer = json.loads(line)
        if "trouble" in answer:
            raise HarnessProblem(f"{self.side}, {question}: {answer['trouble']}")
        return answer["answer"]

    def prepare(self, arm: Arm, *, count: int) -> list[Page]:
        """Over HTTP the pages to ask for; in Python nothing, for the call stays there."""
        pages = self.ask("prepare", address=arm.address, over_http=arm.over_http, count=count)
        return [Page(**page) for page in pages]

    def time(self, arm: Arm, *, times: int) -> list[float]:
        return self.ask("time", address=arm.address, times=times)

    def statements(self, arm: Arm) -> list[str]:
        return self.ask("statements", address=arm.address, over_http=arm.over_http)

    def close(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


class Answers:
    """The other end: a method for each question."""

    def __init__(self, side: str) -> None:
        self.side = side
        self.calls: dict[str, Callable[[], object]] = {}

    def migrate(self) -> None:
        from django.core.management import call_command

        call_command("migrate", verbosity=0, run_syncdb=True)
        if self.side == OURS:
            # Some libraries ask for a static file while they load: who begins before the server would never learn the
            # names that it gives to them.
            call_command("collectstatic", interactive=False, verbosity=0)

    def fill(self, *, originals: int, before: int, after: int) -> None:
        self._house().fill(originals=originals, before=before, after=after)

    def web_command(self) -> list[str]:
        """How the real web server is started; the bare one is started likewise."""
        from backoffice.management.commands.serve import web_command

        return web_command()

    def headers(self) -> dict[str, str]:
        """What makes a request one of somebody signed in whose forms are taken."""
        from django.conf import settings

        # No sign-in page: hashing a password takes a tenth of a second, and is not what is measured here.
        token = "b" * 32
        cookies = {settings.SESSION_COOKIE_NAME: self._session_key(), settings.CSRF_COOKIE_NAME: token}
        return {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": token,
        }

    def prepare(self, *, address: str, over_http: bool, count: int) -> list[dict[str, Any]]:
        prepared = _function(address)(count)
        if over_http:
            return [page.as_data() for page in prepared]
        self.calls[address] = prepared
        return []

    def time(self, *, address: str, times: int) -> list[float]:
        call, found = self.calls[address], []
        for _ in range(times):
            begin = time.perf_counter()
            call()
            found.append((time.perf_counter() - begin) * 1000)
        return found

    def statements(self, *, address: str, over_http: bool) -> list[str]:
        """Those of the second time: the first also fills what is kept in memory."""
        from django.db import connections, reset_queries
        from django.test.utils import CaptureQueriesContext

        prepared = _function(address)(2)
        call = self._page_by_page(prepared) if over_http else prepared
        call()
        # The log of queries is full after some thousand, and then what is new no longer shows at its end.
        reset_queries()
        with ExitStack() as stack:
            captures = [stack.enter_context(CaptureQueriesContext(connections[alias])) for alias in connections]
            call()
        said = [query["sql"] for capture in captures for query in capture.captured_queries]
        # The brackets of a transaction do no work, and some drivers send them along with the next statement.
        return [sql for sql in said if not sql.upper().startswith(("BEGIN", "COMMIT", "ROLLBACK;"))]

    def take_file_through(self, *, kind: str, rows: int) -> dict[str, Any]:
        from bench import files

        return files.taken_through(kind, rows)

    def _page_by_page(self, pages: list[Page]) -> Callable[[], object]:
        from django.conf import settings
        from django.test import Client

        somebody, stranger = (Client(headers={"host": "127.0.0.1"}) for _ in range(2))
        left = iter(pages)
        somebody.cookies[settings.SESSION_COOKIE_NAME] = self._session_key()

        def ask() -> None:
            page = next(left)
            answer = (somebody if page.is_signed_in else stranger).generic(
                page.method,
                page.path,
                data=page.body,
                content_type=page.content_type,
                headers=page.headers,
            )
            if answer.status_code != page.status:
                raise ValueError(f"{page.path} answered {answer.status_code}, not {page.status}.")

        return ask

    def _session_key(self) -> str:
        from django.conf import settings
        from django.contrib import auth

        person = self._house().signed_in()
        session = import_module(settings.SESSION_ENGINE).SessionStore()
        session[auth.SESSION_KEY] = str(person.pk)
        session[auth.BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[auth.HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.save()
        return session.session_key

    def _house(self) -> Any:
        return import_module(HOUSES[self.side])


def _function(address: str) -> Callable[[int], Any]:
    module, name = address.split(":")
    return getattr(import_module(module), name)


def answer(line: str, answers: Answers) -> dict[str, Any]:
    asked = json.loads(line)
    try:
        return {"answer": getattr(answers, asked["question"])(**asked["given"])}
    except Exception:  # noqa: BLE001 - the harness says it, whatever it is
        return {"trouble": traceback.format_exc()}


def main(side: str, questions: IO[str], said: IO[str]) -> None:
    import django

    django.setup()
    answers = Answers(side)
    for line in questions:
        said.write(json.dumps(answer(line, answers)) + "\n")
        said.flush()


if __name__ == "__main__":
    # What some library prints must not get between the answers.
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    main(sys.argv[1] if len(sys.argv) > 1 else OURS, sys.stdin, channel)
