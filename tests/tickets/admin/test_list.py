"""The list of tickets: where it opens, its queues, filters and order, what a row says, and who sees what."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from people import lifecycle as people_lifecycle
from tests.factories import people
from tests.factories.tickets import quick_ticket
from tickets import lifecycle
from tickets.admin import listing
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

LIST = "/admin/tickets/ticket/"


def page(client: Client, person, **asked) -> str:
    client.force_login(person)
    answer = client.get(LIST, asked)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def shown(client: Client, person, **asked) -> list[str]:
    """The numbers of the rows, in order."""
    table = page(client, person, **asked).partition("<tbody>")[2].partition("</tbody>")[0]
    return re.findall(r'<span class="bo-mono">(\w+)</span>', table)


def tabs(client: Client, person) -> dict[str, str]:
    nav = page(client, person).partition('class="bo-tabs"')[2].partition("</nav>")[0]
    return dict(re.findall(r'>([A-Z][a-z ]+)(?: <span class="bo-count">([\d,+]+)</span>)?</a>', nav))


def current(client: Client, person, **asked) -> str:
    return re.findall(r'aria-current="page">([A-Z][a-z ]+?)[ <]*(?:<|$)', page(client, person, **asked))[0]


# Where it opens


def test_an_admin_begins_where_something_waits(client, house):
    taken, free, new = house.in_progress(), house.open(), house.new()
    assert shown(client, house.dora) == [new.ticket_number]
    lifecycle.reject(new, by=house.dora, reason="No.")
    assert shown(client, house.dora) == [free.ticket_number]
    lifecycle.claim(free, by=house.bea)
    assert set(shown(client, house.dora)) == {new.ticket_number, free.ticket_number, taken.ticket_number}


def test_a_coordinator_begins_with_what_nobody_has_taken_and_then_with_their_own(client, house):
    taken, free, new = house.in_progress(), house.open(), house.new()
    assert shown(client, house.bea) == [free.ticket_number]
    lifecycle.claim(free, by=house.dora)
    assert shown(client, house.bea) == [taken.ticket_number]
    assert new.ticket_number in shown(client, house.bea, queue="all")


def test_the_tabs_count_what_is_behind_them(client, house):
    for make in (house.new, house.new, house.open, house.in_progress, house.on_hold, house.resolved, house.closed):
        make()
    assert tabs(client, house.dora) == {
        "Waiting for approval": "2", "Unassigned": "1", "Mine": "0", "On hold": "1", "Resolved": "1", "All": "",
    }  # fmt: skip
    assert tabs(client, house.bea)["Mine"] == "2"
    for queue, count in {"waiting": 2, "unassigned": 1, "mine": 0, "on_hold": 1, "resolved": 1, "all": 7}.items():
        assert len(shown(client, house.dora, queue=queue)) == count


def test_a_tab_counts_no_further_than_somebody_counts_by_eye(client, house, monkeypatch):
    monkeypatch.setattr(listing, "COUNTED_MOST", 2)
    for _each in range(4):
        house.new()
    assert tabs(client, house.dora)["Waiting for approval"] == "2+"


def test_tickets_of_somebody_who_left_have_a_tab_while_there_are_any(client, house):
    ticket = house.in_progress()
    assert "Needs a new assignee" not in tabs(client, house.dora)
    people_lifecycle.suspend(house.bea, by=house.dora, reason="Left.")
    assert tabs(client, house.dora)["Needs a new assignee"] == "1"
    assert shown(client, house.dora, queue="stranded") == [ticket.ticket_number]


def test_whoever_has_waited_longest_comes_first_in_the_queues(client, house):
    now = timezone.now()
    young, old = quick_ticket("New", since=now), quick_ticket("New", since=now - timedelta(days=3))
    assert shown(client, house.dora, queue="waiting") == [old.ticket_number, young.ticket_number]
    assert shown(client, house.dora, queue="all") == [young.ticket_number, old.ticket_number]


# Filters


def test_each_filter_narrows_and_can_be_taken_away(client, house):
    mine = lifecycle.reprioritise(house.in_progress(), by=house.bea, priority="Critical", reason="Many wait.")
    held, free = house.on_hold(), house.open(by=house.eve, scheduled_date=timezone.localdate() + timedelta(days=3))
    all_of_them = {mine.ticket_number, held.ticket_number, free.ticket_number}
    narrowed = {
        "status": ("In Progress", {mine}),
        "priority": ("Critical", {mine}),
        "assignee": ("nobody", {free}),
        "employee": (str(house.eve.pk), {free}),
        "due": ("week", {free}),
        "category": (str(mine.category_id), {mine, held, free}),
        "department": (str(house.legal.pk), set()),
        "submitted_from": (timezone.localdate().isoformat(), {mine, held, free}),
        "submitted_to": ((timezone.localdate() - timedelta(days=1)).isoformat(), set()),
    }
    for name, (value, expected) in narrowed.items():
        assert set(shown(client, house.dora, queue="all", **{name: value})) == {row.ticket_number for row in expected}
        assert 'href="?queue=all"><span>' in page(client, house.dora, queue="all", **{name: value}), name
    assert set(shown(client, house.dora, queue="all")) == all_of_them


def test_several_states_at_once_and_the_assignee_that_one_is_oneself(client, house):
    mine, held, free = house.in_progress(), house.on_hold(), house.open()
    two = shown(client, house.bea, queue="all", status=["On Hold", "Open"])
    assert set(two) == {held.ticket_number, free.ticket_number}
    assert set(shown(client, house.bea, queue="all", assignee="me")) == {mine.ticket_number, held.ticket_number}


def test_what_is_past_its_day_is_found_and_said_in_words(client, house, monkeypatch):
    late = house.open(scheduled_date=timezone.localdate() + timedelta(days=1))
    in_time = house.open(scheduled_date=timezone.localdate() + timedelta(days=9))
    monkeypatch.setattr(timezone, "now", lambda real=timezone.now: real() + timedelta(days=3))
    assert shown(client, house.bea, queue="all", due="overdue") == [late.ticket_number]
    whole = page(client, house.bea, queue="all")
    assert whole.count("bo-overdue") == 1
    assert ">overdue<" in whole
    assert in_time.ticket_number in whole


@pytest.mark.parametrize(
    "asked",
    [
        {"queue": "everything"},
        {"status": "Gone"},
        {"department": "x"},
        {"department": "9" * 40},
        {"employee": "²"},
        {"assignee": "-1"},
        {"due": "never"},
        {"submitted_from": "99999999-01-01"},
        {"submitted_to": "0001-01-01"},
        {"submitted_to": "9999-12-31"},
        {"o": "99.99"},
        {"p": "-1"},
        {"p": "9" * 30},
        {"p": "٣"},
        {"e": "1"},
    ],
)
def test_an_odd_value_is_no_fault(client, house, asked):
    house.new()
    client.force_login(house.dora)
    assert client.get(LIST, asked).status_code == 200
    assert client.get(f"{LIST}filters/", asked).status_code == 200


def test_a_value_that_nothing_fits_finds_nothing(client, house):
    house.new()
    for asked in ({"status": "Gone"}, {"department": "x"}, {"due": "never"}, {"submitted_from": "soon"}):
        assert shown(client, house.dora, queue="all", **asked) == []
        assert "No ticket fits that." in page(client, house.dora, queue="all", **asked)


def test_no_filter_tells_the_name_of_somebody_one_may_not_know_of(client, house):
    applicant = people.person("Pending", first_name="Zebulon")
    assert "Zebulon" not in page(client, house.bea, employee=str(applicant.pk))
    assert "Requester: Ana" in page(client, house.bea, employee=str(house.ana.pk))


def test_the_filters_page_shows_what_is_on_and_keeps_the_rest(client, house):
    client.force_login(house.dora)
    asked = {"queue": "all", "q": "lamp", "status": "Open", "employee": house.ana.pk, "assignee": "nobody"}
    whole = client.get(f"{LIST}filters/", asked).content.decode()
    assert 'name="status" value="Open" checked' in whole
    assert '<option value="nobody" selected>' in whole
    for name, value in (("queue", "all"), ("q", "lamp"), ("employee", str(house.ana.pk))):
        assert f'<input type="hidden" name="{name}" value="{value}">' in whole


# Order


@pytest.mark.parametrize("sort", ["number", "-number", "submitted", "-submitted", "updated", "-updated"])
def test_rows_come_in_the_order_that_was_asked_for(client, house, sort):
    tickets = [quick_ticket("Open", since=timezone.now() - timedelta(days=day)) for day in (3, 1, 2)]
    column = {"number": "ticket_number", "submitted": "submit_date", "updated": "update_date"}[sort.lstrip("-")]
    ordered = sorted(tickets, key=lambda ticket: getattr(ticket, column), reverse=sort.startswith("-"))
    assert shown(client, house.dora, queue="all", o=sort) == [ticket.ticket_number for ticket in ordered]


def test_priority_is_ordered_by_urgency_and_not_by_letters(client, house):
    made = {word: quick_ticket("Open") for word in ("Low", "Critical", "Medium", "High")}
    for word, ticket in made.items():
        Ticket.objects.filter(pk=ticket.pk).update(priority=word)
    by_urgency = [made[word].ticket_number for word in ("Critical", "High", "Medium", "Low")]
    assert shown(client, house.dora, queue="all", o="priority") == by_urgency
    assert shown(client, house.dora, queue="all", o="-priority") == by_urgency[::-1]


@pytest.mark.parametrize("sort", ["wanted", "-wanted"])
def test_what_has_no_wanted_day_comes_last_whichever_way(client, house, monkeypatch, sort):
    monkeypatch.setattr(listing, "ROWS_A_PAGE", 3)
    today = timezone.localdate()
    days = [today + timedelta(days=5), None, today + timedelta(days=1), None, today + timedelta(days=3), None, None]
    made = [quick_ticket("Open", scheduled_date=day) for day in days]
    dated = sorted((row for row in made if row.scheduled_date), key=lambda row: row.scheduled_date)
    dated = dated if sort == "wanted" else dated[::-1]
    undated = sorted((row for row in made if not row.scheduled_date), key=lambda row: -row.pk)
    pages = [shown(client, house.dora, queue="all", o=sort, p=number) for number in (1, 2, 3)]
    assert [number for each in pages for number in each] == [row.ticket_number for row in [*dated, *undated]]


def test_a_header_says_how_the_list_is_ordered_and_leads_to_the_other_way(client, house):
    house.open()
    whole = page(client, house.dora, queue="all", o="priority")
    assert '<th scope="col" aria-sort="ascending"><a class="bo-sort" href="?queue=all&o=-priority">Priority' in whole
    assert 'href="?queue=all&o=wanted">Wanted by' in whole
    assert whole.count("aria-sort") == 1


# Pages


def test_pages_follow_each_other_without_a_count(client, house, monkeypatch):
    monkeypatch.setattr(listing, "ROWS_A_PAGE", 2)
    made = [quick_ticket("Open") for _each in range(5)]
    pages = [shown(client, house.dora, queue="all", p=number) for number in (1, 2, 3)]
    assert [len(each) for each in pages] == [2, 2, 1]
    assert {number for each in pages for number in each} == {row.ticket_number for row in made}
    first, last = page(client, house.dora, queue="all"), page(client, house.dora, queue="all", p=3)
    assert 'rel="next" href="?queue=all&p=2"' in first
    assert 'rel="prev"' not in first
    assert 'rel="prev" href="?queue=all&p=2"' in last
    assert 'rel="next"' not in last
    assert "There is nothing on this page." in page(client, house.dora, queue="all", p=9)


# What a row says


def test_a_row_says_what_one_needs_to_choose(client, house):
    ticket = house.in_progress(subject="Laptop <b>is</b> dead", scheduled_date=timezone.localdate())
    client.force_login(house.bea)
    whole = client.get(LIST, {"queue": "all"}).content.decode()
    for words in (
        ticket.ticket_number, "Laptop &lt;b&gt;is&lt;/b&gt; dead", house.ana.get_full_name(), "In Progress</span>",
        "bo-priority-medium", "IT Department", house.bea.get_full_name(), "just now",
        f'datetime="{timezone.localdate().isoformat()}"',
    ):  # fmt: skip
        assert words in whole
    assert "<b>is</b>" not in whole


def test_what_one_asked_for_oneself_is_marked_and_shows_nothing_of_notes(client, house, monkeypatch):
    from tickets import conversation

    own = house.new(by=house.dora)
    monkeypatch.setattr(timezone, "now", lambda real=timezone.now: real() + timedelta(hours=5))
    conversation.comment(own, by=people.admin(), comment="Psst", is_internal=True)
    whole = page(client, house.dora, queue="all")
    assert "your own" in whole
    moved = Ticket.objects.get(pk=own.pk).update_date
    assert moved.isoformat() not in whole
    assert "/approve/" not in page(client, house.dora, queue="waiting")
    assert moved.isoformat() in page(client, people.admin(), queue="all")


def test_the_next_step_stands_beside_what_waits_for_it_and_comes_back_here(client, house):
    new, free = house.new(), house.open()
    back = "next=%2Fadmin%2Ftickets%2Fticket%2F%3Fqueue%3D"
    waiting = page(client, house.dora, queue="waiting")
    for slug in ("approve", "reject"):
        assert f'href="{LIST}{new.pk}/{slug}/?version={new.version}&{back}waiting"' in waiting
    assert f'href="{LIST}{free.pk}/claim/?version={free.version}&{back}unassigned"' in page(client, house.bea)
    assert "/approve/" not in page(client, house.bea, queue="waiting")


@pytest.mark.parametrize(
    ("queue", "words"),
    [
        ("waiting", "Nothing waits for approval."),
        ("unassigned", "Everything has somebody who cares for it."),
        ("mine", "You have nothing to do here."),
        ("on_hold", "Nothing is on hold."),
        ("resolved", "No solution waits for its requester's word."),
        ("stranded", "Everybody who has a ticket can work on it."),
        ("all", "There are no tickets here yet."),
    ],
)
def test_an_empty_queue_says_what_it_is_for_and_where_to_go_on(client, house, queue, words):
    empty = page(client, house.dora, queue=queue).partition('class="bo-empty"')[2]
    assert words in empty
    assert "<a href=" in empty.partition("</form>")[0]


# Who sees what


def test_a_coordinator_sees_their_department_and_nothing_of_others(client, house):
    ticket = house.open()
    assert ticket.ticket_number in shown(client, house.bea, queue="all")
    for asked in ({"queue": "all"}, {"queue": "unassigned"}, {"q": ticket.ticket_number}, {"q": "Laptop"}):
        assert shown(client, house.cem, **asked) == []
    assert set(tabs(client, house.cem).values()) == {"0", ""}


def test_a_clerk_sees_only_what_they_asked_for_without_queues_or_bulk(client, house):
    clerk = people.clerk()
    house.open()
    own = house.new(by=clerk)
    assert shown(client, clerk) == [own.ticket_number]
    whole = page(client, clerk)
    for absent in ('class="bo-tabs"', 'name="action"', "action-select", "your own"):
        assert absent not in whole
    assert shown(client, clerk, queue="waiting") == [own.ticket_number]


def test_the_sidebar_counts_what_waits_for_each_and_anew_after_a_change(client, house):
    def counted(person) -> list[str]:
        client.force_login(person)
        return re.findall(
            r"<span>Tickets</span>\s*<span[^>]*>\s*(\d+)\s*</span>", client.get("/admin/").content.decode()
        )

    new, free = house.new(), house.open()
    house.new()
    assert (counted(house.dora), counted(house.bea), counted(house.cem)) == (["2"], ["1"], [])
    client.force_login(house.dora)
    client.post(f"{LIST}{new.pk}/reject/", {"reason": "No."})
    client.force_login(house.bea)
    client.post(f"{LIST}{free.pk}/claim/")
    assert (counted(house.dora), counted(house.bea)) == (["1"], [])


def test_a_get_of_the_list_changes_nothing(client, house):
    house.new()
    before = list(Ticket.objects.values())
    page(client, house.dora, queue="all", q="laptop")
    assert list(Ticket.objects.values()) == before


@pytest.mark.parametrize("method", ["delete", "patch", "post", "put"])
def test_the_list_takes_nothing_but_the_plans_of_bulk(client, house, method):
    house.new()
    client.force_login(house.dora)
    assert getattr(client, method)(LIST).status_code == 405


# How much it takes


def statements(client: Client, person, **asked) -> int:
    client.force_login(person)
    cache.clear()
    with CaptureQueriesContext(connection) as taken:
        assert client.get(LIST, asked).status_code == 200
    return len(taken)


def test_fifty_rows_take_as_many_statements_as_five(client, house):
    def add(count: int) -> None:
        """So many for each queue."""
        for number in range(count):
            gone = people.coordinator(house.it, status="Suspended") if number % 5 == 0 else house.dora
            for state, assignee in (("New", None), ("Open", None), ("Open", gone), ("Open", house.dora)):
                quick_ticket(state, department=house.it, requester=people.person(), assignee=assignee)
            for state in ("On Hold", "Resolved"):
                quick_ticket(state, department=house.it, requester=people.person(), assignee=house.dora)

    add(5)
    page(client, house.dora)
    few = {queue: statements(client, house.dora, queue=queue) for queue in sorted(listing.TABS)}
    add(45)
    assert {queue: statements(client, house.dora, queue=queue) for queue in few} == few
    assert max(few.values()) <= 15
