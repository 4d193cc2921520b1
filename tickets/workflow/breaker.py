"""The breaker: after some failures in a row nothing goes out for a while, then one call tries whether it is back.

closed --5 failures--> open --after a pause--> half-open (one call is out) --success--> closed
                         ^                          |
                         +--------failure-----------+   the pause doubles, from 1 to 15 minutes

The state is a row, so that all workers share it. Rows wait meanwhile as they are: no failure is counted for them, and
while the way is closed they are not even claimed. What changes the state does so under the row's lock.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import events
from audit.actors import SYSTEM, Actor, person_of
from audit.history import note
from audit.models import AuditEvent
from audit.refusals import Reason, Refused, refuse
from jobs import outbox
from jobs.models import ERROR_LENGTH
from tickets.models import WorkflowBreaker, WorkflowDelivery
from tickets.workflow import rights

FAILURES_TO_OPEN = 5
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)
#: A call that tries whether it is back may take so long; then its worker is dead, and the next may try. Longer than
#: the client's 30 seconds.
TRYING_FOR = timedelta(minutes=2)
#: Whoever asks us to wait for longer is asked again all the same.
LONGEST_WAIT = timedelta(hours=6)

State = WorkflowBreaker.State


def current() -> WorkflowBreaker:
    """The breaker as it is, to look at; a closed one as long as there was no failure yet. Not for changing."""
    return WorkflowBreaker.objects.filter(pk=1).first() or WorkflowBreaker(pk=1)


def held_until(breaker: WorkflowBreaker | None = None) -> datetime | None:
    """When the next call may go out; None: now."""
    breaker, now = breaker or current(), timezone.now()
    waits = [moment for moment in (breaker.retry_at, breaker.paused_until) if moment is not None and moment > now]
    return max(waits, default=None)


def enter() -> None:
    """Before each call. Raises jobs.outbox.Held when none may go out; of several that come after the pause, one may."""
    breaker = current()
    _hold_back(breaker)
    if breaker.state == State.CLOSED:
        return
    with transaction.atomic(durable=True):
        row = _locked()
        _hold_back(row)  # somebody else was first
        if row.state != State.CLOSED:
            _become(row, State.HALF_OPEN, retry_at=timezone.now() + TRYING_FOR)


def succeeded() -> None:
    """After an answer that says that the other side works, whatever it thinks of this one call."""
    breaker = current()
    if breaker.state == State.CLOSED and not breaker.failures:
        return
    with transaction.atomic(durable=True):
        row = _locked()
        if row.state != State.CLOSED:
            _close(row, by=SYSTEM)
        else:
            WorkflowBreaker.objects.filter(pk=1).update(failures=0)


def failed(error: str) -> bool:
    """After no answer, or one that says that the other side is down. True: nothing else goes out for now."""
    with transaction.atomic(durable=True):
        row = _locked()
        if row.state == State.OPEN:  # a call that was under way when it opened
            return True
        if row.state == State.CLOSED and row.failures + 1 < FAILURES_TO_OPEN:
            WorkflowBreaker.objects.filter(pk=1).update(failures=F("failures") + 1, last_error=error[:ERROR_LENGTH])
            return False
        now = timezone.now()
        row.failures, row.last_error = row.failures + 1, error[:ERROR_LENGTH]
        row.opened_at = row.opened_at or now
        pause = min(FIRST_PAUSE * 2 ** min(row.openings, 10), LONGEST_PAUSE)
        row.openings += 1
        _become(row, State.OPEN, retry_at=now + pause, reason=row.last_error)
        return True


def asked_to_wait(seconds: float | None) -> datetime:
    """The other side works and has too much to do: nothing goes out before then. Answers when that is."""
    wait = min(timedelta(seconds=max(1.0, min(seconds or 60.0, 1e6))), LONGEST_WAIT)
    until = timezone.now() + wait
    with transaction.atomic(durable=True):
        row = _locked()
        until = max(until, row.paused_until or until)
        WorkflowBreaker.objects.filter(pk=1).update(paused_until=until)
    return until


def reset(*, by: Actor, reason: str = "") -> WorkflowBreaker:
    """Let calls through again, now: somebody knows that it is back. Raises Refused for who may not, and when it is not
    holding anything back. Returns the fresh row."""
    with events.refusals_noted("reset_breaker", by=by), transaction.atomic():
        refuse(against_reset(by=by))
        row = _locked()
        if held_until(row) is None and row.state == State.CLOSED:
            raise Refused([_nothing_held()])
        row.paused_until = None
        _close(row, by=by, reason=reason)
        events.record(AuditEvent.Kind.BREAKER_RESET, by=by, about=row, **({"reason": reason} if reason else {}))
        outbox.wake(WorkflowDelivery)
    return current()


def against_reset(*, by: Actor) -> list[Reason]:
    """The reasons against; empty means allowed."""
    if reasons := rights.against_managing(by):
        return reasons
    breaker = current()
    return [] if breaker.state != State.CLOSED or held_until(breaker) else [_nothing_held()]


def _nothing_held() -> Reason:
    return Reason("state", _("Calls go out; there is nothing to reset."))


def _hold_back(breaker: WorkflowBreaker) -> None:
    if until := held_until(breaker):
        raise outbox.Held(_("The workflow system is given a pause."), until)


def _locked() -> WorkflowBreaker:
    """The row under its lock; made at the first failure. Of two that make it at once, one does."""
    row = WorkflowBreaker.objects.select_for_update().filter(pk=1).first()
    if row is None:
        WorkflowBreaker.objects.bulk_create([WorkflowBreaker(pk=1)], ignore_conflicts=True)
        row = WorkflowBreaker.objects.select_for_update().get(pk=1)
    return row


def _close(row: WorkflowBreaker, *, by: Actor, reason: str = "") -> None:
    row.failures, row.openings, row.opened_at, row.last_error = 0, 0, None, ""
    _become(row, State.CLOSED, by=by, retry_at=None, reason=reason)


def _become(row: WorkflowBreaker, state: str, *, by: Actor = SYSTEM, reason: str = "", **columns: Any) -> None:
    row.state, row.changed_at = state, timezone.now()
    for column, value in columns.items():
        setattr(row, column, value)
    note(row, by=by, verb="reset" if person_of(by) else state, reason=reason)
    row.save()
