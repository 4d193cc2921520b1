"""An import whose worker is killed at ten random instants: finished once, exactly; and so is taking it back.

On SQLite always; on PostgreSQL and Redis when DATABASE_URL and REDIS_URL are set.
"""

from __future__ import annotations

import os
import random
import select
import socket
from collections.abc import Iterator

import pytest

from tests.concurrency.house import PATIENCE, House

ROWS = 3_000
#: What is asked for, how often its worker is killed, and between which of its statements: behind the first chunk, since
#: a run that gets nowhere waits longer each time, and before the last.
KILLED = [("", 4, (14, 20)), ("apply_import()", 4, (21, 34)), ("undo_import()", 2, (24, 60))]
SERVERS = (os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL"))
PLACES = [
    pytest.param((None, None), id="sqlite"),
    pytest.param(SERVERS, id="postgresql-redis", marks=pytest.mark.servers),
]


@pytest.fixture(params=PLACES)
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    database_url, redis_url = request.param
    house = House(tmp_path_factory.mktemp("house"), database_url=database_url, redis_url=redis_url)
    try:
        house.migrate()
        yield house
    finally:
        house.close()


def progress_of(house: House) -> tuple[str, int, int]:
    return house.rows("SELECT phase, done, total FROM jobs_run ORDER BY id DESC LIMIT 1")[0]  # type: ignore[return-value]


def is_done(house: House) -> bool:
    return house.rows("SELECT status FROM jobs_run ORDER BY id DESC LIMIT 1") == [("done",)]


def work_and_die(house: House, gate: socket.socket, at: int) -> str:
    """A worker that is killed before that statement; says which it was."""
    house.env |= {"STOP_AT_STATEMENT": str(at), "GATE_PORT": str(gate.getsockname()[1])}
    house.start_worker()
    ready, _writing, _broken = select.select([gate], [], [], PATIENCE)
    assert ready, house.log()
    worker, _address = gate.accept()
    with worker:
        statement = worker.makefile().readline().strip()
        house.kill_worker()
    house.env.pop("STOP_AT_STATEMENT")
    return statement


@pytest.fixture
def gate() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def test_an_import_is_finished_once_exactly_however_often_its_worker_is_killed(
    house: House, gate: socket.socket
) -> None:
    instants = random.Random(6)
    house.order(f"check_people({ROWS})")
    killed = []
    for order, kills, (least, most) in KILLED:
        if order:
            house.order(order)
        seen = [progress_of(house)]
        for _kill in range(kills):
            killed.append(work_and_die(house, gate, instants.randint(least, most)))
            seen.append(progress_of(house))
        house.start_worker()
        house.wait_until(lambda: is_done(house))
        house.kill_worker()
        seen.append(progress_of(house))
        for phase in {phase for phase, _done, _total in seen}:
            done = [done for of_phase, done, _total in seen if of_phase == phase]
            assert done == sorted(done), phase
        assert seen[-1][1:] == (ROWS, ROWS)
        if order == "apply_import()":
            assert_everybody_came_once(house)
    assert len(killed) == 10
    assert house.rows("SELECT outcome, count(*) FROM jobs_runrow GROUP BY outcome") == [("undone", ROWS)]
    assert house.rows("SELECT count(*) FROM people_employee WHERE email LIKE 'p%@example.com'") == [(0,)]
    assert events(house) == [("+", ROWS), ("-", ROWS)]


def assert_everybody_came_once(house: House) -> None:
    came = house.rows(
        "SELECT count(*), count(DISTINCT company_id), count(DISTINCT email) FROM people_employee "
        "WHERE email LIKE 'p%@example.com'"
    )
    assert came == [(ROWS, ROWS, ROWS)]
    assert house.rows("SELECT count(*) FROM account_emailaddress WHERE email LIKE 'p%@example.com'") == [(ROWS,)]
    assert events(house) == [("+", ROWS)]
    assert house.rows("SELECT outcome, count(*) FROM jobs_runrow GROUP BY outcome") == [("applied", ROWS)]
    numbers = house.rows("SELECT min(number), max(number), count(*) FROM jobs_runrow")
    assert numbers == [(2, ROWS + 1, ROWS)]


def events(house: House) -> list[tuple[str, int]]:
    """What the history says of them."""
    return house.rows(
        "SELECT history_type, count(*) FROM people_historicalemployee "
        "WHERE email LIKE 'p%@example.com' GROUP BY history_type ORDER BY history_type"
    )  # type: ignore[return-value]
