"""Loading a small file of people the whole way, with the worker's part done in between."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from jobs import leases
from jobs.models import Run
from jobs.spreadsheet_models import Spreadsheet
from jobs.spreadsheets import importing
from jobs.spreadsheets.resources import resource_of
from people.models import Employee

HEADER = ["E-mail", "First name", "Last name", "Department", "Role"]


def csv_of(rows: Sequence[Sequence[Any]], header: Sequence[str] = HEADER) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue().encode()


def received(
    rows: Sequence[Sequence[Any]], *, by: Employee, header: Sequence[str] = HEADER, name: str = "people.csv"
) -> Spreadsheet:
    return importing.receive(SimpleUploadedFile(name, csv_of(rows, header)), kind="people", by=by)


def work() -> None:
    leases.drain(Run)


def fresh(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


def planned(
    rows: Sequence[Sequence[Any]],
    *,
    by: Employee,
    header: Sequence[str] = HEADER,
    options: Mapping[str, bool] | None = None,
) -> Run:
    """The run of a file, planned."""
    sheet = received(rows, by=by, header=header)
    importing.mapped(sheet, {**sheet.mapping, "options": dict(options or {})}, by=by)
    run = importing.check(sheet, by=by)
    work()
    return fresh(run)


def loaded(rows: Sequence[Sequence[Any]], *, by: Employee, **how: Any) -> Run:
    run = importing.apply(planned(rows, by=by, **how), by=by)
    work()
    return fresh(run)


def undone(run: Run, *, by: Employee) -> Run:
    run = importing.undo(run, by=by)
    work()
    return fresh(run)


def outcomes(run: Run) -> dict[int, str]:
    """By the sheet's own number of the row."""
    return dict(run.rows.order_by("number").values_list("number", "outcome"))


def actions(run: Run) -> dict[int, str]:
    return dict(run.rows.order_by("number").values_list("number", "action"))


def said(run: Run, number: int) -> list[str]:
    return run.rows.get(number=number).sentences


def exported(*people: Employee, by: Employee, names: Sequence[str] | None = None) -> tuple[list[str], list[list[Any]]]:
    """Header and rows of a file as it goes out."""
    resource = resource_of("people")
    assert resource is not None
    columns = [column for column in resource.columns if names is None or column.name in names]
    rows = resource.exported(by).filter(pk__in=[person.pk for person in people]).order_by("pk")
    return [str(column.title) for column in columns], [[column.value(row) for column in columns] for row in rows]
