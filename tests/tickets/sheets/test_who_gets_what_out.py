"""Tickets as a spreadsheet: each gets out what they may see, and nobody what was said behind the counter."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from people import lifecycle as people_lifecycle
from people.enums import GrantedGroup
from tests.factories import people, tickets
from tests.jobs.spreadsheets.walking import EXPORTS, body
from tests.people.sheets.loading import outcomes, undone
from tests.tickets.sheets.loading import applied, planned
from tickets import conversation, lifecycle, rules
from tickets.enums import Status
from tickets.models import Ticket
from tickets.resources.ticket import TicketResource

pytestmark = pytest.mark.django_db
NOTE, OTHERS = "canary-of-a-note", "canary of another person's ticket"


@pytest.fixture
def clerk() -> Any:
    person = people.person(email="clerk@example.com")
    people_lifecycle.grant(person, by=people.admin(), group=GrantedGroup.DATA_CLERK, reason="Loads spreadsheets.")
    person.refresh_from_db()
    return person


def exported(client: Any, file_format: str) -> str:
    columns = [column.name for column in TicketResource().columns]
    answer = client.post(f"{EXPORTS}new/tickets/", {"columns": columns, "format": file_format})
    assert answer.status_code == 200
    if file_format == "csv":
        return body(answer).decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(body(answer)))
    return "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_a_clerk_gets_out_their_own_tickets_alone(client, clerk, file_format):
    own = tickets.quick_ticket(requester=clerk, subject="One of my own")
    tickets.quick_ticket(subject=OTHERS)
    client.force_login(clerk)
    out = exported(client, file_format)
    assert own.ticket_number in out
    assert OTHERS not in out


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_what_was_noted_behind_the_counter_is_in_no_file(client, file_format):
    boss = people.admin()
    ticket = tickets.ticket(Status.OPEN, admin=boss)
    conversation.comment(ticket, by=boss, comment=NOTE, is_internal=True)
    client.force_login(boss)
    out = exported(client, file_format)
    assert ticket.ticket_number in out
    assert NOTE not in out


def test_who_takes_back_learns_nothing_of_what_became_of_tickets_they_may_not_see(clerk):
    boss, ana = people.admin(), people.person(email="ana@example.com")
    tickets.category(people.department("Operations"), name="Old house")
    header = ["Ticket ID", "Requester", "Subject", "Description", "Category", "Status", "Resolution"]
    row = ["77", ana.email, "The roof drips", "It drips on the desk.", "Old house", "Open", "none"]
    run = applied(planned("tickets", header, [row], by=clerk), by=clerk)
    assert outcomes(run) == {2: "applied"}
    lifecycle.resolve(Ticket.objects.get(), by=boss, resolution=NOTE)
    assert rules.visible_to(clerk).count() == 0
    kept = undone(run, by=clerk).rows.get()
    assert kept.outcome == "kept"
    assert NOTE not in f"{kept.memory}{kept.sentences}"


@pytest.mark.parametrize("make", [people.person, people.coordinator])
def test_who_is_no_clerk_gets_no_file(client, make):
    client.force_login(make())
    assert client.post(f"{EXPORTS}new/tickets/", {"columns": ["subject"], "format": "csv"}).status_code in {302, 404}
