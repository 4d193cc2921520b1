"""The Sync doctor with much on it; and where else one hears of what needs somebody."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs import leases
from tests.factories.tickets import quick_ticket
from tests.tickets.admin.looking import words
from tests.tickets.conftest import House
from tests.tickets.workflow.conftest import Calls, message
from tests.tickets.workflow.doctor import PAGE, delivery, failed_delivery, look, section
from tests.tickets.workflow.remote import Remote, Reply
from tickets.models import Sync, SyncDrift, WorkflowCallback, WorkflowDelivery
from tickets.workflow import callbacks, watching

pytestmark = pytest.mark.django_db

# Many


def many_of_each(house: House, sync: Sync, first: int, last: int) -> None:
    for at in range(first, last):
        each = quick_ticket("Open", department=house.it)
        failed_delivery(each)
        delivery(each)
        about = {"ticket": each, "ticket_number": each.ticket_number}
        WorkflowCallback.objects.create(
            **about, webhook_id=f"m{at}", sent_at=timezone.now(), status_word="X", outcome="unknown status",
            answer_status=202, body_digest="",
        )  # fmt: skip
        SyncDrift.objects.create(**about, sync=sync, kind="differs", status_here="Open", status_there="WORKING")


def test_it_asks_as_often_for_many_as_for_one_and_shows_a_page_of_them(
    client: Client, house: House, remote: Remote
) -> None:
    ticket = house.open()
    sync = Sync.objects.create(
        since=timezone.now(), status="done", finished_at=timezone.now(), asked_by=house.dora, received=60
    )

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            look(client, house.dora)
        return len(asked)

    many_of_each(house, sync, 0, 11)  # more than one look shows: counted in both cases
    look(client, house.dora)
    few = statements()
    many_of_each(house, sync, 11, 60)
    assert statements() == few
    assert few <= 40
    assert ticket.ticket_number in look(client, house.dora)
    shown = look(client, house.dora)
    assert section(shown, "failed").count("Refused.") == 10
    assert "See all 60" in section(shown, "failed")
    alone = look(client, house.dora, f"{PAGE}?show=failed")
    assert section(alone, "failed").count("Refused.") == 50
    assert section(look(client, house.dora, f"{PAGE}?show=failed&p=2"), "failed").count("Refused.") == 10
    assert "differences-title" not in alone
    for odd in ("?show=failed&p=x", "?show=nothing", "?p=99999999999", "?show=failed&p=0"):
        look(client, house.dora, f"{PAGE}{odd}")


# Elsewhere


def test_the_start_page_and_the_sidebar_say_how_many_need_somebody(
    client: Client, house: House, remote: Remote
) -> None:
    failed_delivery(house.open())
    shown = look(client, house.dora, "/admin/")
    assert re.search(r'href="/admin/tickets/sync/"><span class="bo-wait-number">1</span>', shown)
    assert "Stuck on the way to the workflow system" in shown


def test_a_tickets_page_says_how_it_stands_there(
    client: Client,
    house: House,
    remote: Remote,
    call: Calls,
) -> None:
    ticket = house.open()
    remote.replies = [Reply(201, b'{"id": "WF-77"}')]
    leases.drain(WorkflowDelivery)
    call(message(ticket, "WORKING"))
    fragment = f"{PAGE}of-ticket/{ticket.pk}/"
    assert fragment in look(client, house.dora, f"/admin/tickets/ticket/{ticket.pk}/change/")
    client.force_login(house.dora)
    told = words(client.get(fragment, headers={"X-Fragment": "1"}).content.decode())
    for said in ("Opened : done", "WORKING : applied", "WF-77", "Sync doctor"):
        assert said in told, told
    assert "<html" in look(client, house.dora, fragment)
    client.force_login(house.bea)
    assert fragment not in client.get(f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode()


def test_a_message_about_a_ticket_of_nobody_can_be_left(house: House, remote: Remote, call: Calls) -> None:
    call(message("TX9999", "WORKING"))
    row = WorkflowCallback.objects.get()
    assert callbacks.against_applying_after_all(row, by=house.dora)[0].code == "unknown-ticket"
    WorkflowCallback.objects.update(received_at=timezone.now() - watching.KEPT_FOR - timedelta(hours=1))
    assert not watching.unapplied(house.dora).exists()
