"""On a hundred thousand tickets no page reads the whole table, nor walks along a whole index to find its fifty rows:
what PostgreSQL does with each statement.

A page is added to PAGES below; what it asks of tickets and their history must be answered by an index.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import pytest_django
from django.db import connection
from django.db.models import QuerySet
from django.test import Client

from people.models import Employee
from tests import shared
from tests.factories import people
from tests.factories.tickets import quick_ticket
from tickets import queries, rules
from tickets.enums import Priority, Status
from tickets.models import Ticket
from tickets.search import prepare_index

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]

TICKETS = 100_000
#: Of a hundred tickets so many are in each state; the rest is Closed.
SHARES = {
    Status.NEW: 1, Status.OPEN: 4, Status.IN_PROGRESS: 5, Status.ON_HOLD: 2, Status.RESOLVED: 3, Status.REJECTED: 2,
    Status.WITHDRAWN: 2, Status.CLOSED: 81,
}  # fmt: skip
LARGE = {"tickets_ticket", "tickets_historicalticket"}
#: So many rows of them a page may look at: counts end at a thousand, and a coordinator's tickets, an eighth of all, lie
#: among everybody's. Twenty pages on, a thousand rows have gone by.
WALKED_MOST, WALKED_MOST_LATER = 4_000, 10_000

LIST = "/admin/tickets/ticket/"
QUEUES = [f"{LIST}?queue={queue}" for queue in queries.QUEUES]
SORTED = [f"{LIST}?queue=all&o={sort}" for sort in queries.SORTS]
SEARCHES = [f"{LIST}?q={words}" for words in ("zeppelin", "TX11234", "11234", "TX112", "person77", "serial-4711")]
FILTERED = [
    f"{LIST}?queue=all&{query}"
    for query in (
        "due=overdue",
        "due=week",
        "due=dated",
        "due=resuming",
        "assignee=nobody",
        "assignee=me",
        "status=New",
    )
]
LATER = [f"{LIST}?queue=all&p=20", f"{LIST}?queue=all&o=wanted&p=20"]
#: Pages whose statements are looked at, as an admin and as a coordinator.
PAGES = [*QUEUES, *SORTED, *SEARCHES, *FILTERED, *LATER]


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """What is asked of the database meanwhile."""
    asked: list[tuple[str, Any]] = []

    def remember(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(remember):
        yield asked


def statements_of(client: Client, address: str) -> list[tuple[str, Any]]:
    """The questions that a page asks; what it writes is left out."""
    with statements() as asked:
        answer = client.get(address)
        # A page is filled in when it is read.
        assert answer.status_code == 200, (address, answer.status_code)
    return [(sql, params) for sql, params in asked if sql.lstrip("(").startswith(("SELECT", "WITH"))]


def plan_of(sql: str, params: Any) -> dict[str, Any]:
    """With what was really done."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
        found = cursor.fetchone()[0]
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


def walked(plan: dict[str, Any]) -> int:
    """The most rows of a large table that one part of it looks at, kept or thrown away: whoever walks along a whole
    index for a page of fifty is as slow as who reads the table."""
    looked_at = 0
    if plan.get("Relation Name") in LARGE:
        rows = plan["Actual Rows"] + sum(plan.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
        looked_at = int(rows * plan["Actual Loops"])
    return max([looked_at, *(walked(each) for each in plan.get("Plans", []))])


def read_whole(plan: dict[str, Any]) -> set[str]:
    """The large tables that a plan reads from end to end."""
    here = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return (here & LARGE).union(*(read_whole(each) for each in plan.get("Plans", [])))


@pytest.fixture(scope="module")
def large_house(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[dict[str, Employee]]:
    """A hundred thousand tickets for five hundred people; gone when the tests of this file are through."""
    with shared.for_all_tests_of_a_file(django_db_blocker):
        yield _fill()


def _fill() -> dict[str, Employee]:
    departments = [people.department(f"Department {number}") for number in range(8)]
    requesters = [people.person(first_name=f"Person{number}") for number in range(300)]
    staff = [people.coordinator(departments[number % 8]) for number in range(40)]
    with connection.cursor() as cursor:
        # A large index is made quicker than kept; and rows that are copied name what their originals name, which
        # PostgreSQL would look up a million times.
        cursor.execute("DROP INDEX ticket_full_text")
        cursor.execute("SET LOCAL session_replication_role = replica")
    first = 1
    for state, share in SHARES.items():
        assignee = None if state == Status.NEW else staff[0]
        original = quick_ticket(state, department=departments[0], requester=requesters[0], assignee=assignee)
        last = first + TICKETS * share // 100 - 1
        _copy(Ticket, original.pk, (first, last), _ticket_columns(departments, requesters, staff, assignee))
        _copy(Ticket.history.model, original.history.get().pk, (first, last), {"id": f"{KEYS} + k"})
        first = last + 1
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = origin")
        prepare_index()
        cursor.execute("ANALYZE")
    return {"admin": people.admin(), "coordinator": staff[0], "requester": requesters[100]}


#: The keys of the many lie beyond those of their originals.
KEYS = 1_000_000


def _ticket_columns(
    departments: list[Any], requesters: list[Employee], staff: list[Employee], assignee: Employee | None
) -> dict[str, str]:
    """What each of the many has of its own: an expression of its number k."""
    # Of those that somebody works on, every third is free.
    assigned = f"CASE WHEN k % 3 = 0 AND status = 'Open' THEN NULL ELSE {_one_of(staff)} END" if assignee else "NULL"
    later = "k * interval '7 minutes'"
    return {
        "id": f"{KEYS} + k",
        "ticket_number": "'TX' || 10000 + k",
        "subject": "'The thing number ' || k || CASE WHEN k % 100 = 0 THEN ' of the zeppelin' ELSE ' is broken' END",
        "description": "repeat('It does not do what it did until this morning, and nobody knows why. ', 2)",
        "dynamic_data": "jsonb_build_object('serial', 'SERIAL-' || k, 'place', 'Room ' || k % 90)",
        "employee_id": _one_of(requesters),
        "department_id": _one_of(departments),
        "assigned_to_id": assigned,
        "priority": f"(ARRAY{[str(word.value) for word in Priority]})[1 + k / 8 % 4]",
        "scheduled_date": "CASE WHEN k % 10 = 0 THEN current_date - 300 + (k % 330)::int END",
        "submit_date": f"submit_date - {later}",
        "update_date": f"update_date - {later}",
        "time_closed": f"time_closed - {later}",
        "clock_stopped_at": f"clock_stopped_at - {later}",
    }


def _one_of(rows: list[Any]) -> str:
    return f"(ARRAY{[row.pk for row in rows]})[1 + (k * 7919) % {len(rows)}]"


def _copy(model: Any, key: int, numbers: tuple[int, int], columns: dict[str, str]) -> None:
    """A row as many times, each with something of its own."""
    meta = model._meta
    own = {meta.pk.column: f"{KEYS} + k", **columns}
    values = ", ".join(own.get(field.column, f'"{field.column}"') for field in meta.concrete_fields)
    names = ", ".join(f'"{field.column}"' for field in meta.concrete_fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{meta.db_table}" ({names}) SELECT {values} '  # noqa: S608 - names of our own models
            f'FROM "{meta.db_table}", generate_series({numbers[0]}, {numbers[1]}) k WHERE "{meta.pk.column}" = {key}'
        )


@pytest.mark.parametrize("who", ["admin", "coordinator"])
def test_no_page_reads_a_large_table_whole(client, large_house, who):
    client.force_login(large_house[who])
    assert _faults(client, PAGES) == {}


def _faults(client: Client, pages: list[str]) -> dict[str, list[str]]:
    """Page → its statements that read a large table from end to end, or look at far more of it than they show."""
    faults = {}
    for address in pages:
        asked = statements_of(client, address)
        assert any("tickets_ticket" in sql for sql, _params in asked), address
        most = WALKED_MOST_LATER if address in LATER else WALKED_MOST
        plans = [(sql, plan_of(sql, params)) for sql, params in asked]
        faults[address] = [
            f"{walked(plan)} rows: {sql}" for sql, plan in plans if read_whole(plan) or walked(plan) > most
        ]
    return {address: read for address, read in faults.items() if read}


def _one_with_many_like_it(tickets: QuerySet[Ticket]) -> Ticket:
    found = tickets.filter(subject__contains="zeppelin").order_by("-pk").first()
    assert found is not None
    return found


@pytest.mark.parametrize("who", ["admin", "coordinator"])
def test_the_page_of_a_ticket_reads_no_large_table_whole(client, large_house, who):
    client.force_login(large_house[who])
    ticket = _one_with_many_like_it(rules.visible_to(large_house[who]))
    pages = [f"{LIST}{ticket.pk}/{page}/" for page in ("change", "similar", "history", "reprioritise")]
    assert _faults(client, [page for page in pages if who == "admin" or "history" not in page]) == {}


def test_the_pages_of_a_requester_read_no_large_table_whole(client, large_house):
    requester = large_house["requester"]
    client.force_login(requester)
    mine = _one_with_many_like_it(Ticket.objects.filter(employee=requester))
    pages = [
        *("/", "/my/tickets/", "/my/tickets/?tab=all", "/my/tickets/?tab=all&q=zeppelin"),
        *(f"/my/tickets/{mine.ticket_number}/", "/search/?q=zeppelin", f"/search/suggest/?q={mine.ticket_number}"),
    ]
    assert _faults(client, pages) == {}


def test_the_reading_of_a_plan_sees_a_table_that_is_read_whole(large_house):
    every = Ticket.objects.filter(description__contains="nobody").order_by().query.sql_with_params()
    assert read_whole(plan_of(*every)) == {"tickets_ticket"}


def test_the_reading_of_a_plan_sees_a_walk_along_a_whole_index(large_house):
    """One that throws nearly all away, and one that keeps it to be counted."""
    newest = Ticket.objects.filter(description__contains="not there").order_by("-submit_date", "-pk")[:50]
    plan = plan_of(*newest.query.sql_with_params())
    assert walked(plan) > WALKED_MOST_LATER
    counted = Ticket.objects.filter(status=Status.CLOSED).order_by().values("pk")
    assert walked(plan_of(*counted.query.sql_with_params())) > WALKED_MOST_LATER


def test_a_rare_word_is_found_by_its_index(client, large_house):
    client.force_login(large_house["admin"])
    plans = [json.dumps(plan_of(sql, params)) for sql, params in statements_of(client, f"{LIST}?q=zeppelin")]
    assert any("ticket_full_text" in plan for plan in plans)
    assert client.get(f"{LIST}?q=SERIAL-4711").content.decode().count('class="bo-subject"') == 1
