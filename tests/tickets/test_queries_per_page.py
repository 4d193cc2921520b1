"""Each page asks the database as often for fifty rows as for one; and not too often."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backoffice import services
from people.models import Employee
from tests.factories import files, people
from tests.factories.tickets import comment, quick_ticket
from tests.helpcenter import articles
from tests.tickets.conftest import House
from tickets import conversation, lifecycle
from tickets.admin.listing import TABS
from tickets.enums import FieldKind, Status
from tickets.models import CategoryField, Ticket, TicketCategory

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

MANY = 50
#: What a page of staff may ask at most.
LIST_MOST, WORKSPACE_MOST, START_MOST = 15, 18, 18
#: Words and notes of a ticket, so many of each: with ten comments, as `make bench` asks for one.
COMMENTS = 5

Grow = Callable[[House, int], None]


@pytest.fixture(autouse=True)
def _storage_of_its_own(settings: Any, tmp_path: Path) -> None:
    own = {"BACKEND": "backoffice.storage.PrivateFiles", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": own}


def asked(person: Employee, address: str, *, first: bool = True) -> list[str]:
    """The statements of a look. `first`: of the first for a while, before which nothing was kept for it; news are read
    and the session is there all the same."""
    client = Client()
    client.force_login(person)
    for _again in range(2):
        assert client.get(address).status_code == 200
    if first:
        cache.clear()
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    assert answer.status_code == 200
    said = [each["sql"] for each in captured.captured_queries]
    # The brackets of a transaction do no work; the bench leaves them out too.
    return [sql for sql in said if not sql.startswith(("SAVEPOINT", "RELEASE SAVEPOINT"))]


@pytest.fixture
def _cache_that_asks(settings: Any) -> None:
    """Without Redis the cache is a table, and each look into it a statement: `make bench` counts those as well."""
    settings.CACHES = {"default": services.cache("database://")}
    call_command("createcachetable", verbosity=0)


def same(one: list[str], many: list[str]) -> None:
    assert len(many) == len(one), "\n".join(["", *(sql[:300] for sql in many if sql not in one)])


# Lists of tickets


def tickets(house: House, count: int) -> None:
    """Of everybody's, in every state, each asked for by somebody else, and each with somebody else who has it."""
    for _each in range(count):
        for state in Status.values:
            assignee = people.coordinator(house.it) if state not in {Status.NEW, Status.OPEN} else None
            quick_ticket(state, department=house.it, assignee=assignee)


def mine(house: House, count: int) -> None:
    for _each in range(count):
        for state in (Status.NEW, Status.IN_PROGRESS, Status.RESOLVED, Status.CLOSED):
            category = TicketCategory.objects.create(name=f"Kind {Ticket.objects.count()}")
            made = quick_ticket(state, requester=house.ana, department=house.it)
            Ticket.objects.filter(pk=made.pk).update(category=category)


def articles_and_mine(house: House, count: int) -> None:
    mine(house, count)
    topic = articles.topic(f"Birds {Ticket.objects.count()}")
    for number in range(count):
        articles.article(f"Printer {topic.pk} {number}", "<p>How a printer is filled.</p>", above=topic)


def categories(house: House, count: int) -> None:
    category = TicketCategory.objects.get(name="Others")
    for number in range(count):
        TicketCategory.objects.create(name=f"Further {category.fields.count()} {number}")
        kind = FieldKind.values[number % len(FieldKind.values)]
        CategoryField.objects.create(
            category=category, key=f"k{category.fields.count()}", label="Some", kind=kind, position=number,
            choices=["Red", "Green"] if kind == FieldKind.CHOICE else [],
        )  # fmt: skip


OF_A_REQUESTER: dict[str, tuple[str, Grow]] = {
    "my open tickets": ("/my/tickets/", mine),
    "my tickets": ("/my/tickets/?tab=all", mine),
    "my tickets with words": ("/my/tickets/?q=printer", mine),
    "the first page": ("/", articles_and_mine),
    "the search": ("/search/?q=printer", articles_and_mine),
    "the suggestions": ("/search/suggest/?q=printer", articles_and_mine),
    "the kinds": ("/my/tickets/new/", categories),
}


@pytest.mark.parametrize("page", sorted(OF_A_REQUESTER))
def test_a_requesters_page_asks_as_often_for_fifty_rows_as_for_one(house: House, page: str) -> None:
    address, grow = OF_A_REQUESTER[page]
    grow(house, 1)
    one = asked(house.ana, address)
    grow(house, MANY)
    same(one, asked(house.ana, address))


def test_the_form_asks_as_often_for_fifty_fields_as_for_one(house: House) -> None:
    address = f"/my/tickets/new/?category={TicketCategory.objects.get(name='Others').pk}"
    categories(house, 1)
    one = asked(house.ana, address)
    categories(house, MANY)
    same(one, asked(house.ana, address))


def test_an_article_asks_as_often_beside_fifty_as_beside_one(house: House) -> None:
    topic = articles.topic("Birds")
    first = articles.article("Feeders", "<h2>How</h2><p>Filled.</p>", above=topic)
    articles.article("Nests", "<p>Built.</p>", above=topic)
    address = first.get_url()
    one = asked(house.ana, address)
    for number in range(MANY):
        articles.article(f"Feeders of kind {number}", "<p>Filled.</p>", above=topic)
    same(one, asked(house.ana, address))


@pytest.mark.parametrize("who", ["bea", "dora"])
@pytest.mark.parametrize("queue", sorted(TABS))
def test_each_tab_of_the_list_asks_as_often_for_fifty_tickets_as_for_one(house: House, queue: str, who: str) -> None:
    address, person = f"/admin/tickets/ticket/?queue={queue}", getattr(house, who)
    tickets(house, 1)
    quick_ticket("In Progress", department=house.it, assignee=person)
    left = people.coordinator(house.it, status="Suspended")
    quick_ticket("In Progress", department=house.it, assignee=left)
    one = asked(person, address)
    tickets(house, MANY // 5)
    for _each in range(MANY):
        quick_ticket("In Progress", department=house.it, assignee=person)
        quick_ticket("In Progress", department=house.it, assignee=left)
    many = asked(person, address)
    same(one, many)
    assert len(many) <= LIST_MOST


@pytest.mark.parametrize("who", ["bea", "dora"])
def test_the_start_page_asks_as_often_for_fifty_tickets_as_for_one(house: House, who: str) -> None:
    person = getattr(house, who)
    tickets(house, 1)
    one = asked(person, "/admin/")
    tickets(house, MANY // 5)
    many = asked(person, "/admin/")
    same(one, many)
    assert len(many) <= START_MOST


# One ticket


def live_through(house: House, ticket: Ticket) -> None:
    """Something of each, and ten comments."""
    for grow in GROWING.values():
        grow(house, ticket, COMMENTS if grow is words else 2)


def words(house: House, ticket: Ticket, count: int) -> None:
    for number in range(count):
        somebody = people.admin()
        comment(ticket, by=somebody, text=f"Word {number}")
        comment(ticket, by=somebody, text=f"Note {number}", internal=True)


def events(house: House, ticket: Ticket, count: int) -> None:
    for number in range(count):
        lifecycle.reprioritise(
            Ticket.objects.get(pk=ticket.pk), by=people.admin(), priority=("Low", "High")[number % 2], reason="So."
        )


def attachments(house: House, ticket: Ticket, count: int) -> None:
    """By themselves and with notes, up to what a ticket may have of each."""
    for _each in range(min(count, 40)):
        conversation.attach(ticket, by=house.ana, files=[files.staged(house.ana, "photo.png")])
        conversation.comment(
            ticket, by=house.bea, comment="See there.", is_internal=True, files=[files.staged(house.bea)]
        )  # fmt: skip


def others_of_theirs(house: House, ticket: Ticket, count: int) -> None:
    for _each in range(count):
        quick_ticket("Open", requester=house.ana, department=house.it)


GROWING: dict[str, Callable[[House, Ticket, int], None]] = {
    "words": words, "events": events, "files": attachments, "others": others_of_theirs,
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(GROWING))
@pytest.mark.parametrize("who", ["ana", "bea", "dora"])
def test_a_ticket_asks_as_often_with_fifty_of_each_as_with_one(house: House, what: str, who: str) -> None:
    ticket, person = house.in_progress(), getattr(house, who)
    pages = {
        "ana": [f"/my/tickets/{ticket.ticket_number}/", f"/my/tickets/{ticket.ticket_number}/?all=1"],
        "bea": [f"/admin/tickets/ticket/{ticket.pk}/change/", f"/admin/tickets/ticket/{ticket.pk}/similar/"],
        "dora": [f"/admin/tickets/ticket/{ticket.pk}/change/", f"/admin/tickets/ticket/{ticket.pk}/history/"],
    }[who]
    live_through(house, ticket)
    one = {address: asked(person, address) for address in pages}
    GROWING[what](house, ticket, MANY)
    for address in pages:
        many = asked(person, address)
        same(one[address], many)
        assert len(many) <= WORKSPACE_MOST, address


@pytest.mark.usefixtures("_cache_that_asks")
@pytest.mark.parametrize("who", ["bea", "dora"])
def test_the_pages_of_staff_ask_little_also_where_the_cache_is_a_table(house: House, who: str) -> None:
    ticket, person = house.in_progress(), getattr(house, who)
    live_through(house, ticket)
    said = asked(person, f"/admin/tickets/ticket/{ticket.pk}/change/", first=False)
    assert [sql for sql in said if "cache_entries" in sql]
    assert len(said) <= WORKSPACE_MOST
    assert len(asked(person, "/admin/", first=False)) <= START_MOST


def test_what_a_ticket_names_besides_its_own_is_asked_for_once_a_kind(house: House) -> None:
    """Passed on and given to others, with extra fields of both kinds of request."""
    ticket = house.in_progress(details={"asset_name": "Printer 3F"})
    live_through(house, ticket)
    address = f"/admin/tickets/ticket/{ticket.pk}/change/"
    before = asked(house.dora, address)
    for department, category in ((house.legal, "HR Request"), (house.it, "Facility Request"), (house.legal, "Others")):
        current, other = Ticket.objects.get(pk=ticket.pk), house.category(category)
        lifecycle.transfer(current, by=house.dora, department=department, category=other, reason="So.")
        somebody = people.coordinator(department)
        lifecycle.assign(Ticket.objects.get(pk=ticket.pk), by=house.dora, assignee=somebody)
    after = asked(house.dora, address)
    assert len(after) <= len(before) + 4, "people, departments, categories, fields"
    assert len(after) <= WORKSPACE_MOST + 2
