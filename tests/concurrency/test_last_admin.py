"""System Admins who take each other away at the same moment: somebody is always left to let them in again."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from people.enums import Role, Status
from people.models import Employee
from tests.concurrency.house import House
from tests.concurrency.suspending import take_the_next_away
from tests.factories import people

#: Somebody suspended or demoted before their own turn is refused: to them the others are nobody, or not theirs.
EXPECTED = {"done", "refused: unseen", "refused: not_yours", "refused: state", "refused: not_yours state"}


@pytest.mark.django_db
def test_of_two_admins_the_one_who_comes_second_is_nobody_any_more():
    admins = [people.admin(), people.admin()]
    assert take_the_next_away(0, admins) == "done"
    assert take_the_next_away(1, admins) == "refused: unseen"


@pytest.mark.postgresql
@pytest.mark.usefixtures("real_commits")
@pytest.mark.parametrize("round_", range(3))
@pytest.mark.parametrize("count", [2, 3, 8])
def test_of_admins_in_a_ring_who_take_away_the_next_one_is_left(at_once, count, round_):
    admins = [people.admin() for _ in range(count)]
    outcomes = Counter(at_once(count, lambda number: take_the_next_away(number, admins)))
    left = Employee.objects.filter(status=Status.APPROVED, role=Role.SYSTEM_ADMIN).count()
    assert set(outcomes) <= EXPECTED
    assert left == count - outcomes["done"]
    assert left >= 1


def test_of_eight_processes_on_sqlite_that_take_away_the_next_admin_one_is_left(tmp_path: Path):
    house = House(tmp_path, database_url=None, redis_url=None)
    house.migrate()
    house.run(sys.executable, "-m", "tests.concurrency.suspending", "8", str(tmp_path / "outcomes.txt"))
    outcomes = Counter((tmp_path / "outcomes.txt").read_text().splitlines())
    assert outcomes.total() == 8
    assert set(outcomes) <= EXPECTED
    [(left,)] = house.rows(
        "SELECT COUNT(*) FROM people_employee WHERE status = 'Approved' AND role = 'System Admin' AND is_active"
    )
    assert left == 8 - outcomes["done"]
    assert left >= 1
