"""The list of people: where it opens, what a decision needs beside each applicant, and who sees what."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from people import badges, lifecycle
from people.enums import Status
from people.models import Employee
from tests.factories import people
from tests.people.naughty import NAMES_KEPT

pytestmark = pytest.mark.django_db

LIST = "/admin/people/employee/"


def table(client: Client, **asked: str) -> str:
    """The words of the table."""
    shown = client.get(LIST, asked).content.decode()
    return re.sub(r"\s+", " ", shown.partition("<table")[2].partition("</table>")[0])


def tabs(client: Client, **asked: str) -> dict[str, int]:
    nav = client.get(LIST, asked).content.decode().partition('class="bo-tabs"')[2].partition("</nav>")[0]
    found = re.findall(r">([A-Z][a-z ]+) <span class=\"bo-count\">(\d+)<", nav)
    return {word: int(count) for word, count in found}


# Where it opens


def test_it_opens_where_somebody_waits(client, admin):
    waiting, here = people.person(Status.PENDING), people.person()
    shown = table(client)
    assert waiting.email in shown
    assert here.email not in shown


def test_it_opens_with_everybody_when_nobody_waits(client, admin):
    here, gone = people.person(), people.person(Status.SUSPENDED)
    shown = table(client)
    assert here.email in shown
    assert gone.email in shown


def test_the_tabs_count_what_is_behind_them(client, admin):
    for status, count in ((Status.PENDING, 3), (Status.APPROVED, 2), (Status.SUSPENDED, 1)):
        for _each in range(count):
            people.person(status)
    # The admin is approved too; a tab without anybody is left out.
    assert tabs(client) == {"Waiting for approval": 3, "Approved": 3, "Suspended": 1, "All": 7}
    for query, count in (("status__exact=Suspended", 1), ("status__exact=Approved", 3), ("tab=all", 7)):
        assert client.get(f"{LIST}?{query}").context["cl"].result_count == count


def test_a_search_goes_through_everybody_when_no_tab_is_chosen(client, admin):
    people.person(Status.PENDING)
    gone = people.person(Status.SUSPENDED, first_name="Zebulon")
    assert gone.email in table(client, q="zebulon")


@pytest.mark.parametrize("word", ["ma0002", "Zebulon", "ZEB@example.com"])
def test_people_are_found_by_number_name_and_address(client, admin, word):
    sought = people.person(first_name="Zebulon", email="zeb@example.com")
    assert sought.company_id == "MA0002"
    other = people.person()
    shown = table(client, q=word)
    assert sought.email in shown
    assert other.email not in shown


def test_each_filter_narrows_and_can_be_taken_away(client, admin):
    unproven = people.person(verified=False)
    proven = people.coordinator()
    shown = client.get(LIST, {"proven": "no", "tab": "all"}).content.decode()
    assert unproven.email in shown
    assert proven.email not in shown
    assert "Address proven: Not proven" in shown
    assert 'href="?tab=all"' in shown
    assert proven.email in table(client, role__exact="Ticket Coordinator")
    assert unproven.email not in table(client, role__exact="Ticket Coordinator")


@pytest.mark.parametrize("asked", [{"tab": "x"}, {"proven": "maybe"}, {"p": "99"}, {"status__exact": "Gone"}])
def test_an_odd_address_is_no_fault(client, admin, asked):
    people.person(Status.PENDING)
    assert client.get(LIST, asked, follow=True).status_code == 200


def test_pages_follow_each_other(client, admin):
    for _each in range(60):
        people.person()
    first = client.get(LIST, {"tab": "all"}).content.decode()
    assert "Page 1 of 2" in first
    assert 'href="?p=2&amp;tab=all"' in first
    second = client.get(LIST, {"tab": "all", "p": "2"}).content.decode()
    assert "Page 2 of 2" in second
    assert second.count('class="action-select"') == 11


def test_taking_the_last_filter_away_leads_to_everybody_and_not_to_who_waits(client, admin):
    people.person(Status.PENDING)
    shown = client.get(LIST, {"role__exact": "Employee"}).content.decode()
    assert 'href="?tab=all"><span>Role: Employee</span>' in shown
    assert 'action="?status__exact=Pending"' in client.get(LIST).content.decode()


# What a row says


def test_a_row_says_state_and_proof_in_words(client, admin):
    people.person(verified=False, first_name="Una")
    people.person(Status.SUSPENDED, first_name="Sven")
    shown = table(client, tab="all")
    assert "Not proven" in shown
    assert 'class="pill pill-suspended"' in shown
    assert "Suspended</span>" in shown
    assert ">close<" not in shown


def test_whoever_waited_longest_comes_first(client, admin):
    young = people.person(Status.PENDING, date_created=timezone.now() - timedelta(hours=1))
    old = people.person(Status.PENDING, date_created=timezone.now() - timedelta(days=3))
    shown = table(client)
    assert shown.index(old.email) < shown.index(young.email)
    assert "3 days ago" in shown
    assert f'datetime="{old.date_created.isoformat()}"' in shown


def test_a_row_says_who_else_uses_the_domain(client, admin):
    people.person(email="one@known.example")
    people.person(email="two@known.example")
    people.person(Status.SUSPENDED, email="gone@known.example")
    people.person(email="three@unknown.example.known.example.org")
    people.person(Status.PENDING, email="new@known.example")
    people.person(Status.PENDING, email="lone@stranger.example")
    shown = table(client)
    assert "2 colleagues use @known.example" in shown
    assert "Nobody else uses @stranger.example" in shown


def test_a_row_tells_of_earlier_rejections(client, admin):
    person = people.person(Status.PENDING, email="ada@stranger.example")
    lifecycle.reject(person, by=admin, reason="Who <b>are</b> you?")
    again = lifecycle.apply_again(
        Employee.objects.get(pk=person.pk), by=person, password="a long walk by the sea", first_name="Ada",
        last_name="Byron", department=people.department(),
    )  # fmt: skip
    assert again.status == Status.PENDING
    shown = table(client)
    assert "Rejected before" in shown
    assert "“Who &lt;b&gt;are&lt;/b&gt; you?”" in shown


def test_a_row_tells_of_people_of_the_same_name(client, admin):
    known = people.person(first_name="Ana", last_name="Petrov", email="ana@here.example")
    people.person(Status.PENDING, first_name="ana", last_name="PETROV", email="ana@there.example")
    people.person(Status.PENDING, first_name="Ben", last_name="Petrov")
    shown = table(client)
    assert shown.count("Same name:") == 1
    assert f"/admin/people/employee/{known.pk}/change/" in shown


def test_approve_and_reject_stand_beside_who_waits_and_come_back_here(client, admin):
    person = people.person(Status.PENDING)
    shown = table(client)
    back = "?next=%2Fadmin%2Fpeople%2Femployee%2F%3Fstatus__exact%3DPending"
    for slug in ("approve", "reject"):
        assert f'href="/admin/people/employee/{person.pk}/{slug}/{back}"' in shown
    assert "/suspend/" not in shown


def test_an_empty_list_says_what_to_do_next(client, admin):
    shown = client.get(LIST, {"status__exact": "Pending"}).content.decode()
    assert "Nobody waits for a decision." in shown
    assert "Nobody fits that." in client.get(LIST, {"q": "zzz"}).content.decode()


def test_naughty_applicants_are_shown_whole_and_harmless(client, admin):
    """All on one page, each found by the link to the person."""
    made = {people.person(Status.PENDING, first_name=name, last_name="Byron"): name for name in NAMES_KEPT}
    people.person(first_name=NAMES_KEPT[0], last_name="Byron")
    shown = client.get(LIST).content.decode()
    assert "<script>alert(1)" not in shown
    assert "<img src=x" not in shown
    for person, name in made.items():
        row = shown.partition(f'value="{person.pk}"')[2].partition("</tr>")[0]
        assert name.translate({38: "&amp;", 60: "&lt;", 62: "&gt;", 34: "&quot;", 39: "&#x27;"}) in row, name


# Who sees what


def test_a_coordinator_sees_the_approved_without_tabs_or_buttons(client):
    pending, approved = people.person(Status.PENDING), people.person()
    client.force_login(people.coordinator())
    shown = client.get(LIST).content.decode()
    assert approved.email in shown
    assert pending.email not in shown
    for absent in ('class="bo-tabs"', 'name="action"', "action-select", "/approve/"):
        assert absent not in shown
    assert client.get(LIST, {"status__exact": "Pending"}).context["cl"].result_count == 0


def test_a_clerk_sees_who_waits_and_no_column_of_decisions(client):
    pending = people.person(Status.PENDING)
    lifecycle.reject(pending, by=people.admin(), reason="Secret words.")
    people.person(Status.PENDING, email=f"x{pending.email}")
    client.force_login(people.clerk())
    shown = client.get(LIST).content.decode()
    assert f"x{pending.email}" in shown
    for absent in ("bo-cell-decide", "aria-disabled", "/approve/", 'name="action"'):
        assert absent not in shown
    assert "Secret words." not in shown


def test_the_sidebar_counts_who_waits_for_admins_alone(client, admin):
    people.person(Status.PENDING)
    people.person(Status.PENDING)
    entry = re.compile(r"<span>People</span>\s*<span[^>]*>\s*2\s*</span>")
    assert entry.search(client.get("/admin/").content.decode())
    client.force_login(people.clerk())
    assert not entry.search(client.get("/admin/").content.decode())


def test_after_a_decision_the_sidebar_counts_anew(client, admin):
    person = people.person(Status.PENDING)
    people.person(Status.PENDING)
    client.get("/admin/")
    client.post(f"/admin/people/employee/{person.pk}/approve/")
    assert badges.waiting() == 1


# How much it takes


def statements(client: Client, address: str) -> int:
    cache.clear()
    with CaptureQueriesContext(connection) as taken:
        assert client.get(address).status_code == 200
    return len(taken)


def test_fifty_rows_take_as_many_statements_as_five(client, admin):
    def add(count):
        for number in range(count):
            person = people.person(Status.PENDING, first_name="Same", last_name=f"Name {number % 3}")
            lifecycle.reject(person, by=admin, reason="No.")
            lifecycle.apply_again(
                person, by=person, password="a long walk by the sea", first_name="Same", last_name="Name 1",
                department=people.department(),
            )  # fmt: skip

    add(5)
    client.get(LIST)
    few = {query: statements(client, LIST + query) for query in ("", "?tab=all", "?q=first")}
    add(45)
    assert {query: statements(client, LIST + query) for query in few} == few
    assert max(few.values()) <= 16  # the bell of the header is one of them
