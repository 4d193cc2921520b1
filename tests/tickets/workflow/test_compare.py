"""Both sides compared: the sandbox says what it knows, and what differs can be sent, taken over or ignored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from audit.refusals import Refused
from jobs import leases
from jobs.models import LeasedRow
from tests.factories import people
from tests.tickets.conftest import House
from tickets import lifecycle
from tickets.enums import Status
from tickets.models import Sync, SyncDrift, Ticket, WorkflowDelivery, WorkflowStanding
from tickets.workflow import compare
from tickets.workflow.sandbox.moods import Mood
from tickets.workflow.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def one_sandbox() -> Iterator[Sandbox]:
    with Sandbox(answers=False) as made:
        yield made


@pytest.fixture
def sandbox(one_sandbox: Sandbox, settings: Any) -> Sandbox:
    """The server of the module, well and empty; the settings lead to it."""
    one_sandbox.mood = Mood.WELL
    one_sandbox.store.empty()
    settings.EXTERNAL_WORKFLOW_API_URL, settings.EXTERNAL_WORKFLOW_API_KEY = one_sandbox.api_url, one_sandbox.api_key
    return one_sandbox


def send() -> None:
    leases.drain(WorkflowDelivery)


def compared(house: House) -> Sync:
    sync = compare.ask(by=house.dora)
    leases.drain(Sync)
    sync.refresh_from_db()
    return sync


def found() -> list[tuple[str, str, str, str]]:
    rows = SyncDrift.objects.filter(settled="").order_by("ticket_number")
    return list(rows.values_list("ticket_number", "kind", "status_here", "status_there"))


def is_there(sandbox: Sandbox, ticket: Ticket, word: str, **said: Any) -> None:
    """Its state there, of which nobody told us."""
    sandbox.say(ticket.ticket_number, word, **said)


def test_where_both_sides_agree_nothing_is_found(house: House, sandbox: Sandbox) -> None:
    for word, ticket in {
        "WORKING": house.in_progress(),
        "ON_HOLD": house.on_hold(),
        "COMPLETED": house.resolved(),
    }.items():
        send()
        is_there(sandbox, ticket, word)
    withdrawn = lifecycle.withdraw(house.open(), by=house.ana)
    send()
    assert sandbox.store.ticket(withdrawn.ticket_number)["word"] == "CANCELLED"  # type: ignore[index]
    sync = compared(house)
    assert (sync.status, sync.received, sync.unmapped) == (LeasedRow.Status.DONE, 4, {})
    assert found() == []


def test_what_differs_is_missing_or_unknown_is_found_and_words_of_nobody_are_not_guessed(
    house: House, sandbox: Sandbox
) -> None:
    differs, missing, untouched = house.open(), house.open(), house.open()
    send()
    is_there(sandbox, differs, "COMPLETED", technician="Mei")
    sandbox.store.ask("DELETE FROM ticket WHERE number = ?", missing.ticket_number)
    sandbox.store.put_ticket("TX9999", {}, word="WORKING", opens=True, now=sandbox.clock())
    sync = compared(house)
    assert found() == [
        (differs.ticket_number, "differs", "Open", "COMPLETED"),
        (missing.ticket_number, "missing", "Open", ""),
        ("TX9999", "unknown", "", "WORKING"),
    ]
    assert sync.unmapped == {"RECEIVED": 1}
    assert untouched.ticket_number not in {number for number, *_rest in found()}


def test_what_is_on_its_way_is_left_out(house: House, sandbox: Sandbox) -> None:
    ticket = house.open()
    send()
    is_there(sandbox, ticket, "WORKING")
    lifecycle.withdraw(ticket, by=house.ana)  # not sent yet
    sync = compared(house)
    assert found() == []
    assert sync.under_way == 1


def test_theirs_is_taken_over_as_a_message_would_have_done_it(house: House, sandbox: Sandbox) -> None:
    ticket = house.open()
    send()
    is_there(sandbox, ticket, "COMPLETED", technician="Mei Tanaka")
    compared(house)
    drift = compare.pull(SyncDrift.objects.get(), by=house.dora)
    now = Ticket.objects.get(pk=ticket.pk)
    assert (now.status, now.external_assignee) == (Status.RESOLVED, "Mei Tanaka")
    assert (drift.settled, drift.settled_by) == ("pulled", house.dora)
    newest = now.history.filter(verb="resolve").get()
    assert newest.actor_name == "workflow"
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.DRIFT_SETTLED)
    assert event.actor == house.dora
    assert event.detail == {
        "ticket": ticket.ticket_number, "how": "pulled", "here": "Open", "there": "COMPLETED",
    }  # fmt: skip
    assert compared(house).received == 1
    assert found() == []


def test_theirs_is_not_taken_over_when_the_ticket_changed_or_its_state_forbids_it(
    house: House, sandbox: Sandbox
) -> None:
    ticket, solved = house.open(), house.resolved()
    send()
    is_there(sandbox, ticket, "COMPLETED")
    is_there(sandbox, solved, "WORKING")
    compared(house)
    lifecycle.claim(ticket, by=house.bea)
    with pytest.raises(Refused) as stopped:
        compare.pull(SyncDrift.objects.get(ticket=ticket), by=house.dora)
    assert stopped.value.codes == {"stale"}
    with pytest.raises(Refused):
        compare.pull(SyncDrift.objects.get(ticket=solved), by=house.dora)
    assert Ticket.objects.get(pk=solved.pk).status == Status.RESOLVED


def test_ours_is_sent_there(house: House, sandbox: Sandbox) -> None:
    ticket = house.open()
    send()
    sandbox.store.ask("DELETE FROM ticket")
    compared(house)
    compare.push(SyncDrift.objects.get(), by=house.dora)
    send()
    assert sandbox.store.ticket(ticket.ticket_number)
    compared(house)
    assert found() == []


def test_what_was_ignored_stays_so_until_either_side_changes(house: House, sandbox: Sandbox) -> None:
    ticket = house.open()
    send()
    is_there(sandbox, ticket, "WORKING")
    compared(house)
    compare.ignore(SyncDrift.objects.get(), by=house.dora)
    compared(house)
    assert found() == []
    assert SyncDrift.objects.get().settled_by == house.dora
    is_there(sandbox, ticket, "WORKING")  # the same word, changed anew
    compared(house)
    assert len(found()) == 1


def test_what_is_settled_is_not_settled_again(house: House, sandbox: Sandbox) -> None:
    ticket = house.open()
    send()
    is_there(sandbox, ticket, "WORKING")
    compared(house)
    drift = compare.pull(SyncDrift.objects.get(), by=house.dora)
    for settle in (compare.push, compare.pull, compare.ignore):
        with pytest.raises(Refused):
            settle(drift, by=house.dora)
    compared(house)
    with pytest.raises(Refused) as stopped:
        compare.push(drift, by=house.dora)
    assert stopped.value.codes == {"stale"}


@pytest.mark.parametrize("mood", [Mood.FAILS, Mood.BUSY, Mood.DROPS])
def test_a_system_that_is_down_leaves_the_last_comparison_as_it_was(house: House, sandbox: Sandbox, mood: Mood) -> None:
    ticket = house.open()
    send()
    is_there(sandbox, ticket, "WORKING")
    good = compared(house)
    sandbox.mood = mood
    bad = compared(house)
    assert bad.status == LeasedRow.Status.FAILED
    assert bad.last_error.startswith("The workflow system")
    assert sandbox.api_key not in bad.last_error
    assert compare.last_finished() == good
    assert len(found()) == 1


@pytest.mark.parametrize(
    "said",
    ['{"results": []}', "no json", '[{"ticket_id": 1}, 5, null, {"ticket_id": "\\u0000", "status": "\\ud800"}]'],
)
def test_an_answer_that_makes_no_sense_does_no_harm(
    house: House, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    from tickets.workflow.sandbox import api
    from tickets.workflow.sandbox.answers import Answer

    monkeypatch.setattr(api, "view", lambda *given: Answer(200, said.encode(), "application/json"))
    sync = compared(house)
    assert sync.status == (LeasedRow.Status.DONE if said.startswith("[") else LeasedRow.Status.FAILED)
    assert {drift.kind for drift in SyncDrift.objects.all()} <= {"unknown"}


def test_only_system_admins_compare_and_settle_and_nobody_their_own(house: House, sandbox: Sandbox) -> None:
    own = lifecycle.approve(
        house.new(by=house.dora), by=people.admin(first_name="Ines"), priority="Low", department=house.it
    )
    send()
    is_there(sandbox, own, "COMPLETED")
    compared(house)
    drift = SyncDrift.objects.get()
    for person in (house.ana, house.bea, house.eve, house.dora):
        for settle in (compare.push, compare.pull, compare.ignore):
            with pytest.raises(Refused):
                settle(drift, by=person)
        assert not compare.visible_to(person).exists()
    for person in (house.ana, house.bea, house.eve):
        with pytest.raises(Refused):
            compare.ask(by=person)
    assert compare.visible_to(people.admin(first_name="Olu")).count() == 1


def test_without_a_workflow_system_there_is_nothing_to_compare_with(house: House, settings: Any) -> None:
    settings.EXTERNAL_WORKFLOW_API_URL = None
    with pytest.raises(Refused):
        compare.ask(by=house.dora)
    assert not Sync.objects.exists()


def test_what_a_newer_message_has_overtaken_is_not_taken_over(house: House, sandbox: Sandbox) -> None:
    ticket = house.in_progress()
    send()
    is_there(sandbox, ticket, "COMPLETED")
    compared(house)
    drift = SyncDrift.objects.get()
    WorkflowStanding.objects.update_or_create(ticket=ticket, defaults={"last_modified": timezone.now()})
    with pytest.raises(Refused) as stopped:
        compare.pull(drift, by=house.dora)
    assert stopped.value.codes == {"stale"}
    assert Ticket.objects.get(pk=ticket.pk).status == Status.IN_PROGRESS


def test_what_somebody_did_since_is_not_undone_though_the_state_is_the_same_again(
    house: House, sandbox: Sandbox
) -> None:
    ticket = house.in_progress()
    send()
    is_there(sandbox, ticket, "COMPLETED")
    compared(house)
    lifecycle.hold(ticket, by=house.bea, reason="Waits for a part.")
    lifecycle.resume(ticket, by=house.bea)
    with pytest.raises(Refused) as stopped:
        compare.pull(SyncDrift.objects.get(), by=house.dora)
    assert stopped.value.codes == {"stale"}


@pytest.mark.parametrize("when", ["2099-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "soon", None])
def test_a_time_that_can_not_be_silences_no_later_message(
    house: House, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, when: str | None
) -> None:
    from tickets.workflow.sandbox import api
    from tickets.workflow.sandbox.answers import Answer

    ticket = house.open()
    send()
    said = [{"ticket_id": ticket.ticket_number, "status": "WORKING", "last_modified": when}]
    monkeypatch.setattr(api, "view", lambda *given: Answer(200, json.dumps(said).encode(), "application/json"))
    compared(house)
    drift = SyncDrift.objects.get()
    assert drift.changed_there is None
    compare.pull(drift, by=house.dora)
    assert Ticket.objects.get(pk=ticket.pk).status == Status.IN_PROGRESS
    assert WorkflowStanding.objects.get(ticket=ticket).last_modified is None


def test_what_is_ignored_stays_so_while_its_ticket_is_left_out(house: House, sandbox: Sandbox) -> None:
    ticket = house.open()
    send()
    is_there(sandbox, ticket, "WORKING")
    compared(house)
    compare.ignore(SyncDrift.objects.get(), by=house.dora)
    waiting = WorkflowDelivery.objects.create(ticket=ticket, event="updated", ticket_status="Open")
    assert compared(house).under_way == 1
    WorkflowDelivery.objects.filter(pk=waiting.pk).delete()
    compared(house)
    assert found() == []
    assert SyncDrift.objects.get().settled == "ignored"
