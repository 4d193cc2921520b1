"""Runs whose rows the worker reads itself, and that are done many at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models import Q
from django.utils import timezone

from audit.models import AuditEvent
from audit.refusals import InvalidValues, Reason, Refused
from jobs import leases, outbox, runs
from jobs.models import Heartbeat, Run, RunRow
from jobs.runs import Effect, engine, kinds
from tests.jobs.things import MADE_AT

pytestmark = pytest.mark.django_db

NAME = "make many things"


class Many:
    """A file of `rows` rows, and what its kind was asked for. `trouble`: row number → what happens there."""

    def __init__(self) -> None:
        self.rows = 0
        self.trouble: dict[int, str] = {}
        self.chunks: list[tuple[str, list[int]]] = []
        self.read_after: list[int] = []
        self.stop_reading_at = 0
        self.characters = 0

    def read(self, run: Run, after: int) -> Iterator[tuple[int, Mapping[str, Any], str]]:
        self.read_after.append(after)
        for number in range(2, self.rows + 2):
            if number == self.stop_reading_at:
                raise outbox.Final("Row 7 can't be read.")
            if number > after:
                payload = {"name": f"thing {number}", "cells": {"text": "x" * self.characters}}
                yield number, payload, f"key {number % 1000}"

    def plan(self, rows: Sequence[RunRow], *, by: Any, run: Run) -> list[Effect | Exception]:
        said: list[Effect | Exception] = []
        for row in self._noted("plan", rows):
            trouble = self.trouble.get(row.number)
            if trouble == "same":
                said.append(Effect(outcome="same"))
            elif trouble == "conflict":
                said.append(Effect(["Both changed."], memory={"conflicts": {}}, action="changed", outcome="refused"))
            elif trouble == "refused":
                said.append(Refused([Reason("no", "It is not allowed.")]))
            else:
                said.append(Effect(action="new"))
                Heartbeat.objects.create(name=f"plan {row.number}", beat_at=MADE_AT)
        return said

    def apply(self, rows: Sequence[RunRow], *, by: Any, run: Run) -> list[Effect | Exception]:
        said: list[Effect | Exception] = []
        for row in self._noted("apply", rows):
            trouble = self.trouble.get(row.number)
            if trouble == "bug":
                raise ZeroDivisionError
            if trouble == "database":
                raise OperationalError("the connection is gone")
            if trouble == "invalid":
                said.append(InvalidValues({"name": "Too long."}))
            elif trouble == "forbidden":
                said.append(Refused([Reason("no", "It is not allowed.")]))
            else:
                thing = Heartbeat.objects.create(name=row.payload["name"], beat_at=MADE_AT)
                said.append(Effect(about=thing, memory={"made": True}))
        return said

    def undo(self, rows: Sequence[RunRow], *, by: Any, run: Run) -> list[Effect | Exception]:
        said: list[Effect | Exception] = []
        for row in self._noted("undo", rows):
            if self.trouble.get(row.number) == "touched":
                said.append(Effect(["Somebody has used it."], memory={"kept": {"name": ["a", "b"]}}, outcome="kept"))
                continue
            if self.trouble.get(row.number) == "bug":
                raise ZeroDivisionError
            row.about.delete()
            said.append(Effect())
        return said

    def _noted(self, step: str, rows: Sequence[RunRow]) -> Sequence[RunRow]:
        self.chunks.append((step, [row.number for row in rows]))
        return rows

    def sizes(self, step: str) -> list[int]:
        return [len(numbers) for name, numbers in self.chunks if name == step]


@pytest.fixture
def many() -> Iterator[Many]:
    made = Many()
    runs.register_kind_of_many(NAME, read=made.read, plan_rows=made.plan, apply_rows=made.apply, undo_rows=made.undo)
    yield made
    kinds._kinds.pop(NAME)


def work() -> None:
    leases.drain(Run)


def fresh(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


def started(by: Any, total: int = 10) -> Run:
    return runs.start_reading(NAME, by=by, total=total)


def planned(by: Any) -> Run:
    run = started(by)
    work()
    return fresh(run)


def applied(by: Any) -> Run:
    run = runs.apply(planned(by), by=by)
    work()
    return fresh(run)


def outcomes(run: Run) -> dict[int, str]:
    return dict(run.rows.order_by("number").values_list("number", "outcome"))


def things() -> set[str]:
    return set(Heartbeat.objects.exclude(name="worker").values_list("name", flat=True))


def test_the_rows_are_read_with_their_own_numbers_and_planned_without_a_trace(many, clerk):
    many.rows = 600
    run = planned(clerk)
    assert (run.phase, run.status, run.done, run.total) == ("plan", "done", 600, 600)
    assert outcomes(run) == dict.fromkeys(range(2, 602), "good")
    assert run.rows.get(number=601).key == "key 601"
    assert set(run.rows.values_list("action", flat=True)) == {"new"}
    assert many.sizes("plan") == [250, 250, 100]
    assert things() == set()


@pytest.mark.parametrize("guess", [0, 3, 5000])
def test_progress_while_reading_never_goes_back_and_ends_at_the_total(many, clerk, monkeypatch, guess):
    many.rows = 1200
    seen: list[tuple[str, int, int]] = []
    renew = leases.renew

    def watched(row, **values):
        answer = renew(row, **values)
        seen.append(Run.objects.values_list("phase", "done", "total").get(pk=row.pk))
        return answer

    monkeypatch.setattr(engine.leases, "renew", watched)
    started(clerk, total=guess)
    work()
    for phase in ("read", "plan"):
        of_phase = [(done, total) for name, done, total in seen if name == phase]
        assert [done for done, _total in of_phase] == sorted(done for done, _total in of_phase)
        assert all(done <= total for done, total in of_phase)
        assert of_phase[-1] == (1200, 1200)
    assert {total for name, _done, total in seen if name == "plan"} == {1200}


def test_reading_goes_on_behind_the_last_row_that_is_kept(many, clerk, monkeypatch):
    many.rows = 1200
    monkeypatch.setattr(engine, "READ_SLICE_SECONDS", 0)
    run = planned(clerk)
    assert many.read_after == [0, 501, 1001, 1201]
    assert RunRow.objects.filter(run=run).count() == 1200
    assert (run.is_planned, run.total) == (True, 1200)


def test_of_long_rows_fewer_are_in_memory_at_once_and_none_is_lost(many, clerk, monkeypatch):
    many.rows, many.characters = 250, engine.CHARACTERS_READ_AT_ONCE // 100
    monkeypatch.setattr(engine, "READ_SLICE_SECONDS", 0)
    run = planned(clerk)
    assert many.read_after == [0, 101, 201, 251]
    assert outcomes(run) == dict.fromkeys(range(2, 252), "good")


def test_a_file_that_breaks_off_fails_the_run_with_the_sentence(many, clerk):
    many.rows, many.stop_reading_at = 10, 7
    run = planned(clerk)
    assert (run.status, run.last_error) == ("failed", "Row 7 can't be read.")
    with pytest.raises(Refused):
        runs.apply(run, by=clerk)


def test_a_reader_that_lost_its_run_keeps_no_row(many, clerk):
    many.rows = 3
    run = started(clerk)
    hung = fresh(run)
    leases.claim(hung)
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now())
    leases.recover(Run)
    leases.claim(fresh(run))
    engine.work_on(hung)
    assert outcomes(run) == {}


def test_a_plan_tells_what_is_unchanged_from_what_is_refused_and_remembers_both(many, clerk):
    many.rows, many.trouble = 4, {2: "same", 3: "conflict", 4: "refused"}
    run = planned(clerk)
    assert outcomes(run) == {2: "same", 3: "refused", 4: "refused", 5: "good"}
    row = run.rows.get(number=3)
    assert (row.sentences, row.memory, row.action) == (["Both changed."], {"conflicts": {}}, "changed")
    assert applied_numbers(runs.apply(run, by=clerk)) == {5}


def applied_numbers(run: Run) -> set[int]:
    work()
    return {number for number, outcome in outcomes(run).items() if outcome == "applied"}


def test_a_bug_in_one_row_is_that_rows_and_the_others_of_its_chunk_are_done(many, clerk, caplog):
    many.rows, many.trouble = 5, {4: "bug"}
    run = applied(clerk)
    assert outcomes(run) == {2: "applied", 3: "applied", 4: "failed", 5: "applied", 6: "applied"}
    assert many.sizes("apply") == [5, 1, 1, 1, 1, 1]
    assert things() == {"thing 2", "thing 3", "thing 5", "thing 6"}
    assert (run.done, run.total) == (5, 5)
    assert "row 4 failed unexpectedly" in caplog.text


def test_a_row_that_is_declined_does_not_hold_up_its_chunk(many, clerk):
    many.rows, many.trouble = 4, {3: "invalid", 4: "forbidden"}
    run = applied(clerk)
    assert outcomes(run) == {2: "applied", 3: "refused", 4: "refused", 5: "applied"}
    assert many.sizes("apply") == [4]
    assert run.rows.get(number=3).sentences == ["name: Too long."]
    assert AuditEvent.objects.get(kind=AuditEvent.Kind.REFUSED).detail == {"verb": "run apply", "codes": ["no"]}


def test_a_database_that_is_gone_says_nothing_about_the_rows(many, clerk):
    many.rows, many.trouble = 3, {3: "database"}
    run = runs.apply(planned(clerk), by=clerk)
    for _time in range(engine.STOPS_AT_A_ROW):
        work()
        assert set(outcomes(run).values()) == {"good"}
        Run.objects.filter(pk=run.pk).update(next_attempt_at=timezone.now())
    many.trouble = {}
    work()
    assert set(outcomes(run).values()) == {"applied"}


def test_undo_takes_chunks_newest_first_and_keeps_what_it_must_with_both_versions(many, clerk):
    many.rows, many.trouble = 3, {3: "touched"}
    run = runs.undo(applied(clerk), by=clerk)
    work()
    assert outcomes(run) == {2: "undone", 3: "kept", 4: "undone"}
    assert many.chunks[-1] == ("undo", [4, 3, 2])
    assert run.rows.get(number=3).memory == {"made": True, "kept": {"name": ["a", "b"]}}
    assert things() == {"thing 3"}


@pytest.mark.parametrize("phase", [Run.Phase.PLAN, Run.Phase.APPLY, Run.Phase.UNDO])
def test_the_next_rows_come_from_the_index_without_sorting_the_others(many, clerk, phase):
    kind = kinds.kind_of(NAME)
    assert kind is not None
    rows = engine.course_of(kind, phase).rows(started(clerk))[: kind.chunk]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A table this small is read as a whole there, or sorted, unless that is made dear.
            cursor.execute(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off"
            )
        steps = rows.explain()
    assert "runrow_next" in steps
    assert "TEMP B-TREE" not in steps
    assert "Sort" not in steps


def test_rows_whose_undo_went_wrong_unexpectedly_can_be_undone_again(many, clerk, caplog):
    many.rows = 4
    run = applied(clerk)
    many.trouble = {3: "touched", 4: "bug"}
    run = runs.undo(run, by=clerk)
    work()
    run = fresh(run)
    assert (run.status, run.done, run.total) == (Run.Status.DONE, 4, 4)
    assert outcomes(run) == {2: "undone", 3: "kept", 4: "applied", 5: "undone"}
    assert run.rows.get(number=4).sentences == ["Something unexpected went wrong (ZeroDivisionError)."]
    assert "row 4 failed unexpectedly" in caplog.text
    # What was kept with a reason stays so; what is touched by now as well.
    many.trouble = {4: "touched"}
    run = runs.undo(run, by=clerk)
    work()
    assert outcomes(run) == {2: "undone", 3: "kept", 4: "kept", 5: "undone"}
    with pytest.raises(Refused):
        runs.undo(fresh(run), by=clerk)


def test_a_plan_is_made_anew_for_some_rows_or_for_all(many, clerk):
    many.rows, many.trouble = 3, {3: "conflict"}
    run = planned(clerk)
    many.trouble, many.chunks = {}, []
    again = runs.plan_again(run, by=clerk, among=Q(number=3))
    assert (again.done, again.total) == (0, 1)
    work()
    assert many.chunks == [("plan", [3])]
    assert set(outcomes(run).values()) == {"good"}
    again = runs.plan_again(fresh(run), by=clerk, params={"options": {}})
    work()
    assert (fresh(run).params, fresh(run).total) == ({"options": {}}, 3)
    runs.apply(fresh(run), by=clerk)
    with pytest.raises(Refused):
        runs.plan_again(run, by=clerk)


def test_a_run_that_reads_needs_a_kind_that_can(clerk):
    with pytest.raises(KeyError):
        runs.start_reading("of next year", by=clerk, total=1)


def test_a_file_without_rows_is_an_empty_plan(many, clerk):
    run = planned(clerk)
    assert (run.is_planned, run.done, run.total) == (True, 0, 0)
