"""The Sync doctor as a page: what needs a person, for System Admins alone, and what they can do about it there."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import AuditEvent
from jobs import leases
from jobs.models import LeasedRow
from tests.factories import people
from tests.factories.tickets import quick_ticket
from tests.tickets.admin.looking import words
from tests.tickets.conftest import House
from tests.tickets.workflow.conftest import Calls, message
from tests.tickets.workflow.doctor import PAGE, delivery, fail, failed_delivery, look, section
from tests.tickets.workflow.remote import Remote, Reply
from tickets import lifecycle
from tickets.enums import Status
from tickets.models import (
    StagedFile,
    Sync,
    SyncDrift,
    Ticket,
    WorkflowBreaker,
    WorkflowCallback,
    WorkflowDelivery,
)
from tickets.workflow import breaker, watching

pytestmark = pytest.mark.django_db

# Who


def test_it_is_for_system_admins_alone(client: Client, house: House, remote: Remote) -> None:
    failed = failed_delivery(house.open())
    addresses = [
        PAGE,
        f"{PAGE}breaker/1/reset/",
        f"{PAGE}deliveries/{failed.pk}/send-again/",
        f"{PAGE}deliveries/{failed.pk}/cancel/",
        f"{PAGE}tickets/{failed.ticket_id}/push/",
        f"{PAGE}of-ticket/{failed.ticket_id}/",
        "/admin/tickets/syncreport/",
        "/admin/tickets/syncdrift/",
    ]
    for person in (house.bea, people.clerk()):
        client.force_login(person)
        assert {client.get(address).status_code for address in addresses} <= {403, 404}
        assert client.post(f"{PAGE}compare/").status_code == 403
        assert client.post(addresses[2]).status_code == 403
        assert PAGE not in client.get("/admin/").content.decode()
    client.force_login(house.ana)
    assert {client.get(address).status_code for address in addresses} == {302}  # to the sign-in for staff
    look(client, house.dora)
    assert not Sync.objects.exists()


def test_what_is_about_an_admins_own_ticket_is_not_there_for_them(
    client: Client,
    house: House,
    remote: Remote,
    call: Calls,
) -> None:
    ines = people.admin(first_name="Ines")
    own = lifecycle.approve(
        house.new(by=house.dora, subject="A quokka for me"), by=ines, priority="Low", department=house.it
    )
    fail(remote)
    call(message(own, "SOMETHING"))
    row, said = WorkflowDelivery.objects.get(), WorkflowCallback.objects.get()
    sync = Sync.objects.create(since=timezone.now())
    drift = SyncDrift.objects.create(sync=sync, ticket=own, ticket_number=own.ticket_number, kind="differs")
    assert "quokka" in look(client, ines)
    assert "quokka" not in look(client, house.dora)
    assert own.ticket_number not in look(client, house.dora)
    assert watching.needing(house.dora).total == 0
    for address in (
        f"deliveries/{row.pk}/send-again/",
        f"messages/{said.pk}/apply/",
        f"differences/{drift.pk}/push/",
        f"tickets/{own.pk}/push/",
        f"of-ticket/{own.pk}/",
    ):
        assert client.get(f"{PAGE}{address}").status_code == 404
        if not address.startswith("of-ticket"):
            assert client.post(f"{PAGE}{address}").status_code == 404
    row.refresh_from_db()
    assert row.status == LeasedRow.Status.FAILED


# What stands there


def test_where_nothing_waits_each_part_is_one_line(client: Client, house: House, remote: Remote) -> None:
    shown = look(client, house.dora)
    assert words(shown).count("Nothing waits.") == 6
    assert "They go out" in section(shown, "breaker")
    assert "sd-row" not in shown
    assert watching.lately(house.dora).shown == ""


def test_without_a_workflow_system_it_says_so(client: Client, house: House, settings: Any) -> None:
    settings.EXTERNAL_WORKFLOW_API_URL = None
    house.open()
    shown = look(client, house.dora)
    assert "No workflow system is set up" in shown
    assert "Compare now" not in shown
    assert watching.needing(house.dora).total == 0


def test_a_failed_delivery_stands_there_with_request_and_answer_and_is_sent_again(
    client: Client, house: House, remote: Remote
) -> None:
    ticket = house.open()
    fail(remote)
    row = WorkflowDelivery.objects.get()
    shown = section(look(client, house.dora), "failed")
    for said in (ticket.ticket_number, "422", "no such customer", "1 attempt", "&quot;ticket_id&quot;"):
        assert said in shown, said
    assert watching.lately(house.dora).shown == "1"
    address = f"{PAGE}deliveries/{row.pk}/send-again/"
    assert "under the key it had" in look(client, house.dora, address)
    row.refresh_from_db()
    assert row.status == LeasedRow.Status.FAILED, "to look changes nothing"
    assert client.post(address, {"next": PAGE}).headers["Location"] == PAGE
    leases.drain(WorkflowDelivery)
    assert {each.key for each in remote.calls} == {str(row.delivery_id)}
    assert "Nothing waits." in section(look(client, house.dora), "failed")
    assert watching.lately(house.dora).shown == ""


def test_a_waiting_delivery_is_called_off_with_a_reason_on_the_record(
    client: Client, house: House, remote: Remote
) -> None:
    house.open()
    row = WorkflowDelivery.objects.get()
    assert "Next try" in section(look(client, house.dora), "waiting")
    client.post(f"{PAGE}deliveries/{row.pk}/cancel/", {"reason": "We do it ourselves."})
    row.refresh_from_db()
    assert row.status == LeasedRow.Status.CANCELLED
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.CALLED_OFF)
    assert (event.actor, event.detail["reason"]) == (house.dora, "We do it ourselves.")
    again = client.post(f"{PAGE}deliveries/{row.pk}/cancel/", {}, follow=True)
    assert "nothing to call off" in again.content.decode()


def test_a_later_delivery_makes_up_for_a_failed_one_but_not_for_a_comment(house: House, remote: Remote) -> None:
    ticket = house.open()
    fail(remote)
    assert watching.failed(house.dora).count() == 1
    delivery(ticket, event="updated", status="done", finished_at=timezone.now(), acknowledged_at=timezone.now())
    assert watching.failed(house.dora).count() == 0


def test_a_word_that_nobody_mapped_is_applied_as_a_person_says(
    client: Client,
    house: House,
    remote: Remote,
    call: Calls,
) -> None:
    ticket = house.open()
    call(message(ticket, "VENDOR_FIXED"))
    row = WorkflowCallback.objects.get()
    assert "VENDOR_FIXED" in section(look(client, house.dora), "messages")
    address = f"{PAGE}messages/{row.pk}/apply/"
    assert "It is solved" in look(client, house.dora, address)
    nothing = client.post(address, {})
    assert nothing.status_code == 422
    assert "Choose what it means." in nothing.content.decode()
    assert client.post(address, {"effect": "delete"}).status_code == 422
    client.post(address, {"effect": "resolve"})
    assert Ticket.objects.get(pk=ticket.pk).status == Status.RESOLVED
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.APPLIED_AFTER_ALL)
    assert event.actor == house.dora
    assert "Nothing waits." in section(look(client, house.dora), "messages")


def test_a_message_that_was_refused_is_applied_without_being_asked_what_it_means(
    client: Client,
    house: House,
    remote: Remote,
    call: Calls,
) -> None:
    ticket = house.new()
    call(message(ticket, "WORKING"))
    lifecycle.approve(ticket, by=house.dora, priority="Low", department=house.it)
    row = WorkflowCallback.objects.get()
    address = f"{PAGE}messages/{row.pk}/apply/"
    assert 'name="effect"' not in look(client, house.dora, address)
    client.post(address, {})
    assert Ticket.objects.get(pk=ticket.pk).status == Status.IN_PROGRESS


def test_a_newer_message_settles_an_older_one(house: House, remote: Remote, call: Calls) -> None:
    ticket = house.open()
    call(message(ticket, "VENDOR", minutes=1))
    call(message("TX9999", "WORKING"))
    assert [row.status_word for row in watching.unapplied(house.dora)] == ["WORKING", "VENDOR"]
    call(message(ticket, "WORKING", minutes=2))
    assert [row.ticket_number for row in watching.unapplied(house.dora)] == ["TX9999"]


def test_an_open_ticket_that_nobody_acknowledged_for_two_hours_is_stuck_and_is_sent(
    client: Client, house: House, remote: Remote, later: Callable[[timedelta], None]
) -> None:
    ticket, taken = house.open(), house.open()
    waiting = WorkflowDelivery.objects.get(ticket=ticket)
    WorkflowDelivery.objects.filter(pk=waiting.pk).update(next_attempt_at=timezone.now() + timedelta(days=1))
    leases.drain(WorkflowDelivery)
    assert not watching.stuck(house.dora).exists()
    later(timedelta(hours=2, minutes=1))
    never_sent = quick_ticket("Open", department=house.it)
    Ticket.objects.filter(pk=never_sent.pk).update(update_date=timezone.now() - timedelta(hours=3))
    assert set(watching.stuck(house.dora)) == {ticket, never_sent}
    shown = section(look(client, house.dora), "stuck")
    assert "It still waits to be sent." in shown
    assert "It was never sent." in shown
    assert taken.ticket_number not in shown
    client.post(f"{PAGE}tickets/{never_sent.pk}/push/", {"reason": ""})
    leases.drain(WorkflowDelivery)
    assert set(watching.stuck(house.dora)) == {ticket}
    fail(remote)  # then it stands there, and here no more
    WorkflowDelivery.objects.filter(pk=waiting.pk).update(
        status="failed", finished_at=timezone.now(), next_attempt_at=timezone.now()
    )
    assert not watching.stuck(house.dora).exists()
    assert watching.needing(house.dora).total == 1


def test_a_breaker_that_holds_calls_back_says_why_and_is_reset(client: Client, house: House, remote: Remote) -> None:
    for _time in range(breaker.FAILURES_TO_OPEN):
        breaker.failed("The workflow system answered: 502 Bad Gateway")
    assert breaker.current().state == WorkflowBreaker.State.OPEN
    shown = section(look(client, house.dora), "breaker")
    for said in ("Held back", "502 Bad Gateway", "Let calls through again"):
        assert said in shown, said
    client.post(f"{PAGE}breaker/1/reset/", {"reason": "They are back."})
    assert breaker.current().state == WorkflowBreaker.State.CLOSED
    assert AuditEvent.objects.get(kind=AuditEvent.Kind.BREAKER_RESET).detail == {"reason": "They are back."}
    assert "Let calls through again" not in section(look(client, house.dora), "breaker")


def test_times_to_come_are_marked_so_that_they_are_shown_in_the_zone_of_the_reader(
    client: Client, house: House, remote: Remote, settings: Any
) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    waits = delivery(house.new())
    breaker.asked_to_wait(7200)
    page = look(client, house.dora)
    until = breaker.current().paused_until
    for moment in (until, waits.next_attempt_at, waits.give_up_at):
        exact = timezone.localtime(moment).isoformat()
        assert f'<time class="bo-time" datetime="{exact}"' in page, exact
    for _time in range(breaker.FAILURES_TO_OPEN):
        breaker.failed("502")
    assert f'datetime="{timezone.localtime(until).isoformat()}"' in look(client, house.dora)
    # And none stands there as the server has it.
    shown = look(client, house.dora)
    assert [name for name in ("waiting", "breaker") if re.search(r"\b\d\d:\d\d\b", section(shown, name))] == []


def test_a_comparison_is_asked_for_and_what_differs_is_settled_there(
    client: Client, house: House, remote: Remote
) -> None:
    ticket = house.open()
    leases.drain(WorkflowDelivery)
    body = f'[{{"ticket_id": "{ticket.ticket_number}", "status": "WORKING", "last_modified": "2026-01-05T09:00:00Z"}}]'
    remote.replies = [Reply(200, body.encode())]
    client.force_login(house.dora)
    assert client.post(f"{PAGE}compare/").headers["Location"] == PAGE
    shown = look(client, house.dora)
    assert "The workflow system is asked" in section(shown, "compare")
    progress = re.search(r'data-run="([^"]+)"', shown)
    assert progress
    assert client.get(progress[1]).json()["finished"] is False
    again = client.post(f"{PAGE}compare/", follow=True)
    assert "It is being asked already." in again.content.decode()
    leases.drain(Sync)
    assert client.get(progress[1]).json()["finished"] is True
    asked = remote.calls[-1]
    assert asked.method == "GET"
    assert "/tickets/?updated_since=" in asked.path
    shown = look(client, house.dora)
    assert "named 1 ticket" in section(shown, "compare")
    assert "WORKING" in section(shown, "differences")
    drift = SyncDrift.objects.get()
    client.post(f"{PAGE}differences/{drift.pk}/pull/")
    assert Ticket.objects.get(pk=ticket.pk).status == Status.IN_PROGRESS
    assert "Nothing waits." in section(look(client, house.dora), "differences")


def test_files_that_nobody_sent_are_named_by_owner_and_size_alone(client: Client, house: House, remote: Remote) -> None:
    StagedFile.objects.create(
        owner=house.ana, file_name="quokka.txt", file_type="text/plain", file_size=2048, is_stored=True,
        created_at=timezone.now() - timedelta(days=2),
    )  # fmt: skip
    shown = section(look(client, house.dora), "files")
    assert "Ana" in shown
    assert "quokka" not in shown


def test_what_people_and_the_other_side_write_is_escaped(
    client: Client,
    house: House,
    remote: Remote,
    call: Calls,
) -> None:
    ticket = house.open(subject="<script>alert(1)</script>")
    fail(remote)
    call(message(ticket, "<img src=x>", work_notes=["<b>bold</b>"]))
    shown = look(client, house.dora)
    assert "<script>alert" not in shown
    assert "<img src=x>" not in shown
    assert "<b>bold</b>" not in shown
