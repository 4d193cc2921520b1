"""What is told to the workflow system when, in which order, and what people may do about it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from audit.actors import SYSTEM
from audit.models import AuditEvent
from audit.refusals import Refused
from jobs import leases
from tests.factories import people
from tests.factories.tickets import quick_ticket
from tests.tickets.workflow.conftest import last, of, send
from tests.tickets.workflow.remote import Reply
from tickets import conversation, lifecycle
from tickets.models import WorkflowDelivery, WorkflowStanding
from tickets.workflow import applying, deliveries

pytestmark = pytest.mark.django_db

Status = WorkflowDelivery.Status


def events_of(ticket: Any) -> list[str]:
    return [row.event for row in of(ticket)]


def in_minutes(minutes: int) -> dt.timedelta:
    return dt.timedelta(minutes=minutes)


# Which events


def test_approved_commented_reopened_and_withdrawn_are_told_and_nothing_else(house, remote):
    ticket = house.new()
    conversation.comment(ticket, by=house.ana, comment="While it is New.")
    ticket = lifecycle.approve(ticket, by=house.dora, priority="Low", department=house.it)
    ticket = lifecycle.transfer(ticket, by=house.dora, department=house.legal, reason="Theirs.")
    ticket = lifecycle.transfer(ticket, by=house.dora, department=house.it, reason="Ours after all.")
    ticket = lifecycle.claim(ticket, by=house.bea)
    ticket = lifecycle.hold(ticket, by=house.bea, reason="Parts.")
    ticket = lifecycle.resume(ticket, by=house.bea)
    conversation.comment(ticket, by=house.bea, comment="Only for us.", is_internal=True)
    conversation.comment(ticket, by=house.bea, comment="For everybody.")
    ticket = lifecycle.resolve(ticket, by=house.bea, resolution="New battery.")
    ticket = lifecycle.close(ticket, by=house.ana)
    ticket = lifecycle.reopen(ticket, by=house.ana, reason="Again.")
    lifecycle.withdraw(ticket, by=house.ana)
    assert events_of(ticket) == ["opened", "commented", "reopened", "withdrawn"]


def test_a_ticket_that_was_never_sent_is_neither_withdrawn_nor_commented_there(house, remote):
    lifecycle.withdraw(house.new(), by=house.ana)
    old = quick_ticket("In Progress", requester=house.ana, department=house.it)
    conversation.comment(old, by=house.ana, comment="From before there was a workflow system.")
    lifecycle.withdraw(old, by=house.ana)
    assert not WorkflowDelivery.objects.exists()


def test_an_old_ticket_that_is_reopened_is_told_from_then_on(house, remote):
    old = quick_ticket("Resolved", requester=house.ana, department=house.it)
    old = lifecycle.reopen(old, by=house.ana, reason="Again.")
    conversation.comment(old, by=house.ana, comment="Hello?")
    assert events_of(old) == ["reopened", "commented"]


def test_what_the_workflow_system_does_itself_is_not_told_to_it(house, remote):
    ticket = house.open()
    told = applying.read(
        f'{{"ticket_id": "{ticket.ticket_number}", "status": "COMPLETED", "last_modified": "2026-01-01T00:00:00Z",'
        ' "work_notes": ["Done."], "resolution": "New battery."}'
    )
    applying.apply(ticket, told, "resolve")
    assert events_of(ticket) == ["opened"]


def test_without_a_workflow_system_nothing_is_written(house, settings):
    settings.EXTERNAL_WORKFLOW_API_URL = None
    ticket = house.closed()
    ticket = lifecycle.reopen(ticket, by=house.ana, reason="Again.")
    conversation.comment(ticket, by=house.ana, comment="Hello?")
    lifecycle.withdraw(ticket, by=house.ana)
    assert not WorkflowDelivery.objects.exists()


def test_a_change_that_is_rolled_back_tells_nothing(house, remote):
    ticket = house.new()
    with pytest.raises(Refused):
        lifecycle.approve(ticket, by=house.bea, priority="Low", department=house.it)
    assert not WorkflowDelivery.objects.exists()


# In which order


def test_of_one_ticket_they_go_out_in_order_and_the_next_waits_for_the_one_before(house, remote, later):
    ticket = house.open()
    conversation.comment(ticket, by=house.ana, comment="One.")
    conversation.comment(ticket, by=house.ana, comment="Two.")
    other = house.open()
    remote.answers(500, 201)
    send()
    assert [body["ticket_id"] for body in remote.bodies] == [ticket.ticket_number, other.ticket_number]
    assert [row.status for row in of(ticket)] == ["pending", "pending", "pending"]
    assert [row.attempts for row in of(ticket)] == [1, 0, 0]
    later(in_minutes(2))
    send()
    assert [body.get("comment", {}).get("text") for body in remote.bodies[2:]] == [None, "One.", "Two."]


def test_one_that_failed_for_good_keeps_nobody_waiting(house, remote):
    ticket = house.open()
    lifecycle.withdraw(ticket, by=house.ana)
    remote.answers(422, 201)
    send()
    assert [row.status for row in of(ticket)] == ["failed", "done"]


def test_one_that_was_called_off_keeps_nobody_waiting(house, remote, later):
    ticket = house.open()
    conversation.comment(ticket, by=house.ana, comment="Hello?")
    remote.answers(500, 201)
    send()
    deliveries.cancel(of(ticket)[0], by=house.dora)
    send()
    assert [row.status for row in of(ticket)] == ["cancelled", "done"]


# Redacted


def test_a_redacted_comment_does_not_go_out(house, remote):
    ticket = house.open()
    said = conversation.comment(ticket, by=house.ana, comment="My password is hunter2.")
    conversation.redact(said, by=house.dora, reason="A password.")
    send()
    assert [row.status for row in of(ticket)] == ["done", "cancelled"]
    assert "hunter2" not in str([call.raw for call in remote.calls])


def test_a_comment_redacted_later_is_gone_from_what_was_kept(house, remote):
    remote.answers(201, Reply(201, b'{"id": 7, "echo": "My password is hunter2."}'))
    ticket = house.open()
    said = conversation.comment(ticket, by=house.ana, comment="My password is hunter2.")
    send()
    assert "hunter2" in str(of(ticket)[1].request)
    conversation.redact(said, by=house.dora, reason="A password.")
    row = of(ticket)[1]
    assert (row.status, row.request, row.response_body) == ("done", None, "")
    assert "hunter2" not in str(list(WorkflowDelivery.objects.values()))
    with pytest.raises(Refused) as refused:
        deliveries.send_again(row, by=house.dora)
    assert refused.value.codes == {"text-taken-out"}


def test_a_comment_redacted_while_it_is_sent_is_not_written_back(house, remote):
    ticket = house.open()
    send()
    said = conversation.comment(ticket, by=house.ana, comment="My password is hunter2.")
    row = of(ticket)[1]
    assert leases.claim(row)
    conversation.redact(said, by=house.dora, reason="A password.")
    leases.work(row)
    assert len(remote.calls) == 1
    assert (of(ticket)[1].status, of(ticket)[1].request) == ("cancelled", None)


# What came of it


def test_what_was_taken_is_known_beside_the_ticket_which_does_not_change(house, remote):
    remote.answers(Reply(201, b'{"id": "WO-77"}'))
    ticket = house.open()
    version, rows = ticket.version, ticket.history.count()
    send()
    ticket = type(ticket).objects.get(pk=ticket.pk)
    assert (ticket.version, ticket.history.count()) == (version, rows)
    standing = WorkflowStanding.objects.get(ticket=ticket)
    assert (standing.remote_id, standing.acknowledged_event) == ("WO-77", "opened")
    assert standing.acknowledged_at is not None
    row = last()
    assert (row.status, row.response_status, row.remote_id, row.attempts) == ("done", 201, "WO-77", 1)
    assert row.sent_at is not None
    assert row.acknowledged_at is not None


def test_it_says_who_caused_it(house, remote):
    ticket = house.open()
    assert (last().caused_by, last().caused_by_name) == (house.dora, "person")
    assert of(ticket)[0].ticket_status == "Open"


# What people do


def test_a_failed_one_goes_again_under_the_same_key(house, remote):
    remote.answers(422, 201)
    house.open()
    send()
    failed = last()
    fresh = deliveries.send_again(failed, by=house.dora)
    assert (fresh.status, fresh.failures) == ("pending", 0)
    send()
    assert remote.keys == [str(failed.delivery_id)] * 2
    assert last().status == "done"
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.SENT_AGAIN)
    assert (event.actor, event.about, event.detail) == (house.dora, failed, {"event": "opened", "was": "failed"})


@pytest.mark.parametrize("answer", [201, 422])
def test_an_event_that_a_newer_delivery_has_overtaken_is_not_sent_again(house, remote, answer):
    """ "Opened" behind "withdrawn" would have people there begin to work, whether the newer one got there or not."""
    remote.answers(422)
    ticket = house.open()
    send()
    lifecycle.withdraw(ticket, by=house.ana)
    overtaken, newest = of(ticket)
    with pytest.raises(Refused) as refused:
        deliveries.send_again(overtaken, by=house.dora)
    assert refused.value.codes == {"superseded"}
    remote.answers(answer)
    send()
    assert [row.is_superseded for row in deliveries.visible_to(house.dora).order_by("pk")] == [True, False]
    with pytest.raises(Refused) as refused:
        deliveries.send_again(overtaken, by=house.dora)
    assert str(refused.value) == (
        "A newer delivery about this ticket was written since, and carries all of it. Send that one again."
    )
    assert deliveries.send_again(newest, by=house.dora).status == "pending"
    send()
    assert [body["metadata"]["event"] for body in remote.bodies] == ["opened", "withdrawn", "withdrawn"]


def test_behind_a_comment_or_what_was_called_off_it_is(house, remote):
    remote.answers(422)
    ticket = house.open()
    send()
    conversation.comment(ticket, by=house.ana, comment="Any news?")
    deliveries.cancel(deliveries.push(ticket, by=house.dora), by=house.dora)
    send()
    opened, comment, _called_off = of(ticket)
    assert deliveries.send_again(opened, by=house.dora).status == "pending"
    # And a comment behind anything: nothing else carries it.
    deliveries.push(ticket, by=house.dora)
    assert deliveries.send_again(comment, by=house.dora).status == "pending"


def test_one_that_waits_anyway_is_not_sent_twice(house, remote):
    house.open()
    with pytest.raises(Refused) as refused:
        deliveries.send_again(last(), by=house.dora)
    assert refused.value.codes == {"already-waiting"}


def test_one_can_be_called_off_once_and_then_goes_nowhere(house, remote):
    house.open()
    fresh = deliveries.cancel(last(), by=house.dora, reason="They know by telephone.")
    assert (fresh.status, fresh.last_error) == ("cancelled", "Called off by dora@example.com.")
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.CALLED_OFF)
    assert (event.actor, event.about, event.detail["reason"]) == (house.dora, fresh, "They know by telephone.")
    with pytest.raises(Refused):
        deliveries.cancel(fresh, by=house.dora)
    send()
    assert remote.calls == []


def test_the_present_state_can_be_pushed_under_a_new_key(house, remote):
    ticket = house.in_progress()
    send()
    pushed = deliveries.push(ticket, by=house.dora, reason="They lost it.")
    send()
    assert remote.keys[1] == str(pushed.delivery_id) != remote.keys[0]
    body = remote.bodies[1]
    assert (body["metadata"]["event"], body["request"]["status"], body["reason"]) == (
        "updated",
        "In Progress",
        "They lost it.",
    )


def test_a_ticket_that_nobody_approved_can_not_be_pushed(house, remote):
    ticket = house.new()
    with pytest.raises(Refused) as refused:
        deliveries.push(ticket, by=house.dora)
    assert refused.value.codes == {"state"}


def test_nothing_can_be_pushed_or_sent_again_to_nobody(house, remote, settings):
    ticket = house.open()
    remote.answers(422)
    send()
    settings.EXTERNAL_WORKFLOW_API_URL = None
    assert {reason.code for reason in deliveries.against_pushing(ticket, by=house.dora)} == {"state"}
    assert {reason.code for reason in deliveries.against_sending_again(last(), by=house.dora)} == {"state"}


@pytest.mark.parametrize("who", ["an employee", "the coordinator", "a clerk", "nobody", "a suspended admin"])
def test_nobody_but_system_admins_sees_or_touches_them(house, remote, who):
    person = {
        "an employee": lambda: house.eve,
        "the coordinator": lambda: house.bea,
        "a clerk": people.clerk,
        "nobody": lambda: None,
        "a suspended admin": lambda: people.person("Suspended", role="System Admin"),
    }[who]()
    ticket = house.open()
    row = last()
    assert not deliveries.visible_to(person).exists()
    for attempt in (
        lambda: deliveries.cancel(row, by=person),
        lambda: deliveries.send_again(row, by=person),
        lambda: deliveries.push(ticket, by=person),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.codes & {"not_yours", "unseen"}
    assert [fresh.status for fresh in of(ticket)] == ["pending"]


def test_an_admin_is_only_the_requester_on_a_ticket_of_their_own(house, remote, settings):
    own = house.new(by=house.dora)
    other_admin = people.admin()
    own = lifecycle.approve(own, by=other_admin, priority="Low", department=house.it)
    row = last()
    assert not deliveries.visible_to(house.dora).exists()
    assert list(deliveries.visible_to(other_admin)) == [row]
    for attempt in (
        lambda: deliveries.cancel(row, by=house.dora),
        lambda: deliveries.push(own, by=house.dora),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.codes == {"unseen"}
    settings.ALLOW_SELF_APPROVAL = True
    assert list(deliveries.visible_to(house.dora)) == [row]


def test_a_command_of_ours_may_push(house, remote):
    assert deliveries.push(house.open(), by=SYSTEM).caused_by_name == "system"
