"""The worker killed with SIGKILL while the workflow system takes a ticket: each arrives, and what is doubled shows so.

On SQLite always; on PostgreSQL and Redis when DATABASE_URL and REDIS_URL are set.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.concurrency.house import PATIENCE, House
from tests.concurrency.test_worker_killed import PLACES
from tests.tickets.workflow.remote import Call, Remote

TICKETS = 36
KILLS = 6


class HoldingRemote(Remote):
    """At every sixth new delivery it keeps the worker waiting for its answer until it is dead."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.is_holding, self.is_dead = threading.Event(), threading.Event()
        self.on_call = self.hold

    def hold(self, call: Call) -> None:
        is_new = call.key not in self.seen
        self.seen.add(call.key)
        if is_new and len(self.seen) % (TICKETS // KILLS) == 3:
            self.is_dead.clear()
            self.is_holding.set()
            self.is_dead.wait(PATIENCE)


@pytest.fixture(params=PLACES)
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    database_url, redis_url = request.param
    house = House(tmp_path_factory.mktemp("house"), database_url=database_url, redis_url=redis_url)
    try:
        house.migrate()
        yield house
    finally:
        house.close()


def test_36_tickets_survive_6_kills_with_a_call_open_and_are_one_each_there(house: House) -> None:
    remote = HoldingRemote()
    house.env["EXTERNAL_WORKFLOW_API_URL"] = remote.url
    try:
        house.order(f"approve_tickets({TICKETS})")
        for _kill in range(KILLS):
            house.start_worker()
            assert remote.is_holding.wait(PATIENCE), house.log()
            remote.is_holding.clear()
            house.kill_worker()
            remote.is_dead.set()
        house.start_worker()
        statuses = "SELECT DISTINCT status FROM tickets_workflowdelivery"
        house.wait_until(lambda: house.rows(statuses) == [("done",)])
    finally:
        remote.is_dead.set()
        remote.close()
    keys_of: dict[str, set[str]] = defaultdict(set)
    for call in remote.calls:
        keys_of[call.body["ticket_id"]].add(call.key)
    assert len(keys_of) == TICKETS
    assert {len(keys) for keys in keys_of.values()} == {1}, "a remote system that knows its keys has one of each"
    assert TICKETS + 1 <= len(remote.calls) <= TICKETS + KILLS
