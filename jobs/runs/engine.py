"""The worker's side of a run: its rows one after the other, killed at any instant and resumed without doing one twice.

Each row, or each chunk where the kind takes several, has a transaction of its own which (1) renews the lease and
counts the rows, conditionally on the lease being ours, so that the run stays locked and nobody can take it over in
between, (2) does the rows' work inside a savepoint, (3) writes their outcomes. Killed before the commit nothing of it
happened; killed after it, all of it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from time import monotonic
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError, transaction
from django.db.models import F, Max, QuerySet
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from audit.events import record_refusal
from audit.refusals import InvalidValues, Refused, StaleVersion
from jobs import heartbeat, leases, outbox
from jobs.models import Run, RunRow
from jobs.runs import outcomes
from jobs.runs.kinds import Effect, Kind, RunRefused, Steps, kind_of

logger = logging.getLogger(__name__)

#: After this time the run goes back in line: other runs get their turn, and a stopping worker is not kept for long.
SLICE_SECONDS = 10
#: A file is read from its beginning each time, so that it is put aside less often.
READ_SLICE_SECONDS = 60
#: So many of its rows are kept in one transaction.
ROWS_READ_AT_ONCE = 500
#: And fewer of long ones: a row may have a million characters, and memory holds each several times on its way.
CHARACTERS_READ_AT_ONCE = 2_000_000
#: A database that is down or deadlocked says nothing about the row; only after so many stops at one row it fails.
STOPS_AT_A_ROW = 3

#: In the memory of a row: its undo went wrong unexpectedly.
_AGAIN = "again"

Outcome = RunRow.Outcome
Phase = Run.Phase


class _LeaseLost(Exception):
    """Somebody cancelled the run or took it over: nothing of this row may stay."""


class _OneByOne(Exception):
    """Something unexpected happened in a chunk: each of its rows has to be looked at by itself."""


@dataclass(frozen=True)
class _Course:
    """What a phase does with which rows, and what becomes of them."""

    steps: Steps
    takes: str
    good: str
    refused: str
    failed: str
    newest_first: bool = False
    #: The step's own writes are rolled back.
    only_looks: bool = False

    def rows(self, run: Run) -> QuerySet[RunRow]:
        rows = run.rows.filter(outcome=self.takes)
        return rows.order_by("-number") if self.newest_first else rows.order_by("number")


def course_of(kind: Kind, phase: str) -> _Course:
    if phase == Phase.PLAN:
        return _Course(kind.plan, Outcome.STAGED, Outcome.GOOD, Outcome.REFUSED, Outcome.FAILED, only_looks=True)
    if phase == Phase.APPLY:
        return _Course(kind.apply, Outcome.GOOD, Outcome.APPLIED, Outcome.REFUSED, Outcome.FAILED)
    if kind.undo is None:
        raise outbox.Final(_("Such a run can't be undone."))
    return _Course(kind.undo, Outcome.APPLIED, Outcome.UNDONE, Outcome.KEPT, Outcome.KEPT, newest_first=True)


def work_on(run: Run) -> None:
    """Deliver a claimed run: go on where it stands, for a slice of time."""
    kind = kind_of(run.kind)
    if kind is None:
        raise outbox.Final(_("Nobody here knows runs of the kind “%(kind)s”.") % {"kind": run.kind})
    try:
        if run.phase == Phase.READ:
            _read(run, kind)
        _do(run, kind)
    except _LeaseLost:
        logger.info("Run %s: stopped, it was cancelled or taken over.", run.pk)
    except RunRefused as said:
        if run.phase != Phase.PLAN:
            # Here, since the transaction of the rows is rolled back.
            record_refusal(said.refused, verb=f"run {run.phase}"[:40], by=run.asked_by, about=run)
        raise


def _do(run: Run, kind: Kind) -> None:
    course = course_of(kind, run.phase)
    until = monotonic() + SLICE_SECONDS
    while rows := list(course.rows(run)[: kind.chunk]):
        _settle(run, rows, course)
        heartbeat.beat_if_old()
        if monotonic() >= until:
            raise outbox.Unfinished
    if run.phase == Phase.UNDO:
        _give_back(run)


def _give_back(run: Run) -> None:
    """The rows whose undo went wrong unexpectedly count as applied again, now that no other is left: another undo may
    succeed."""
    with transaction.atomic(durable=True):
        if not leases.renew(run):
            raise _LeaseLost
        # bulk: a run's rows have no history; the run itself is their record.
        run.rows.filter(outcome=Outcome.KEPT, **{f"memory__{_AGAIN}": True}).update(outcome=Outcome.APPLIED)


# Reading


def _read(run: Run, kind: Kind) -> None:
    """Keep the rows of the file, then go on with the plan. What is kept already is passed over."""
    if kind.read is None:
        raise outbox.Final(_("Such a run has no file to read."))
    until = monotonic() + READ_SLICE_SECONDS
    rows = kind.read(run, run.rows.aggregate(last=Max("number"))["last"] or 0)
    while batch := _batch(rows):
        with transaction.atomic(durable=True):
            grown = {"done": F("done") + len(batch), "total": Greatest(F("total"), F("done") + len(batch))}
            if not leases.renew(run, failures=0, **grown):
                raise _LeaseLost
            RunRow.objects.bulk_create(
                RunRow(run=run, number=number, payload=payload, key=key) for number, payload, key in batch
            )
        heartbeat.beat_if_old()
        if monotonic() >= until:
            raise outbox.Unfinished
    # How many there seemed to be was too much; whoever looks now sees it end.
    for values in ({"total": F("done")}, {"phase": Phase.PLAN, "done": 0}):
        with transaction.atomic(durable=True):
            if not leases.renew(run, **values):
                raise _LeaseLost
    run.phase = Phase.PLAN


def _batch(rows: Iterator[tuple[int, Mapping[str, Any], str]]) -> list[tuple[int, Mapping[str, Any], str]]:
    batch, characters = [], 0
    for row in islice(rows, ROWS_READ_AT_ONCE):
        batch.append(row)
        characters += _characters_of(row[1])
        if characters >= CHARACTERS_READ_AT_ONCE:
            break
    return batch


def _characters_of(payload: Mapping[str, Any]) -> int:
    values = (value for part in payload.values() for value in (part.values() if isinstance(part, Mapping) else [part]))
    return sum(len(value) for value in values if isinstance(value, str))


# Planning, applying, undoing


def _settle(run: Run, rows: Sequence[RunRow], course: _Course) -> None:
    try:
        _settle_at_once(run, rows, course)
    except _OneByOne:
        for row in rows:
            _settle_at_once(run, [row], course)


def _settle_at_once(run: Run, rows: Sequence[RunRow], course: _Course) -> None:
    with transaction.atomic(durable=True):
        if not leases.renew(run, done=F("done") + len(rows), failures=0):
            raise _LeaseLost
        for row in rows:
            row.run = run
        person = get_user_model()._default_manager.get(pk=run.asked_by_id)
        _try(run, rows, course, person)
        if len(rows) > 1:
            outcomes.write_many(rows)
        elif not outcomes.write_one(rows[0], found=course.takes):
            raise _LeaseLost
    # Only now: should the commit fail, the run must still count how often it stopped here.
    run.failures = 0


def _try(run: Run, rows: Sequence[RunRow], course: _Course, person: AbstractBaseUser) -> None:
    """Do the step and note on the rows what came of it. Raises only what says nothing about a row."""
    said: Sequence[Effect | Exception]
    try:
        with transaction.atomic():
            said = course.steps(rows, by=person, run=run)
            if course.only_looks:
                transaction.set_rollback(True)
        for row, effect in zip(rows, said, strict=True):
            _note(row, effect, course, person)
    except (Refused, InvalidValues, StaleVersion) as refused:
        if len(rows) > 1:
            raise _OneByOne from refused
        _note(rows[0], refused, course, person)
    except Exception as error:
        if isinstance(error, RunRefused) or (isinstance(error, OperationalError) and run.failures < STOPS_AT_A_ROW):
            raise
        if len(rows) > 1:
            logger.warning("Run %s: rows from %s on are done one by one.", run.pk, rows[0].number, exc_info=True)
            raise _OneByOne from error
        # A fault in one row of ten thousand must not keep the others from being done.
        logger.exception("Run %s, row %s failed unexpectedly.", run.pk, rows[0].number)
        rows[0].outcome = course.failed
        rows[0].sentences = [_("Something unexpected went wrong (%(kind)s).") % {"kind": type(error).__name__}]
        if course.takes == Outcome.APPLIED:
            rows[0].memory = {**rows[0].memory, _AGAIN: True}


def _note(row: RunRow, said: Effect | Exception, course: _Course, person: AbstractBaseUser) -> None:
    row.memory.pop(_AGAIN, None)
    if isinstance(said, Effect):
        _note_effect(row, said, course)
        return
    if not isinstance(said, Refused | InvalidValues | StaleVersion):
        raise said
    row.outcome, row.sentences = course.refused, sentences_of(said)
    if isinstance(said, Refused) and not course.only_looks:
        # What the verb itself noted went with the savepoint.
        record_refusal(said, verb=f"run {row.run.phase}"[:40], by=person, about=row.run)


def _note_effect(row: RunRow, effect: Effect, course: _Course) -> None:
    row.outcome = effect.outcome or course.good
    row.sentences = [str(sentence) for sentence in effect.sentences]
    if course.takes == Outcome.APPLIED:
        # Undone: what it was about and what was remembered stay for the reader.
        row.memory = {**row.memory, **effect.memory}
        return
    row.memory, row.action = dict(effect.memory), effect.action or row.action
    if effect.about is not None:
        row.about_type = ContentType.objects.get_for_model(effect.about)
        row.about_id = effect.about.pk


def sentences_of(refused: Refused | InvalidValues | StaleVersion) -> list[str]:
    """The reasons as sentences; for values with the field they are about."""
    if isinstance(refused, Refused):
        return [str(reason.sentence) for reason in refused.reasons]
    if isinstance(refused, InvalidValues):
        return [
            f"{field}: {sentence}" if field else str(sentence)
            for field, said in refused.errors.items()
            for sentence in said
        ]
    return [_("Somebody else has changed this in the meantime.")]
