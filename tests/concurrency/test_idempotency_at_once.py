"""One call sent many times at once under one key is done once; the others are told to wait, or what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.program import Program
from tests.factories import people
from tests.factories import tickets as factories
from tickets.models import Ticket

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("real_commits")]

AtOnce = Callable[[int, Callable[[int], Any]], list[Any]]


def test_of_twenty_submissions_with_one_key_there_is_one_ticket(at_once: AtOnce) -> None:
    requester, category = people.person(), factories.category(people.department())
    programs = [Program(requester) for _each in range(20)]
    asked = {"category": category.name, "subject": factories.SUBJECT, "description": factories.DESCRIPTION}

    def submit(thread: int) -> tuple[int, str]:
        answer = programs[thread].post("tickets/", asked, idempotency_key="one of twenty")
        return answer.status_code, answer.json().get("ticket_number", "")

    outcomes = at_once(20, submit)
    [ticket] = Ticket.objects.all()
    made = [number for status, number in outcomes if status == 201]
    assert set(made) == {ticket.ticket_number}
    assert {status for status, _number in outcomes} <= {201, 409}
    again = programs[0].post("tickets/", asked, idempotency_key="one of twenty")
    assert (again.status_code, again.json()["ticket_number"]) == (201, ticket.ticket_number)
