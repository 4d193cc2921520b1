"""What goes out of the house: rows written in a transaction, delivered after its commit.

outbox.register(EmailNotification, deliver)     # in an app's ready()
outbox.wake(EmailNotification)                  # after writing a row, in the same transaction
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction

from jobs.models import LeasedRow

logger = logging.getLogger(__name__)

#: Does the work of one claimed row, outside any transaction. What it returns is written into the row with "done".
Deliver = Callable[[Any], Mapping[str, Any] | None]


class Outcome(Exception):
    """Why a delivery did not succeed. The message is stored and shown: short, and without secrets.

    `noted`: field values to write into the row together with the outcome (the answer that came, for example).
    """

    def __init__(self, message: str = "", *, noted: Mapping[str, Any] | None = None) -> None:
        self.noted = dict(noted or {})
        super().__init__(message)


class Temporary(Outcome):
    """Try again later. `retry_after`: seconds the other side asked us to wait; never shortens our own pause."""

    def __init__(
        self, message: str, retry_after: float | None = None, *, noted: Mapping[str, Any] | None = None
    ) -> None:
        self.retry_after = retry_after
        super().__init__(message, noted=noted)


class Unavailable(Temporary):
    """The other side is down for every row, not only this one: this drain stops, the next sweep tries again."""


class Held(Outcome):
    """Not tried, since nothing may go out just now: the row waits until then without a failure, this drain stops."""

    def __init__(self, message: str, until: datetime) -> None:
        self.until = until
        super().__init__(message)


class Final(Outcome):
    """It will never work: failed, and shown to people."""


class Cancelled(Outcome):
    """It is no longer wanted."""


class Unfinished(Outcome):
    """A part is done and nothing is wrong: the row goes back in line."""


#: Narrows rows that are due down to those that may go now: others wait for one before them, or for the other side.
Ready = Callable[[models.QuerySet[Any]], models.QuerySet[Any]]

#: Told of a row that has failed for good, in the transaction that writes so. It must not raise: the row would be tried
#: again for what is no fault of the delivery.
Failed = Callable[[Any], None]

_deliveries: dict[str, tuple[type[LeasedRow], Deliver]] = {}
_failed: dict[str, Failed] = {}
_ready: dict[str, Ready] = {}


def register(
    model: type[LeasedRow], deliver: Deliver, *, ready: Ready | None = None, failed: Failed | None = None
) -> None:
    """Say who delivers the rows of a model, which of those that are due may go now (all, without `ready`), and who is
    told of those that have `failed`."""
    label = model._meta.label_lower
    _deliveries[label] = (model, deliver)
    if ready is not None:
        _ready[label] = ready
    if failed is not None:
        _failed[label] = failed


def registered() -> list[type[LeasedRow]]:
    return [model for model, _deliver in _deliveries.values()]


def model_of(label: str) -> type[LeasedRow]:
    return _deliveries[label][0]


def deliver_of(model: type[models.Model]) -> Deliver:
    return _deliveries[model._meta.label_lower][1]


def tell_failed(row: LeasedRow) -> None:
    failed = _failed.get(row._meta.label_lower)
    if failed is not None:
        failed(row)


def ready_among(due: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Those of the due rows of one model that may go now."""
    ready = _ready.get(due.model._meta.label_lower)
    return due if ready is None else ready(due)


@dataclass(frozen=True)
class _WakeUp:
    """The call after commit. Equal for equal labels, so that a transaction can be asked whether it has one already."""

    label: str

    def __call__(self) -> None:
        from jobs import tasks

        try:
            tasks.drain(self.label)
        except Exception:
            # What the request did is committed; a queue that is down must not turn it into an error page.
            logger.warning("The queue did not take the wake-up for %s; the sweep will.", self.label, exc_info=True)


def wake(model: type[LeasedRow]) -> None:
    """Have the rows of this model delivered right after commit; once per transaction and model."""
    wake_up = _WakeUp(model._meta.label_lower)
    # Looked up, not flagged: a rolled back savepoint takes its entries with it, and a flag would stay behind.
    if any(entry[1] == wake_up for entry in transaction.get_connection().run_on_commit):
        return
    transaction.on_commit(wake_up)
