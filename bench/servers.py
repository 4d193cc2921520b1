"""The two web servers of a run, and the client that asks them."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from backoffice.supervisor import die_with
from bench.cases.case import Page
from bench.machine import resident_megabytes
from bench.probe import ROOT
from bench.problems import HarnessProblem

#: Seconds until a server must answer, and for any one answer.
PATIENCE = 60
#: Connections at once while warming up: enough that every process of a server gets some.
WARMING = 16


class Server:
    """One web server; `stop()` it whatever happens."""

    def __init__(self, name: str, command: list[str], *, port: int, environ: dict[str, str]) -> None:
        self.name, self.port = name, port
        # The server must not outlive a killed harness.
        self._process = subprocess.Popen(  # noqa: S603 - our own command line
            command,
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with(os.getpid()),
        )

    def wait_until_it_answers(self, path: str) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise HarnessProblem(f"The {self.name} server ended with code {self._process.returncode}; see above.")
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
                connection.request("GET", path)
                connection.getresponse().read()
                connection.close()
                return
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
        raise HarnessProblem(f"The {self.name} server does not answer within {PATIENCE} seconds.")

    def memory(self) -> float | None:
        return resident_megabytes(self._process.pid)

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def ours(*, port: int, environ: dict[str, str]) -> Server:
    return Server("real", [sys.executable, "manage.py", "serve", "--only", "web"], port=port, environ=environ)


def bare(web_command: list[str], *, port: int, environ: dict[str, str]) -> Server:
    """By the same command as ours, but for the application and the address."""
    command = list(web_command)
    command[command.index("backoffice.wsgi:application")] = "bench.bare.server:application"
    command[command.index("--bind") + 1] = f"127.0.0.1:{port}"
    return Server("bare", command, port=port, environ=environ)


class Client:
    """Somebody signed in with a browser that keeps its connection open."""

    def __init__(self, server: Server, headers: dict[str, str]) -> None:
        self.server, self.headers = server, headers

    def warm_up(self, pages: Sequence[Page]) -> None:
        """Ask on many connections at once, so that no process of the server answers its first page while timed."""

        def ask(some: Sequence[Page]) -> None:
            client = Client(self.server, self.headers)
            client.time(some)

        with ThreadPoolExecutor(WARMING) as pool:
            list(pool.map(ask, [pages[at::WARMING] for at in range(min(WARMING, len(pages)))]))

    def time(self, pages: Sequence[Page]) -> list[float]:
        """Milliseconds from each request to its last byte, on one connection that is kept open.

        Raises HarnessProblem when an answer is not as expected: a page that refuses is quick, and proves nothing.
        """
        with closing(http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)) as connection:
            connection.connect()
            return [self._time_one(connection, page) for page in pages]

    def _time_one(self, connection: http.client.HTTPConnection, page: Page) -> float:
        body = page.body.encode() if page.method == "POST" else None
        own = self.headers if page.is_signed_in else {}
        headers = own | ({"Content-Type": page.content_type} if body is not None else {}) | page.headers
        begin = time.perf_counter()
        try:
            connection.request(page.method, page.path, body=body, headers=headers)
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise HarnessProblem(f"The {self.server.name} server broke off at {page.path}: {error}") from None
        taken = (time.perf_counter() - begin) * 1000
        self._check(page, response.status, answer.decode(errors="replace"))
        return taken

    def _check(self, page: Page, status: int, body: str) -> None:
        where = f"{page.method} {page.path} of the {self.server.name} server"
        if status != page.status:
            raise HarnessProblem(f"{where} answered {status} instead of {page.status}.")
        if missing := [words for words in page.has if words not in body]:
            raise HarnessProblem(f"{where} lacks {', '.join(missing)}, which it should show.")
        if extra := [words for words in page.lacks if words in body]:
            raise HarnessProblem(f"{where} shows {', '.join(extra)}, which it should not.")
