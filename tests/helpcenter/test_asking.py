"""Asking for something, in a browser without scripts: the category, its form, the ticket, what happens next."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.reading import Unfit
from people.enums import Status as PersonStatus
from people.models import Employee
from tests.factories import people
from tests.factories.tickets import category as make_category
from tests.helpcenter.browsing import fields, read, text
from tickets import lifecycle, texts
from tickets.enums import FieldKind
from tickets.models import CategoryField, Ticket, TicketCategory

pytestmark = pytest.mark.django_db

NEW = "/my/tickets/new/"
NAUGHTY = Path(__file__).resolve().parents[1] / "data" / "naughty-strings" / "blns.json"


def kind(name: str = "IT Support") -> TicketCategory:
    return TicketCategory.objects.get(name=name)


@pytest.fixture
def ana(client: Client) -> Employee:
    person = people.person(first_name="Ana")
    client.force_login(person)
    return person


def request_for(category: TicketCategory, **given: Any) -> dict[str, Any]:
    own = {"category": category.pk, "subject": "Laptop does not start", "description": "It is dark since Monday."}
    return {**own, **{name.replace("__", "-"): value for name, value in given.items()}}


def only_ticket() -> Ticket:
    return Ticket.objects.get()


# Choosing


def test_what_can_be_asked_for_stands_in_its_order_with_icon_and_description(client, ana):
    retired = make_category(name="Of the past", is_active=False)
    first = make_category(name="First of all", description="Say <what> you need.", icon="key")
    page = text(client.get(NEW))
    names = list(TicketCategory.objects.filter(is_active=True).values_list("name", flat=True))
    places = [page.index(f">{name}<") for name in names]
    assert names[0] == first.name
    assert places == sorted(places)
    assert retired.name not in page
    assert "#category-key" in page
    assert "Say &lt;what&gt; you need." in page
    assert f'href="?category={first.pk}"' in page


def test_where_nothing_can_be_asked_for_the_page_says_what_to_do(client, ana):
    TicketCategory.objects.update(is_active=False)
    page = text(client.get(NEW))
    assert "nothing can be asked for here" in page
    assert 'href="/"' in page


def test_a_category_has_only_its_own_fields(client, ana):
    page = text(client.get(NEW, {"category": kind("Asset Check Out").pk}))
    assert "You bring it back on" in page
    assert "Kind of problem" not in page
    assert [name for name in fields(client.get(NEW, {"category": kind("Others").pk})) if "details" in name] == []


@pytest.mark.parametrize("asked", ["0", "999999", "-1", "x", "1e3", "9" * 40, "٣", "\x00", "1 OR 1=1"])
def test_a_category_that_is_not_there_leads_to_those_that_are(client, ana, asked):
    page = text(client.get(NEW, {"category": asked}))
    assert "This category is not offered any more." in page
    assert "IT Support" in page


def test_a_subject_in_the_address_is_there_already(client, ana):
    sent = fields(client.get(NEW, {"category": kind().pk, "subject": 'How to "print" <here>?'}))
    assert sent["subject"] == ['How to "print" <here>?']


def test_looking_at_the_form_makes_nothing(client, ana):
    for query in ({}, {"category": kind().pk}):
        assert client.get(NEW, query).status_code == 200
        assert client.head(NEW, query).status_code == 200
    assert not Ticket.objects.exists()


# Who


def test_who_is_not_signed_in_comes_back_here_after_it(client):
    asked = f"{NEW}?category={kind().pk}"
    assert client.get(asked).url == f"/accounts/login/?next=/my/tickets/new/%3Fcategory%3D{kind().pk}"
    assert client.post(NEW, request_for(kind())).url.startswith("/accounts/login/")
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("status", [PersonStatus.PENDING, PersonStatus.REJECTED, PersonStatus.SUSPENDED])
def test_who_is_not_approved_any_more_asks_for_nothing(client, ana, status):
    Employee.objects.filter(pk=ana.pk).update(status=status, is_active=False)
    assert client.post(NEW, request_for(kind())).url.startswith("/accounts/login/")
    assert not Ticket.objects.exists()


def test_who_is_suspended_while_it_is_sent_is_told_and_loses_nothing(client, ana, monkeypatch):
    def suspended_in_between(person):
        return Employee(status=PersonStatus.SUSPENDED)

    monkeypatch.setattr("tickets.door.anew", suspended_in_between)
    answer = client.post(NEW, request_for(kind()))
    assert answer.status_code == 422
    assert "Only an approved person can ask for something." in text(answer)
    assert fields(answer)["description"] == ["It is dark since Monday."]


@pytest.mark.parametrize("make", [people.coordinator, people.admin], ids=["coordinator", "admin"])
def test_staff_ask_like_everybody(client, make):
    client.force_login(make())
    assert client.post(NEW, request_for(kind())).status_code == 303
    assert only_ticket().status == "New"


def test_a_form_without_its_token_against_forgery_is_refused(ana):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ana)
    assert strict.post(NEW, request_for(kind())).status_code == 403
    assert not Ticket.objects.exists()


def test_what_only_others_may_set_is_not_listened_to(client, ana):
    other = people.person()
    foreign = {"employee": other.pk, "priority": "Critical", "status": "Open", "ticket_number": "TX9999", "version": 7}
    client.post(NEW, request_for(kind(), **foreign))
    ticket = only_ticket()
    assert (ticket.employee, ticket.priority, ticket.status, ticket.version) == (ana, "Medium", "New", 1)
    assert ticket.ticket_number != "TX9999"


# Sending


def test_a_request_of_every_field_becomes_a_ticket(client, ana):
    category = kind("Budget Proposal")
    today = timezone.localdate().isoformat()
    answer = client.post(
        NEW,
        request_for(
            category, sub_category="Reimbursement", scheduled_date=today, details__approved_by="Grace",
            details__performance_start_date=today, details__performance_end_date=today,
            details__requested_budget="200.50",
            **{"details-cost_items-0-description": "Desk", "details-cost_items-0-quantity": "2",
               "details-cost_items-0-unit_cost": "80", "details-cost_items-1-description": "Chair",
               "details-cost_items-1-quantity": "1", "details-cost_items-1-unit_cost": "40.5"},
        ),
    )  # fmt: skip
    ticket = only_ticket()
    assert (answer.status_code, answer.url) == (303, f"/my/tickets/{ticket.ticket_number}/submitted/")
    assert (ticket.category, ticket.sub_category, ticket.employee) == (category, "Reimbursement", ana)
    assert ticket.scheduled_date.isoformat() == today
    assert ticket.dynamic_data == {
        "approved_by": "Grace",
        "performance_start_date": today,
        "performance_end_date": today,
        "requested_budget": "200.50",
        "cost_items": [
            {"description": "Desk", "quantity": 2, "unit_cost": "80.00"},
            {"description": "Chair", "quantity": 1, "unit_cost": "40.50"},
        ],
    }


def test_a_description_of_twenty_thousand_comes_back_with_one_kind_of_line_end(client, ana):
    words = ("x" * 98 + "\r\n") * 202  # by its line feeds 99 a line: 19,998
    client.post(NEW, request_for(kind(), description=words + "ab"))
    ticket = only_ticket()
    assert ticket.description == words.replace("\r\n", "\n") + "ab"
    assert len(ticket.description) == 20_000
    answer = client.get(f"/my/tickets/{ticket.ticket_number}/edit/")
    assert fields(answer)["description"] == [ticket.description]


@pytest.mark.slow
def test_naughty_words_come_back_as_they_were_and_are_stored_so(client, ana):
    """One page with all of them is enough: each in the field of a kind of its own would be escaped alike."""
    stored = refused = 0
    category = kind("Others")
    for naughty in json.loads(NAUGHTY.read_text(encoding="utf-8")):
        subject, description = f"Subject {naughty}"[:200], f"Description: {naughty}"
        answer = client.post(NEW, request_for(category, subject=subject, description=description))
        try:
            expected = texts.subject(subject), texts.description(description)
        except Unfit:
            refused += 1
            assert answer.status_code == 422
            # A page can't hold NUL, and a browser sends no line break out of a single line.
            if not {"\x00", "\r", "\n"} & set(subject):
                assert fields(answer)["subject"] == [subject], repr(naughty)
        else:
            stored += 1
            ticket = Ticket.objects.latest("pk")
            assert (ticket.subject, ticket.description) == expected
    assert stored > 400
    assert stored == Ticket.objects.count()


# What is wrong with it


def test_everything_that_is_wrong_is_said_at_once_and_everything_typed_is_still_there(client, ana):
    category = kind("Budget Proposal")
    CategoryField.objects.create(category=category, key="story", label="Story", kind=FieldKind.LONG_TEXT, position=90)
    CategoryField.objects.create(category=category, key="sure", label="Sure", kind=FieldKind.YES_NO, position=91)
    typed = {
        "category": [str(category.pk)],
        "once": ["0" * 32],
        "sub_category": ["Never offered"],
        "subject": ["  <b>\"x\" & 'y' "],
        "description": ["\n\n tiny  "],
        "scheduled_date": ["the day after"],
        "details-performance_start_date": ["2027-03-31"],
        "details-performance_end_date": ["2027-03-30"],
        "details-cost_items-0-description": ["Desk <1>"],
        "details-cost_items-0-quantity": ["many"],
        "details-cost_items-0-unit_cost": ["1,5"],
        "details-requested_budget": ["a lot"],
        "details-approved_by": ["x" * 201],
        "details-story": ["One\n\n\ntwo \u202e three"],
        "details-sure": ["no"],
    }
    answer = client.post(NEW, typed)
    assert answer.status_code == 422
    assert fields(answer) == typed
    page = text(answer)
    assert page.count('<li><a href="#id_') == 7
    assert "<title>Error: " in page
    assert 'href="#id_details-cost_items-0-description">Cost items: The quantity is a whole number' in page
    assert 'href="#id_subject"' not in page  # nothing is wrong with it
    assert "This is too short: at least 10 characters." in page
    assert not Ticket.objects.exists()


def test_the_corrected_form_becomes_one_ticket(client, ana):
    form = fields(client.post(NEW, request_for(kind(), subject="No", once="a" * 32)))
    answer = client.post(NEW, {**form, "subject": "Now it is long enough"})
    assert answer.status_code == 303
    assert only_ticket().subject == "Now it is long enough"


def test_a_category_retired_meanwhile_leads_to_another_and_what_fits_comes_along(client, ana):
    category = kind("Asset Check Out")
    form = fields(client.get(NEW, {"category": category.pk}))
    TicketCategory.objects.filter(pk=category.pk).update(is_active=False)
    given = {"subject": ["A laptop, please"], "description": ["For the trip\nto Oslo"], "details-asset_name": ["X1"]}
    answer = client.post(NEW, {**form, **given})
    assert answer.status_code == 422
    assert "what you wrote is kept" in text(answer)
    chosen = {**fields(answer, ""), "category": kind("Asset Check In").pk}
    answer = client.post(NEW, chosen)
    assert answer.status_code == 200
    assert "Error" not in text(answer)
    assert {name: fields(answer)[name] for name in given} == given
    assert not Ticket.objects.exists()


def test_a_category_retired_in_this_very_moment_is_the_same(client, ana, monkeypatch):
    def retired_in_between(**given: Any) -> Ticket:
        TicketCategory.objects.filter(pk=given["category"].pk).update(is_active=False)
        return submit(**{**given, "category": TicketCategory.objects.get(pk=given["category"].pk)})

    submit = lifecycle.submit
    monkeypatch.setattr(lifecycle, "submit", retired_in_between)
    answer = client.post(NEW, request_for(kind()))
    assert answer.status_code == 422
    assert "what you wrote is kept" in text(answer)
    assert fields(answer, "")["description"] == ["It is dark since Monday."]


def test_words_in_a_field_that_went_meanwhile_are_not_lost_without_a_word(client, ana):
    CategoryField.objects.filter(category=kind(), key="location").update(is_active=False)
    answer = client.post(NEW, request_for(kind(), details__location="Behind the <stairs>"))
    assert answer.status_code == 422
    assert "You had written there: “Behind the &lt;stairs&gt;”." in text(answer)
    assert client.post(NEW, fields(answer)).status_code == 303


# Without scripts


def test_another_kind_is_chosen_by_a_button_and_what_fits_comes_along(client, ana):
    typed = request_for(kind(), details__location="Room 4", details__issue_type="Slow", scheduled_date="2099-01-01")
    choosing = client.post(NEW, {**typed, "step": "categories"})
    assert choosing.status_code == 200
    assert "Choose what fits. What you wrote comes along" in text(choosing)
    buttons = [button for button in read(choosing, "").buttons if button.get("name") == "category"]
    assert str(kind("Facility Request").pk) in [button["value"] for button in buttons]
    there = fields(client.post(NEW, {**fields(choosing, ""), "category": kind("Facility Request").pk}))
    assert (there["details-location"], there["scheduled_date"]) == (["Room 4"], ["2099-01-01"])
    assert there["subject"] == ["Laptop does not start"]
    assert "details-issue_type" not in there


def test_a_row_more_for_cost_items_is_a_button_too(client, ana):
    typed = request_for(kind("Budget Proposal"), subject="x", **{"details-cost_items-0-description": "Desk"})
    answer = client.post(NEW, {**typed, "step": "add-cost_items"})
    assert answer.status_code == 200
    assert "There is a problem" not in text(answer)
    rows = fields(answer)
    assert (rows["details-cost_items-0-description"], rows["details-cost_items-1-description"]) == (["Desk"], [""])
    assert not Ticket.objects.exists()


def test_the_enter_key_sends_the_form_and_changes_nothing_of_it(client, ana):
    first = read(client.get(NEW, {"category": kind("Budget Proposal").pk})).buttons[0]
    assert "name" not in first


# What happens next


def test_the_next_page_says_the_number_and_who_decides(client, ana):
    page = text(client.get(client.post(NEW, request_for(kind())).url))
    ticket = only_ticket()
    for words in (
        ticket.ticket_number,
        ticket.subject,
        "An administrator decides",
        "IT Department takes care",
        ana.email,
    ):
        assert words in page
    assert f'href="/my/tickets/{ticket.ticket_number}/"' in page
    assert 'href="/my/tickets/new/"' in page


def test_the_next_page_is_for_who_asked(client, ana):
    url = client.post(NEW, request_for(kind())).url
    for person in (people.person(), people.coordinator(people.department()), people.admin()):
        client.force_login(person)
        assert client.get(url).status_code == 404
    assert client.get("/my/tickets/TX9999/submitted/").status_code == 404
    client.logout()
    assert client.get(url).url.startswith("/accounts/login/")


def test_once_something_has_happened_the_page_does_not_speak_of_what_is_next(client, ana):
    url = client.post(NEW, request_for(kind())).url
    lifecycle.reject(only_ticket(), by=people.admin(), reason="No.")
    page = text(client.get(url))
    assert "An administrator decides" not in page
    assert "Rejected" in page


def test_the_form_asks_as_much_of_the_database_with_one_field_as_with_twenty(
    client, ana, django_assert_max_num_queries
):

    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(NEW, {"category": category.pk})
        return len(asked)

    category = make_category(name="With many fields")
    client.get(NEW)
    few = count()
    for number in range(20):
        CategoryField.objects.create(category=category, key=f"k{number}", label=f"L{number}", kind=FieldKind.TEXT)
    assert count() == few
