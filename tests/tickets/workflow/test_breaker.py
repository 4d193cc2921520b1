"""A workflow system that is down is left alone, and found again by itself."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from audit.refusals import Refused
from jobs import leases, outbox
from tests.factories import people
from tests.tickets.workflow.conftest import of, send
from tests.tickets.workflow.remote import Reply
from tickets.models import WorkflowBreaker, WorkflowDelivery
from tickets.workflow import breaker, deliveries

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)


def open_it(remote, house, count: int = 8) -> list:
    """Five failures in a row; answers the tickets that wait."""
    tickets = [house.open() for _ticket in range(count)]
    remote.answers(500)
    send()
    return tickets


def states() -> list[str]:
    return list(WorkflowBreaker.history.order_by("history_id").values_list("state", flat=True))


def test_after_five_failures_in_a_row_nothing_goes_out_and_nothing_is_counted_against_what_waits(house, remote):
    tickets = open_it(remote, house)
    assert len(remote.calls) == 5
    for _drain in range(3):
        send()
    assert len(remote.calls) == 5
    waiting = [of(ticket)[0] for ticket in tickets]
    assert [row.status for row in waiting] == ["pending"] * 8
    assert [(row.attempts, row.failures) for row in waiting] == [(1, 1)] * 5 + [(0, 0)] * 3
    now = breaker.current()
    assert (now.state, now.failures) == ("open", 5)
    assert now.last_error == "The workflow system answered: 500 Internal Server Error"
    assert dt.timedelta(0) < now.retry_at - timezone.now() <= MINUTE


def test_a_success_between_begins_the_count_anew(house, remote):
    for _ticket in range(9):
        house.open()
    remote.answers(500, 500, 500, 500, 201, 500, 500, 500, 500)
    send()
    assert len(remote.calls) == 9
    assert breaker.current().state == "closed"


def test_a_refusal_says_that_the_other_side_works(house, remote):
    for _ticket in range(6):
        house.open()
    remote.answers(500, 500, 500, 500, 422, 500)
    send()
    assert breaker.current().state == "closed"


def test_after_the_pause_one_call_tries_and_when_it_fails_the_pause_doubles(house, remote, later):
    open_it(remote, house)
    asked, passed = [], dt.timedelta(0)
    for minutes in (1, 2, 4, 8, 15, 15):
        later(passed + MINUTE * minutes - dt.timedelta(seconds=5))
        send()
        asked.append(len(remote.calls))
        passed += MINUTE * minutes + dt.timedelta(seconds=5)
        later(passed)
        send()
        asked.append(len(remote.calls))
    assert asked == [5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11]


def test_when_the_try_succeeds_all_that_waited_goes_out_at_once(house, remote, later):
    tickets = open_it(remote, house)
    remote.answers(201)
    later(MINUTE * 3)
    send()
    assert [of(ticket)[0].status for ticket in tickets] == ["done"] * 8
    assert breaker.current().state == "closed"
    assert states() == ["open", "half-open", "closed"]


def test_of_many_workers_after_the_pause_one_tries(house, remote, later):
    open_it(remote, house)
    later(MINUTE * 2)
    breaker.enter()
    for _worker in range(3):
        with pytest.raises(outbox.Held):
            breaker.enter()
    send()
    assert len(remote.calls) == 5
    assert breaker.current().state == "half-open"


def test_a_worker_killed_while_it_tried_holds_nobody_for_long(house, remote, later):
    open_it(remote, house)
    later(MINUTE * 2)
    breaker.enter()
    remote.answers(201)
    later(MINUTE * 5)
    send()
    assert breaker.current().state == "closed"


def test_a_row_claimed_when_another_worker_is_trying_goes_back_as_it_was(house, remote, later):
    """Both found the row ready; the breaker decides once more right before the call."""
    tickets = open_it(remote, house)
    later(MINUTE * 2)
    row = of(tickets[-1])[0]
    assert leases.claim(row)
    breaker.enter()
    assert leases.work(row) is False
    fresh = of(tickets[-1])[0]
    assert (fresh.status, fresh.failures, fresh.last_error) == ("pending", 0, "")
    assert fresh.next_attempt_at == breaker.current().retry_at
    assert len(remote.calls) == 5


def test_a_late_answer_of_a_call_from_before_closes_it(house, remote):
    open_it(remote, house)
    breaker.succeeded()
    assert breaker.current().state == "closed"


def test_three_days_of_outage_and_each_ticket_arrives_once_and_nobody_presses_anything(house, remote, later):
    tickets = open_it(remote, house, count=12)
    hours = 0
    while hours < 72:
        hours += 1
        later(dt.timedelta(hours=hours))
        send()
    tried = len(remote.calls)
    assert tried <= 5 + 72
    remote.answers(201)
    for _sweep in range(8):
        hours += 1
        later(dt.timedelta(hours=hours))
        send()
    assert [of(ticket)[0].status for ticket in tickets] == ["done"] * 12
    arrived = remote.keys[tried:]
    assert len(arrived) == len(set(arrived)) == 12
    assert {call.body["ticket_id"] for call in remote.calls[tried:]} == {ticket.ticket_number for ticket in tickets}


def test_too_many_requests_does_not_open_it(house, remote, later):
    for _ticket in range(7):
        house.open()
    remote.answers(Reply(429, b"", {"Retry-After": "5"}))
    for minutes in range(1, 10):
        send()
        later(MINUTE * minutes)
    assert breaker.current().state == "closed"


# Reset


def test_an_admin_lets_calls_through_again_and_that_is_on_the_record(house, remote):
    tickets = open_it(remote, house)
    remote.answers(201)
    fresh = breaker.reset(by=house.dora, reason="They called: it is back.")
    assert (fresh.state, fresh.failures, fresh.retry_at) == ("closed", 0, None)
    send()
    assert [of(ticket)[0].status for ticket in tickets[5:]] == ["done"] * 3
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.BREAKER_RESET)
    assert (event.actor, event.detail) == (house.dora, {"reason": "They called: it is back."})
    row = WorkflowBreaker.history.latest("history_id")
    assert (row.verb, row.history_user, row.history_change_reason) == ("reset", house.dora, "They called: it is back.")


def test_a_pause_that_was_asked_for_can_be_cut_short_too(house, remote):
    remote.answers(Reply(429, b"", {"Retry-After": "3600"}), 201)
    house.open()
    second = house.open()
    send()
    breaker.reset(by=house.dora)
    send()
    assert of(second)[0].status == "done"


def test_where_nothing_is_held_back_there_is_nothing_to_reset(house):
    assert {reason.code for reason in breaker.against_reset(by=house.dora)} == {"state"}
    with pytest.raises(Refused):
        breaker.reset(by=house.dora)


def test_nobody_but_an_admin_resets_it(house, remote):
    open_it(remote, house)
    for person in (house.bea, house.ana, people.clerk(), None):
        with pytest.raises(Refused) as refused:
            breaker.reset(by=person)
        assert refused.value.codes == {"not_yours"}
    assert breaker.current().state == "open"


def test_what_is_due_is_asked_for_in_a_few_statements_however_much_waits(house, remote, django_assert_num_queries):
    for _ticket in range(5):
        house.open()
    with django_assert_num_queries(2):
        assert deliveries.ready(WorkflowDelivery.objects.all()).count() == 5
