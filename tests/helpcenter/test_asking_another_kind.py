"""Changing the category in the middle of a form: what fits comes along, what does not is there again on going back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from people.models import Employee
from tests.factories import people
from tests.factories.tickets import category as make_category
from tests.helpcenter.browsing import fields, text
from tests.helpcenter.test_asking import NEW, kind, only_ticket, request_for
from tickets.models import TicketCategory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(client: Client) -> Employee:
    person = people.person(first_name="Ana")
    client.force_login(person)
    return person


def choose(client: Client, form: dict[str, Any], category: TicketCategory) -> Any:
    """By the button "Ask for something else", as a browser without scripts goes."""
    choosing = client.post(NEW, {**form, "step": "categories"})
    return client.post(NEW, {**fields(choosing, ""), "category": category.pk})


def test_what_another_kind_does_not_ask_for_is_there_again_when_one_goes_back(client, ana):
    here, there = kind("IT Support"), make_category(name="Chairs", sub_categories=["Swivel chair"])
    typed = request_for(here, sub_category="Hardware", details__issue_type="Slow", details__location="Room 4")
    answer = choose(client, typed, there)
    assert "not offered any more" not in text(answer)
    assert fields(answer)["sub_category"] == [""]
    back = fields(choose(client, {**fields(answer), "sub_category": "Swivel chair"}, here))
    assert [back[name] for name in ("sub_category", "details-issue_type", "details-location")] == [
        ["Hardware"],
        ["Slow"],
        ["Room 4"],
    ]
    assert fields(choose(client, back, there))["sub_category"] == ["Swivel chair"]


def test_cost_items_come_back_too(client, ana):
    row = {"description": "Desk", "quantity": "2", "unit_cost": "10.50"}
    row = {f"details-cost_items-0-{part}": value for part, value in row.items()}
    elsewhere = fields(choose(client, request_for(kind("Budget Proposal"), **row), kind("Others")))
    assert not row.keys() & elsewhere.keys()
    back = fields(choose(client, elsewhere, kind("Budget Proposal")))
    assert {name: back[name] for name in row} == {name: [value] for name, value in row.items()}


def test_what_is_only_carried_is_neither_sent_nor_in_the_way(client, ana):
    typed = request_for(kind(), sub_category="Hardware", details__issue_type="Slow")
    assert client.post(NEW, fields(choose(client, typed, kind("Others")))).status_code == 303
    assert (only_ticket().sub_category, only_ticket().dynamic_data) == ("", {})


def test_a_form_with_something_wrong_still_carries_it(client, ana):
    elsewhere = fields(choose(client, request_for(kind(), details__issue_type="Slow"), kind("Others")))
    refused = client.post(NEW, {**elsewhere, "subject": "No"})
    assert refused.status_code == 422
    assert fields(choose(client, fields(refused), kind()))["details-issue_type"] == ["Slow"]


def test_no_more_is_carried_than_a_form_can_have(client, ana):
    endless = {f"carried-details-{number:04}": "x" for number in range(950)}
    answer = client.post(NEW, request_for(kind("Others"), step="form", **endless))
    assert len([name for name in fields(answer) if name.startswith("carried-")]) == 900


def test_words_in_a_field_that_went_stay_when_a_row_is_added(client, ana):
    typed = request_for(kind("Budget Proposal"), **{"details-of_old": "Behind the stairs"})
    form = fields(client.post(NEW, {**typed, "step": "add-cost_items"}))
    assert "You had written there: “Behind the stairs”." in text(client.post(NEW, form))
