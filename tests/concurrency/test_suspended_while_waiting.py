"""Somebody waits for a ticket that another has locked, and is suspended meanwhile: what they asked for is not done."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connections, transaction

from audit.refusals import Refused
from people import lifecycle as people_lifecycle
from tests.concurrency.house import PATIENCE
from tests.factories import people
from tests.factories import tickets as factories
from tickets import door, lifecycle
from tickets.models import Ticket

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def until_somebody_waits_for_a_lock() -> None:
    end = time.monotonic() + PATIENCE
    with connections["default"].cursor() as cursor:
        while time.monotonic() < end:
            # Within a transaction the first look would be answered again and again.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return
            time.sleep(0.05)
    raise AssertionError("nobody waits for the ticket")


def test_who_is_suspended_while_waiting_for_the_ticket_does_nothing_to_it():
    home, leaving, staying = people.department(), people.admin(), people.admin()
    asked = factories.ticket(department=home)
    outcome: list[object] = []

    def approve() -> None:
        try:
            outcome.append(lifecycle.approve(asked, by=leaving, priority="Low", department=home).status)
        except Refused as refused:
            outcome.append(refused.codes)
        finally:
            connections.close_all()

    with transaction.atomic():
        door.locked(asked)
        waiting = threading.Thread(target=approve, daemon=True)
        waiting.start()
        until_somebody_waits_for_a_lock()
        suspending = threading.Thread(target=_suspend, args=[leaving, staying], daemon=True)
        suspending.start()
        suspending.join(PATIENCE)
        assert not suspending.is_alive()
    waiting.join(PATIENCE)
    assert outcome == [{"unseen"}]
    assert Ticket.objects.get(pk=asked.pk).status == "New"


def _suspend(leaving: object, staying: object) -> None:
    people_lifecycle.suspend(leaving, by=staying, reason="Left.")
    connections.close_all()
