"""The cache without Redis: one for web server and worker, in a file that is not the main database's."""

from __future__ import annotations

import sqlite3
from contextlib import closing

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
