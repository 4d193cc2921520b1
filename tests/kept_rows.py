"""What the migrations put into the database, and how it is put back after a test that really commits.

Django would empty all tables, then run what follows a migration; and its own way to put rows back saves them one by
one. Here only tables that a test changed are written, by a few statements, with the keys that their rows had.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

#: SQLite takes so many values in one statement, and more.
VALUES_AT_ONCE = 10_000


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple[str, ...]
    key: str

    @property
    def select(self) -> str:
        return f"SELECT {', '.join(self.columns)} FROM {self.name} ORDER BY {self.key}"  # noqa: S608 - our own names

    def rows(self, cursor: Any) -> list[tuple]:
        cursor.execute(self.select)
        return [tuple(row) for row in cursor.fetchall()]

    def write(self, cursor: Any, rows: list[tuple]) -> None:
        """These rows and no others."""
        cursor.execute(f"DELETE FROM {self.name}")  # noqa: S608
        step = max(1, VALUES_AT_ONCE // len(self.columns))
        for at in range(0, len(rows), step):
            some = rows[at : at + step]
            one = f"({', '.join(['%s'] * len(self.columns))})"
            values = [value for row in some for value in row]
            cursor.execute(
                f"INSERT INTO {self.name} ({', '.join(self.columns)}) VALUES {', '.join([one] * len(some))}",  # noqa: S608
                values,
            )


def tables() -> Iterator[Table]:
    """Those of all models. What the database computes by itself is left to it."""
    quoted = connection.ops.quote_name
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        if meta.managed and not meta.proxy:
            columns = [field.column for field in meta.local_concrete_fields if not field.generated]
            yield Table(quoted(meta.db_table), tuple(map(quoted, columns)), quoted(meta.pk.column))


class KeptRows:
    """Of the database that this process tests on."""

    def __init__(self) -> None:
        self.database = connection.settings_dict["NAME"]
        with connection.cursor() as cursor:
            self.rows = [(table, table.rows(cursor)) for table in tables()]

    def put_back(self) -> None:
        """Departments, categories, groups: the next test, whichever it is, must find them under the keys they had."""
        assert connection.settings_dict["NAME"] == self.database, "this would empty a database that is not the tests'"
        # Foreign keys are looked at when all is written.
        with transaction.atomic(), connection.cursor() as cursor:
            for table, rows in self.rows:
                if table.rows(cursor) != rows:
                    table.write(cursor, rows)
        ContentType.objects.clear_cache()
