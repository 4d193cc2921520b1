"""Tickets go out to the sandbox and come back, in each of its moods: each arrives once, and ends as it would have ended
if nothing had gone wrong. Nobody presses anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from jobs import leases, signatures
from tests.tickets.conftest import House
from tickets.enums import Status
from tickets.models import Ticket, WorkflowBreaker, WorkflowCallback, WorkflowDelivery
from tickets.workflow import breaker, watching
from tickets.workflow.sandbox.moods import Mood
from tickets.workflow.sandbox.sandbox import Sandbox

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

TICKETS = 4
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Clock:
    """Django's clock, which can be set on; the sandbox looks at the same."""

    def __init__(self, now: Callable[[], Any]) -> None:
        self._now, self.ahead = now, timedelta(0)

    def __call__(self) -> Any:
        return self._now() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(timezone.now)
    monkeypatch.setattr(timezone, "now", made)
    return made


@pytest.fixture
def sandbox(live_server: LiveServer, settings: Any, clock: Clock) -> Iterator[Sandbox]:
    secret = signatures.new_secret()
    settings.SITE_URL = live_server.url
    settings.WORKFLOW_CALLBACK_SECRETS = [secret]
    with Sandbox(
        site=live_server.url, callback_secret=secret, pace=3600.0, slow=0.01, clock=lambda: clock().timestamp()
    ) as made:
        settings.EXTERNAL_WORKFLOW_API_URL, settings.EXTERNAL_WORKFLOW_API_KEY = made.api_url, made.api_key
        yield made


def work(clock: Clock, sandbox: Sandbox, *, after: timedelta = HOUR) -> None:
    """Time passes; the worker and the sandbox do what is due."""
    clock.ahead += after
    leases.drain(WorkflowDelivery)
    sandbox.work_now()


def states() -> set[str]:
    return set(Ticket.objects.values_list("status", flat=True))


def arrived_once(sandbox: Sandbox) -> bool:
    return [ticket["openings"] for ticket in sandbox.store.tickets()] == [1] * TICKETS


@pytest.mark.parametrize("mood", list(Mood))
def test_in_every_mood_each_ticket_arrives_once_and_ends_resolved(
    house: House, sandbox: Sandbox, clock: Clock, mood: Mood
) -> None:
    sandbox.mood = mood
    for _each in range(TICKETS):
        house.open()
    work(clock, sandbox)
    work(clock, sandbox)
    if mood in {Mood.FAILS, Mood.BUSY, Mood.DROPS}:
        assert sandbox.store.tickets() == []
        assert states() == {Status.OPEN}
    if mood is Mood.REFUSES:
        # That is final and shown; nothing is tried again.
        assert watching.failed(house.dora).count() == TICKETS
        return
    if mood in {Mood.FAILS, Mood.BUSY, Mood.DROPS, Mood.DIES}:
        sandbox.mood = Mood.WELL
    for _time in range(6):
        work(clock, sandbox)
    assert arrived_once(sandbox)
    assert states() == {Status.RESOLVED}
    assert breaker.current().state == WorkflowBreaker.State.CLOSED
    unknown = WorkflowCallback.objects.filter(outcome="unknown status").count()
    assert unknown == (TICKETS if mood is Mood.UNKNOWN else 0)
    assert watching.needing(house.dora).total == 0


def test_after_three_days_of_outage_each_ticket_arrives_once(house: House, sandbox: Sandbox, clock: Clock) -> None:
    sandbox.mood = Mood.DROPS
    for _each in range(TICKETS):
        house.open()
    opened = False
    for _time in range(12):
        work(clock, sandbox, after=DAY / 4)
        opened = opened or breaker.current().state == WorkflowBreaker.State.OPEN
    assert opened
    assert sandbox.store.tickets() == []
    assert not WorkflowDelivery.objects.exclude(status="pending").exists()
    sandbox.mood = Mood.WELL
    for _time in range(6):
        work(clock, sandbox)
    assert arrived_once(sandbox)
    assert states() == {Status.RESOLVED}
    assert breaker.current().state == WorkflowBreaker.State.CLOSED


def test_the_files_of_a_ticket_are_fetched_by_their_signed_links(house: House, sandbox: Sandbox, clock: Clock) -> None:
    from tests.factories import files

    ticket = house.open(files=[files.staged(house.ana, "plan.txt")])
    leases.drain(WorkflowDelivery)
    sandbox.settle()
    [fetched] = sandbox.store.files(ticket.ticket_number)
    attachment = ticket.attachments.get()
    assert fetched["error"] == ""
    assert fetched["size"] == attachment.file_size
    attachment.refresh_from_db()
    assert attachment.download_count == 1
