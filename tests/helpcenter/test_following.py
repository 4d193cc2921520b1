"""The requester's own pages: the list of their tickets, and the page of one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from helpcenter.pages import following
from tests.factories import people
from tests.factories.tickets import quick_ticket, ticket
from tests.helpcenter.following import as_person, numbers, one_in_each_state, page, path_of
from tests.tickets.conftest import House
from tickets import conversation, lifecycle, visits
from tickets.enums import Status
from tickets.models import CategoryField, Ticket, TicketCategory

pytestmark = pytest.mark.django_db

CANARY = "canary-5b1e"


# Who


def test_signed_out_one_is_asked_to_sign_in_and_led_back(house: House):
    for path in ("/my/tickets/", path_of(house.new()), path_of(house.new(), "withdraw")):
        answer = Client().get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")


def test_the_page_is_for_who_asked_and_leads_staff_to_where_they_work(house: House):
    mine = house.in_progress()
    assert as_person(house.ana).get(path_of(mine)).status_code == 200
    for staff in (house.bea, house.dora):
        answer = as_person(staff).get(path_of(mine))
        assert (answer.status_code, answer["Location"]) == (302, f"/admin/tickets/ticket/{mine.pk}/change/")
    colleague = people.person(department=house.ana.department)
    for nobody in (house.eve, house.cem, colleague):
        unseen, missing = (
            as_person(nobody).get(path_of(mine)), as_person(nobody).get("/my/tickets/TX9999/"),
        )  # fmt: skip
        assert unseen.status_code == missing.status_code == 404
        assert mine.subject not in unseen.content.decode()


@pytest.mark.parametrize("verb", ["attach", "close", "comment", "reopen", "withdraw"])
@pytest.mark.parametrize("who", ["bea", "cem", "dora", "eve"])
def test_nobody_else_does_anything_here(house: House, verb: str, who: str):
    mine = house.resolved() if verb in ("close", "reopen") else house.in_progress()
    before = (mine.status, mine.version, mine.comments.count())
    answer = as_person(getattr(house, who)).post(path_of(mine, verb), {"comment": "x", "reason": "x"})
    assert answer.status_code == 404
    after = Ticket.objects.get(pk=mine.pk)
    assert (after.status, after.version, after.comments.count()) == before


@pytest.mark.parametrize("number", ["%00", "TX0001%00", "new-one", "TX0001'--", "é", "x" * 300])
def test_a_strange_number_is_not_there(house: House, number: str):
    for verb in ("", "comment/", "withdraw/"):
        assert as_person(house.ana).get(f"/my/tickets/{number}/{verb}").status_code == 404


# Notes


def test_a_note_changes_nothing_that_the_requester_gets(house: House):
    mine = house.in_progress()
    other = house.open(subject="Another one of mine")
    client = as_person(house.ana)
    paths = [path_of(mine), "/my/tickets/", "/my/tickets/?tab=all", "/my/tickets/?q=laptop", path_of(mine, "withdraw")]

    changing = {"Set-Cookie", "Expires", "X-Request-ID"}

    def everything() -> list[str]:
        found = []
        for path in paths:
            answer = client.get(path)
            text = re.sub(r'(csrfmiddlewaretoken" value|name="once" value)="[^"]+"', "", answer.content.decode())
            found += [text, str(sorted((name, value) for name, value in answer.items() if name not in changing))]
        return found

    everything()
    before = everything()
    noting = people.coordinator(house.it, first_name="Quentin", last_name=CANARY)
    said = conversation.comment(mine, by=noting, comment=f"A {CANARY} note on the laptop.", is_internal=True)
    conversation.redact(
        conversation.comment(mine, by=noting, comment="Gone.", is_internal=True), by=house.dora, reason=CANARY
    )
    assert said.is_internal
    assert everything() == before
    assert visits.unread_count(house.ana) == 1  # the other one, which was approved and not looked at
    assert other.ticket_number in numbers(before[2])


def test_notes_on_an_admins_own_ticket_stay_hidden_from_them(house: House):
    own = lifecycle.approve(house.new(by=house.dora), by=people.admin(), priority="Low", department=house.it)
    conversation.comment(own, by=house.bea, comment=CANARY, is_internal=True)
    assert CANARY not in page(house.dora, path_of(own))


# The page of a ticket


STEPS = {
    "New": ["Submitted*", "Approved", "In progress", "Resolved", "Closed"],
    "Open": ["Submitted", "Approved*", "In progress", "Resolved", "Closed"],
    "In Progress": ["Submitted", "Approved", "In progress*", "Resolved", "Closed"],
    "On Hold": ["Submitted", "Approved", "On hold*", "Resolved", "Closed"],
    "Resolved": ["Submitted", "Approved", "In progress", "Resolved*", "Closed"],
    "Closed": ["Submitted", "Approved", "In progress", "Resolved", "Closed*"],
    "Rejected": ["Submitted", "Rejected*"],
    "Withdrawn": ["Submitted", "Withdrawn*"],
}


def steps(text: str) -> list[str]:
    found = re.findall(r'<li class="way-step[^"]*"( aria-current="step")?>.*?way-title">([^<]+)<', text, re.DOTALL)
    return [title + ("*" if here else "") for here, title in found]


@pytest.mark.parametrize("state", Status.values)
def test_the_steps_say_how_far_it_has_come(state: str):
    mine = ticket(state)
    assert steps(page(mine.employee, path_of(mine))) == STEPS[state]


def test_a_rejection_after_the_approval_and_a_reopened_one_say_so(house: House):
    rejected = lifecycle.reject(house.open(), by=house.dora, reason="Not after all.")
    assert steps(page(house.ana, path_of(rejected))) == ["Submitted", "Approved", "Rejected*"]
    reopened = lifecycle.reopen(house.resolved(), by=house.ana, reason="Again.")
    text = page(house.ana, path_of(reopened))
    assert steps(text)[1] == "Approved*"
    assert 'way-note">Reopened<' in text


def test_the_facts_are_there_with_labels_and_in_words(house: House):
    category = house.category("Budget Proposal")
    day = timezone.localdate() + timedelta(days=5)
    mine = house.new(
        category=category, sub_category="Capital expense", scheduled_date=day,
        details={
            "performance_start_date": day.isoformat(), "performance_end_date": day.isoformat(),
            "cost_items": [{"description": "Chair <b>", "quantity": 12, "unit_cost": "199.90"}],
            "requested_budget": "2398.80",
        },
    )  # fmt: skip
    raw = as_person(house.ana).get(path_of(mine)).content.decode()
    assert "Chair &lt;b&gt;" in raw
    words = " ".join(re.sub(r"<[^>]+>", " ", unescape(raw)).split())
    assert f"Wanted by {day.day} {day:%B %Y}" in words
    labels = dict(CategoryField.objects.filter(category=category).values_list("key", "label"))
    assert f"{labels['requested_budget']} 2,398.80" in words
    assert "12 199.90 2,398.80" in words
    assert "Sum 2,398.80" in words
    assert "Budget Proposal Capital expense" in words
    assert "Who has it nobody yet" in words


def test_a_resolution_is_told_with_both_answers_and_a_rejection_exactly_as_it_was_written(
    house: House,
):
    resolved = house.resolved()
    text = page(house.ana, path_of(resolved))
    assert f'action="{path_of(resolved, "close")}"' in text
    assert f'href="{path_of(resolved, "reopen")}"' in text
    assert "New battery." in text
    reason = "No.\n\n  * not <b>this</b> year\n  * see https://example.com/budget"
    rejected = lifecycle.reject(house.new(), by=house.dora, reason=reason)
    raw = as_person(house.ana).get(path_of(rejected)).content.decode()
    box = re.search(r'outcome-words">(.*?)</div>', raw, re.DOTALL)
    assert box is not None
    assert unescape(re.sub(r"<[^>]+>", "", box[1])) == reason
    assert f"/my/tickets/new/?category={rejected.category_id}" in raw


def test_what_cannot_be_done_says_why(house: House):
    text = page(house.ana, path_of(house.new()))
    assert "A ticket that is “New” can't be reopened." in text
    assert f"{path_of(Ticket.objects.get())}edit/" in text
    closed = house.closed()
    Ticket.objects.filter(pk=closed.pk).update(
        time_closed=timezone.now() - timedelta(days=15), submit_date=timezone.now() - timedelta(days=30)
    )
    text = page(house.ana, path_of(closed))
    assert "closed more than 14 days ago" in text
    assert f'href="{path_of(closed, "reopen")}"' not in text
    assert "Ask again" in text


def test_the_page_takes_the_same_statements_with_one_and_with_fifty_entries(house: House):
    mine = house.in_progress()
    conversation.comment(mine, by=house.bea, comment="One.")
    client = as_person(house.ana)

    def statements() -> int:
        client.get(path_of(mine))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path_of(mine)).status_code == 200
        return len(captured)

    one = statements()
    for number in range(50):
        conversation.comment(mine, by=[house.ana, people.coordinator(house.it)][number % 2], comment=f"Word {number}.")
    assert statements() == one


def test_of_a_long_ticket_the_newest_are_shown_and_the_earlier_on_asking(
    house: House, monkeypatch: pytest.MonkeyPatch
):  # fmt: skip
    monkeypatch.setattr(following, "MOST", 3)
    mine = house.open()
    for number in range(4):
        conversation.comment(mine, by=house.bea, comment=f"Word {number}.")
    text = page(house.ana, path_of(mine))
    assert "Word 0." not in text
    assert 'href="?all=1"' in text
    text = page(house.ana, path_of(mine) + "?all=1")
    assert "Word 0." in text
    assert "?all=1" not in text


def test_a_retired_category_is_no_reason_to_fail(house: House):
    rejected = lifecycle.reject(house.new(), by=house.dora, reason="No.")
    TicketCategory.objects.filter(pk=rejected.category_id).update(is_active=False)
    text = page(house.ana, path_of(rejected))
    assert 'href="/my/tickets/new/"' in text
    assert "?category=" not in text


# Home


def test_home_has_what_waits_and_what_is_open(
    house: House, django_assert_max_num_queries: Callable
):  # fmt: skip
    assert following.for_home(house.ana) == {
        "has_any": False, "counts": {"open": 0, "waiting": 0, "done": 0, "all": 0}, "waiting": [], "open": [],
    }  # fmt: skip
    mine = one_in_each_state(house.ana)
    quick_ticket("Resolved", requester=house.eve)
    with django_assert_max_num_queries(3):
        told = following.for_home(house.ana)
    assert told["waiting"] == [mine["Resolved"]]
    assert set(told["open"]) == {mine[state] for state in ("New", "Open", "In Progress", "On Hold")}
