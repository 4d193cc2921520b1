"""What a person does with a run. Each verb is one conditional UPDATE, refused where the run has moved on.

start → (worker plans) → apply → (worker applies) → undo or retry; cancel stops it between two rows. start_reading →
(worker reads, then plans) → the same. plan_again → (worker plans) → the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.refusals import Reason, Refused
from jobs import outbox
from jobs.leases import again
from jobs.models import Run, RunRow
from jobs.runs.kinds import kind_of

_ROWS_AT_ONCE = 500

Outcome = RunRow.Outcome
Phase = Run.Phase
Status = Run.Status


def start(
    kind: str,
    *,
    by: AbstractBaseUser,
    rows: Iterable[Mapping[str, Any]],
    params: Mapping[str, Any] | None = None,
    dedup_key: str | None = None,
) -> Run:
    """Stage the rows (JSON each, in order) and have them planned. Nothing of the domain changes before `apply`."""
    if kind_of(kind) is None:
        raise KeyError(f"No run of the kind {kind!r} is registered.")
    with transaction.atomic():
        run = Run(kind=kind, params=dict(params or {}), created_by_id=by.pk, asked_by_id=by.pk)
        if dedup_key is not None:
            run.dedup_key = dedup_key
        run.save(force_insert=True)
        numbered = iter(enumerate(rows, start=1))
        while batch := [RunRow(run=run, number=number, payload=row) for number, row in islice(numbered, _ROWS_AT_ONCE)]:
            RunRow.objects.bulk_create(batch)
            run.total += len(batch)
        run.save(update_fields=["total"])
        outbox.wake(Run)
    return run


def start_reading(kind: str, *, by: AbstractBaseUser, total: int, params: Mapping[str, Any] | None = None) -> Run:
    """The same for rows that the worker reads itself. `total`: how many there seem to be."""
    known = kind_of(kind)
    if known is None or known.read is None:
        raise KeyError(f"No run of the kind {kind!r} that reads its rows is registered.")
    with transaction.atomic():
        run = Run(kind=kind, params=dict(params or {}), created_by_id=by.pk, asked_by_id=by.pk)
        run.phase, run.total = Phase.READ, total
        run.save(force_insert=True)
        outbox.wake(Run)
    return run


def plan_again(
    run: Run, *, by: AbstractBaseUser, params: Mapping[str, Any] | None = None, among: Q | None = None
) -> Run:
    """Have the rows of a plan planned anew: all of them, or those `among`. Nothing was applied yet."""
    with transaction.atomic():
        # The run first: whoever applies it at the same time waits, or is refused.
        fresh = Run.objects.select_for_update().get(pk=run.pk)
        if not fresh.is_planned:
            raise Refused([_moved_on()])
        rows = fresh.rows.all() if among is None else fresh.rows.filter(among)
        # bulk: a run's rows have no history; the run itself is their record.
        rows.update(outcome=Outcome.STAGED, action="", settled_at=None)
        changed = {} if params is None else {"params": dict(params)}
        _begin(fresh, Phase.PLAN, from_phase=Phase.PLAN, of=[Status.DONE], takes=[Outcome.STAGED], by=by, **changed)
    return _fresh(run)


def apply(run: Run, *, by: AbstractBaseUser) -> Run:
    """Do the rows that the plan found good. Refused before the plan is complete, and a second time."""
    with transaction.atomic():
        _begin(run, Phase.APPLY, from_phase=Phase.PLAN, of=[Status.DONE], takes=[Outcome.GOOD], by=by)
    return _fresh(run)


def retry(run: Run, *, by: AbstractBaseUser) -> Run:
    """Try the rows again that were refused or failed, and those a cancelled or broken off run did not come to."""
    with transaction.atomic():
        _begin(
            run,
            Phase.APPLY,
            from_phase=Phase.APPLY,
            of=list(Run.FINISHED),
            takes=[Outcome.REFUSED, Outcome.FAILED, Outcome.GOOD],
            by=by,
        )
        # bulk: a run's rows have no history; the run itself is their record.
        run.rows.filter(outcome__in=[Outcome.REFUSED, Outcome.FAILED]).update(outcome=Outcome.GOOD)
    return _fresh(run)


def go_on(run: Run, *, by: AbstractBaseUser) -> Run:
    """Do the rows that a cancelled or broken off run did not come to; those refused stay so."""
    with transaction.atomic():
        _begin(run, Phase.APPLY, from_phase=Phase.APPLY, of=list(Run.FINISHED), takes=[Outcome.GOOD], by=by)
    return _fresh(run)


def undo(run: Run, *, by: AbstractBaseUser) -> Run:
    """Take back what was applied, newest first; what was touched since stays, with the reason. Also after a cancel,
    and once more for the rows that an undo broken off did not come to."""
    kind = kind_of(run.kind)
    if kind is None or kind.undo is None:
        raise Refused([Reason("cannot-undo", _("Such a run can't be undone."))])
    with transaction.atomic():
        from_phase = Phase.UNDO if _fresh(run).phase == Phase.UNDO else Phase.APPLY
        _begin(run, Phase.UNDO, from_phase=from_phase, of=list(Run.FINISHED), takes=[Outcome.APPLIED], by=by)
    return _fresh(run)


def cancel(run: Run, *, by: AbstractBaseUser, of_phases: Iterable[str] = tuple(Phase)) -> Run:
    """Stop after the row that is in work. What is applied stays, and can be undone. A plan is dropped for good.
    `of_phases`: refused in another."""
    with transaction.atomic():
        stopped = Run.objects.filter(
            pk=run.pk, phase__in=of_phases, status__in=[Status.PENDING, Status.WORKING]
        ).update(status=Status.CANCELLED, lease_until=None, finished_at=timezone.now(), asked_by=by)
        if not stopped:
            stopped = Run.objects.filter(pk=run.pk, status=Status.DONE, phase=Phase.PLAN).update(
                status=Status.CANCELLED, finished_at=timezone.now(), asked_by=by
            )
        if not stopped:
            raise Refused([_moved_on()])
    return _fresh(run)


def _begin(
    run: Run,
    phase: str,
    *,
    from_phase: str,
    of: Sequence[str],
    takes: Sequence[str],
    by: AbstractBaseUser,
    **changed: Any,
) -> None:
    """Send a finished run into a phase, counted anew. Refused when it is elsewhere or has nothing to do there."""
    total = run.rows.filter(outcome__in=takes).count()
    if not total:
        raise Refused([Reason("nothing-to-do", _("There is no row left for that."))])
    rows = Run.objects.filter(phase=from_phase)
    if not again(Run, run.pk, of=of, among=rows, phase=phase, total=total, done=0, asked_by=by, **changed):
        raise Refused([_moved_on()])
    outbox.wake(Run)


def _moved_on() -> Reason:
    return Reason("not-now", _("The run is not at the point where that can be done."))


def _fresh(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)
