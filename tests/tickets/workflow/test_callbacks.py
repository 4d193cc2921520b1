"""What the workflow system tells us, and what it does here. The table of domain.md stands below, letter for letter."""

from __future__ import annotations

import pytest

from notifications.models import EmailNotification
from tests.factories.tickets import quick_ticket
from tests.tickets.workflow.conftest import fresh, message, notes_on, stored
from tickets import conversation
from tickets.enums import Status
from tickets.models import TicketComment, WorkflowCallback

pytestmark = pytest.mark.django_db

WORDS = {"start": "WORKING", "hold": "ON_HOLD", "resolve": "COMPLETED", "reject": "CANCELLED"}
#: effect → what it does in New, Open, In Progress, On Hold, Resolved, Closed, Rejected, Withdrawn: the state it leads
#: to, "" for nothing, 409.
TABLE: dict[str, list[str | int]] = {
    "start": [409, "In Progress", "", "In Progress", 409, 409, 409, 409],
    "hold": [409, "On Hold", "On Hold", "", 409, 409, 409, 409],
    "resolve": [409, "Resolved", "Resolved", "Resolved", "", "", 409, 409],
    "reject": [409, "Rejected", "Rejected", "Rejected", 409, 409, "", 409],
}
STATES = ["New", "Open", "In Progress", "On Hold", "Resolved", "Closed", "Rejected", "Withdrawn"]


# The table


@pytest.mark.parametrize(
    ("effect", "state", "leads_to"),
    [(effect, state, cell) for effect, row in TABLE.items() for state, cell in zip(STATES, row, strict=True)],
)
def test_each_effect_in_each_state(call, effect, state, leads_to):
    ticket = quick_ticket(state)
    answer = call(message(ticket, WORDS[effect]))
    after, row = fresh(ticket), stored()
    if leads_to == 409:
        assert (answer.status_code, after.status, after.version) == (409, state, ticket.version)
        assert (row.outcome, row.applied_at) == ("refused", None)
        assert [reason["code"] for reason in answer.json()["reasons"]] == ["state"]
        assert answer.json()["error"] == row.reasons[0]["sentence"]
        assert state in answer.json()["error"]
        assert set(answer.json()) == {"error", "details", "reasons"}
    elif leads_to == "":
        assert (answer.status_code, after.status, after.version) == (200, state, ticket.version)
        assert (row.outcome, answer.json()["applied"]) == ("nothing", False)
    else:
        assert (answer.status_code, after.status) == (200, leads_to)
        assert answer.json() == {"applied": True, "ticket_id": ticket.ticket_number, "status": leads_to}
        history = after.history.latest("history_id")
        assert (history.actor_name, history.history_user) == ("workflow", None)
        assert (row.outcome, row.ticket) == ("applied", ticket)
        assert row.applied_at is not None


def test_the_table_has_every_effect_and_every_state(settings):
    assert Status.values == STATES
    assert set(TABLE) == set(settings.WORKFLOW_STATUS_MAP.values())


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("ASSIGNED", "In Progress"),
        ("WORKING", "In Progress"),
        ("ON_HOLD", "On Hold"),
        ("AWAITING", "On Hold"),
        ("COMPLETED", "Resolved"),
        ("CANCELLED", "Rejected"),
    ],
)
def test_the_words_that_are_known_from_the_start(call, word, state):
    ticket = quick_ticket("Open")
    call(message(ticket, word))
    assert fresh(ticket).status == state


def test_other_words_can_be_taught(call, settings):
    settings.WORKFLOW_STATUS_MAP = {"Erledigt": "resolve"}
    ticket = quick_ticket("Open")
    assert call(message(ticket, "COMPLETED")).status_code == 202
    assert call(message(ticket, "Erledigt")).status_code == 200
    assert fresh(ticket).status == "Resolved"


def test_missing_texts_have_words_of_their_own_and_given_ones_are_taken(call):
    done, held, gone, told = (quick_ticket("Open") for _ticket in range(4))
    call(message(done, "COMPLETED"))
    call(message(held, "AWAITING"))
    call(message(gone, "CANCELLED"))
    call(message(told, "COMPLETED", resolution=" New battery.\r\n"))
    assert fresh(done).resolution == "Completed by the workflow system"
    assert fresh(held).history.latest("history_id").history_change_reason == "Waiting in the workflow system"
    assert fresh(gone).rejection_reason == "Cancelled by the workflow system"
    assert fresh(told).resolution == "New battery."


def test_the_requester_is_told_as_by_anybody(call, house):
    ticket = house.open()
    EmailNotification.objects.all().delete()
    call(message(ticket, "COMPLETED", resolution="New battery."))
    assert set(EmailNotification.objects.values_list("message", "recipient_email")) == {
        ("ticket_resolved", "ana@example.com")
    }


# Who works on it, and notes


def test_the_technician_is_a_name_beside_the_ticket_with_its_history(call):
    ticket = quick_ticket("Open")
    call(message(ticket, "ASSIGNED", assigned_technician="Tomáš Novák"))
    after = fresh(ticket)
    assert (after.external_assignee, after.assigned_to, after.version) == ("Tomáš Novák", None, ticket.version + 2)
    row = after.history.latest("history_id")
    assert (row.verb, row.actor_name, row.external_assignee) == ("technician", "workflow", "Tomáš Novák")
    call(message(ticket, "ASSIGNED", minutes=1, assigned_technician="Tomáš Novák"))
    assert fresh(ticket).version == after.version
    call(message(ticket, "WORKING", minutes=2, assigned_technician=None))
    assert fresh(ticket).external_assignee == "Tomáš Novák"


def test_work_notes_become_internal_notes_each_once(call, house):
    ticket = house.open()
    call(message(ticket, "WORKING", work_notes=["Opened it.", "", "Ordered a part.", "Opened it."]))
    answer = call(message(ticket, "WORKING", minutes=1, work_notes=["Opened it.", "Ordered a part.", "It came."]))
    assert answer.json()["applied"] is True
    assert notes_on(ticket) == ["Opened it.", "Ordered a part.", "It came."]
    said = TicketComment.objects.filter(ticket=ticket)
    assert {(each.actor_name, each.user, each.is_internal) for each in said} == {("workflow", None, True)}
    assert not conversation.visible_comments(fresh(ticket), house.ana).exists()
    assert call(message(ticket, "WORKING", minutes=2, work_notes=["It came."])).json()["applied"] is False
    assert stored().outcome == "nothing"


def test_notes_that_say_nothing_are_passed_over_and_keep_nothing_else_out(call):
    ticket = quick_ticket("Open")
    answer = call(message(ticket, "WORKING", work_notes=["   ", None, "", "\n\t", "Opened it."]))
    assert (answer.status_code, fresh(ticket).status, notes_on(ticket)) == (200, "In Progress", ["Opened it."])


def test_a_note_of_another_ticket_is_another_note(call):
    first, second = quick_ticket("Open"), quick_ticket("Open")
    for ticket in (first, second):
        call(message(ticket, work_notes=["The same."]))
        assert notes_on(ticket) == ["The same."]


def test_a_redacted_note_is_gone_from_the_messages_that_carried_it_and_does_not_come_back(call, house):
    ticket = house.open()
    call(message(ticket, "WORKING", work_notes=["Password is hunter2.", "Harmless."]))
    call(message(ticket, "ON_HOLD", minutes=1, work_notes=["Password is hunter2."]))
    call(message(ticket, "NOBODY_KNOWS", minutes=2, work_notes=["Password is hunter2."]))
    call(message(ticket, "WORKING", minutes=3, work_notes=["Harmless."]))
    said = TicketComment.objects.get(ticket=ticket, comment__contains="hunter2")
    conversation.redact(said, by=house.dora, reason="A password.")
    assert "hunter2" not in str(list(WorkflowCallback.objects.values()))
    assert [bool(row.body) for row in WorkflowCallback.objects.order_by("pk")] == [False, False, False, True]
    call(message(ticket, "WORKING", minutes=4, work_notes=["Harmless."]))
    answer = call(message(ticket, "WORKING", minutes=5, work_notes=["Password is hunter2."]))
    assert answer.json()["applied"] is False
    assert notes_on(ticket) == ["", "Harmless."]
    assert "hunter2" not in str(list(WorkflowCallback.objects.values()))


def test_half_a_character_in_a_note_is_refused_and_keeps_nobody_from_redacting_another(call, house):
    ticket = house.open()
    broken = message(ticket, work_notes=["\ud800 x", "Password is hunter2."])
    for _time in range(2):
        assert call(broken, key="msg_1").status_code == 422
    assert call(message(ticket, minutes=1, work_notes=["Password is hunter2."])).status_code == 200
    said = TicketComment.objects.get(ticket=ticket, is_internal=True)
    conversation.redact(said, by=house.dora, reason="A password.")
    assert notes_on(ticket) == [""]
    assert "hunter2" not in str(list(WorkflowCallback.objects.values()))
    assert call(message(ticket, minutes=2, work_notes=["\ud800 x"])).status_code == 422


def test_what_it_says_of_a_ticket_that_is_final_is_still_noted_where_nothing_changes(call):
    ticket = quick_ticket("Rejected")
    answer = call(message(ticket, "CANCELLED", work_notes=["We had begun."]))
    assert (answer.status_code, notes_on(ticket)) == (200, ["We had begun."])
    other = quick_ticket("Withdrawn")
    assert call(message(other, "WORKING", work_notes=["We had begun."])).status_code == 409
    assert notes_on(other) == []
