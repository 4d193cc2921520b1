"""The run over many rows: plan, apply, resume, retry, cancel, undo. Three people: who made it, a colleague, nobody."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from audit.models import AuditEvent
from audit.refusals import Refused
from jobs import leases, runs
from jobs.models import Heartbeat, Run, RunRow
from jobs.runs import engine
from tests.jobs import things

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("things_kind")]


def work() -> None:
    leases.drain(Run)


def made(*rows: dict[str, str], by: AbstractBaseUser) -> Run:
    """A run over these rows, planned by the worker."""
    named = [{"name": f"thing {number}", **row} for number, row in enumerate(rows, start=1)]
    run = runs.start(things.NAME, by=by, rows=named)
    work()
    return Run.objects.get(pk=run.pk)


def applied(*rows: dict[str, str], by: AbstractBaseUser) -> Run:
    run = runs.apply(made(*rows, by=by), by=by)
    work()
    return Run.objects.get(pk=run.pk)


def outcomes(run: Run) -> list[str]:
    return list(run.rows.order_by("number").values_list("outcome", flat=True))


def sentences(run: Run, number: int) -> list[str]:
    return run.rows.get(number=number).sentences


def names() -> set[str]:
    """The things there are; the worker's own heartbeat is none."""
    return set(Heartbeat.objects.exclude(name="worker").values_list("name", flat=True))


def test_a_plan_says_row_by_row_what_will_happen_and_why_not_and_changes_nothing(clerk):
    run = made({}, {"plan": "refused"}, {"plan": "invalid"}, {"plan": "stale"}, {"plan": "bug"}, by=clerk)
    assert run.is_planned
    assert (run.done, run.total) == (5, 5)
    assert outcomes(run) == ["good", "refused", "refused", "refused", "failed"]
    assert sentences(run, 1) == ["Makes thing 1."]
    assert sentences(run, 2) == ["It is not allowed.", "It never was."]
    assert sentences(run, 3) == ["name: Too long.", "The row makes no sense."]
    assert sentences(run, 4) == ["Somebody else has changed this in the meantime."]
    assert sentences(run, 5) == ["Something unexpected went wrong (ZeroDivisionError)."]
    assert names() == set()


def test_nothing_is_applied_before_somebody_says_so(clerk):
    made({}, by=clerk)
    work()
    assert names() == set()


def test_apply_does_the_good_rows_and_leaves_the_others(clerk):
    run = applied({}, {"plan": "refused"}, {}, by=clerk)
    assert (run.phase, run.status, run.done, run.total) == ("apply", "done", 2, 2)
    assert outcomes(run) == ["applied", "refused", "applied"]
    assert names() == {"thing 1", "thing 3"}
    row = run.rows.get(number=3)
    assert row.about.name == "thing 3"
    assert row.memory == {"made_at": things.MADE_AT.isoformat()}
    assert row.settled_at is not None


def test_a_row_that_breaks_leaves_nothing_behind_and_the_run_goes_on(clerk, caplog):
    run = applied({"apply": "bug"}, {"apply": "refused"}, {}, by=clerk)
    assert run.status == "done"
    assert outcomes(run) == ["failed", "refused", "applied"]
    assert sentences(run, 1) == ["Something unexpected went wrong (ZeroDivisionError)."]
    assert names() == {"thing 3"}
    assert "row 1 failed unexpectedly" in caplog.text


def test_a_refusal_while_applying_is_on_the_record(clerk):
    run = applied({"apply": "refused"}, by=clerk)
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.REFUSED)
    assert (event.actor, event.about, event.detail) == (clerk, run, {"verb": "run apply", "codes": ["never", "no"]})


def test_each_phase_is_done_in_the_name_of_who_asked_for_it(clerk, another_clerk):
    run = made({}, by=clerk)
    runs.apply(run, by=another_clerk)
    work()
    assert [(step, who) for step, _number, who in things.calls] == [
        ("plan", "clerk@example.com"),
        ("apply", "another@example.com"),
    ]
    assert Run.objects.get(pk=run.pk).created_by == clerk


def test_applying_twice_is_refused(clerk):
    run = made({}, by=clerk)
    runs.apply(run, by=clerk)
    with pytest.raises(Refused) as refused:
        runs.apply(run, by=clerk)
    assert refused.value.codes == {"not-now"}
    work()
    assert names() == {"thing 1"}


def test_a_plan_without_a_good_row_can_not_be_applied(clerk):
    run = made({"plan": "refused"}, by=clerk)
    with pytest.raises(Refused) as refused:
        runs.apply(run, by=clerk)
    assert refused.value.codes == {"nothing-to-do"}


def test_a_long_run_goes_to_the_back_of_the_line_and_goes_on_where_it_was(clerk, monkeypatch):
    monkeypatch.setattr(engine, "SLICE_SECONDS", 0)
    run = applied({}, {}, {}, by=clerk)
    assert outcomes(run) == ["applied"] * 3
    assert [number for step, number, _who in things.calls if step == "apply"] == [1, 2, 3]
    assert (run.status, run.failures) == ("done", 0)


def test_a_run_whose_worker_is_gone_is_continued_by_another_and_progress_never_goes_back(clerk):
    run = runs.apply(made({}, {}, {}, by=clerk), by=clerk)
    gone = Run.objects.get(pk=run.pk)
    assert leases.claim(gone)
    course = engine.course_of(runs.kind_of(things.NAME), "apply")
    engine._settle(gone, course.rows(gone)[:1], course)
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now())
    assert Run.objects.get(pk=run.pk).done == 1
    work()
    stored = Run.objects.get(pk=run.pk)
    assert (stored.status, stored.done, outcomes(stored)) == ("done", 3, ["applied"] * 3)
    assert [number for step, number, _who in things.calls if step == "apply"] == [1, 2, 3]


def test_a_worker_that_lost_its_run_does_not_do_another_row(clerk):
    run = runs.apply(made({}, {}, by=clerk), by=clerk)
    hung = Run.objects.get(pk=run.pk)
    leases.claim(hung)
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now())
    leases.recover(Run)
    leases.claim(Run.objects.get(pk=run.pk))
    engine.work_on(hung)
    assert names() == set()
    assert outcomes(run) == ["good", "good"]


def test_a_run_is_cancelled_between_two_rows_and_what_is_done_can_be_undone(clerk, monkeypatch):
    run = runs.apply(made({}, {}, {}, by=clerk), by=clerk)
    working = Run.objects.get(pk=run.pk)
    leases.claim(working)
    course = engine.course_of(runs.kind_of(things.NAME), "apply")
    engine._settle(working, course.rows(working)[:1], course)
    runs.cancel(run, by=clerk)
    engine.work_on(working)
    stored = Run.objects.get(pk=run.pk)
    assert (stored.status, outcomes(stored)) == ("cancelled", ["applied", "good", "good"])
    runs.undo(stored, by=clerk)
    work()
    assert outcomes(stored) == ["undone", "good", "good"]
    assert names() == set()


def test_a_plan_can_be_cancelled_and_is_then_not_applied(clerk):
    run = runs.cancel(made({}, by=clerk), by=clerk)
    assert run.status == "cancelled"
    for verb in (runs.apply, runs.cancel, runs.retry):
        with pytest.raises(Refused):
            verb(run, by=clerk)


def test_refused_and_failed_rows_can_be_tried_again(clerk):
    run = applied({"apply": "refused"}, {"apply": "bug"}, {}, by=clerk)
    for row in run.rows.all():
        row.payload.pop("apply", None)
        row.save()
    runs.retry(run, by=clerk)
    work()
    stored = Run.objects.get(pk=run.pk)
    assert outcomes(stored) == ["applied"] * 3
    assert (stored.done, stored.total, stored.status) == (2, 2, "done")
    assert names() == {"thing 1", "thing 2", "thing 3"}
    with pytest.raises(Refused) as refused:
        runs.retry(stored, by=clerk)
    assert refused.value.codes == {"nothing-to-do"}


def test_what_the_plan_refused_is_refused_again_as_long_as_the_reason_holds(clerk):
    run = applied({"plan": "refused", "apply": "refused"}, {}, by=clerk)
    runs.retry(run, by=clerk)
    work()
    assert outcomes(run) == ["refused", "applied"]


def test_undo_takes_back_newest_first_and_keeps_what_was_touched_since(clerk, another_clerk):
    run = applied({}, {}, {}, by=clerk)
    Heartbeat.objects.filter(name="thing 2").update(beat_at=datetime(2026, 2, 2, tzinfo=UTC))
    runs.undo(run, by=another_clerk)
    work()
    stored = Run.objects.get(pk=run.pk)
    assert outcomes(stored) == ["undone", "kept", "undone"]
    assert sentences(stored, 2) == ["Somebody has used it since."]
    assert sentences(stored, 1) == ["Took thing 1 back."]
    assert names() == {"thing 2"}
    undone = [(number, who) for step, number, who in things.calls if step == "undo"]
    assert undone == [(number, "another@example.com") for number in (3, 2, 1)]
    with pytest.raises(Refused):
        runs.undo(stored, by=clerk)


def test_a_kind_without_undo_says_so(clerk):
    runs.register_kind(things.NAME, plan=things.plan, apply_row=things.apply_row)
    run = applied({}, by=clerk)
    with pytest.raises(Refused) as refused:
        runs.undo(run, by=clerk)
    assert refused.value.codes == {"cannot-undo"}


def test_a_database_that_is_gone_says_nothing_about_the_row(clerk, later):
    run = runs.apply(made({"apply": "database"}, {}, by=clerk), by=clerk)
    for _time in range(engine.STOPS_AT_A_ROW):
        work()
        stored = Run.objects.get(pk=run.pk)
        assert (stored.status, outcomes(stored)) == ("pending", ["good", "good"])
        Run.objects.filter(pk=run.pk).update(next_attempt_at=timezone.now())
    # But a row at which it happens every time must not hold up the others for ever.
    work()
    stored = Run.objects.get(pk=run.pk)
    assert (stored.status, outcomes(stored), stored.failures) == ("done", ["failed", "applied"], 0)


def test_a_run_of_a_kind_that_is_gone_fails_with_a_sentence(clerk):
    run = Run.objects.create(kind="of last year", created_by=clerk, asked_by=clerk)
    work()
    stored = Run.objects.get(pk=run.pk)
    assert (stored.status, stored.last_error) == ("failed", "Nobody here knows runs of the kind “of last year”.")


def test_a_run_of_an_unknown_kind_is_not_begun(clerk):
    with pytest.raises(KeyError):
        runs.start("of next year", by=clerk, rows=[])


def test_many_rows_keep_their_order(clerk):
    run = runs.start(things.NAME, by=clerk, rows=({"name": f"thing {number}"} for number in range(1, 1202)))
    assert Run.objects.get(pk=run.pk).total == 1201
    payloads = RunRow.objects.filter(run=run).order_by("number").values_list("number", "payload__name")
    assert list(payloads) == [(number, f"thing {number}") for number in range(1, 1202)]


def test_an_empty_run_is_planned_at_once(clerk):
    run = made(by=clerk)
    assert (run.is_planned, run.total) == (True, 0)
