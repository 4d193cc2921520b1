"""Five hundred tickets go out to the sandbox and come back, in each of its moods: each arrives once, and ends as it
does when its story is told in order and once. Time is set on, not waited for; nobody presses anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.servers.basehttp import WSGIRequestHandler
from django.db import connection, transaction
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from jobs import leases, signatures
from tests.factories import files
from tests.factories.tickets import quick_ticket
from tests.tickets.conftest import House
from tests.tickets.workflow.conftest import notes_on
from tickets.enums import Status
from tickets.models import Ticket, WorkflowBreaker, WorkflowCallback, WorkflowDelivery, WorkflowStanding
from tickets.workflow import breaker, callbacks, deliveries, watching
from tickets.workflow.sandbox.moods import Mood
from tickets.workflow.sandbox.sandbox import UNKNOWN_WORD, Sandbox

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

#: Five hundred where nothing is to be installed; on PostgreSQL, where each takes twice the time, the same with a fifth.
TICKETS = 500 if connection.vendor == "sqlite" else 100
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: Under these so many failures in a row come together that nothing more is sent for a while.
BROKEN = {Mood.FAILS, Mood.DROPS, Mood.DIES}


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
def sandbox(live_server: LiveServer, settings: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    secret = signatures.new_secret()
    settings.SITE_URL = live_server.url
    settings.WORKFLOW_CALLBACK_SECRETS = [secret]
    # The test server writes head and body apart, and the second would wait 40 ms for word that the first has come.
    monkeypatch.setattr(WSGIRequestHandler, "disable_nagle_algorithm", True)
    with Sandbox(
        site=live_server.url, callback_secret=secret, pace=3600.0, slow=0.005, clock=lambda: clock().timestamp()
    ) as made:
        settings.EXTERNAL_WORKFLOW_API_URL, settings.EXTERNAL_WORKFLOW_API_KEY = made.api_url, made.api_key
        yield made


def open_all(house: House) -> None:
    """What five hundred approvals leave for the workflow system, without their mails."""
    with transaction.atomic():
        for _each in range(TICKETS):
            ticket = quick_ticket("Open", department=house.it, requester=house.ana)
            deliveries.opened(ticket, by=house.dora)


def work(clock: Clock, sandbox: Sandbox, *, after: timedelta = HOUR) -> None:
    """Time passes; the worker and the sandbox do what is due."""
    clock.ahead += after
    leases.drain(WorkflowDelivery)
    sandbox.work_now()


def states() -> set[str]:
    return set(Ticket.objects.values_list("status", flat=True))


def each_arrived_once(sandbox: Sandbox) -> bool:
    taken = sandbox.store.tickets()
    keys = {str(key) for key in WorkflowDelivery.objects.filter(status="done").values_list("delivery_id", flat=True)}
    return (
        [ticket["openings"] for ticket in taken] == [1] * TICKETS
        and {ticket["number"] for ticket in taken} == set(Ticket.objects.values_list("ticket_number", flat=True))
        and {delivery["key"] for delivery in sandbox.store.deliveries()} == keys
        and len(keys) == TICKETS
    )


def stories(sandbox: Sandbox) -> dict[str, list[dict[str, Any]]]:
    """What the sandbox said of each ticket, in the order in which it happened there."""
    told: dict[str, list[dict[str, Any]]] = {}
    for callback in sandbox.store.callbacks():
        told.setdefault(callback["number"], []).append(json.loads(callback["body"]))
    return {number: sorted(bodies, key=lambda body: body["last_modified"]) for number, bodies in told.items()}


def ending_of(ticket: Ticket) -> tuple[Any, ...]:
    standing = WorkflowStanding.objects.get(ticket=ticket)
    return ticket.status, ticket.resolution, ticket.external_assignee, standing.status_word


def told_in_order_and_once(house: House, bodies: list[dict[str, Any]]) -> Ticket:
    """A ticket that hears the same, as it should be told."""
    twin = quick_ticket("Open", department=house.it, requester=house.ana)
    for number, body in enumerate(bodies):
        raw = json.dumps(body | {"ticket_id": twin.ticket_number}).encode()
        callbacks.receive(webhook_id=f"{twin.ticket_number}-{number}", sent_at=timezone.now(), raw=raw)
    return Ticket.objects.get(pk=twin.pk)


def assert_each_ended_as_in_order(house: House, sandbox: Sandbox, *, notes_are_whole: bool = True) -> None:
    told, twins = stories(sandbox), {}
    tickets = list(Ticket.objects.all())
    assert len(tickets) == len(told) == TICKETS
    for ticket in tickets:
        bodies = told[ticket.ticket_number]
        story = json.dumps([{**body, "ticket_id": "", "last_modified": ""} for body in bodies])
        if story not in twins:
            twins[story] = told_in_order_and_once(house, bodies)
        assert ending_of(ticket) == ending_of(twins[story]), ticket.ticket_number
        # What comes late, after something newer, changes nothing; so its notes are not written either.
        here, there = notes_on(ticket), notes_on(twins[story])
        assert here == there if notes_are_whole else set(here) <= set(there), ticket.ticket_number
    assert len(twins) > 4, "all of them had nearly the same story"


@pytest.mark.parametrize("mood", [mood for mood in Mood if mood is not Mood.REFUSES])
def test_in_every_mood_each_ticket_arrives_once_and_ends_as_told_in_order(
    house: House, sandbox: Sandbox, clock: Clock, mood: Mood
) -> None:
    sandbox.mood = mood
    open_all(house)
    work(clock, sandbox)
    assert (breaker.current().state == WorkflowBreaker.State.OPEN) == (mood in BROKEN)
    assert (breaker.held_until() is not None) == (mood in BROKEN | {Mood.BUSY})
    work(clock, sandbox)
    if mood in {Mood.FAILS, Mood.BUSY, Mood.DROPS}:
        assert sandbox.store.tickets() == []
        assert states() == {Status.OPEN}
    if mood in BROKEN | {Mood.BUSY}:
        sandbox.mood = Mood.WELL
    for _time in range(6):
        work(clock, sandbox)
    assert each_arrived_once(sandbox)
    assert states() == {Status.RESOLVED}
    assert breaker.current().state == WorkflowBreaker.State.CLOSED
    unknown = WorkflowCallback.objects.filter(outcome="unknown status", status_word=UNKNOWN_WORD).count()
    assert unknown == (TICKETS if mood is Mood.UNKNOWN else 0)
    assert watching.needing(house.dora).total == 0
    assert_each_ended_as_in_order(house, sandbox, notes_are_whole=mood is not Mood.SHUFFLES)


def test_what_it_refuses_is_final_and_shown_and_never_tried_again(house: House, sandbox: Sandbox, clock: Clock) -> None:
    sandbox.mood = Mood.REFUSES
    open_all(house)
    for _time in range(3):
        work(clock, sandbox)
    assert watching.failed(house.dora).count() == watching.needing(house.dora).failed == TICKETS
    assert set(WorkflowDelivery.objects.values_list("attempts", "response_status")) == {(1, 422)}
    assert sandbox.store.tickets() == []
    assert states() == {Status.OPEN}
    assert breaker.current().state == WorkflowBreaker.State.CLOSED


def test_after_three_days_of_outage_each_ticket_arrives_once(house: House, sandbox: Sandbox, clock: Clock) -> None:
    sandbox.mood = Mood.DROPS
    open_all(house)
    for _time in range(12):
        work(clock, sandbox, after=DAY / 4)
        assert breaker.current().state == WorkflowBreaker.State.OPEN
    assert sandbox.store.tickets() == []
    assert set(WorkflowDelivery.objects.values_list("status", flat=True)) == {"pending"}
    sandbox.mood = Mood.WELL
    for _time in range(6):
        work(clock, sandbox)
    assert each_arrived_once(sandbox)
    assert breaker.current().state == WorkflowBreaker.State.CLOSED
    assert watching.needing(house.dora).total == 0
    assert_each_ended_as_in_order(house, sandbox)


def test_the_files_of_a_ticket_are_fetched_by_their_signed_links(house: House, sandbox: Sandbox, clock: Clock) -> None:
    ticket = house.open(files=[files.staged(house.ana, "plan.txt")])
    leases.drain(WorkflowDelivery)
    sandbox.settle()
    [fetched] = sandbox.store.files(ticket.ticket_number)
    attachment = ticket.attachments.get()
    assert fetched["error"] == ""
    assert fetched["size"] == attachment.file_size
    attachment.refresh_from_db()
    assert attachment.download_count == 1
