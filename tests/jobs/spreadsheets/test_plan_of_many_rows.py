"""The plan of a hundred thousand rows is looked at as fast as one of ten: what PostgreSQL does for its pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import pytest_django
from django.db import connection
from django.test import Client

from jobs.models import Run
from jobs.spreadsheets import importing
from jobs.spreadsheets.pages import showing
from tests import shared
from tests.factories import people
from tests.jobs.spreadsheets.walking import IMPORTS, checked_by, words
from tests.tickets.test_explain import plan_of, statements

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]

ROWS = 100_000
#: So many rows a page of fifty may look at.
WALKED_MOST = 1_000
#: One of each in a thousand rows: what there is little of must not be looked for among all.
LARGE = {
    "conflicts": ("refused", "changed", '{"conflicts": {"role": ["a", "b", "c"]}, "version": 2}'),
    "refused": ("refused", "new", '{"errors": {"role": ["No such word."]}}'),
    "failed": ("failed", "new", "{}"),
    "changed": ("good", "changed", '{"cells": {"role": ["a", "b"]}, "version": 2}'),
    "remarks": ("same", "", '{"remarks": ["Look."], "version": 2}'),
    "same": ("same", "", '{"version": 2}'),
}
TABS = ["", "new", "changed", "same", "refused", "conflicts", "remarks"]


@pytest.fixture(scope="module")
def large(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[Any]:
    """An import of a hundred thousand rows, nearly all of them new, and its admin."""
    with shared.for_all_tests_of_a_file(django_db_blocker):
        people.department("Sales")
        admin = people.admin()
        sheet = checked_by(admin)
        _fill(sheet.run)
        yield admin, sheet


def _fill(run: Run) -> None:
    cells = """jsonb_build_object('cells', jsonb_build_object('email', 'p' || n || '@example.com', 'role', 'x'))"""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO jobs_runrow (run_id, number, payload, key, action, outcome, sentences, memory, settled_at) "  # noqa: S608
            f"SELECT %s, n, {cells}, 'email:p' || n, 'new', 'good', '[]', '{{}}', now() "
            f"FROM generate_series(100, {ROWS + 99}) n",
            [run.pk],
        )
        for place, (outcome, action, memory) in enumerate(LARGE.values()):
            cursor.execute(
                "UPDATE jobs_runrow SET outcome = %s, action = %s, memory = %s "
                "WHERE run_id = %s AND number %% 1000 = %s",
                [outcome, action, memory, run.pk, 990 + place],
            )
        cursor.execute("ANALYZE jobs_runrow")


def parts(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", []):
        yield from parts(each)


def looked_at(sql: str, params: Any) -> int:
    """The most rows of the table that one part of it looks at."""
    found = [part for part in parts(plan_of(sql, params)) if part.get("Relation Name") == "jobs_runrow"]
    removed = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    rows = [(part["Actual Rows"] + sum(part.get(why, 0) for why in removed)) * part["Actual Loops"] for part in found]
    return max(map(int, rows), default=0)


def asked_by(client: Client, address: str) -> list[tuple[str, Any]]:
    with statements() as asked:
        assert client.get(address).status_code == 200
    return [(sql, params) for sql, params in asked if "jobs_runrow" in sql and sql.lstrip("(").startswith("SELECT")]


def test_every_tab_is_answered_by_an_index_and_looks_at_few_rows(client: Client, large: Any) -> None:
    admin, sheet = large
    client.force_login(admin)
    page = f"{IMPORTS}{sheet.pk}/check/"
    shown = words(client.get(page))  # counts, once
    for piece in ("New 99,402", "Changed 100", "Unchanged 200", "Refused 304", "Conflicts 100", "With a remark 100"):
        assert piece in shown
    for tab in TABS:
        asked = asked_by(client, f"{page}?show={tab}")
        assert asked
        faults = {sql: rows for sql, params in asked if (rows := looked_at(sql, params)) > WALKED_MOST}
        assert faults == {}, tab


def test_a_plan_that_was_counted_is_not_counted_again_until_it_is_made_anew(client: Client, large: Any) -> None:
    admin, sheet = large
    client.force_login(admin)
    page = f"{IMPORTS}{sheet.pk}/check/"
    first = sum("COUNT(" in sql for sql, _params in asked_by(client, page))
    assert (first, sum("COUNT(" in sql for sql, _params in asked_by(client, page))) == (4, 0)
    importing.settle(sheet.run, "here", by=admin, number=990)
    assert sum("COUNT(" in sql for sql, _params in asked_by(client, page)) == 4


def test_the_last_page_reads_of_the_rows_before_it_their_numbers_alone(client: Client, large: Any) -> None:
    _admin, sheet = large
    run = Run.objects.get(pk=sheet.run_id)
    pages = showing.PagesOfSort(run, "new", showing.tallies(run), 50)
    with statements() as asked:
        rows = list(pages.page(pages.num_pages))
    assert [row.number for row in rows][-1] == ROWS + 99
    numbers, shown = [(sql, params) for sql, params in asked if "jobs_runrow" in sql]
    assert [part["Node Type"] for part in parts(plan_of(*numbers))] == ["Limit", "Index Only Scan"]
    assert looked_at(*shown) <= 50


def test_the_pages_that_look_through_refused_rows_look_through_the_first_ones(large: Any) -> None:
    _admin, sheet = large
    found = showing.refused_for_words(sheet.run, ["department"], 100)
    assert looked_at(*found.query.sql_with_params()) <= WALKED_MOST
