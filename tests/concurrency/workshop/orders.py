"""What a test has written or started in the house: called there in a process of its own."""

from __future__ import annotations

from django.core.files.base import ContentFile
from django.db import transaction

from jobs import runs
from jobs.models import Run
from jobs.spreadsheets import importing
from notifications import outbox
from people.models import Employee
from tests.concurrency.workshop import kind
from tests.factories import people
from tests.factories.tickets import quick_ticket
from tickets import lifecycle


def write_emails(count: int) -> None:
    with transaction.atomic():
        for number in range(count):
            outbox.queue(
                "parcel_sent", to=f"person{number}@example.com", data={"number": f"P{number}", "what": "a lamp"}
            )


def start_run(gate_port: int, stops: dict[int, list[str]], rows: int) -> None:
    by = Employee.objects.filter(email="clerk@example.com").first() or people.admin(email="clerk@example.com")
    given = [{"stops": stops.get(number, [])} for number in range(1, rows + 1)]
    runs.start(kind.NAME, by=by, rows=given, params={"gate_port": gate_port})


def apply_run() -> None:
    run = Run.objects.latest("pk")
    runs.apply(run, by=run.created_by)


def undo_run() -> None:
    run = Run.objects.latest("pk")
    runs.undo(run, by=run.created_by)


def approve_tickets(count: int) -> None:
    admin, department = people.admin(), people.department()
    for _ticket in range(count):
        ticket = quick_ticket("New", department=department)
        lifecycle.approve(ticket, by=admin, priority="Low", department=department)


def check_people(rows: int) -> None:
    """An import of so many people, to be read and planned by the worker."""
    lines = "".join(f"p{number}@example.com,First{number},Last{number}\n" for number in range(rows))
    by = people.admin(email="importer@example.com")
    file = ContentFile(f"E-mail,First name,Last name\n{lines}".encode(), name="people.csv")
    sheet = importing.receive(file, kind="people", by=by)
    importing.check(importing.mapped(sheet, sheet.mapping, by=by), by=by)


def apply_import() -> None:
    run = Run.objects.latest("pk")
    importing.apply(run, by=run.created_by)


def undo_import() -> None:
    run = Run.objects.latest("pk")
    importing.undo(run, by=run.created_by)
