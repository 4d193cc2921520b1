"""A kind of run that leaves a mark for everything it really did, and stops where the test wants to kill it."""

from __future__ import annotations

import socket
from datetime import UTC, datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from audit import events
from audit.models import AuditEvent
from jobs.models import Heartbeat, RunRow
from jobs.runs import Effect

NAME = "make things slowly"
SOME_TIME = datetime(2026, 1, 1, tzinfo=UTC)


def plan(row: RunRow, *, by: AbstractBaseUser) -> Effect:
    return apply_row(row, by=by)  # what it writes is rolled back; killed in the middle, too


def apply_row(row: RunRow, *, by: AbstractBaseUser) -> Effect:
    _stop(row, f"{row.run.phase} before")
    thing = Heartbeat.objects.create(name=f"thing {row.number}", beat_at=SOME_TIME)
    _mark(row, by)
    _stop(row, f"{row.run.phase} after")
    # Were the outcome written later than the work, this would be the gap between the two.
    transaction.on_commit(lambda: _stop(row, "apply committed"))
    return Effect([f"Makes {thing.name}."], about=thing)


def undo_row(row: RunRow, *, by: AbstractBaseUser) -> str:
    _stop(row, "undo before")
    row.about.delete()
    _mark(row, by)
    _stop(row, "undo after")
    transaction.on_commit(lambda: _stop(row, "undo committed"))
    return "Took it back."


def _mark(row: RunRow, by: AbstractBaseUser) -> None:
    # The record only grows: what is done twice stands there twice.
    events.record(AuditEvent.Kind.IMPORTED, by=by, about=row.run, phase=row.run.phase, number=row.number)


def _stop(row: RunRow, point: str) -> None:
    """Tell the test that we are here and wait: it answers, or it kills us."""
    if point in row.payload["stops"]:
        with socket.create_connection(("127.0.0.1", row.run.params["gate_port"]), timeout=60) as gate:
            gate.sendall(f"{point} {row.number}\n".encode())
            gate.recv(1)
