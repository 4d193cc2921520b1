"""What a run needs of the machine: databases of its own, an empty Redis database, free ports, and looks at memory."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import redis

from bench.problems import HarnessProblem

DEFAULT_SERVER = "postgres://postgres@127.0.0.1:5432/postgres"
PREFIX = "smartsupport_bench_"


def postgresql_server() -> str:
    """The maintenance database of the server to be used; the bench makes its own beside it, and needs no other."""
    url = os.environ.get("DATABASE_URL") or DEFAULT_SERVER
    if urlsplit(url).scheme not in {"postgres", "postgresql"}:
        raise HarnessProblem(
            "The bench measures on PostgreSQL, and DATABASE_URL names something else. "
            "Unset it, or give DATABASE_URL=postgres://user:password@host/name."
        )
    return urlsplit(url)._replace(path="/postgres").geturl()


@contextmanager
def databases(*suffixes: str) -> Iterator[list[str]]:
    """Addresses of new, empty databases, dropped at the end."""
    server, stem = postgresql_server(), f"{PREFIX}{secrets.token_hex(4)}"
    names = [f"{stem}_{suffix}" for suffix in suffixes]
    made: list[str] = []
    with closing(_connect(server)) as connection:
        try:
            for name in names:
                _execute(connection, f'CREATE DATABASE "{name}"')
                made.append(name)
            yield [urlsplit(server)._replace(path=f"/{name}").geturl() for name in names]
        finally:
            for name in made:
                _execute(connection, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _connect(server: str) -> psycopg2.extensions.connection:
    try:
        connection = psycopg2.connect(server, connect_timeout=5)
    except psycopg2.OperationalError as error:
        parts = urlsplit(server)
        said = str(error).strip().splitlines()[-1]
        raise HarnessProblem(
            f"No PostgreSQL to measure on at {parts.hostname or 'the local socket'}:{parts.port or 5432} ({said}). "
            "Start one, or name one: DATABASE_URL=postgres://user:password@host/name. "
            "The bench makes databases of its own there and drops them."
        ) from None
    connection.autocommit = True
    return connection


def _execute(connection: psycopg2.extensions.connection, statement: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    except psycopg2.Error as error:
        raise HarnessProblem(f"PostgreSQL refused “{statement}”: {str(error).strip()}") from None


@contextmanager
def redis_database() -> Iterator[str | None]:
    """The address of REDIS_URL, emptied at the end; None where it is not set."""
    url = os.environ.get("REDIS_URL")
    if not url:
        yield None
        return
    with closing(redis.Redis.from_url(url, socket_connect_timeout=5)) as client:
        try:
            if client.dbsize():
                raise HarnessProblem(
                    "The database that REDIS_URL names is not empty, and the bench empties the one it uses. "
                    "Name an unused one by its number, such as redis://127.0.0.1:6379/15."
                )
        except redis.RedisError as error:
            raise HarnessProblem(f"No Redis answers at REDIS_URL ({error}). Start it, or unset REDIS_URL.") from None
        try:
            yield url
        finally:
            client.flushdb()


class Waiting:
    """How much waiting for a processor there is on this machine, from when this is made."""

    PRESSURE = Path("/proc/pressure/cpu")

    def __init__(self) -> None:
        self._begin, self._waited = time.monotonic(), self._seconds()

    def share(self) -> float | None:
        """Of the time since; None where the kernel does not tell."""
        now = self._seconds()
        if now is None or self._waited is None:
            return None
        return (now - self._waited) / max(time.monotonic() - self._begin, 0.001)

    def _seconds(self) -> float | None:
        try:
            some = self.PRESSURE.read_text().splitlines()[0]
        except OSError:
            return None
        return int(some.rpartition("total=")[2]) / 1_000_000


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def resident_megabytes(process: int) -> float | None:
    """Of a process and all its descendants, what they share counted once; None where the kernel does not tell."""
    if not Path("/proc/self/smaps_rollup").exists():
        return None
    parents = {int(path.name): _parent(path) for path in Path("/proc").glob("[0-9]*")}
    family, added = {process}, True
    while added:
        more = {child for child, parent in parents.items() if parent in family} - family
        family, added = family | more, bool(more)
    return sum(_proportional_kilobytes(member) for member in family) / 1024


def _parent(process: Path) -> int:
    try:
        # The name in parentheses may hold anything: what follows its last one is split.
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError):
        return 0  # it has ended meanwhile


def _proportional_kilobytes(process: int) -> int:
    """Its own pages, and of those that several have mapped its share."""
    try:
        said = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in said.splitlines() if line.startswith("Pss:"))
