"""The worker's sign of life. It is written by a task that came through the queue, so that a fresh one proves that the
queue takes tasks and that somebody works on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

from django.utils import timezone

from jobs.models import Heartbeat

WORKER = "worker"
#: Older than this, nobody works: two beats, one a minute, were missed.
MAX_AGE = timedelta(seconds=150)
#: Long work beats by itself no more often than this.
ENOUGH = timedelta(seconds=30)


def beat() -> None:
    Heartbeat.objects.update_or_create(name=WORKER, defaults={"beat_at": timezone.now()})


_is_the_worker: ContextVar[bool] = ContextVar("is_the_worker", default=True)


@contextmanager
def of_somebody_else() -> Iterator[None]:
    """Around a worker's work that a request does: it says nothing about whether a worker lives."""
    token = _is_the_worker.set(False)
    try:
        yield
    finally:
        _is_the_worker.reset(token)


def beat_if_old() -> None:
    """For work that keeps a worker busy for longer than a minute: it lives, though the next beat waits in line."""
    if not _is_the_worker.get():
        return
    how_old = age()
    if how_old is None or how_old > ENOUGH:
        beat()


def age() -> timedelta | None:
    """Time since the last beat; None if there never was one."""
    beat_at = Heartbeat.objects.filter(name=WORKER).values_list("beat_at", flat=True).first()
    return None if beat_at is None else timezone.now() - beat_at


def is_alive() -> bool:
    how_old = age()
    return how_old is not None and how_old <= MAX_AGE
