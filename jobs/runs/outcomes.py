"""What came of a chunk's rows, written in few statements. See jobs.runs.engine."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections, router
from django.utils import timezone

from jobs.models import RunRow

#: What becomes of a row.
SETTLED = ("outcome", "sentences", "memory", "action", "about_type_id", "about_id")
#: So many different outcomes among the rows have a statement each; more are written together, with all their columns.
_MOST_ALIKE = 8


def write_one(row: RunRow, *, found: str) -> bool:
    """False when the row doesn't stand any more where we found it."""
    # No save(): an undo may have deleted what a row is about, and Django refuses to save a row that points at something
    # deleted. bulk: a run's rows have no history; the run itself is their record.
    standing = RunRow.objects.filter(pk=row.pk, outcome=found)
    return bool(standing.update(settled_at=timezone.now(), **{column: getattr(row, column) for column in SETTLED}))


def write_many(rows: Sequence[RunRow]) -> None:
    """Under the run's lease, whose transaction keeps everybody else from the rows."""
    alike: dict[str, list[RunRow]] = {}
    for row in rows:
        said = {column: getattr(row, column) for column in SETTLED if column != "about_id"}
        alike.setdefault(json.dumps(said, cls=DjangoJSONEncoder), []).append(row)
    if len(alike) > _MOST_ALIKE:
        _write_whole(rows)
        return
    for group in alike.values():
        _write_alike(group)


def _write_whole(rows: Sequence[RunRow]) -> None:
    now = timezone.now()
    kept = ["pk", "run_id", "number", "payload", "key", *SETTLED]
    settled = [RunRow(settled_at=now, **{column: getattr(row, column) for column in kept}) for row in rows]
    columns = [*(column.removesuffix("_id") if column == "about_type_id" else column for column in SETTLED)]
    RunRow.objects.bulk_create(
        settled, update_conflicts=True, unique_fields=["id"], update_fields=[*columns, "settled_at"]
    )


def _write_alike(rows: Sequence[RunRow]) -> None:
    """Rows that differ in nothing but what they are about, if they are about anything."""
    common: dict[str, Any] = {column: getattr(rows[0], column) for column in SETTLED if column != "about_id"}
    common["settled_at"] = timezone.now()
    if rows[0].about_type_id is None:
        # bulk: a run's rows have no history; the run itself is their record.
        RunRow.objects.filter(pk__in=[row.pk for row in rows]).update(about_id=None, **common)
    else:
        _write_about(rows, common)


def _write_about(rows: Sequence[RunRow], common: Mapping[str, Any]) -> None:
    """Django's own UPDATE can't give each row another key, but by a CASE of as many branches."""
    connection = connections[router.db_for_write(RunRow)]
    quote, meta = connection.ops.quote_name, RunRow._meta
    fields: dict[str, Any] = {
        name: meta.get_field(name.removesuffix("_id") if name == "about_type_id" else name) for name in common
    }
    given = ", ".join(f"{quote(field.column)} = %s" for field in fields.values())
    said = ", ".join(["(%s, %s)"] * len(rows))
    # Only names of our own columns and tables are put together here.
    statement = (
        f"WITH said (row_id, subject_id) AS (VALUES {said}) UPDATE {quote(meta.db_table)} "  # noqa: S608
        f"SET {given}, {quote('about_id')} = said.subject_id FROM said WHERE {quote('id')} = said.row_id"
    )
    values = [field.get_db_prep_save(common[name], connection) for name, field in fields.items()]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*(key for row in rows for key in (row.pk, row.about_id)), *values])
