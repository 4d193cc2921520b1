"""Extra fields as people read them, also those that came from elsewhere under other rules."""

from __future__ import annotations

from typing import Any

import pytest

from tickets import showing
from tickets.enums import FieldKind
from tickets.models import CategoryField, Ticket, TicketCategory


def field(kind: str, key: str = "it", **given: Any) -> CategoryField:
    return CategoryField(key=key, label=key.title(), kind=kind, **given)


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("choice", "Used", "Used"),
        ("date", "2027-03-31", "31 March 2027"),
        ("date", "soon", "soon"),
        ("integer", 1234567, "1,234,567"),
        ("long text", "a\n b", "a\n b"),
        ("money", "1250.00", "1,250.00"),
        ("money", "1e999999999", "1e999999999"),
        ("money", "NaN", "NaN"),
        ("money", "cheap", "cheap"),
        ("text", "", ""),
        ("text", ["x"], "['x']"),
        ("text", None, ""),
        ("text", {"a": 1}, "{'a': 1}"),
        ("yes-no", False, "No"),
        ("yes-no", True, "Yes"),
    ],
)
def test_a_value_is_told_by_its_kind_and_a_strange_one_as_it_is(kind: str, value: Any, words: str):
    assert showing.in_words(field(kind), value) == words


def test_cost_items_are_a_table_with_their_sum():
    items = [
        {"description": "Chair", "quantity": 12, "unit_cost": "199.90"},
        {"description": "Desk", "quantity": 1, "unit_cost": "1000.00"},
    ]
    ticket = Ticket(category=TicketCategory(), dynamic_data={"cost_items": items})
    (detail,) = showing.details_of(ticket, [field("cost items", "cost_items")])
    assert [(item.description, item.quantity, item.unit_cost, item.cost) for item in detail.items] == [
        ("Chair", "12", "199.90", "2,398.80"),
        ("Desk", "1", "1,000.00", "1,000.00"),
    ]
    assert detail.total == "3,398.80"
    assert showing.in_words(None, items) == "12 × Chair (199.90); 1 × Desk (1,000.00)"


@pytest.mark.parametrize("value", [[{"description": "x"}], [1], [{"quantity": "x", "unit_cost": "1"}], "free"], ids=str)
def test_what_are_no_cost_items_is_shown_as_it_is(value: Any):
    ticket = Ticket(category=TicketCategory(), dynamic_data={"cost_items": value})
    (detail,) = showing.details_of(ticket, [field("cost items", "cost_items")])
    assert (detail.value, detail.items) == (str(value), [])


def test_details_come_in_the_order_of_the_form_retired_ones_too_and_unknown_ones_last():
    data = {"unknown": "u", "second": "2", "old": "o", "first": "1"}
    fields = [field("text", "first"), field("text", "second"), field("text", "old", is_active=False)]
    found = showing.details_of(Ticket(category=TicketCategory(), dynamic_data=data), fields)
    assert [(detail.label, detail.value) for detail in found] == [
        ("First", "1"), ("Second", "2"), ("Old", "o"), ("unknown", "u"),
    ]  # fmt: skip
    assert {detail.kind for detail in found} == {FieldKind.TEXT}
