"""The worker killed with SIGKILL in the middle of its work: nothing is lost, and what is doubled can be told.

On SQLite always; on PostgreSQL and Redis when DATABASE_URL and REDIS_URL are set.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from email.parser import BytesHeaderParser

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.concurrency.house import PATIENCE, House
from tests.notifications.sink import LoopbackServer

EMAILS = 500
KILLS = 20


class HoldingSink:
    """Takes every e-mail; at every 25th it keeps the worker waiting for "taken" until it is dead.

    One time it has taken that e-mail, the other time it has not: a worker can't know, and must send it again.
    """

    def __init__(self) -> None:
        self.arrived: Counter[str] = Counter()
        self.seen: set[str] = set()
        self.held = 0
        self.is_holding = threading.Event()
        self.is_dead = threading.Event()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert len(envelope.rcpt_tos) == 1
        message_id = BytesHeaderParser().parsebytes(envelope.original_content)["Message-ID"]
        is_new = message_id not in self.seen
        self.seen.add(message_id)
        if is_new and len(self.seen) % (EMAILS // KILLS) == 13:
            self.held += 1
            if self.held % 2:
                self.arrived[message_id] += 1
            self.is_dead.clear()
            self.is_holding.set()
            while not self.is_dead.is_set():
                await asyncio.sleep(0.01)
            return "451 broken off"
        self.arrived[message_id] += 1
        return "250 taken"


class Gate:
    """Where the worker reports that it stands at a stop: the first time it is killed there, the next time it passes."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(PATIENCE)
        self.port = self.listener.getsockname()[1]
        self.passed: list[str] = []

    def wait_for_the_worker(self) -> tuple[str, socket.socket]:
        worker, _address = self.listener.accept()
        return worker.makefile().readline().strip(), worker

    def kill_at_each_new_stop(self, house: House, stops: int) -> Iterator[str]:
        """Kill the worker at so many stops, start the next each time; says after each kill where it was."""
        killed = 0
        while killed < stops:
            place, worker = self.wait_for_the_worker()
            with worker:
                if place in self.passed:
                    worker.sendall(b"+")
                    continue
                self.passed.append(place)
                house.kill_worker()
            killed += 1
            yield place
            house.start_worker()


SERVERS = (os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL"))
PLACES = [
    pytest.param((None, None), id="sqlite"),
    pytest.param(
        SERVERS,
        id="postgresql-redis",
        marks=pytest.mark.servers,
    ),
]


@pytest.fixture(params=PLACES, scope="module")
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    database_url, redis_url = request.param
    house = House(tmp_path_factory.mktemp("house"), database_url=database_url, redis_url=redis_url)
    try:
        house.migrate()
        yield house
    finally:
        house.close()


def test_500_emails_survive_20_kills_with_a_send_open(house: House) -> None:
    sink = HoldingSink()
    server = LoopbackServer(sink)
    server.start()
    house.env["EMAIL_URL"] = f"smtp://127.0.0.1:{server.port}"
    try:
        house.order(f"write_emails({EMAILS})")
        for _kill in range(KILLS):
            house.start_worker()
            assert sink.is_holding.wait(PATIENCE), house.log()
            sink.is_holding.clear()
            house.kill_worker()
            sink.is_dead.set()
        house.start_worker()
        house.wait_until(lambda: house.rows("SELECT count(*) FROM notifications_emailnotification "
                                            "WHERE status <> 'done'") == [(0,)])  # fmt: skip
        house.kill_worker()
    finally:
        server.stop()
    written = {message_id for (message_id,) in house.rows("SELECT message_id FROM notifications_emailnotification")}
    assert len(written) == EMAILS
    assert set(sink.arrived) == written
    doubled = [count for count in sink.arrived.values() if count > 1]
    assert sink.held == KILLS
    assert set(doubled) <= {2}
    assert len(doubled) <= KILLS


def done_of_total(house: House) -> list[tuple[int, ...]]:
    return house.rows("SELECT done, total FROM jobs_run ORDER BY id DESC LIMIT 1")


def is_done(house: House) -> bool:
    return house.rows("SELECT status FROM jobs_run ORDER BY id DESC LIMIT 1") == [("done",)]


def test_a_run_survives_kills_at_any_point_and_does_each_row_once(house: House) -> None:
    stops = {
        3: ["plan after"],
        5: ["apply before"],
        12: ["apply after"],
        13: ["apply before"],
        14: ["apply after"],
        20: ["apply committed", "undo committed"],
        30: ["apply after", "undo after"],
        1: ["undo before"],
    }
    gate, rows = Gate(), 30
    house.order(f"start_run({gate.port}, {stops}, {rows})")
    house.start_worker()
    for phase, order, kills in [("plan", "", 1), ("apply", "apply_run()", 6), ("undo", "undo_run()", 3)]:
        if order:
            house.order(order)
        progress = []
        for _place in gate.kill_at_each_new_stop(house, kills):
            progress += done_of_total(house)
        # The last stop is passed by the worker that was started after the last kill.
        place, worker = gate.wait_for_the_worker()
        assert place == gate.passed[-1]
        with worker:
            worker.sendall(b"+")
        house.wait_until(lambda: is_done(house))
        progress += done_of_total(house)
        assert progress == sorted(progress), phase
        assert progress[-1] == (rows, rows)
        done = house.rows("SELECT outcome, count(*) FROM jobs_runrow GROUP BY outcome")
        assert done == [({"plan": "good", "apply": "applied", "undo": "undone"}[phase], rows)]
    house.kill_worker()
    gate.listener.close()
    marks = Counter(str(detail) for (detail,) in house.rows("SELECT detail FROM audit_auditevent"))
    assert len(marks) == 2 * rows
    assert set(marks.values()) == {1}
    assert house.rows("SELECT count(*) FROM jobs_heartbeat WHERE name LIKE 'thing %'") == [(0,)]
