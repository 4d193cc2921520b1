"""Huey's tasks: wake-ups, nothing else. A task that is lost loses no work; the rows and the sweep hold it."""

from __future__ import annotations

import logging

from huey import crontab
from huey.contrib import djhuey

from jobs import heartbeat, idempotency, leases, outbox
from jobs.spreadsheets import exporting, importing

logger = logging.getLogger(__name__)

#: A task begins no further row after this time and goes to the back of the queue: others get their turn, and a
#: stopping worker is not kept for long.
SECONDS_A_TASK = 10


@djhuey.db_task()
def drain(label: str) -> None:
    """Deliver what is due of one model ("notifications.emailnotification")."""
    try:
        drained = leases.drain(outbox.model_of(label), seconds=SECONDS_A_TASK)
    except Exception:
        # Raised to the queue it would be lost among its own messages; the rows stay and the sweep takes them.
        logger.exception("Delivering %s broke off.", label)
        return
    if drained.more:
        drain(label)


def _beat_and_sweep() -> None:
    try:
        heartbeat.beat()
        swept = leases.sweep(seconds=SECONDS_A_TASK)
    except Exception:
        logger.exception("The sweep broke off.")
        return
    for label, drained in swept.items():
        if drained.more:
            drain(label)


@djhuey.db_periodic_task(crontab(minute="*"))
def each_minute() -> None:
    """Beat, and take what is due and what a killed worker or a lost wake-up left."""
    _beat_and_sweep()


@djhuey.db_task()
def at_start() -> None:
    """The same, as soon as a worker is there: periodic tasks missed while it was down are not made up for."""
    _beat_and_sweep()


@djhuey.on_startup()
def when_a_worker_starts() -> None:
    # Through the queue, not at once: only so the first beat proves that the queue works.
    at_start()


@djhuey.db_periodic_task(crontab(minute="27"))
def tidy() -> None:
    """Each hour: keys of calls that nobody repeats any more, and files whose time is over or that were broken off."""
    if pruned := idempotency.prune():
        logger.info("removed %d idempotency keys", pruned)
    if removed := exporting.tidy() + importing.sweep():
        logger.info("removed %d files of spreadsheets", removed)
