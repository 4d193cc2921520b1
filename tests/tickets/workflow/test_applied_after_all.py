"""A person looks at what was not applied, and has it applied after all: through the same doors, and on the record."""

from __future__ import annotations

from typing import Any

import pytest

from audit.models import AuditEvent
from audit.refusals import Refused
from tests.factories import people
from tests.factories.tickets import quick_ticket
from tests.tickets.workflow.conftest import message
from tickets import conversation, lifecycle
from tickets.models import Ticket, TicketComment, WorkflowCallback, WorkflowStanding
from tickets.workflow import callbacks

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db: None) -> Any:
    return people.admin()


def stored() -> WorkflowCallback:
    return WorkflowCallback.objects.latest("pk")


def state_of(ticket: Ticket) -> str:
    return Ticket.objects.get(pk=ticket.pk).status


def refused(row: WorkflowCallback, by: Any, **given: Any) -> set[str]:
    with pytest.raises(Refused) as raised:
        callbacks.apply_after_all(row, by=by, **given)
    return raised.value.codes


def test_one_that_came_too_early_is_applied_when_the_ticket_is_open(call, boss):
    ticket = quick_ticket("New")
    assert call(message(ticket, "WORKING", work_notes=["Begun."])).status_code == 409
    assert refused(stored(), boss) == {"state"}
    lifecycle.approve(ticket, by=boss, priority="Low", department=ticket.department)
    row = callbacks.apply_after_all(stored(), by=boss)
    assert (state_of(ticket), row.outcome, row.reasons) == ("In Progress", "applied", [])
    assert row.applied_at is not None
    assert TicketComment.objects.get(ticket=ticket).comment == "Begun."
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.APPLIED_AFTER_ALL)
    assert (event.actor, event.about, event.detail) == (boss, row, {"status": "WORKING", "effect": "start"})
    assert Ticket.objects.get(pk=ticket.pk).history.filter(verb="start", actor_name="workflow").exists()


def test_the_answer_that_was_given_stays_the_answer(call, boss):
    ticket = quick_ticket("New")
    said = message(ticket, "WORKING")
    call(said, key="msg_1")
    lifecycle.approve(ticket, by=boss, priority="Low", department=ticket.department)
    callbacks.apply_after_all(stored(), by=boss)
    assert call(said, key="msg_1").status_code == 409


def test_an_unknown_word_goes_by_what_the_map_says_now_or_by_what_the_person_says(call, boss, settings):
    first, second = quick_ticket("Open"), quick_ticket("Open")
    for ticket in (first, second):
        call(message(ticket, "FINITO"))
    of_first, of_second = WorkflowCallback.objects.order_by("pk")
    assert refused(of_first, boss) == {"unknown-status"}
    assert refused(of_first, boss, effect="delete") == {"unknown-status"}
    callbacks.apply_after_all(of_first, by=boss, effect="hold")
    assert state_of(first) == "On Hold"
    settings.WORKFLOW_STATUS_MAP = {"FINITO": "resolve"}
    callbacks.apply_after_all(of_second, by=boss)
    assert state_of(second) == "Resolved"


def test_one_for_a_ticket_that_is_there_by_now(call, boss):
    ticket = quick_ticket("Open")
    call(message("TX0000"))
    row = stored()
    assert refused(row, boss) == {"unknown-ticket"}
    Ticket.objects.filter(pk=ticket.pk).update(ticket_number="TX0000")
    row = callbacks.apply_after_all(row, by=boss)
    assert (row.ticket, state_of(ticket)) == (ticket, "In Progress")


def test_an_old_one_does_not_turn_the_clock_back(call, boss):
    ticket = quick_ticket("Open")
    call(message(ticket, "FINITO", minutes=1))
    call(message(ticket, "WORKING", minutes=5))
    callbacks.apply_after_all(WorkflowCallback.objects.get(status_word="FINITO"), by=boss, effect="hold")
    standing = WorkflowStanding.objects.get(ticket=ticket)
    assert (state_of(ticket), standing.status_word) == ("On Hold", "WORKING")


def test_one_that_a_crash_left_lying_can_be_applied(call, boss):
    ticket = quick_ticket("Open")
    call(message(ticket, "FINITO"))
    WorkflowCallback.objects.update(outcome="stored", answer_status=None)
    row = callbacks.apply_after_all(stored(), by=boss, effect="start")
    assert (row.answer_status, row.outcome) == (200, "applied")


@pytest.mark.parametrize("word", ["WORKING", "ON_HOLD"])
def test_what_was_applied_or_older_needs_nothing(call, boss, word):
    ticket = quick_ticket("Open")
    call(message(ticket, "WORKING", minutes=5))
    if word == "ON_HOLD":
        call(message(ticket, "ON_HOLD", minutes=1))
    assert refused(stored(), boss) == {"state"}


def test_what_can_not_be_read_and_what_was_taken_out_can_not_be_applied(call, boss, house):
    call(b"[]")
    assert refused(stored(), boss) == {"state"}
    ticket = house.open()
    call(message(ticket, "WORKING", work_notes=["hunter2"]))
    call(message(ticket, "FINITO", minutes=1, work_notes=["hunter2"]))
    conversation.redact(TicketComment.objects.get(ticket=ticket), by=house.dora, reason="A password.")
    assert refused(stored(), boss, effect="hold") == {"text-taken-out"}


@pytest.mark.parametrize("who", ["an employee", "the coordinator", "a clerk", "nobody", "a suspended admin"])
def test_nobody_but_system_admins_sees_or_applies_them(call, house, who):
    person = {
        "an employee": lambda: house.eve,
        "the coordinator": lambda: house.bea,
        "a clerk": people.clerk,
        "nobody": lambda: None,
        "a suspended admin": lambda: people.person("Suspended", role="System Admin"),
    }[who]()
    ticket = house.open()
    call(message(ticket, "FINITO"))
    assert not callbacks.visible_to(person).exists()
    assert refused(stored(), person, effect="resolve") == {"not_yours"}
    assert state_of(ticket) == "Open"


def test_an_admin_is_only_the_requester_on_a_ticket_of_their_own(call, house, boss):
    own = lifecycle.approve(house.new(by=house.dora), by=boss, priority="Low", department=house.it)
    call(message(own, "FINITO"))
    of_own = stored()
    call(message(house.open(), "FINITO"))
    assert list(callbacks.visible_to(house.dora)) == [stored()]
    assert refused(of_own, house.dora, effect="resolve") == {"unseen"}
    assert state_of(own) == "Open"
    assert callbacks.visible_to(boss).count() == 2
    WorkflowCallback.objects.filter(pk=of_own.pk).update(ticket=None)
    assert list(callbacks.visible_to(house.dora)) == [stored()]
