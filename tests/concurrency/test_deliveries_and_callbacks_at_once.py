"""Several workers with one outbox, and the same message of the workflow system twice at the same moment."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from jobs import leases
from tests.concurrency.house import PATIENCE
from tests.factories import people
from tests.factories.tickets import quick_ticket
from tests.tickets.workflow.conftest import SECRET, Calls, fresh, message, notes_on
from tests.tickets.workflow.remote import Remote
from tickets import conversation, door, lifecycle
from tickets.models import TicketComment, WorkflowBreaker, WorkflowCallback, WorkflowDelivery, WorkflowStanding
from tickets.workflow import breaker

pytestmark = pytest.mark.usefixtures("real_commits")


@pytest.fixture
def remote(settings: Any) -> Iterator[Remote]:
    remote = Remote()
    settings.EXTERNAL_WORKFLOW_API_URL = remote.url
    yield remote
    remote.close()


@pytest.fixture
def call(settings: Any) -> Calls:
    settings.WORKFLOW_CALLBACK_SECRETS = [SECRET]
    return Calls()


def approved(count: int) -> list[Any]:
    admin, department = people.admin(), people.department()
    made = [quick_ticket("New", department=department) for _ticket in range(count)]
    return [lifecycle.approve(each, by=admin, priority="Low", department=department) for each in made]


def test_many_workers_deliver_each_once_and_those_of_a_ticket_in_order(remote: Remote, at_once: Callable) -> None:
    tickets = approved(12)
    for ticket in tickets:
        for number in range(3):
            conversation.comment(ticket, by=ticket.employee, comment=f"Number {number}.")
    remote.on_call = lambda _call: time.sleep(0.01)
    outcomes = at_once(4, lambda number: leases.drain(WorkflowDelivery))
    assert [each for each in outcomes if isinstance(each, Exception)] == []
    leases.drain(WorkflowDelivery)
    assert set(WorkflowDelivery.objects.values_list("status", flat=True)) == {"done"}
    assert set(Counter(remote.keys).values()) == {1}
    for ticket in tickets:
        told = [body for body in remote.bodies if body["ticket_id"] == ticket.ticket_number]
        said = [body.get("comment", {}).get("text") for body in told]
        assert said == [None, "Number 0.", "Number 1.", "Number 2."]


def test_of_many_workers_that_find_the_pause_over_one_tries(remote: Remote, at_once: Callable) -> None:
    approved(8)
    remote.answers(500)
    WorkflowBreaker.objects.create(
        pk=1, state="open", openings=1, opened_at=timezone.now(), retry_at=timezone.now() - timedelta(seconds=1)
    )
    is_asked, go_on = threading.Event(), threading.Event()

    def hold(_call: object) -> None:
        is_asked.set()
        go_on.wait(PATIENCE)

    remote.on_call = hold

    def work(number: int) -> Any:
        if number:
            is_asked.wait(PATIENCE)
            drained = leases.drain(WorkflowDelivery)
            if number == 5:
                go_on.set()
            return drained
        return leases.drain(WorkflowDelivery)

    at_once(6, work)
    assert len(remote.calls) == 1
    assert breaker.current().state == "open"
    assert set(WorkflowDelivery.objects.values_list("status", flat=True)) == {"pending"}
    assert WorkflowDelivery.objects.filter(failures=1).count() == 1


def test_failures_of_many_workers_are_counted_together(remote: Remote, at_once: Callable) -> None:
    approved(20)
    remote.answers(500)
    at_once(4, lambda number: leases.drain(WorkflowDelivery))
    assert breaker.current().state == "open"
    # Whoever was under way when it opened is through; nobody began after that.
    assert 5 <= len(remote.calls) <= 5 + 3
    assert [row.state for row in WorkflowBreaker.history.all()] == ["open"]


def test_an_acknowledgement_and_a_message_that_make_the_first_standing_at_once_do_not_wait_for_each_other(
    remote: Remote, at_once: Callable
) -> None:
    (ticket,) = approved(1)
    is_asked, is_held = threading.Event(), threading.Event()
    remote.on_call = lambda _call: (is_asked.set(), is_held.wait(PATIENCE))

    def work(number: int) -> Any:
        if number:
            return leases.drain(WorkflowDelivery)
        is_asked.wait(PATIENCE)
        with transaction.atomic():  # as callbacks does it
            door.locked(ticket)
            is_held.set()
            time.sleep(0.2)  # the worker comes up to the lock
            return WorkflowStanding.objects.get_or_create(ticket=ticket)

    outcomes = at_once(2, work)
    assert [each for each in outcomes if isinstance(each, Exception)] == []
    assert WorkflowDelivery.objects.get(ticket=ticket).status == "done"
    assert WorkflowStanding.objects.get(ticket=ticket).acknowledged_event == "opened"


def test_the_same_message_twice_at_once_is_one_effect_and_one_answer(call: Calls, at_once: Callable) -> None:
    ticket = quick_ticket("Open")
    said = message(ticket, "COMPLETED", work_notes=["New battery."], assigned_technician="Ann")
    answers = at_once(6, lambda number: Calls()(said, key="msg_1"))
    assert [(answer.status_code, answer.json()["applied"]) for answer in answers] == [(200, True)] * 6
    after = fresh(ticket)
    assert (after.status, after.external_assignee, notes_on(ticket)) == ("Resolved", "Ann", ["New battery."])
    assert after.history.filter(verb="resolve").count() == 1
    assert WorkflowCallback.objects.count() == 1


def test_two_bodies_under_one_key_at_once_are_one_effect(call: Calls, at_once: Callable) -> None:
    ticket = quick_ticket("Open")
    words = ["ON_HOLD", "WORKING"]
    answers = at_once(2, lambda number: Calls()(message(ticket, words[number], minutes=number), key="msg_1"))
    assert sorted(answer.status_code for answer in answers) == [200, 422]
    assert fresh(ticket).history.filter(actor_name="workflow").count() == 1


def test_different_messages_at_once_leave_the_newest(call: Calls, at_once: Callable) -> None:
    ticket = quick_ticket("Open")
    story = [("WORKING", 1), ("ON_HOLD", 2), ("WORKING", 3), ("ON_HOLD", 4), ("COMPLETED", 5)]
    answers = at_once(5, lambda number: Calls()(message(ticket, story[number][0], minutes=story[number][1])))
    assert {answer.status_code for answer in answers} == {200}
    assert fresh(ticket).status == "Resolved"
    assert set(WorkflowCallback.objects.values_list("outcome", flat=True)) <= {"applied", "older", "nothing"}


def test_a_verb_of_a_person_and_a_message_at_once_are_one_after_the_other(call: Calls, at_once: Callable) -> None:
    ticket = quick_ticket("Open")

    def work(number: int) -> Any:
        if number:
            return Calls()(message(ticket, "COMPLETED")).status_code
        return lifecycle.withdraw(ticket, by=ticket.employee)

    withdrawn, status = at_once(2, work)
    after = fresh(ticket)
    assert (after.status, status) in {("Withdrawn", 409), ("Resolved", 200)}
    assert isinstance(withdrawn, Exception) == (after.status == "Resolved")


def test_a_redaction_and_a_message_with_the_same_note_at_once_do_not_wait_for_each_other(
    call: Calls, at_once: Callable
) -> None:
    ticket, admin = quick_ticket("Open"), people.admin()
    call(message(ticket, work_notes=["My password is hunter2."]))
    said = TicketComment.objects.get(ticket=ticket)

    def work(number: int) -> Any:
        if number:
            return Calls()(message(ticket, minutes=number, work_notes=["My password is hunter2."])).status_code
        return conversation.redact(said, by=admin, reason="A password.")

    redacted, *statuses = at_once(4, work)
    assert (redacted, statuses) == (said, [200] * 3)
    assert notes_on(ticket) == [""]
    assert "hunter2" not in str(list(WorkflowCallback.objects.values_list("body", flat=True)))
