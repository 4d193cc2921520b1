"""Unknown, old, repeated, shuffled, cut off by a crash: the state is the one of single delivery in order."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from typing import Any

import pytest

from tests.factories import people
from tests.factories.tickets import quick_ticket
from tests.factories.tickets import ticket as walked_ticket
from tests.tickets.workflow.conftest import LONG_AGO, fresh, message, notes_on, stored
from tickets import lifecycle
from tickets.models import WorkflowCallback, WorkflowStanding
from tickets.workflow import applying, callbacks

pytestmark = pytest.mark.django_db


# Unknown, old, repeated, shuffled


def test_an_unknown_status_is_kept_and_shown_and_changes_nothing(call):
    ticket = quick_ticket("In Progress")
    for word in ("REOPENED", "working", "Working ", "0"):
        answer = call(message(ticket, word.strip(), work_notes=["Never."], assigned_technician="X"))
        assert (answer.status_code, answer.json()["applied"]) == (202, False)
    assert (fresh(ticket).version, notes_on(ticket)) == (ticket.version, [])
    row = stored()
    assert (row.outcome, row.status_word, row.ticket, row.answer_status) == ("unknown status", "0", ticket, 202)
    assert row.reasons[0]["sentence"] == "Nobody has said what the status “0” does here, so nothing was changed."


def test_an_unknown_ticket_is_not_there_and_the_message_is_kept(call):
    answer = call(message("TX9999"))
    assert (answer.status_code, answer.json()["error"]) == (404, "There is no ticket “TX9999” here.")
    assert (stored().outcome, stored().ticket, stored().ticket_number) == ("unknown ticket", None, "TX9999")


def test_what_is_older_than_what_was_applied_changes_nothing(call):
    ticket = quick_ticket("Open")
    call(message(ticket, "ON_HOLD", minutes=10))
    answer = call(message(ticket, "WORKING", minutes=9.99, work_notes=["Old."], assigned_technician="X"))
    assert (answer.status_code, answer.json()) == (
        200,
        {"applied": False, "ticket_id": ticket.ticket_number, "status": "On Hold"},
    )
    assert (fresh(ticket).status, fresh(ticket).external_assignee, notes_on(ticket)) == ("On Hold", "", [])
    assert stored().outcome == "older"
    call(message(ticket, "WORKING", minutes=10))
    assert fresh(ticket).status == "In Progress"


def test_the_same_message_gets_the_first_answer_again_and_does_nothing(call):
    ticket = quick_ticket("Open")
    said = message(ticket, "WORKING", work_notes=["Once."])
    first = call(said, key="msg_1")
    call(message(ticket, "ON_HOLD", minutes=1))
    again = call(said, key="msg_1")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert fresh(ticket).status == "On Hold"
    assert WorkflowCallback.objects.count() == 2


@pytest.mark.parametrize("status", ["COMPLETED", "NOBODY_KNOWS"])
def test_a_refusal_is_repeated_too_even_when_it_would_go_by_now(call, status):
    ticket = quick_ticket("New")
    said = message(ticket, status)
    first = call(said, key="msg_1")
    lifecycle.approve(ticket, by=people.admin(), priority="Low", department=ticket.department)
    again = call(said, key="msg_1")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert fresh(ticket).status == "Open"


def test_the_same_key_with_another_body_is_refused(call):
    ticket = quick_ticket("Open")
    call(message(ticket, "WORKING"), key="msg_1")
    answer = call(message(ticket, "COMPLETED", minutes=1), key="msg_1")
    assert (answer.status_code, [each["code"] for each in answer.json()["reasons"]]) == (422, ["other-body"])
    assert fresh(ticket).status == "In Progress"
    assert json.loads(stored().body)["status"] == "WORKING"


STORY = [
    ("ASSIGNED", 0), ("WORKING", 1), ("ON_HOLD", 2), ("NOBODY_KNOWS", 3), ("WORKING", 4), ("COMPLETED", 5),
]  # fmt: skip


def test_shuffled_repeated_and_late_messages_leave_the_state_of_single_delivery_in_order(call):
    """Every order in which four of them can come, each twice."""
    orders = list(itertools.permutations([STORY[0], STORY[2], STORY[3], STORY[5]]))
    for number, order in enumerate(orders):
        ticket = quick_ticket("Open")
        for word, minutes in (*order, *reversed(order)):
            call(message(ticket, word, minutes=minutes), key=f"msg_{number}_{minutes}")
        assert fresh(ticket).status == "Resolved", order


def test_of_a_story_cut_off_anywhere_the_newest_known_word_counts(call):
    for length, state in [(1, "In Progress"), (3, "On Hold"), (4, "On Hold"), (5, "In Progress"), (6, "Resolved")]:
        ticket = quick_ticket("Open")
        for word, minutes in reversed(STORY[:length]):
            call(message(ticket, word, minutes=minutes))
        assert fresh(ticket).status == state, length


def test_the_story_on_a_ticket_that_walked_through_the_door(call):
    ticket = walked_ticket("Open")
    for number, (word, minutes) in enumerate(STORY):
        assert call(message(ticket, word, minutes=minutes)).status_code == (202 if number == 3 else 200)
    after = fresh(ticket)
    assert after.status == "Resolved"
    assert after.resolution_time is not None
    standing = WorkflowStanding.objects.get(ticket=ticket)
    assert (standing.status_word, standing.last_modified) == ("COMPLETED", LONG_AGO + dt.timedelta(minutes=5))


# Crashes


def test_a_crash_between_storing_and_applying_is_made_up_for_by_the_next_try(call, monkeypatch):
    ticket, said = quick_ticket("Open"), message(quick_ticket("Open"))
    said["ticket_id"] = ticket.ticket_number
    own = callbacks._looked_at

    def dies(*given: Any) -> Any:
        own(*given)
        raise RuntimeError("the power went")

    monkeypatch.setattr(callbacks, "_looked_at", dies)
    call.client.raise_request_exception = False
    assert call(said, key="msg_1").status_code == 500
    assert (stored().outcome, fresh(ticket).status) == ("stored", "Open")
    monkeypatch.setattr(callbacks, "_looked_at", own)
    assert call(said, key="msg_1").status_code == 200
    assert (stored().outcome, fresh(ticket).status) == ("applied", "In Progress")


def test_a_note_that_would_be_lost_takes_the_change_of_state_back_with_it(call, monkeypatch):
    """All of a message or nothing."""

    def dies(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("the power went")

    ticket = quick_ticket("Open")
    monkeypatch.setattr(applying.conversation, "comment", dies)
    call.client.raise_request_exception = False
    assert call(message(ticket, work_notes=["x"]), key="msg_1").status_code == 500
    assert (fresh(ticket).status, stored().answer_status) == ("Open", None)
