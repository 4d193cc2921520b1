"""Loading a small file of any kind the whole way, with the worker's part done in between; and a sample of tickets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from jobs.models import Run
from jobs.spreadsheets import importing
from jobs.spreadsheets.resources import SheetResource, resource_of
from people.models import Employee
from tests.people.sheets.loading import csv_of, fresh, work


def planned(
    kind: str, header: Sequence[str], rows: Sequence[Sequence[Any]], *, by: Employee, **mapping: Mapping[str, Any]
) -> Run:
    """The run of a file, planned. mapping: "fixed", "values", "options", "columns" (header → field)."""
    file = SimpleUploadedFile(f"{kind}.csv", csv_of(rows, header))
    sheet = importing.receive(file, kind=kind, by=by)
    columns = {str(list(header).index(title)): name for title, name in mapping.pop("columns", {}).items()}
    found = {index: name for index, name in sheet.mapping["columns"].items() if name not in columns.values()}
    importing.mapped(sheet, {**sheet.mapping, "columns": {**found, **columns}, **mapping}, by=by)
    run = importing.check(sheet, by=by)
    work()
    return fresh(run)


def applied(run: Run, *, by: Employee) -> Run:
    run = importing.apply(run, by=by)
    work()
    return fresh(run)


def resource(kind: str) -> SheetResource:
    found = resource_of(kind)
    assert found is not None
    return found


def written_out(kind: str, *, by: Employee, names: Sequence[str] = ()) -> tuple[list[str], list[list[Any]]]:
    """Header and rows of a file as it goes out: of all columns, or of these."""
    found = resource(kind)
    columns = [column for column in found.columns if not names or column.name in names]
    rows = found.exported(by).order_by("pk")
    return [str(column.title) for column in columns], [[column.value(row) for column in columns] for row in rows]


# A sample of another help desk's tickets

HEADER = [
    "Ticket ID", "Customer Name", "Customer Email", "Product Purchased", "Ticket Type", "Ticket Subject",
    "Ticket Description", "Ticket Status", "Resolution", "Ticket Priority", "First Response Time",
    "Time to Resolution",
]  # fmt: skip
SAMPLE_ROWS = 60
_NAMES = ["Elena Rossi", "Tom O'Neil Jr.", "Ngozi Adeyemi", "Łukasz Nowak", "Marie Dubois"]
_TYPES = ["Technical issue", "Billing inquiry", "Product inquiry"]
_PRIORITIES = ["Critical", "High", "Medium", "Low"]
_BEGIN = datetime.fromisoformat("2023-06-01 08:00:00")


def sample() -> list[list[str]]:
    """Sixty rows: twenty each Open, Pending Customer Response and Closed; of the closed ones every other was solved
    before the first response. Five people asked for twelve each."""
    rows = []
    for number in range(1, SAMPLE_ROWS + 1):
        name = _NAMES[number % 5]
        status = ["Open", "Pending Customer Response", "Closed"][number % 3]
        first = _BEGIN + timedelta(minutes=number * 7)
        solved = first + timedelta(hours=5 if number % 2 else -5)
        rows.append(
            [
                str(number),
                name,
                f"{name.split()[0].lower().replace('ł', 'l')}@example.org",
                "Scanner",
                _TYPES[number % 3 - 1],
                f"=Scanner {number} is silent",
                f"It is silent.\n\nSince row {number}, “it” says; nothing, at all.",
                status,
                f"Turned it on, {number}." if status == "Closed" else "",
                _PRIORITIES[number % 4],
                "" if status == "Open" else str(first),
                str(solved) if status == "Closed" else "",
            ]
        )
    return rows


#: How a clerk takes its columns.
TAKEN: dict[str, Mapping[str, Any]] = {
    "values": {
        "category": {"Technical issue": "IT Support", "Billing inquiry": "Others", "Product inquiry": "Others"},
    },
    "fixed": {"department": "Customer Service"},
    "options": {"new_people": True},
}
