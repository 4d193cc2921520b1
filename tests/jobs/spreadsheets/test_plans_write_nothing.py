"""A plan looks and writes nothing: every statement that the worker sends while it checks new and changed rows of all
kinds is looked at, also those that a rollback would hide."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from people.models import Employee
from tests.factories import people
from tests.factories.tickets import DESCRIPTION, category, quick_ticket
from tests.helpcenter import articles
from tests.people.sheets.loading import fresh, outcomes, work
from tests.tickets.sheets.loading import applied, planned, written_out

pytestmark = pytest.mark.django_db

_WRITES = re.compile(r'^\W*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)


@contextmanager
def writes() -> Iterator[list[str]]:
    """The tables that are written to meanwhile, but for those of the run itself."""
    found: list[str] = []

    def look(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        written = _WRITES.match(sql) or re.search(r'\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+"(\w+)"', sql)
        if written and not written[1].startswith("jobs_"):
            found.append(f"{written[1]}: {sql[:200]}")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield found


def changed(kind: str, by: Employee, **cells: Any) -> tuple[list[str], list[list[Any]]]:
    """The first row of that kind as it went out, with these cells by title."""
    header, rows = written_out(kind, by=by)
    row = ["" if cell is None else cell for cell in rows[0]]
    return header, [[cells.get(title, cell) for title, cell in zip(header, row, strict=True)]]


def _people(admin: Employee) -> tuple[list[str], list[list[Any]]]:
    people.person(email="ada@example.com", first_name="Ada", last_name="Lovelace")
    header = ["E-mail", "First name", "Last name", "Department", "Role"]
    return header, [
        ["ada@example.com", "Augusta", "King", "Marketing", "agent"],
        ["new@example.com", "Grace", "Hopper", "", ""],
    ]


def _departments(admin: Employee) -> tuple[list[str], list[list[Any]]]:
    return ["Name", "Description"], [["Marketing", "Other words."], ["Moon Base", "New."]]


def _categories(admin: Employee) -> tuple[list[str], list[list[Any]]]:
    category(None, name="Loans")
    return ["Name", "Sub-categories", "Department"], [["Loans", "Car; Van", "Marketing"], ["Trips", "", ""]]


def _articles(admin: Employee) -> tuple[list[str], list[list[Any]]]:
    articles.topic("Equipment")
    header, here = ["Title", "Topic", "Text"], ["The mouse", "Equipment", "It is quiet."]
    applied(planned("articles", header, [here], by=admin), by=admin)
    return header, [[*here[:2], "It squeaks."], ["The lamp", "Equipment", "It is off."]]


def _changed_tickets(admin: Employee) -> tuple[list[str], list[list[Any]]]:
    quick_ticket("Open", department=people.department("Legal"))
    return changed("tickets", admin, **{"Priority": "Critical", "Department": "Marketing", "Assignee's e-mail": ""})


def _new_tickets(admin: Employee) -> tuple[list[str], list[list[Any]]]:
    category(people.department("Legal"), name="Old house")
    header = ["Number elsewhere", "Requester's e-mail", "Requester's name", "Subject", "Description", "Category"]
    row = ["1", "stranger@example.com", "A Stranger", "The roof drips", DESCRIPTION, "Old house", "Open"]
    return [*header, "Status"], [row]


KINDS = {
    "people": ("people", _people),
    "departments": ("departments", _departments),
    "categories": ("categories", _categories),
    "articles": ("articles", _articles),
    "changed tickets": ("tickets", _changed_tickets),
    "new tickets": ("tickets", _new_tickets),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_plan_writes_to_no_table_but_its_own(name: str) -> None:
    kind, rows_for = KINDS[name]
    people.department("Marketing")
    admin = people.admin()
    header, rows = rows_for(admin)
    # Made once without looking, so that what it learns for good (content types, sites) is known.
    run = planned(kind, header, rows, by=admin, options={"new_people": True} if kind == "tickets" else {})
    assert set(outcomes(run).values()) == {"good"}, run.rows.values_list("sentences", flat=True)
    fresh(run).rows.update(outcome="staged", action="")
    type(run).objects.filter(pk=run.pk).update(status="pending", done=0, finished_at=None)
    with writes() as found:
        work()
    assert set(outcomes(run).values()) == {"good"}
    assert found == []


def test_the_look_at_statements_sees_what_a_rollback_hides() -> None:
    people.department("Marketing")
    admin = people.admin()
    with writes() as found:
        applied(planned("departments", *_departments(admin), by=admin), by=admin)
    assert any(each.startswith("people_department:") for each in found)
    # Also of what is taken back in the end.
    with writes() as found, transaction.atomic():
        people.department("Gone again")
        transaction.set_rollback(True)
    assert [each.partition(":")[0] for each in found][-1].startswith("people_")
