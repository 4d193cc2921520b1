"""Searching in the list: everywhere, whatever tab one comes from, and the number that was typed on top."""

from __future__ import annotations

import pytest

from tests.tickets.admin.test_list import LIST, page, shown
from tickets import lifecycle

pytestmark = pytest.mark.django_db


def test_a_search_goes_through_all_queues_and_keeps_the_filters(client, house):
    new, closed = house.new(subject="The lamp flickers"), house.closed()
    high = lifecycle.approve(house.new(subject="Another lamp"), by=house.dora, priority="High", department=house.it)
    assert set(shown(client, house.dora, q="lamp")) == {new.ticket_number, high.ticket_number}
    assert shown(client, house.dora, q="lamp", priority="High") == [high.ticket_number]
    assert shown(client, house.dora, q=closed.ticket_number) == [closed.ticket_number]
    form = (
        page(client, house.dora, queue="waiting", priority="High").partition('role="search"')[2].partition("</form>")[0]
    )
    assert '<input type="hidden" name="priority" value="High">' in form
    assert 'name="queue"' not in form


def test_who_types_a_number_gets_that_ticket_first(client, house):
    sought = house.open()
    speaking = house.open(description=f"The same as {sought.ticket_number}, but worse.")
    assert shown(client, house.bea, q=sought.ticket_number.lower()) == [sought.ticket_number, speaking.ticket_number]


def test_the_list_finds_by_requester_and_by_extra_fields(client, house):
    ticket = house.open(details={"serial_number": "SN-4711"})
    house.open(by=house.eve)
    for words in ("ana", "ana@example.com", "SN-4711"):
        assert shown(client, house.bea, q=words) == [ticket.ticket_number]
    assert "Comments are not searched." in page(client, house.bea, q="ana")


def test_words_that_find_nothing_say_so_and_can_be_taken_away(client, house):
    house.open()
    whole = page(client, house.bea, q="unicorn <b>", queue="all")
    assert "No ticket fits that." in whole
    assert 'href="?queue=all"><span>“unicorn <b>”' in whole
    client.force_login(house.bea)
    assert b"unicorn <b>" not in client.get(LIST, {"q": "unicorn <b>"}).content
