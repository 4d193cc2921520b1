"""Real commits, and many threads that begin together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from tests.concurrency.house import PATIENCE


@pytest.fixture
def real_commits(transactional_db: None) -> None:
    """What is committed is seen by other threads; tests/conftest.py puts the rows of the migrations back."""


@pytest.fixture
def at_once() -> Callable[[int, Callable[[int], Any]], list[Any]]:
    """at_once(20, work): `work(0)` … `work(19)` in threads that begin together; what each answered or raised."""

    def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
        outcomes: list[Any] = [None] * count
        start = threading.Barrier(count, timeout=PATIENCE)

        def one(number: int) -> None:
            try:
                start.wait()
                outcomes[number] = work(number)
            except Exception as raised:  # noqa: BLE001 - whatever it is, the test looks at it
                outcomes[number] = raised
            finally:
                connections.close_all()

        threads = [threading.Thread(target=one, args=[number], daemon=True) for number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a thread waits for ever"
        return outcomes

    return at_once
