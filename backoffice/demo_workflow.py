"""For the demo alone: the last days' tickets are told to a workflow sandbox, by the worker's own way, each at its time.

What it keeps lies where the sandbox of `serve` finds it again, so that both sides know of each other's tickets.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils import timezone

from backoffice import demo_clock
from jobs import leases
from tickets.models import Ticket, WorkflowDelivery
from tickets.workflow import callbacks
from tickets.workflow.sandbox import keys
from tickets.workflow.sandbox.moods import Mood
from tickets.workflow.sandbox.sandbox import UNKNOWN_WORD, Sandbox

#: It was set up so many days ago: older tickets were never sent.
DAYS = 8
#: By their subjects: one that it will not have, one of which it says a word that nobody mapped, one it works on, and
#: one it works on without our having heard of it.
REFUSED = "The picture archive is full"
NOT_UNDERSTOOD = "No wireless network in meeting room 3"
WORKED_ON = "The keyboard lost a key"
NOT_HEARD = "Another bank account"
TECHNICIAN = "Mei Tanaka"
SENT_AFTER = dt.timedelta(seconds=20)


@contextmanager
def sandbox() -> Iterator[Sandbox]:
    """One that knows nothing yet, does nothing by itself, and looks at the house's clock."""
    keys.kept_in(settings.DATA_DIR)
    with Sandbox(
        data=keys.database_in(settings.DATA_DIR),
        answers=False,
        fetches=False,
        clock=lambda: timezone.now().timestamp(),
    ) as made:
        made.store.empty()
        yield made


@contextmanager
def told_to(remote: Sandbox | None) -> Iterator[None]:
    """What happens within is told to it; to nobody without one, whatever the installation is set up for."""
    names = ("EXTERNAL_WORKFLOW_API_URL", "EXTERNAL_WORKFLOW_API_KEY")
    before = [getattr(settings, name) for name in names]
    given = (remote.api_url, remote.api_key) if remote else (None, None)
    try:
        for name, value in zip(names, given, strict=True):
            setattr(settings, name, value)
        yield
    finally:
        for name, value in zip(names, before, strict=True):
            setattr(settings, name, value)


def play(remote: Sandbox) -> None:
    """Send what waits, and let it answer."""
    log = logging.getLogger(leases.__name__)
    # That one is refused is meant: nobody who starts this for the first time should read a warning of it.
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with told_to(remote):
            for row in WorkflowDelivery.objects.select_related("ticket").order_by("pk"):
                _send(remote, row)
    finally:
        log.setLevel(level)
    _answers(remote)


def _send(remote: Sandbox, row: WorkflowDelivery) -> None:
    remote.mood = Mood.REFUSES if row.ticket.subject == REFUSED else Mood.WELL
    with demo_clock.at(min(row.created_at + SENT_AFTER, timezone.now())):
        if leases.claim(row):
            leases.work(row)


def _answers(remote: Sandbox) -> None:
    hours = {WORKED_ON: 5, NOT_UNDERSTOOD: 3, NOT_HEARD: 2}
    moments = {subject: timezone.now() - dt.timedelta(hours=ago) for subject, ago in hours.items()}
    with demo_clock.at(moments[WORKED_ON]):
        _say(remote, WORKED_ON, "WORKING", "A new keyboard is on its way from the store.")
    with demo_clock.at(moments[NOT_UNDERSTOOD]):
        _say(remote, NOT_UNDERSTOOD, UNKNOWN_WORD, "The maker of the access point looks into it.")
    with demo_clock.at(moments[NOT_HEARD]):
        _say(remote, NOT_HEARD, "WORKING", "", is_heard=False)


def _say(remote: Sandbox, subject: str, word: str, note: str, *, is_heard: bool = True) -> None:
    number = Ticket.objects.get(subject=subject).ticket_number
    said = remote.say(number, word, technician=TECHNICIAN, notes=[note])
    now = timezone.now()
    code, answer = None, "It got lost on its way."
    if is_heard:
        heard = callbacks.receive(webhook_id=said["webhook_id"], sent_at=now, raw=said["body"].encode())
        code, answer = heard.status, json.dumps(heard.body)
    # Over, also where it was lost: the sandbox of `serve` shall not send it once more.
    remote.store.sent(said["id"], code=code, answer=answer, is_over=True, now=now.timestamp(), due=now.timestamp())
