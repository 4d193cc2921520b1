"""Comparisons with the workflow system that are asked for, or worked on, at the same moment: what differs stands there
once."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit.refusals import Refused
from jobs import leases
from tests.concurrency.house import PATIENCE
from tests.factories import people
from tests.factories.tickets import quick_ticket
from tests.tickets.workflow.remote import Remote, Reply
from tickets.models import Sync, SyncDrift
from tickets.workflow import compare

pytestmark = pytest.mark.usefixtures("real_commits")


@pytest.fixture
def remote(settings: Any) -> Iterator[Remote]:
    """It knows of one ticket that is Open here and done there."""
    remote = Remote()
    settings.EXTERNAL_WORKFLOW_API_URL = remote.url
    said = {"ticket_id": quick_ticket("Open").ticket_number, "status": "COMPLETED"}
    remote.answers(Reply(200, json.dumps([{**said, "last_modified": "2026-01-05T09:00:00Z"}]).encode()))
    yield remote
    remote.close()


def test_of_many_who_ask_at_once_one_is_heard_and_the_others_are_told(remote: Remote, at_once: Callable) -> None:
    admins = [people.admin() for _number in range(8)]
    for _time in range(3):
        outcomes = at_once(8, lambda number: compare.ask(by=admins[number]))
        refused = [each for each in outcomes if isinstance(each, Refused)]
        assert {str(each) for each in refused} == {"It is being asked already."}
        assert [type(each) for each in outcomes if each not in refused] == [Sync]
        assert Sync.objects.filter(status="pending").count() == 1
        at_once(4, lambda number: leases.drain(Sync))
        assert SyncDrift.objects.count() == 1
    assert set(Sync.objects.values_list("status", flat=True)) == {"done"}
    assert len(remote.calls) == Sync.objects.count() == 3


def test_a_worker_whose_comparison_another_has_taken_over_notes_nothing(remote: Remote, at_once: Callable) -> None:
    compare.ask(by=people.admin())
    is_asked, go_on = threading.Event(), threading.Event()

    def hold(_call: object) -> None:
        if not is_asked.is_set():
            is_asked.set()
            go_on.wait(PATIENCE)

    remote.on_call = hold

    def work(number: int) -> Any:
        if not number:
            return leases.drain(Sync)
        is_asked.wait(PATIENCE)
        Sync.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        leases.recover(Sync)
        Sync.objects.update(next_attempt_at=timezone.now())
        taken_over = leases.drain(Sync)
        SyncDrift.objects.update(settled="pushed", settled_at=timezone.now())
        go_on.set()
        return taken_over

    outcomes = at_once(2, work)
    assert [each for each in outcomes if isinstance(each, Exception)] == []
    assert len(remote.calls) == 2
    # The first, which came late, has not put its own in place of what somebody has settled since.
    sync = Sync.objects.get()
    assert (sync.status, sync.attempts) == ("done", 2)
    assert [(drift.sync, drift.settled) for drift in SyncDrift.objects.all()] == [(sync, "pushed")]
