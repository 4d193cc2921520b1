"""Many threads at the door of one PostgreSQL: every number once, every decision once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from audit.refusals import Refused, StaleVersion
from notifications.models import EmailNotification
from people.models import NumberSequence
from tests.factories import people
from tests.factories import tickets as factories
from tickets import lifecycle
from tickets.models import Ticket

pytestmark = pytest.mark.postgresql

AtOnce = Callable[[int, Callable[[int], Any]], list[Any]]


def test_fifty_threads_make_a_thousand_tickets_with_a_thousand_numbers(real_commits: None, at_once: AtOnce):
    requester, category = people.person(), factories.category(people.department())
    NumberSequence.objects.update_or_create(name="ticket", defaults={"last": 9_499})

    def submit_twenty(thread: int) -> list[str]:
        asked = {"category": category, "description": factories.DESCRIPTION}
        return [
            lifecycle.submit(by=requester, subject=f"Ticket {number} of thread {thread}", **asked).ticket_number
            for number in range(20)
        ]

    numbers = [number for made in at_once(50, submit_twenty) for number in made]
    assert sorted(numbers, key=lambda number: int(number[2:])) == [f"TX{number:04d}" for number in range(9_500, 10_500)]
    assert set(Ticket.objects.values_list("ticket_number", flat=True)) == set(numbers)
    assert NumberSequence.objects.get(name="ticket").last == 10_499


def test_of_twenty_parallel_approvals_one_is_made_and_nineteen_are_refused(real_commits: None, at_once: AtOnce):
    home = people.department()
    admins = [people.admin() for _ in range(4)]
    for _ in range(2):
        people.coordinator(home)
    asked = factories.ticket(department=home)
    EmailNotification.objects.all().delete()

    def approve(thread: int) -> str:
        # Half of them say which version they had read; they must be told as well as the others.
        expected = asked.version if thread % 2 else None
        given = {"priority": "High", "department": home, "expected_version": expected}
        return lifecycle.approve(asked, by=admins[thread % 4], **given).status

    outcomes = at_once(20, approve)
    assert outcomes.count("Open") == 1
    refusals = [outcome for outcome in outcomes if outcome != "Open"]
    assert len(refusals) == 19
    for refusal in refusals:
        assert isinstance(refusal, StaleVersion) or (isinstance(refusal, Refused) and refusal.codes == {"state"})
    assert_one_approval(asked, mails=3)


def assert_one_approval(ticket: Ticket, *, mails: int) -> None:
    """One transition, one history row, one set of e-mail rows: to the requester and the two coordinators."""
    now = Ticket.objects.get(pk=ticket.pk)
    assert (now.status, now.version) == ("Open", ticket.version + 1)
    assert [row.verb for row in now.history.order_by("history_id")] == ["submit", "approve"]
    told = EmailNotification.objects.values_list("recipient_email", flat=True)
    assert len(told) == len(set(told)) == mails


def test_twenty_threads_that_claim_one_ticket_leave_it_with_one_assignee(real_commits: None, at_once: AtOnce):
    home = people.department()
    coordinators = [people.coordinator(home) for _ in range(20)]
    waiting = factories.quick_ticket("Open", department=home)

    outcomes = at_once(20, lambda thread: lifecycle.claim(waiting, by=coordinators[thread]).assigned_to)
    winners = [outcome for outcome in outcomes if outcome in coordinators]
    assert winners == [Ticket.objects.get(pk=waiting.pk).assigned_to]
    assert {frozenset(lost.codes) for lost in outcomes if lost not in coordinators} == {frozenset({"assigned"})}
    assert waiting.history.filter(verb="claim").count() == 1
