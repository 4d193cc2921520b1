"""From the commit to the worker: the wake-up, the sweep, the heartbeat. All through the queue."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from jobs import heartbeat, outbox, tasks
from jobs.models import Heartbeat, Run

pytestmark = pytest.mark.django_db


def work_off(queue) -> int:
    """What a worker does: take each task out of the queue and execute it. Answers how many. (It closes database
    connections, as a worker does: only in tests without a transaction around them.)"""
    count = 0
    while (task := queue.dequeue()) is not None:
        queue.execute(task)
        count += 1
    return count


class Rollback(Exception):
    pass


def wake_and_roll_back() -> None:
    with transaction.atomic():
        outbox.wake(Run)
        raise Rollback


@pytest.mark.django_db(transaction=True)
def test_a_transaction_wakes_the_worker_once_and_only_after_its_commit(memory_queue):
    with transaction.atomic():
        for _time in range(5):
            outbox.wake(Run)
        assert memory_queue.pending_count() == 0
    assert memory_queue.pending_count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_rolled_back_wakes_nobody(memory_queue):
    with pytest.raises(Rollback):
        wake_and_roll_back()
    assert memory_queue.pending_count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_savepoint_rolled_back_does_not_take_a_later_wake_up_with_it(memory_queue):
    with transaction.atomic():
        with pytest.raises(Rollback):
            wake_and_roll_back()
        outbox.wake(Run)
    assert memory_queue.pending_count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_queue_that_is_down_does_not_fail_the_request_and_the_sweep_takes_the_row(
    clerk, deliver_by, memory_queue, monkeypatch, caplog
):
    def down(*args: object, **kwargs: object) -> None:
        raise ConnectionError("no queue here")

    monkeypatch.setattr(memory_queue.storage, "enqueue", down)
    with transaction.atomic():
        run = Run.objects.create(kind="parcels", created_by=clerk, asked_by=clerk)
        outbox.wake(Run)
    assert "The queue did not take the wake-up for jobs.run" in caplog.text
    deliver_by(lambda row: None)
    tasks.each_minute.call_local()
    assert Run.objects.get(pk=run.pk).status == "done"


@pytest.mark.django_db(transaction=True)
def test_a_row_written_and_committed_is_delivered_by_the_task(clerk, deliver_by, memory_queue):
    deliver_by(lambda row: None)
    with transaction.atomic():
        run = Run.objects.create(kind="parcels", created_by=clerk, asked_by=clerk)
        outbox.wake(Run)
    assert work_off(memory_queue) == 1
    assert Run.objects.get(pk=run.pk).status == "done"


@pytest.mark.django_db(transaction=True)
def test_a_task_whose_time_is_over_goes_to_the_back_of_the_queue(clerk, deliver_by, memory_queue, monkeypatch):
    monkeypatch.setattr(tasks, "SECONDS_A_TASK", 0)
    for number in range(3):
        Run.objects.create(kind=str(number), created_by=clerk, asked_by=clerk)
    deliver_by(lambda row: None)
    tasks.drain("jobs.run")
    # After the third row it can't know that it was the last.
    assert work_off(memory_queue) == 4
    assert set(Run.objects.values_list("status", flat=True)) == {"done"}


@pytest.mark.django_db(transaction=True)
def test_a_task_that_breaks_logs_it_and_does_not_raise(memory_queue, caplog):
    tasks.drain("nobody.knows")
    assert work_off(memory_queue) == 1
    assert "Delivering nobody.knows broke off." in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_starting_worker_beats_and_sweeps_through_the_queue(row, deliver_by, memory_queue):
    deliver_by(lambda row: None)
    for hook in memory_queue._startup.values():
        hook()
    # Not yet: only what came through the queue proves that the queue works.
    assert heartbeat.age() is None
    work_off(memory_queue)
    assert heartbeat.is_alive()
    assert Run.objects.get(pk=row.pk).status == "done"


def test_the_beat_of_each_minute_is_a_periodic_task_of_the_queue(memory_queue):
    names = {task.name for task in memory_queue._registry.periodic_tasks}
    assert "each_minute" in names


def test_a_worker_that_missed_two_beats_is_not_alive(later):
    assert not heartbeat.is_alive()
    heartbeat.beat()
    assert heartbeat.is_alive()
    later(timedelta(seconds=149))
    assert heartbeat.is_alive()
    later(timedelta(seconds=151))
    assert not heartbeat.is_alive()


def test_long_work_beats_by_itself_but_not_all_the_time(later):
    heartbeat.beat_if_old()
    first = Heartbeat.objects.get().beat_at
    later(timedelta(seconds=20))
    heartbeat.beat_if_old()
    assert Heartbeat.objects.get().beat_at == first
    later(timedelta(seconds=40))
    heartbeat.beat_if_old()
    assert Heartbeat.objects.get().beat_at > first
