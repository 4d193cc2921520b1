"""Senders and kinds of run that exist in these tests alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AbstractBaseUser
from django.test import Client
from huey.contrib import djhuey

from jobs import outbox
from jobs.models import Run
from jobs.runs import kinds
from people.models import Employee
from tests.factories import people
from tests.jobs import things


@pytest.fixture
def clerk(db: None) -> AbstractBaseUser:
    return people.admin(email="clerk@example.com")


@pytest.fixture
def another_clerk(db: None) -> AbstractBaseUser:
    return people.admin(email="another@example.com")


@pytest.fixture
def admin(client: Client, db: None) -> Employee:
    """A System Admin, signed in."""
    person = people.admin(first_name="Amara", last_name="Okafor")
    client.force_login(person)
    return person


@pytest.fixture
def row(clerk: AbstractBaseUser) -> Run:
    """A leased row like any other; what its delivery does, the test says."""
    return Run.objects.create(kind="parcels", created_by=clerk, asked_by=clerk)


@pytest.fixture
def deliver_by() -> Iterator[Callable[[Callable[[Run], Any]], None]]:
    """Put another delivery in the place of a run's own."""
    own = outbox.deliver_of(Run)
    yield lambda deliver: outbox.register(Run, deliver)
    outbox.register(Run, own)


@pytest.fixture
def things_kind() -> Iterator[kinds.Kind]:
    yield things.register()
    things.unregister()


@pytest.fixture
def memory_queue() -> Iterator[Any]:
    """The queue in memory, where a test looks into it; nothing runs by itself."""
    from huey.storage import MemoryStorage

    queue = djhuey.HUEY
    own, queue.storage = queue.storage, MemoryStorage(queue.name)
    yield queue
    queue.storage = own


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Let time pass for whoever asks Django's clock."""
    from django.utils import timezone

    own = timezone.now

    def pass_by(time: timedelta) -> None:
        monkeypatch.setattr(timezone, "now", lambda: own() + time)

    return pass_by
