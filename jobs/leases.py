"""Leasing rows of work: claim, outcome, pauses, drain, sweep. One retry logic for everything that goes out.

A row is claimed by one conditional UPDATE whose count says whether it was won, so that any number of workers can drain
the same table, on PostgreSQL and on SQLite. A killed worker's rows come back when their lease has run out; what it had
done but not written is done again, so a delivery carries a key by which the other side knows a repeat.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from jobs import heartbeat, outbox
from jobs.models import ERROR_LENGTH, LeasedRow, default_give_up_at

logger = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)
DEFAULT_LEASE_SECONDS = 120
#: Candidates read at once; with several workers some are lost to others, and the next is tried.
BATCH = 50

Row = TypeVar("Row", bound=LeasedRow)
Status = LeasedRow.Status


def pause_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: 30 s, 60 s, … 6 h; none for none."""
    if failures <= 0:
        return timedelta(0)
    # The exponent is bounded first: 2 to the power of a large count would overflow a timedelta.
    return min(FIRST_PAUSE * 2 ** min(failures - 1, 20), LONGEST_PAUSE)


def lease_length(model: type[LeasedRow]) -> timedelta:
    seconds = model.LEASE_SECONDS
    if seconds is None:
        seconds = getattr(settings, "JOBS_LEASE_SECONDS", DEFAULT_LEASE_SECONDS)
    return timedelta(seconds=seconds)


def claim(row: Row) -> bool:
    """Take a waiting row. True if it is ours now; `row.attempts` is then the token that proves it."""
    now = timezone.now()
    until = now + lease_length(type(row))
    # Durable: a claim inside somebody's transaction would put the network call inside it too.
    with transaction.atomic(durable=True):
        won = (
            type(row)
            ._default_manager.filter(pk=row.pk, status=Status.PENDING, attempts=row.attempts, next_attempt_at__lte=now)
            .update(status=Status.WORKING, attempts=F("attempts") + 1, lease_until=until)
        )
    if won:
        row.status, row.attempts, row.lease_until = Status.WORKING, row.attempts + 1, until
    return bool(won)


def _settle(row: LeasedRow, **values: Any) -> bool:
    """Write an outcome, if the lease is still ours. False: somebody else has the row; what we know no longer counts."""
    with transaction.atomic(durable=True):
        written = (
            type(row)
            ._default_manager.filter(pk=row.pk, status=Status.WORKING, attempts=row.attempts)
            .update(lease_until=None, **values)
        )
        if written and values.get("status") == Status.FAILED:
            outbox.tell_failed(row)
    if not written:
        logger.warning("%s %s: the lease was lost before the outcome was written.", row._meta.label, row.pk)
    return bool(written)


def renew(row: LeasedRow, **values: Any) -> bool:
    """Prolong our lease (and write `values` with it); False when it is no longer ours. May be called in a transaction:
    the row stays locked until its end, so that nobody can take it over in between."""
    until = timezone.now() + lease_length(type(row))
    return bool(
        type(row)
        ._default_manager.filter(pk=row.pk, status=Status.WORKING, attempts=row.attempts)
        .update(lease_until=until, **values)
    )


def finish(row: LeasedRow, status: str, *, error: str = "", **noted: Any) -> bool:
    """The end of the work: done, failed or cancelled."""
    return _settle(row, status=status, finished_at=timezone.now(), last_error=error[:ERROR_LENGTH], **noted)


def put_off(row: LeasedRow, error: str, *, retry_after: float | None = None, **noted: Any) -> bool:
    """A temporary failure: wait and try again, or give up when the time is over."""
    now = timezone.now()
    failures = row.failures + 1
    if now >= row.give_up_at:
        return finish(row, Status.FAILED, error=error, failures=failures, **noted)
    # Whoever answers "retry after ten years" gets our longest pause: the time to give up must still come.
    asked = min(timedelta(seconds=max(0.0, min(retry_after or 0.0, 1e6))), LONGEST_PAUSE)
    next_attempt_at = now + max(pause_after(failures), asked)
    return _settle(
        row,
        status=Status.PENDING,
        failures=failures,
        next_attempt_at=next_attempt_at,
        last_error=error[:ERROR_LENGTH],
        **noted,
    )


def put_back(row: LeasedRow, *, until: datetime | None = None, **noted: Any) -> bool:
    """Not finished, nothing wrong: back in line, behind what is due already, or to wait until then."""
    return _settle(row, status=Status.PENDING, next_attempt_at=until or timezone.now(), **noted)


def again(model: type[Row], pk: Any, *, of: Sequence[str], among: QuerySet[Row] | None = None, **values: Any) -> bool:
    """Put a finished row in line anew, if it is still in one of the states `of` (and `among` those rows). Attempts go
    on being counted: they are the token. May be called in a transaction. False: it wasn't there."""
    now = timezone.now()
    fresh = {"next_attempt_at": now, "failures": 0, "finished_at": None, "last_error": ""}
    return bool(
        (model._default_manager.all() if among is None else among)
        .filter(pk=pk, status__in=of)
        .update(status=Status.PENDING, give_up_at=default_give_up_at(), **fresh, **values)
    )


def call_off(rows: QuerySet[Row], *, error: str) -> int:
    """Cancel those of `rows` that are not finished; a worker in the middle of one loses its lease, and so can't write
    its outcome. May be called in a transaction. Answers how many."""
    return rows.exclude(status__in=LeasedRow.FINISHED).update(
        status=Status.CANCELLED, lease_until=None, finished_at=timezone.now(), last_error=error[:ERROR_LENGTH]
    )


def recover(model: type[Row]) -> int:
    """Put rows whose lease ran out back in line: their worker was killed, or hangs. Answers how many.

    The first loss costs no pause; a row that takes its worker down each time waits longer and longer, like any failure.
    """
    recovered = 0
    for row in model._default_manager.filter(status=Status.WORKING, lease_until__lte=timezone.now()):
        recovered += _recover_one(row)
    return recovered


def _recover_one(row: LeasedRow) -> bool:
    now = timezone.now()
    values: dict[str, Any] = {"failures": row.failures + 1, "lease_until": None}
    values["last_error"] = _("The worker stopped in the middle of it.")
    if now >= row.give_up_at:
        values |= {"status": Status.FAILED, "finished_at": now}
    else:
        values |= {"status": Status.PENDING, "next_attempt_at": now + pause_after(row.failures)}
    with transaction.atomic(durable=True):
        written = (
            type(row)
            ._default_manager.filter(pk=row.pk, status=Status.WORKING, attempts=row.attempts, lease_until__lte=now)
            .update(**values)
        )
        if written and values["status"] == Status.FAILED:
            outbox.tell_failed(row)
    return bool(written)


def take(model: type[Row]) -> Iterator[Row]:
    """Claim due rows that may go now one after the other, the longest due first, until there are none."""
    while True:
        due = model._default_manager.filter(status=Status.PENDING, next_attempt_at__lte=timezone.now())
        candidates = list(outbox.ready_among(due).order_by("next_attempt_at", "pk")[:BATCH])
        if not candidates:
            return
        for row in candidates:
            if claim(row):
                yield row


def work(row: LeasedRow) -> bool:
    """Deliver one claimed row and write what came of it. False: the other side is down for all rows."""
    deliver = outbox.deliver_of(type(row))
    try:
        noted = deliver(row)
    except outbox.Cancelled as outcome:
        finish(row, Status.CANCELLED, error=str(outcome), **outcome.noted)
    except outbox.Final as outcome:
        logger.warning("%s %s failed: %s", row._meta.label, row.pk, outcome)
        finish(row, Status.FAILED, error=str(outcome), **outcome.noted)
    except outbox.Unfinished as outcome:
        put_back(row, **outcome.noted)
    except outbox.Held as outcome:
        put_back(row, until=outcome.until)
        return False
    except outbox.Temporary as outcome:
        logger.info("%s %s is put off: %s", row._meta.label, row.pk, outcome)
        put_off(row, str(outcome), retry_after=outcome.retry_after, **outcome.noted)
        return not isinstance(outcome, outbox.Unavailable)
    except Exception as error:
        # Its text may hold anything, a secret too: the row gets the kind of error, the log the whole.
        logger.exception("%s %s failed unexpectedly.", row._meta.label, row.pk)
        put_off(row, _("Unexpected error: %(kind)s") % {"kind": type(error).__name__})
    else:
        finish(row, Status.DONE, **(noted or {}))
    return True


class Drained(NamedTuple):
    """worked: rows worked on. more: the time was over before the rows were."""

    worked: int
    more: bool


def drain(model: type[LeasedRow], *, seconds: float | None = None) -> Drained:
    """Deliver what is due, and what a killed worker left; after `seconds` no further row is begun."""
    began = monotonic()
    recover(model)
    worked = 0
    for row in take(model):
        worked += 1
        heartbeat.beat_if_old()
        if not work(row):
            break
        if seconds is not None and monotonic() - began >= seconds:
            return Drained(worked, more=True)
    return Drained(worked, more=False)


def sweep(*, seconds: float | None = None) -> dict[str, Drained]:
    """Drain every registered model, each for `seconds` at most; one that breaks does not keep the others waiting."""
    swept = {}
    for model in outbox.registered():
        label = model._meta.label_lower
        try:
            swept[label] = drain(model, seconds=seconds)
        except Exception:
            # One broken table must not keep the mails of the others waiting.
            logger.exception("The sweep of %s broke off.", label)
    return swept
