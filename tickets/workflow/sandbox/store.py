"""What the sandbox keeps: an SQLite database of its own, in a file or in memory. Times are seconds since the epoch."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]

TABLES = (
    """CREATE TABLE IF NOT EXISTS ticket (
    number TEXT PRIMARY KEY, subject TEXT, requester TEXT, department TEXT, priority TEXT, description TEXT,
    word TEXT, technician TEXT DEFAULT '', modified REAL, taken REAL, openings INTEGER DEFAULT 0)""",
    # `times`: how often it came; `code` and `answer`: what the first one was told, and so is every other.
    """CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY, key TEXT UNIQUE, number TEXT, event TEXT, request TEXT, code INTEGER, answer TEXT,
    taken REAL, times INTEGER DEFAULT 1)""",
    """CREATE TABLE IF NOT EXISTS file (
    id INTEGER PRIMARY KEY, number TEXT, delivery INTEGER, name TEXT, kind TEXT, size INTEGER, sha256 TEXT DEFAULT '',
    error TEXT DEFAULT '')""",
    # A step is planned (`body` is NULL), happens at `due` (`body` says what), and is sent until it `is_over`.
    """CREATE TABLE IF NOT EXISTS callback (
    id INTEGER PRIMARY KEY, webhook_id TEXT, number TEXT, word TEXT, technician TEXT, note TEXT, resolution TEXT,
    due REAL, body TEXT, tries INTEGER DEFAULT 0, is_over INTEGER DEFAULT 0, sent REAL, code INTEGER,
    answer TEXT DEFAULT '')""",
    "CREATE INDEX IF NOT EXISTS callback_due ON callback (is_over, due)",
    "CREATE INDEX IF NOT EXISTS callback_number ON callback (number)",
    "CREATE INDEX IF NOT EXISTS delivery_number ON delivery (number)",
    "CREATE INDEX IF NOT EXISTS file_number ON file (number)",
)


class Store:
    """One connection that all threads share."""

    def __init__(self, path: str | Path = ":memory:") -> None:
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        if str(path) != ":memory:":
            self.ask("PRAGMA journal_mode=WAL")
        # What it kept is lost with the machine's power, at worst: it is there to try things with.
        self.ask("PRAGMA synchronous=OFF")
        for table in TABLES:
            self.ask(table)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Statements that belong together: all of them are kept or, when something breaks or the process is killed in
        between, none. Other threads wait meanwhile."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            with self._connection:  # commits, or takes back
                self.ask("BEGIN IMMEDIATE")
                yield

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def empty(self) -> None:
        with self.together():
            for table in ("ticket", "delivery", "file", "callback"):
                self.ask(f"DELETE FROM {table}")  # noqa: S608 - one of these four

    def ask(self, sql: str, *values: Any) -> list[Row]:
        with self._lock:
            return [dict(row) for row in self._connection.execute(sql, values).fetchall()]

    def one(self, sql: str, *values: Any) -> Row | None:
        found = self.ask(sql, *values)
        return found[0] if found else None

    def count(self, sql: str, *values: Any) -> int:
        return int(next(iter(self.ask(sql, *values)[0].values())))

    # Tickets

    def ticket(self, number: str) -> Row | None:
        return self.one("SELECT * FROM ticket WHERE number = ?", number)

    def tickets(self, *, since: float = 0.0, first: int = 0, most: int = -1) -> list[Row]:
        """The last changed first."""
        return self.ask(
            "SELECT * FROM ticket WHERE modified >= ? ORDER BY modified DESC, number DESC LIMIT ? OFFSET ?",
            since,
            most,
            first,
        )

    def number_of_tickets(self) -> int:
        return self.count("SELECT COUNT(*) FROM ticket")

    def put_ticket(self, number: str, told: Mapping[str, str], *, word: str | None, opens: bool, now: float) -> None:
        """Make or change a ticket by what a delivery says of it. `word`: its state now, None leaves it."""
        with self.together():
            self.ask(
                "INSERT OR IGNORE INTO ticket (number, word, modified, taken) VALUES (?, 'RECEIVED', ?, ?)",
                number,
                now,
                now,
            )
            self.ask(
                "UPDATE ticket SET subject = ?, requester = ?, department = ?, priority = ?, description = ?,"
                " openings = openings + ?, word = COALESCE(?, word), modified = MAX(modified, ?) WHERE number = ?",
                *(told.get(name, "") for name in ("subject", "requester", "department", "priority", "description")),
                int(opens),
                word,
                now,
                number,
            )

    # Deliveries

    def delivery(self, key: str) -> Row | None:
        return self.one("SELECT * FROM delivery WHERE key = ?", key)

    def deliveries(self, number: str | None = None) -> list[Row]:
        if number is None:
            return self.ask("SELECT * FROM delivery ORDER BY id")
        return self.ask("SELECT * FROM delivery WHERE number = ? ORDER BY id", number)

    def put_delivery(self, key: str, number: str, event: str, request: Any, answer: Any, *, now: float) -> int:
        self.ask(
            "INSERT INTO delivery (key, number, event, request, code, answer, taken) VALUES (?, ?, ?, ?, 201, ?, ?)",
            key,
            number,
            event,
            json.dumps(request),
            json.dumps(answer),
            now,
        )
        return self.count("SELECT id FROM delivery WHERE key = ?", key)

    def came_again(self, key: str) -> None:
        self.ask("UPDATE delivery SET times = times + 1 WHERE key = ?", key)

    # Files

    def put_file(self, number: str, delivery: int, about: Mapping[str, Any]) -> int:
        values = (number, delivery, str(about.get("filename", "")), str(about.get("type", "")), about.get("size"))
        with self._lock:
            self.ask("INSERT INTO file (number, delivery, name, kind, size) VALUES (?, ?, ?, ?, ?)", *values)
            return self.count("SELECT last_insert_rowid()")

    def fetched(self, file: int, *, size: int | None, sha256: str = "", error: str = "") -> None:
        self.ask(
            "UPDATE file SET size = COALESCE(?, size), sha256 = ?, error = ? WHERE id = ?", size, sha256, error, file
        )

    def files(self, number: str | None = None) -> list[Row]:
        if number is None:
            return self.ask("SELECT * FROM file ORDER BY id")
        return self.ask("SELECT * FROM file WHERE number = ? ORDER BY id", number)

    # Callbacks

    def plan(self, number: str, steps: Iterable[Mapping[str, Any]]) -> None:
        """Steps to come: `word`, `technician`, `note`, `resolution`, `due`."""
        for step in steps:
            self.ask(
                "INSERT INTO callback (number, word, technician, note, resolution, due) VALUES (?, ?, ?, ?, ?, ?)",
                number,
                *(step.get(name, "") for name in ("word", "technician", "note", "resolution")),
                step["due"],
            )

    def drop_plan(self, number: str) -> None:
        """What has not happened yet never will."""
        self.ask("DELETE FROM callback WHERE number = ? AND body IS NULL", number)

    def to_happen(self, until: float) -> list[Row]:
        return self.ask("SELECT * FROM callback WHERE body IS NULL AND due <= ? ORDER BY due, id", until)

    def happened(self, step: Row, *, webhook_id: str, body: str, modified: float, send_at: float) -> None:
        """A step that was planned; of one that was dropped since nothing comes."""
        with self.together():
            if not self.count("SELECT COUNT(*) FROM callback WHERE id = ? AND body IS NULL", step["id"]):
                return
            self.ask(
                "UPDATE callback SET webhook_id = ?, body = ?, due = ? WHERE id = ?",
                webhook_id,
                body,
                send_at,
                step["id"],
            )
            self.ask(
                "UPDATE ticket SET word = ?, technician = COALESCE(NULLIF(?, ''), technician), modified = ?"
                " WHERE number = ?",
                step["word"],
                step["technician"],
                modified,
                step["number"],
            )

    def to_send(self, until: float) -> list[Row]:
        return self.ask(
            "SELECT * FROM callback WHERE body IS NOT NULL AND is_over = 0 AND due <= ? ORDER BY due, id", until
        )

    def sent(self, callback: int, *, code: int | None, answer: str, is_over: bool, now: float, due: float) -> None:
        self.ask(
            "UPDATE callback SET tries = tries + 1, sent = ?, code = ?, answer = ?, is_over = ?, due = ? WHERE id = ?",
            now,
            code,
            answer,
            int(is_over),
            due,
            callback,
        )

    def next_due(self) -> float | None:
        found = self.one("SELECT MIN(due) AS due FROM callback WHERE is_over = 0")
        return None if found is None else found["due"]

    def callbacks(self, number: str | None = None) -> list[Row]:
        if number is None:
            return self.ask("SELECT * FROM callback ORDER BY id")
        return self.ask("SELECT * FROM callback WHERE number = ? ORDER BY id", number)
