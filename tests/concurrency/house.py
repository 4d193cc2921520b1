"""A whole installation of its own, in processes of its own: a database outside the tests' transactions, a queue, and
the real worker, which can be killed like any process."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
from django.conf import settings

from tests import template_database

#: Seconds after which a worker that does nothing is a failure; no measure of how long anything takes.
PATIENCE = 120
#: As in worker_settings.py.
LEASE_SECONDS = 0.5


class House:
    """`database_url`: a server on which a database is made, or None for a SQLite file. `redis_url`: None for a file."""

    def __init__(self, folder: Path, *, database_url: str | None, redis_url: str | None) -> None:
        self.folder = folder
        self.database_url = _new_database(database_url) if database_url else None
        self.worker: subprocess.Popen[bytes] | None = None
        taken_over = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        self.env = {
            **taken_over,
            "DATA_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "tests.concurrency.worker_settings",
            **({"DATABASE_URL": self.database_url} if self.database_url else {}),
            **({"REDIS_URL": redis_url} if redis_url else {}),
        }

    def run(self, *command: str) -> None:
        """A command to its end; its output is shown when it fails."""
        done = subprocess.run(
            command, env=self.env, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def migrate(self) -> None:
        if not self.database_url:
            template_database.copy_to(self.folder / "db.sqlite3")
        self.run(sys.executable, "manage.py", "migrate", "--verbosity", "0")

    def order(self, call: str) -> None:
        """Have one of tests.concurrency.workshop.orders carried out, in Python: "write_emails(500)"."""
        code = f"import django; django.setup(); from tests.concurrency.workshop import orders; orders.{call}"
        self.run(sys.executable, "-W", "error::RuntimeWarning", "-c", code)

    def start_worker(self) -> None:
        with (self.folder / "worker.log").open("ab") as log:
            self.worker = subprocess.Popen(
                [sys.executable, "manage.py", "run_huey"],
                env=self.env,
                cwd=settings.BASE_DIR,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill_worker(self) -> None:
        """SIGKILL to all of its processes: nothing of it can say goodbye."""
        worker, self.worker = self.worker, None
        assert worker is not None
        assert worker.poll() is None, self.log()
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        # The next worker takes what this one held as soon as it starts; a minute later if it were too early.
        time.sleep(LEASE_SECONDS)

    def wait_until(self, ready: Callable[[], Any]) -> None:
        until = time.monotonic() + PATIENCE
        while not ready():
            assert self.worker is None or self.worker.poll() is None, self.log()
            assert time.monotonic() < until, f"It did not come about.\n{self.log()}"
            time.sleep(0.05)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        if self.database_url:
            connection: Any = psycopg2.connect(self.database_url)
        else:
            connection = sqlite3.connect(self.folder / "db.sqlite3", timeout=20)
        with closing(connection), closing(connection.cursor()) as cursor:
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]

    def log(self) -> str:
        return (self.folder / "worker.log").read_text()

    def close(self) -> None:
        if self.worker is not None and self.worker.poll() is None:
            self.kill_worker()
        if self.database_url:
            _on_server(self.database_url, f'DROP DATABASE "{urlsplit(self.database_url).path[1:]}" WITH (FORCE)')


def _new_database(server: str) -> str:
    name = f"test_house_{uuid.uuid4().hex[:12]}"
    template = template_database.name_on_server()
    known = _on_server(server, f"SELECT 1 FROM pg_database WHERE datname = '{template}'")  # noqa: S608 - of our making
    _on_server(server, f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if known else ""))
    return urlsplit(server)._replace(path=f"/{name}").geturl()


def _on_server(url: str, command: str) -> list[tuple]:
    with closing(psycopg2.connect(urlsplit(url)._replace(path="/postgres").geturl())) as connection:
        connection.autocommit = True  # databases are not made in a transaction
        cursor = connection.cursor()
        cursor.execute(command)
        return cursor.fetchall() if cursor.description else []
