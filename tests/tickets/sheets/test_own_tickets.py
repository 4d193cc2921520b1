"""What somebody asked for themselves: an import is no way round an approval. And a file that comes a second time, for a
clerk who may not see what they brought in."""

from __future__ import annotations

import pytest

from audit.refusals import InvalidValues
from tests.factories import people
from tests.people.sheets.loading import outcomes, said
from tests.tickets.conftest import DESCRIPTION
from tests.tickets.sheets.loading import applied, planned
from tickets import lifecycle
from tickets.enums import Status
from tickets.models import Ticket

HEADER = ["Number elsewhere", "Requester's e-mail", "Subject", "Description", "Category", "Status"]
OWN = "You asked for this yourself: somebody else must bring it in, unless it is New."
TWICE = "Number elsewhere: A ticket of this number can't be brought in twice."
BEFORE = "You brought this in before. It stays as it is here."


def row(number, requester, status="New", **cells):
    given = [number, requester.email, "An old problem", DESCRIPTION, "IT Support", status]
    return [cells.get(title, value) for title, value in zip(HEADER, given, strict=True)]


@pytest.fixture
def clerk(house):
    return people.clerk(email="clerk@example.com")


DECIDED = [Status.OPEN, Status.IN_PROGRESS, Status.ON_HOLD, Status.RESOLVED, Status.CLOSED]


@pytest.mark.parametrize("status", DECIDED)
def test_nobody_brings_in_what_they_asked_for_themselves_as_approved(house, clerk, status):
    for importer in (clerk, house.dora):
        rows = [row("1", importer, status), row("2", house.ana, status)]
        run = planned("tickets", HEADER, rows, by=importer)
        assert outcomes(run) == {2: "refused", 3: "good"}
        assert said(run, 2)[0] == f"Status: {OWN}"
        applied(run, by=importer)
        assert not Ticket.objects.filter(employee=importer).exists()
        Ticket.objects.all().delete()


@pytest.mark.parametrize("status", [Status.NEW, Status.REJECTED, Status.WITHDRAWN])
def test_what_nobody_decided_and_what_is_over_for_good_they_may(clerk, status):
    run = applied(planned("tickets", HEADER, [row("1", clerk, status)], by=clerk), by=clerk)
    assert outcomes(run) == {2: "applied"}
    assert Ticket.objects.get().status == status


def test_with_self_approval_they_may_bring_in_any(house, clerk, settings):
    settings.ALLOW_SELF_APPROVAL = True
    run = applied(planned("tickets", HEADER, [row("1", clerk, "Open")], by=clerk), by=clerk)
    assert outcomes(run) == {2: "applied"}


def test_the_verb_itself_refuses_it_and_says_what_else_is_wrong(house, clerk):
    old = {"requester": clerk, "category": house.category(), "status": "Open", "subject": "x"}
    old |= {"description": DESCRIPTION, "submit_date": Ticket(employee=clerk).submit_date, "external_reference": "1"}
    with pytest.raises(InvalidValues) as invalid:
        lifecycle.bring_in(by=clerk, **old)
    assert {"status", "subject"} <= set(invalid.value.errors)
    assert not Ticket.objects.exists()


# A file that comes a second time


def test_a_clerk_who_loads_a_file_again_reads_of_each_row_that_it_stays_as_it_is(house, clerk):
    rows = [row("1", clerk), row("2", house.ana, "Open")]
    assert outcomes(applied(planned("tickets", HEADER, rows, by=clerk), by=clerk)) == {2: "applied", 3: "applied"}
    run = planned("tickets", HEADER, rows, by=clerk)
    # The first is theirs to see, and compared.
    assert (outcomes(run), said(run, 2), said(run, 3)) == ({2: "same", 3: "same"}, [], [BEFORE])
    more = [row("1", clerk, Subject="Another problem"), rows[1], row("3", house.ana)]
    run = planned("tickets", HEADER, more, by=clerk)
    assert outcomes(run) == {2: "refused", 3: "same", 4: "good"}
    assert said(run, 2) == ["Subject: A spreadsheet can't change this. Here it is “An old problem”."]


def test_what_became_of_what_they_brought_in_is_not_told(house, clerk):
    applied(planned("tickets", HEADER, [row("2", house.ana, "Open")], by=clerk), by=clerk)
    ticket = Ticket.objects.get()
    lifecycle.resolve(ticket, by=house.dora, resolution="CANARY-4711")
    for status in ("Open", "Resolved"):
        run = planned("tickets", HEADER, [row("2", house.ana, status)], by=clerk)
        found = run.rows.get()
        assert (found.outcome, found.sentences, found.about_id, found.memory) == (
            "same", [BEFORE], None, {"remarks": [BEFORE]},
        )  # fmt: skip


def test_of_what_somebody_else_brought_in_a_clerk_learns_only_that_it_can_not_come_twice(house, clerk):
    applied(planned("tickets", HEADER, [row("2", house.ana, "Open")], by=house.dora), by=house.dora)
    run = planned("tickets", HEADER, [row("2", house.ana, "Open")], by=clerk)
    assert (outcomes(run), said(run, 2)[0], run.rows.get().about_id) == ({2: "refused"}, TWICE, None)


def test_what_was_taken_back_can_come_in_again(house, clerk):
    applied(planned("tickets", HEADER, [row("2", house.ana, "Open")], by=clerk), by=clerk)
    lifecycle.take_back(Ticket.objects.all(), by=clerk, reasons=["Wrong file."])
    assert outcomes(planned("tickets", HEADER, [row("2", house.ana, "Open")], by=clerk)) == {2: "good"}
