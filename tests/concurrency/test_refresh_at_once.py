"""One refresh token brought many times at once: one gets new ones; that there were two makes it a copy, and it ends."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from audit.models import AuditEvent
from people import tokens
from people.models import TokenFamily
from tests.concurrency.house import House
from tests.concurrency.refreshing import refresh
from tests.factories import people


def test_of_twenty_processes_on_sqlite_one_gets_tokens_and_the_family_ends_once(tmp_path: Path):
    house = House(tmp_path, database_url=None, redis_url=None)
    house.env["ALLOWED_HOSTS"] = "testserver"
    house.migrate()
    house.run(sys.executable, "-m", "tests.concurrency.refreshing", "20", str(tmp_path / "outcomes.txt"))
    assert Counter((tmp_path / "outcomes.txt").read_text().split()) == {"200": 1, "401": 19}
    assert house.rows("SELECT COUNT(*) FROM people_tokenfamily WHERE ended_at IS NOT NULL") == [(1,)]
    assert house.rows("SELECT COUNT(*) FROM audit_auditevent WHERE kind = 'token reused'") == [(1,)]


@pytest.mark.postgresql
@pytest.mark.usefixtures("real_commits")
@pytest.mark.parametrize("round_", range(5))
def test_of_twenty_threads_one_gets_tokens_and_the_family_ends_once(at_once, round_):
    token = tokens.start(people.person())["refresh"]
    assert Counter(at_once(20, lambda _number: refresh(token))) == {200: 1, 401: 19}
    assert TokenFamily.objects.get().ended_at is not None
    assert AuditEvent.objects.filter(kind="token reused").count() == 1


@pytest.mark.postgresql
@pytest.mark.usefixtures("real_commits")
def test_sign_ins_of_their_own_do_not_disturb_each_other(at_once):
    person = people.person()
    held = [tokens.start(person)["refresh"] for _ in range(10)]
    assert at_once(10, lambda number: refresh(held[number])) == [200] * 10
    assert tokens.families_of(person).count() == 10
