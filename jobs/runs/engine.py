"""The worker's side of a run: its rows one after the other, killed at any instant and resumed without doing one twice.

Each row has a transaction of its own which (1) renews the lease and counts the row, conditionally on the lease being
ours, so that the run stays locked and nobody can take it over in between, (2) does the row's work inside a savepoint,
(3) writes the row's outcome. Killed before the commit nothing of it happened; killed after it, all of it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from time import monotonic

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.events import record_refusal
from audit.refusals import InvalidValues, Refused, StaleVersion
from jobs import heartbeat, leases, outbox
from jobs.models import Run, RunRow
from jobs.runs.kinds import Effect, Kind, Step, kind_of

logger = logging.getLogger(__name__)

#: After this time the run goes back in line: other runs get their turn, and a stopping worker is not kept for long.
SLICE_SECONDS = 10
#: A database that is down or deadlocked says nothing about the row; only after so many stops at one row it fails.
STOPS_AT_A_ROW = 3

Outcome = RunRow.Outcome
Phase = Run.Phase


class _LeaseLost(Exception):
    """Somebody cancelled the run or took it over: nothing of this row may stay."""


@dataclass(frozen=True)
class _Course:
    """What a phase does with which rows, and what becomes of them."""

    step: Step
    takes: str
    good: str
    refused: str
    failed: str
    newest_first: bool = False
    #: The step's own writes are rolled back.
    only_looks: bool = False

    def rows(self, run: Run) -> QuerySet[RunRow]:
        rows = run.rows.filter(outcome=self.takes)
        return rows.order_by("-settled_at", "-number") if self.newest_first else rows.order_by("number")


def course_of(kind: Kind, phase: str) -> _Course:
    if phase == Phase.PLAN:
        return _Course(kind.plan, Outcome.STAGED, Outcome.GOOD, Outcome.REFUSED, Outcome.FAILED, only_looks=True)
    if phase == Phase.APPLY:
        return _Course(kind.apply_row, Outcome.GOOD, Outcome.APPLIED, Outcome.REFUSED, Outcome.FAILED)
    if kind.undo_row is None:
        raise outbox.Final(_("Such a run can't be undone."))
    return _Course(kind.undo_row, Outcome.APPLIED, Outcome.UNDONE, Outcome.KEPT, Outcome.KEPT, newest_first=True)


def work_on(run: Run) -> None:
    """Deliver a claimed run: go on where it stands, for a slice of time."""
    kind = kind_of(run.kind)
    if kind is None:
        raise outbox.Final(_("Nobody here knows runs of the kind “%(kind)s”.") % {"kind": run.kind})
    course = course_of(kind, run.phase)
    until = monotonic() + SLICE_SECONDS
    try:
        while (row := course.rows(run).first()) is not None:
            _settle_row(run, row, course)
            heartbeat.beat_if_old()
            if monotonic() >= until:
                raise outbox.Unfinished
    except _LeaseLost:
        logger.info("Run %s: stopped, it was cancelled or taken over.", run.pk)


def _settle_row(run: Run, row: RunRow, course: _Course) -> None:
    with transaction.atomic(durable=True):
        if not leases.renew(run, done=F("done") + 1, failures=0):
            raise _LeaseLost
        row.run = run
        person = get_user_model()._default_manager.get(pk=run.asked_by_id)
        _try_row(run, row, course, person)
        _write(row, course)
    # Only now: should the commit fail, the run must still count how often it stopped here.
    run.failures = 0


def _write(row: RunRow, course: _Course) -> None:
    """Write what came of the row, if it stands where we found it. No save(): an undo may have deleted what it is about,
    and Django refuses to save a row that points at something deleted."""
    columns = ["outcome", "sentences", "memory", "about_type_id", "about_id"]
    written = RunRow.objects.filter(pk=row.pk, outcome=course.takes).update(
        settled_at=timezone.now(), **{column: getattr(row, column) for column in columns}
    )
    if not written:
        raise _LeaseLost


def _try_row(run: Run, row: RunRow, course: _Course, person: AbstractBaseUser) -> None:
    """Do the step and note on the row what came of it. Raises only what says nothing about the row."""
    try:
        with transaction.atomic():
            effect = _as_effect(course.step(row, by=person))
            if course.only_looks:
                transaction.set_rollback(True)
        _note_effect(row, effect, course)
    except (Refused, InvalidValues, StaleVersion) as refused:
        row.outcome, row.sentences = course.refused, sentences_of(refused)
        if isinstance(refused, Refused) and not course.only_looks:
            # What the verb itself noted went with the savepoint.
            record_refusal(refused, verb=f"run {run.phase}"[:40], by=person, about=run)
    except Exception as error:
        if isinstance(error, OperationalError) and run.failures < STOPS_AT_A_ROW:
            raise
        # A fault in one row of ten thousand must not keep the others from being done.
        logger.exception("Run %s, row %s failed unexpectedly.", run.pk, row.number)
        row.outcome = course.failed
        row.sentences = [_("Something unexpected went wrong (%(kind)s).") % {"kind": type(error).__name__}]


def _note_effect(row: RunRow, effect: Effect, course: _Course) -> None:
    row.outcome = course.good
    row.sentences = [str(sentence) for sentence in effect.sentences]
    if course.takes == Outcome.APPLIED:
        return  # undone: what it was about and what was remembered stay for the reader
    row.memory = dict(effect.memory)
    if effect.about is not None:
        row.about_type = ContentType.objects.get_for_model(effect.about)
        row.about_id = effect.about.pk


def _as_effect(said: Effect | str | None) -> Effect:
    if isinstance(said, Effect):
        return said
    return Effect(sentences=[str(said)] if said else [])


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
