"""A quick ticket is only worth something while it looks like one that went through the door."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import people
from tests.factories.tickets import quick_ticket, ticket
from tickets.enums import Status
from tickets.models import Ticket

#: Set or not set in each state; the values are the tests' own.
COLUMNS = [
    "response_time",
    "resolution_time",
    "clock_stopped_at",
    "time_closed",
    "resolution",
    "rejection_reason",
    "resume_date",
    "department_id",
    "assigned_to_id",
]


def filled(row: Ticket) -> set[str]:
    return {column for column in COLUMNS if getattr(row, column)}


@pytest.mark.django_db
@pytest.mark.parametrize("state", Status.values)
@pytest.mark.parametrize("with_assignee", [False, True])
def test_a_quick_ticket_looks_like_one_that_went_through_the_door(state: str, with_assignee: bool):
    if state == Status.NEW and with_assignee:
        assert ticket(state, assignee=people.coordinator()).assigned_to is None
        return
    assignee = people.coordinator() if with_assignee else None
    by_the_door, quick = ticket(state, assignee=assignee), quick_ticket(state, assignee=assignee)
    assert by_the_door.status == quick.status == state
    assert filled(Ticket.objects.get(pk=by_the_door.pk)) == filled(Ticket.objects.get(pk=quick.pk))
    assert quick.resolution_time in {None, timedelta(days=1)}
