"""The list of one's own tickets, and what is new in it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import people
from tests.factories.tickets import quick_ticket
from tests.helpcenter.following import as_person, numbers, one_in_each_state, page, path_of, tabs
from tests.tickets.conftest import House
from tickets import conversation, lifecycle, visits
from tickets.enums import Status
from tickets.models import Ticket, TicketVisit

pytestmark = pytest.mark.django_db

CANARY = "canary-5b1e"


# The list


def test_the_list_shows_ones_own_by_tabs_with_their_counts(house: House):
    mine = one_in_each_state(house.ana)
    quick_ticket("Open", requester=house.eve)
    text = page(house.ana)
    assert tabs(text) == {"Open": 4, "Waiting for you": 1, "Done": 3, "All": 8}
    for tab, states in {
        "open": ["New", "Open", "In Progress", "On Hold"],
        "waiting": ["Resolved"],
        "done": ["Closed", "Rejected", "Withdrawn"],
        "all": Status.values,
        "strange": ["New", "Open", "In Progress", "On Hold"],
    }.items():
        shown = set(numbers(page(house.ana, f"/my/tickets/?tab={tab}")))
        assert shown == {mine[state].ticket_number for state in states}, tab


def test_staff_see_only_what_they_asked_for_themselves(house: House):
    house.in_progress()
    own = house.new(by=house.dora)
    assert numbers(page(house.dora, "/my/tickets/?tab=all")) == [own.ticket_number]
    assert numbers(page(house.bea, "/my/tickets/?tab=all")) == []


def test_empty_lists_say_what_to_do_next(house: House):
    text = page(house.ana)
    assert "You have not asked for anything yet" in text
    assert 'href="/my/tickets/new/"' in text
    house.resolved()
    assert "Nothing is open" in (text := page(house.ana))
    assert 'href="?tab=waiting"' in text
    assert "Nothing is done yet" in page(house.ana, "/my/tickets/?tab=done")
    assert "None of your tickets has these words" in page(house.ana, "/my/tickets/?q=zebra")


def test_searching_finds_by_number_and_by_words_among_ones_own(house: House):
    laptop, chair = house.new(), house.new(subject="A broken chair", description="One of its legs is loose.")
    foreign = house.new(by=house.eve, subject="Another chair", description="It squeaks the whole day.")
    for asked, found in {
        chair.ticket_number: [chair],
        chair.ticket_number.lower(): [chair],
        "chairs": [chair],
        "legs loose": [chair],
        "laptop": [laptop],
        foreign.ticket_number: [],
        "squeaks": [],
        "%00": [laptop, chair],
    }.items():
        text = page(house.ana, f"/my/tickets/?tab=all&q={asked}")
        assert set(numbers(text)) == {each.ticket_number for each in found}, asked
        assert tabs(text).get("All", 0) == len(found) or not found


def test_twenty_a_page_newest_first_and_any_page_number_leads_somewhere(house: House):
    start = timezone.now() - timedelta(days=40)
    made = [quick_ticket(requester=house.ana, since=start + timedelta(days=n)) for n in range(23)]
    newest_first = [each.ticket_number for each in reversed(made)]
    assert numbers(page(house.ana)) == newest_first[:20]
    for asked in ("2", "3", "99999999"):
        assert numbers(page(house.ana, f"/my/tickets/?page={asked}")) == newest_first[20:]
    for asked in ("0", "-1", "x", "²", "9" * 40):
        assert numbers(page(house.ana, f"/my/tickets/?page={asked}")) == newest_first[:20]


def test_only_what_is_pressing_shows_its_priority(house: House):
    for priority, shown in {"Critical": True, "High": True, "Medium": False, "Low": False}.items():
        asking = people.person()
        Ticket.objects.filter(pk=quick_ticket(requester=asking).pk).update(priority=priority)
        assert ("priority-" in page(asking)) == shown


def test_the_statements_do_not_grow_with_the_rows(house: House):
    client = as_person(house.ana)

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/my/tickets/?tab=all").status_code == 200
        return len(captured)

    quick_ticket(requester=house.ana)
    one = statements()
    for state in list(Status.values) * 2:
        quick_ticket(state, requester=house.ana, news_at=timezone.now())
    assert statements() == one


# News


def test_what_others_did_is_news_until_it_is_looked_at(house: House):
    mine = house.new()
    assert visits.unread_count(house.ana) == 0
    assert "News:" not in page(house.ana)
    mine = lifecycle.approve(mine, by=house.dora, priority="Low", department=house.it)
    assert visits.unread_count(house.ana) == 1
    assert "News:" in (text := page(house.ana))
    assert re.search(r'news-count">1<', text)
    page(house.ana, path_of(mine))
    assert visits.unread_count(house.ana) == 0
    assert "News:" not in page(house.ana)
    conversation.comment(mine, by=house.ana, comment="My own word is no news to me.")
    assert visits.unread_count(house.ana) == 0
    conversation.comment(mine, by=house.bea, comment="This is.")
    assert visits.unread_count(house.ana) == 1


def test_a_visit_is_one_row_and_is_written_only_when_there_is_news(house: House):
    mine = house.open()
    for _ in range(3):
        page(house.ana, path_of(mine))
    assert TicketVisit.objects.count() == 1
    seen = TicketVisit.objects.get().seen_at
    conversation.comment(mine, by=house.bea, comment="More.")
    page(house.ana, path_of(mine))
    assert TicketVisit.objects.get().seen_at > seen


def test_what_is_written_while_one_looks_is_still_news_afterwards(house: House):
    # Its time is earlier than the visit, its commit later.
    mine = Ticket.objects.get(pk=house.open().pk)
    conversation.comment(mine, by=house.bea, comment="Written meanwhile.")
    visits.seen(mine, house.ana)
    assert visits.unread_count(house.ana) == 1


def test_staff_who_are_led_away_leave_no_visit(house: House):
    mine = house.open()
    as_person(house.bea).get(path_of(mine))
    as_person(house.eve).get(path_of(mine))
    assert not TicketVisit.objects.exists()


def test_a_count_of_news_has_an_end(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(visits, "COUNTED_MOST", 2)
    for _ in range(5):
        quick_ticket("Open", requester=house.ana, news_at=timezone.now())
    assert visits.unread_count(house.ana) == 3
