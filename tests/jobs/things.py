"""A kind of run for the tests: it makes things (heartbeats, which stand for anything) and can take them back."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import OperationalError

from audit.refusals import InvalidValues, Reason, Refused, StaleVersion
from jobs.models import Heartbeat, RunRow
from jobs.runs import kinds

NAME = "make things"
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)

#: (step, row number, who), in the order in which it happened; also of what was rolled back.
calls: list[tuple[str, int, str]] = []


def plan(row: RunRow, *, by: AbstractBaseUser) -> kinds.Effect:
    return _make(row, "plan", by)


def apply_row(row: RunRow, *, by: AbstractBaseUser) -> kinds.Effect:
    return _make(row, "apply", by)


def undo_row(row: RunRow, *, by: AbstractBaseUser) -> str:
    calls.append(("undo", row.number, by.email))
    thing = row.about
    if thing.beat_at.isoformat() != row.memory["made_at"]:
        raise Refused([Reason("touched", "Somebody has used it since.")])
    thing.delete()
    return f"Took {thing.name} back."


def _make(row: RunRow, step: str, by: AbstractBaseUser) -> kinds.Effect:
    calls.append((step, row.number, by.email))
    trouble = row.payload.get(step)
    if trouble == "refused":
        raise Refused([Reason("no", "It is not allowed."), Reason("never", "It never was.")])
    if trouble == "invalid":
        raise InvalidValues({"name": "Too long.", "": ["The row makes no sense."]})
    if trouble == "stale":
        raise StaleVersion
    if trouble == "database":
        raise OperationalError("the connection is gone")
    thing = Heartbeat.objects.create(name=row.payload["name"], beat_at=MADE_AT)
    if trouble == "bug":
        raise ZeroDivisionError("a secret in the text of an error")
    return kinds.Effect([f"Makes {thing.name}."], about=thing, memory={"made_at": MADE_AT.isoformat()})


def register() -> kinds.Kind:
    calls.clear()
    return kinds.register_kind(NAME, plan=plan, apply_row=apply_row, undo_row=undo_row)


def unregister() -> None:
    kinds._kinds.pop(NAME)
