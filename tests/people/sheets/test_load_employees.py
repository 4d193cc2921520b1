"""`manage.py load_employees`: the same plan, report and undo as in the browser."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from people.models import Employee
from tests.factories import people
from tests.people.sheets.loading import csv_of

pytestmark = pytest.mark.django_db

ROWS = [["ada@example.com", "Ada", "Lovelace", "", ""], ["bad", "B", "B", "", ""]]


@pytest.fixture
def operator():
    return people.admin(is_superuser=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_bytes(csv_of(ROWS))
    return path


def load(*args: object, **options: object) -> str:
    out = io.StringIO()
    call_command("load_employees", *map(str, args), stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


@pytest.mark.parametrize("how", [[], ["--dry-run"]], ids=["nothing said", "dry run"])
def test_by_itself_it_says_what_would_happen_and_changes_nothing(operator, file, how):
    text = load(file, *how)
    assert "1 will be done" in text
    assert "1 refused" in text
    assert "row 3: E-mail: Enter an e-mail address, such as name@example.com." in text
    assert "Say --apply" in text
    assert not Employee.objects.with_address("ada@example.com").exists()


def test_it_loads_the_good_rows_and_takes_them_back(operator, file):
    said = json.loads(load(file, "--apply", "--json"))
    assert (said["phase"], said["status"], said["counts"]) == ("apply", "done", {"applied": 1, "refused": 1})
    assert [row["row"] for row in said["rows"]] == [3]
    ada = Employee.objects.with_address("ada@example.com").get()
    assert ada.history.get().history_user == operator
    assert "1 undone" in load("--undo", said["run"])
    assert not Employee.objects.with_address("ada@example.com").exists()


def test_the_same_file_is_loaded_twice_only_on_demand(operator, file):
    load(file, "--apply")
    with pytest.raises(CommandError, match="Say --again"):
        load(file, "--apply")
    assert "1 unchanged" in load(file, "--apply", "--again")


def test_columns_values_and_ticks_are_given_as_arguments(operator, tmp_path):
    path = tmp_path / "odd.csv"
    path.write_bytes(csv_of([["ada@example.com", "Ada", "IT"]], header=["Who", "Is called", "Department"]))
    people.department("IT Department")
    with pytest.raises(CommandError, match="“Last name” is needed"):
        load(path)
    given = ["--column", "Is called=first_name", "--column", "Who=email", "--fixed", "last_name=Byron"]
    given += ["--value", "department:IT=IT Department"]
    load(path, "--apply", *given, "--option", "approve")
    ada = Employee.objects.with_address("ada@example.com").get()
    assert (ada.first_name, ada.last_name, ada.status) == ("Ada", "Byron", "Approved")
    assert str(ada.department) == "IT Department"


def test_who_may_not_does_not(file):
    people.person(email="plain@example.com")
    clerk = people.clerk(email="clerk@example.com")
    with pytest.raises(CommandError, match="You may not load"):
        load(file, "--by", "plain@example.com")
    with pytest.raises(CommandError, match="There is no option approve for you"):
        load(file, "--by", clerk.email, "--option", "approve")
    with pytest.raises(CommandError, match="Nobody here"):
        load(file, "--by", "nobody@example.com")
    with pytest.raises(CommandError, match="Say who"):
        load(file)


def test_what_can_not_be_read_is_said_in_a_sentence(operator, tmp_path):
    with pytest.raises(CommandError, match="can't be read"):
        load(tmp_path / "missing.csv")
    empty = tmp_path / "empty.csv"
    empty.touch()
    with pytest.raises(CommandError, match="This file is empty"):
        load(empty)
    with pytest.raises(CommandError, match="Name a file"):
        load()
    with pytest.raises(CommandError, match="There is no run 77"):
        load("--undo", 77)
