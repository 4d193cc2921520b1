"""A list as a file, and the file back again: through the bytes of a CSV or a workbook, as people have it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

from jobs.models import Run
from jobs.spreadsheets import importing
from jobs.spreadsheets.writing import SheetOut, write_csv, write_xlsx
from people.models import Employee
from tests.people.sheets.loading import fresh, work
from tests.tickets.sheets.loading import resource

FORMATS = ["csv", "xlsx"]


def content_of(
    kind: str, file_format: str, *, by: Employee, edit: Callable[[dict[str, Any]], Mapping[str, Any]]
) -> bytes:
    """All rows that they may take out, each edited: names of columns → values."""
    columns = resource(kind).columns
    rows = []
    for row in resource(kind).exported(by).order_by("pk"):
        given = edit({column.name: column.value(row) for column in columns})
        rows.append([given[column.name] for column in columns])
    out, header = io.BytesIO(), [str(column.title) for column in columns]
    if file_format == "csv":
        write_csv(rows, header, out)
    else:
        write_xlsx([SheetOut("Out", header, rows)], out)
    return out.getvalue()


def planned_from(content: bytes, kind: str, file_format: str, *, by: Employee) -> Run:
    sheet = importing.receive(io.BytesIO(content), kind=kind, by=by, name=f"{kind}.{file_format}")
    importing.mapped(sheet, sheet.mapping, by=by)
    run = importing.check(sheet, by=by)
    work()
    return fresh(run)


def came_back(
    kind: str, file_format: str, *, by: Employee, edit: Callable[[dict[str, Any]], Mapping[str, Any]] = dict
) -> Run:
    """The plan of the list as it went out, or as it was edited in between."""
    return planned_from(content_of(kind, file_format, by=by, edit=edit), kind, file_format, by=by)


def not_the_same(run: Run) -> list[tuple[Any, ...]]:
    """Rows of which a plan says anything but that they are unchanged."""
    rows = [(row.number, row.outcome, row.sentences, row.memory.get("cells")) for row in run.rows.order_by("number")]
    return [row for row in rows if row[1] != "same" or row[2]]
