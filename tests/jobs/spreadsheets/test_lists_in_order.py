"""A file has the rows of the list above which “Export” was pressed: as it was filtered, and in its order."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.utils import timezone

from people.enums import Status
from tests.factories import people
from tests.jobs.spreadsheets.walking import EXPORTS, body
from tests.tickets.conftest import House, house
from tickets import conversation
from tickets.admin.listing import COLUMNS
from tickets.models import Ticket

__all__ = ["house"]

pytestmark = pytest.mark.django_db

PEOPLE, DEPARTMENTS = "/admin/people/employee/", "/admin/people/department/"
CATEGORIES, TICKETS = "/admin/tickets/ticketcategory/", "/admin/tickets/ticket/"
MAILS = "/admin/notifications/emailnotification/"


@pytest.fixture
def boss(client: Any, house: House) -> Any:
    client.force_login(house.dora)
    return house.dora


def pressed(client: Any, address: str, column: str) -> tuple[Any, list[str]]:
    """What the list says at this address, and that column of the file to which its button leads."""
    page = client.get(address)
    assert page.status_code == 200
    found = re.search(rf'href="({EXPORTS}new/[^"]+)"', page.content.decode())
    assert found
    answer = client.post(unescape(found[1]), {"columns": [column], "format": "csv"})
    assert answer.status_code == 200
    rows = list(csv.reader(io.StringIO(body(answer).decode("utf-8-sig"))))
    return page, [row[0] for row in rows[1:]]


def words(rows: Any, column: str) -> list[str]:
    return [str(getattr(row, column)) for row in rows]


@pytest.mark.parametrize("order", ["", "o=1", "o=-1", "o=2.-1", "o=-2.1", "o=-3", "o=4&q=e", "is_active__exact=1&o=-2"])
def test_departments_come_in_the_order_of_their_list(client, boss, order):
    for name in ("Legal", "Sales", "Astronomy"):
        people.person(department=people.department(name))
    people.person(department=people.department("Sales"))
    page, names = pressed(client, f"{DEPARTMENTS}?{order}", "name")
    assert names == words(page.context["cl"].result_list, "name")
    assert len(names) > 3


@pytest.mark.parametrize("order", ["", "o=-1", "o=-4.1", "o=5", "o=4&is_active__exact=1"])
def test_categories_come_in_the_order_of_their_list(client, boss, order):
    page, names = pressed(client, f"{CATEGORIES}?{order}", "name")
    assert names == words(page.context["cl"].result_list, "name")
    assert len(names) > 3


@pytest.mark.parametrize("order", ["tab=all", "tab=all&q=example", "role__exact=Employee", "status__exact=Pending", ""])
def test_people_come_in_the_order_of_their_list(client, boss, order):
    for name in ("Zuse", "Aalto", "Meitner"):
        people.person(Status.PENDING, last_name=name)
        people.person(last_name=name)
    page, addresses = pressed(client, f"{PEOPLE}?{order}", "email")
    assert addresses == [row["person"].email for row in page.context["rows"]]
    assert len(addresses) > 2


@pytest.mark.parametrize("order", ["", "o=-4", "o=4.-1", "o=3.-1", "q=bea@example.com", "status__exact=pending&o=-3"])
def test_a_list_without_a_resource_comes_in_its_order_too(client, boss, house, order):
    house.in_progress()
    house.open(subject="Another laptop")
    page, keys = pressed(client, f"{MAILS}?{order}", "message_id")
    assert keys == words(page.context["cl"].result_list, "message_id")
    assert len(keys) > 1


WAYS = [f"{sign}{name}" for name in COLUMNS for sign in ("", "-")]
ORDERS = ["", "queue=all", "queue=all&q=laptop", *(f"queue=all&o={way}" for way in WAYS)]


def test_tickets_come_in_the_order_of_their_list(client, boss, house):
    _lively(house)
    shown, written = {}, {}
    for order in ORDERS:
        page, written[order] = pressed(client, f"{TICKETS}?{order}", "ticket_number")
        shown[order] = [row.ticket.ticket_number for row in page.context["rows"]]
    assert written == shown
    assert len({tuple(numbers) for numbers in shown.values()}) > 9, "the orders are different ones"


def _lively(house: House) -> None:
    """Tickets of which no two stand in the same place of two orders; one of dora's with a note she knows nothing of."""
    now, today = timezone.now(), timezone.localdate()
    for number, (priority, wanted) in enumerate([("Low", 9), ("Critical", None), ("High", 3), ("Low", 5)]):
        made = house.new(subject=f"Laptop {number}")
        day = None if wanted is None else today + timedelta(days=wanted)
        asked = now - timedelta(days=(number * 3) % 7)
        Ticket.objects.filter(pk=made.pk).update(priority=priority, scheduled_date=day, submit_date=asked)
    own = house.new(by=house.dora, subject="Her own laptop")
    house.new(by=house.ana, subject="A later laptop")
    # Moves it up among the updated ones, for everybody but her.
    conversation.comment(own, by=people.admin(), comment="Psst", is_internal=True)
    conversation.comment(Ticket.objects.get(subject="Laptop 2"), by=house.ana, comment="Any news?")


def test_from_the_page_of_exports_all_tickets_come_out_not_the_first_queue(client, boss, house):
    house.new()
    house.in_progress()
    answer = client.post(f"{EXPORTS}new/tickets/", {"columns": ["ticket_number"], "format": "csv"})
    assert body(answer).decode("utf-8-sig").count("TX") == 2


def test_the_page_of_the_export_says_that_it_is_the_filtered_list(client, boss, house):
    house.in_progress()
    page = client.get(f"{MAILS}?q=ana@example.com")
    found = re.search(rf'href="({EXPORTS}new/[^"]+)"', page.content.decode())
    assert found
    shown = client.get(unescape(found[1])).content.decode()
    count = page.context["cl"].result_count
    assert f"{count} row{'s' if count != 1 else ''}, as the list is filtered." in shown
    assert f'href="{MAILS}?q=ana%40example.com"' in shown
