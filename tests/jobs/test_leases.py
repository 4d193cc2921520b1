"""The leased row: who gets it, what becomes of it, when it is tried again, when given up."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from jobs import leases, outbox
from jobs.models import Run

pytestmark = pytest.mark.django_db

Status = Run.Status
SOME_TIME = datetime(2026, 1, 1, tzinfo=UTC)


def fresh(row: Run) -> Run:
    return Run.objects.get(pk=row.pk)


def raising(outcome: Exception) -> Any:
    def deliver(row: Run) -> None:
        raise outcome

    return deliver


def test_of_two_workers_one_gets_the_row(row):
    mine, theirs = fresh(row), fresh(row)
    assert leases.claim(mine)
    assert not leases.claim(theirs)
    stored = fresh(row)
    assert (stored.status, stored.attempts) == (Status.WORKING, 1)
    assert stored.lease_until > timezone.now()


def test_a_row_that_is_not_due_yet_waits(row, deliver_by):
    Run.objects.filter(pk=row.pk).update(next_attempt_at=timezone.now() + timedelta(minutes=1))
    deliver_by(lambda row: None)
    assert leases.drain(Run).worked == 0
    assert not leases.claim(fresh(row))
    assert fresh(row).status == Status.PENDING


def test_what_was_due_longest_goes_first(clerk, deliver_by):
    now = timezone.now()
    for minutes in (1, 3, 2):
        Run.objects.create(
            kind=str(minutes), created_by=clerk, asked_by=clerk, next_attempt_at=now - timedelta(minutes=minutes)
        )
    order = []
    deliver_by(lambda row: order.append(row.kind))
    assert leases.drain(Run) == leases.Drained(3, more=False)
    assert order == ["3", "2", "1"]


def test_a_success_is_done_and_what_came_back_is_stored_with_it(row, deliver_by):
    deliver_by(lambda row: {"params": {"answer": 200}})
    leases.drain(Run)
    stored = fresh(row)
    assert (stored.status, stored.params, stored.lease_until) == (Status.DONE, {"answer": 200}, None)
    assert stored.finished_at is not None


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(outbox.Final("No such address."), "failed"), (outbox.Cancelled("Not wanted."), "cancelled")],
)
def test_an_end_without_success_is_an_end(row, deliver_by, outcome, status):
    deliver_by(raising(outcome))
    leases.drain(Run)
    stored = fresh(row)
    assert (stored.status, stored.last_error, stored.attempts) == (status, str(outcome), 1)
    assert stored.finished_at is not None
    assert leases.drain(Run).worked == 0


def test_pauses_double_from_thirty_seconds_to_six_hours():
    seconds = [leases.pause_after(failures).total_seconds() for failures in range(13)]
    assert seconds == [0, 30, 60, 120, 240, 480, 960, 1920, 3840, 7680, 15360, 21600, 21600]
    assert leases.pause_after(10**9) == timedelta(hours=6)


def test_a_temporary_failure_is_tried_again_after_its_pause(row, deliver_by, later):
    deliver_by(raising(outbox.Temporary("Busy.", noted={"params": {"answer": 503}})))
    leases.drain(Run)
    stored = fresh(row)
    assert (stored.status, stored.failures, stored.last_error) == (Status.PENDING, 1, "Busy.")
    assert stored.params == {"answer": 503}
    assert stored.next_attempt_at > timezone.now() + timedelta(seconds=25)
    assert leases.drain(Run).worked == 0
    later(timedelta(seconds=31))
    deliver_by(lambda row: None)
    assert leases.drain(Run).worked == 1
    assert (fresh(row).status, fresh(row).attempts, fresh(row).last_error) == (Status.DONE, 2, "")


@pytest.mark.parametrize(
    ("retry_after", "at_least", "at_most"),
    [(600, 599, 601), (1, 29, 31), (-5, 29, 31), (10**12, 6 * 3600 - 1, 6 * 3600 + 1), (float("inf"), 21599, 21601)],
)
def test_the_pause_asked_for_is_kept_within_reason(row, deliver_by, retry_after, at_least, at_most):
    before = timezone.now()
    deliver_by(raising(outbox.Temporary("Slow down.", retry_after)))
    leases.drain(Run)
    waits = (fresh(row).next_attempt_at - before).total_seconds()
    assert at_least <= waits <= at_most + 60  # the minute is for a slow machine, not for the code


def test_after_96_hours_it_is_given_up(row, deliver_by, later):
    deliver_by(raising(outbox.Temporary("Down.")))
    later(timedelta(hours=95, minutes=59))
    leases.drain(Run)
    assert fresh(row).status == Status.PENDING
    later(timedelta(hours=96, minutes=10))
    leases.drain(Run)
    stored = fresh(row)
    assert (stored.status, stored.last_error) == (Status.FAILED, "Down.")


def test_a_row_that_waited_out_a_long_outage_is_tried_before_it_is_given_up(row, deliver_by, later):
    deliver_by(lambda row: None)
    later(timedelta(days=10))
    leases.drain(Run)
    assert fresh(row).status == Status.DONE


def test_an_unexpected_error_is_temporary_and_its_words_are_not_stored(row, deliver_by, caplog):
    deliver_by(raising(ValueError("https://example.com/reset/secret")))
    leases.drain(Run)
    stored = fresh(row)
    assert (stored.status, stored.failures) == (Status.PENDING, 1)
    assert stored.last_error == "Unexpected error: ValueError"
    assert "failed unexpectedly" in caplog.text


def test_a_long_error_is_cut(row, deliver_by):
    deliver_by(raising(outbox.Final("x" * 10_000)))
    leases.drain(Run)
    assert len(fresh(row).last_error) == 500


def test_a_row_whose_worker_was_killed_comes_back_at_once_and_slower_each_time(row, deliver_by):
    waits = []
    for _killed in range(4):
        Run.objects.filter(pk=row.pk).update(next_attempt_at=timezone.now())
        lost = fresh(row)
        assert leases.claim(lost)
        Run.objects.filter(pk=lost.pk).update(lease_until=timezone.now())
        before = timezone.now()
        assert leases.recover(Run) == 1
        waits.append(round((fresh(row).next_attempt_at - before).total_seconds()))
    stored = fresh(row)
    assert waits == [0, 30, 60, 120]
    assert (stored.status, stored.attempts, stored.failures) == (Status.PENDING, 4, 4)
    assert stored.last_error == "The worker stopped in the middle of it."


def test_a_row_that_kills_its_worker_for_96_hours_is_failed(row, later):
    leases.claim(fresh(row))
    later(timedelta(hours=97))
    leases.recover(Run)
    assert fresh(row).status == Status.FAILED


def test_a_lease_that_holds_is_left_alone(row):
    leases.claim(fresh(row))
    assert leases.recover(Run) == 0
    assert fresh(row).status == Status.WORKING


def test_a_worker_that_hung_can_not_write_over_its_successor(row, caplog):
    slow = fresh(row)
    leases.claim(slow)
    Run.objects.filter(pk=row.pk).update(lease_until=timezone.now())
    leases.recover(Run)
    quick = fresh(row)
    assert leases.claim(quick)
    assert not leases.finish(slow, Status.FAILED, error="I was slow.")
    assert not leases.renew(slow)
    assert leases.finish(quick, Status.DONE)
    assert (fresh(row).status, fresh(row).last_error) == (Status.DONE, "")
    assert "the lease was lost" in caplog.text


def test_a_side_that_is_down_is_asked_once_and_not_for_every_row(clerk, deliver_by):
    for number in range(5):
        Run.objects.create(kind=str(number), created_by=clerk, asked_by=clerk)
    asked = []

    def deliver(row: Run) -> None:
        asked.append(row.kind)
        raise outbox.Unavailable("Connection refused.")

    deliver_by(deliver)
    assert leases.drain(Run) == leases.Drained(1, more=False)
    assert leases.drain(Run) == leases.Drained(1, more=False)
    assert asked == ["0", "1"]


def test_unfinished_work_goes_back_in_line_without_a_failure(row, deliver_by):
    turns = []

    def deliver(row: Run) -> None:
        turns.append(row.attempts)
        if len(turns) < 3:
            raise outbox.Unfinished

    deliver_by(deliver)
    assert leases.drain(Run).worked == 3
    assert (fresh(row).status, fresh(row).failures, turns) == (Status.DONE, 0, [1, 2, 3])


def test_a_drain_stops_when_its_time_is_over_and_says_that_there_may_be_more(clerk, deliver_by):
    for number in range(3):
        Run.objects.create(kind=str(number), created_by=clerk, asked_by=clerk)
    deliver_by(lambda row: None)
    assert leases.drain(Run, seconds=0) == leases.Drained(1, more=True)
    assert Run.objects.filter(status=Status.PENDING).count() == 2


def test_a_finished_row_is_put_in_line_anew_with_its_whole_time_before_it(row, deliver_by, later):
    deliver_by(raising(outbox.Final("No.")))
    leases.drain(Run)
    later(timedelta(hours=200))
    assert leases.again(Run, row.pk, of=[Status.FAILED])
    assert not leases.again(Run, row.pk, of=[Status.FAILED])
    stored = fresh(row)
    assert (stored.status, stored.attempts, stored.last_error, stored.finished_at) == (Status.PENDING, 1, "", None)
    assert stored.give_up_at > timezone.now() + timedelta(hours=95)


def test_one_table_that_breaks_does_not_keep_the_sweep_from_the_others(row, deliver_by, monkeypatch, caplog):
    class Broken:
        """Stands for a table that can't be read."""

        class _meta:  # noqa: N801 - the name is Django's
            label_lower = "broken.rows"

    monkeypatch.setitem(outbox._deliveries, "broken.rows", (Broken, lambda row: None))
    deliver_by(lambda row: None)
    swept = leases.sweep()
    assert swept["jobs.run"].worked == 1
    assert "broken.rows" not in swept
    assert "The sweep of broken.rows broke off." in caplog.text


@pytest.mark.parametrize(
    "values",
    [
        {"status": "working"},
        {"status": "pending", "lease_until": SOME_TIME},
        {"status": "done"},
        {"status": "pending", "finished_at": SOME_TIME},
        {"status": "lost"},
        {"attempts": -1},
        {"phase": "sleep"},
        {"total": 1, "done": 2},
    ],
    ids=str,
)
def test_the_database_itself_refuses_half_set_rows(row, values):
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.filter(pk=row.pk).update(**values)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_delivered_inside_somebodys_transaction(row, deliver_by):
    deliver_by(lambda row: None)
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        leases.drain(Run)


@pytest.mark.django_db(transaction=True)
def test_several_workers_at_once_deliver_each_row_once(clerk, deliver_by, caplog):
    caplog.set_level(logging.ERROR)
    for number in range(60):
        Run.objects.create(kind=str(number), created_by=clerk, asked_by=clerk)
    delivered: list[str] = []
    deliver_by(lambda row: delivered.append(row.kind))

    def work() -> None:
        try:
            leases.drain(Run)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert Counter(delivered) == {str(number): 1 for number in range(60)}
    assert set(Run.objects.values_list("status", "attempts")) == {("done", 1)}
    assert not caplog.records
