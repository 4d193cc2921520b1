"""The cache without Redis: one for web server and worker, in a file that is not the main database's."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.core.management import call_command
from django.db import connection
from huey.contrib.djhuey import HUEY

from backoffice import cache_upkeep, services, tasks
from tests.backoffice.conftest import House

SET = "from django.core.cache import cache; cache.set('shared', 'seen', 60)"
GET = "from django.core.cache import cache; print(cache.get('shared'))"


def tables(house: House, name: str) -> set[str]:
    with closing(sqlite3.connect(house.folder / "var" / name)) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_it_is_made_on_migrate_in_a_file_of_its_own(built_house: House) -> None:
    assert tables(built_house, "cache.sqlite3") == {"cache_entries"}
    assert "cache_entries" not in tables(built_house, "db.sqlite3")
    assert "people_employee" in tables(built_house, "db.sqlite3")


def test_one_process_sees_what_another_put(built_house: House) -> None:
    assert built_house.manage("shell", "-c", SET).returncode == 0
    assert built_house.manage("shell", "-c", GET).stdout.splitlines()[-1] == "seen"


def test_it_may_be_put_elsewhere(built_house: House) -> None:
    built_house.give(CACHE_URL="locmem://")
    built_house.manage("shell", "-c", SET)
    assert built_house.manage("shell", "-c", GET).stdout.splitlines()[-1] == "None"


TABLE = "entries_of_this_test"


@pytest.fixture
def in_database(db: None, settings: Any) -> DatabaseCache:
    """The cache as database:// makes it, in a table of its own that goes with the test."""
    call_command("createcachetable", TABLE, verbosity=0)
    settings.CACHES = {**settings.CACHES, "default": {**services.cache("database://"), "LOCATION": TABLE}}
    made = caches["default"]
    assert isinstance(made, DatabaseCache)
    return made


def rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {TABLE}")  # noqa: S608 - a constant
        return cursor.fetchone()[0]


@pytest.mark.parametrize("url", ["database://", "locmem://"])
def test_a_thousand_other_keys_do_not_push_out_a_rate_limit(
    in_database: DatabaseCache, settings: Any, url: str
) -> None:
    if url != "database://":
        settings.CACHES = {"default": {**services.cache(url), "LOCATION": TABLE}}
    # The first by its name and by its age: what is thrown away first.
    cache = caches["default"]
    cache.set("a.rate.limit", [1, 2, 3], 3600)
    for number in range(1000):
        cache.set(f"people.failures.{number}", 1, 3600)
    assert cache.get("a.rate.limit") == [1, 2, 3]
    cache.clear()


def test_what_is_over_goes_each_hour_and_nothing_else(in_database: DatabaseCache) -> None:
    in_database.set("kept", "a limit", 3600)
    in_database.set("for-ever", "as well", None)
    for number in range(5):
        in_database.set(f"over-{number}", 1, -1000)
    assert rows() == 7
    assert cache_upkeep.prune() == 5
    assert rows() == 2
    assert (in_database.get("kept"), in_database.get("for-ever")) == ("a limit", "as well")
    in_database.set("over", 1, -1000)
    tasks.tidy_cache.call_local()
    assert rows() == 2


def test_the_worker_finds_the_hourly_task() -> None:
    found = [task for task in HUEY._registry.periodic_tasks if isinstance(task, tasks.tidy_cache.task_class)]
    assert len(found) == 1
    hours = [hour for hour in range(24) for minute in range(60) if found[0].validate_datetime(at(hour, minute))]
    assert hours == list(range(24))


def at(hour: int, minute: int) -> datetime:
    return datetime(2026, 1, 1, hour, minute, tzinfo=UTC)


def test_a_cache_that_is_in_no_database_needs_no_upkeep() -> None:
    assert not isinstance(caches["default"], DatabaseCache)
    assert cache_upkeep.prune() == 0


def test_in_an_installation_what_is_over_goes_from_the_file_of_the_cache(built_house: House) -> None:
    old = "from django.core.cache import cache; cache.set('old', 1, -1000); cache.set('new', 1, 1000);"
    upkeep = "from backoffice.cache_upkeep import prune; print(prune(), prune(), cache.get('new'))"
    assert built_house.manage("shell", "-c", old + upkeep).stdout.splitlines()[-1] == "1 0 1"
