"""Extra fields: each kind, each rule, on the first set of categories and on fields of our own."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from tickets import details
from tickets.enums import FieldKind
from tickets.models import CategoryField, TicketCategory

pytestmark = pytest.mark.django_db
#: More digits than Python writes out.
ENDLESS = pytest.param(10**5000, id="endless")
MINUS_ENDLESS = pytest.param(-(10**5000), id="minus endless")


def first_set(name: str) -> TicketCategory:
    return TicketCategory.objects.get(name=name)


def with_field(kind: FieldKind, **extras) -> TicketCategory:
    category = TicketCategory.objects.create(name=f"One {kind}")
    CategoryField.objects.create(category=category, key="value", label="Value", kind=kind, **extras)
    return category


def stored(category: TicketCategory, value: object) -> object:
    clean, errors = details.validate(category, {"value": value})
    assert errors == {}
    return clean["value"]


def sentence(category: TicketCategory, value: object) -> str:
    _clean, errors = details.validate(category, {"value": value})
    assert set(errors) == {"value"}
    return str(errors["value"])


def in_days(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def proposal(**changes) -> dict:
    return {
        "performance_start_date": "2027-01-01",
        "performance_end_date": "2027-06-30",
        "cost_items": [{"description": "Chairs", "quantity": 4, "unit_cost": "99.50"}],
        "requested_budget": "398.00",
    } | changes


def test_required_fields_must_be_filled_and_all_of_them_are_said_at_once():
    clean, errors = details.validate(first_set("Asset Check Out"), {})
    assert clean == {}
    assert set(errors) == {"asset_name", "location", "expected_return_date"}
    assert errors["asset_name"] == "Fill in “Device”."


def test_blanks_count_as_nothing():
    _clean, errors = details.validate(
        first_set("Asset Check Out"), {"asset_name": "  ", "location": "Here", "expected_return_date": in_days(3)}
    )
    assert set(errors) == {"asset_name"}


def test_a_field_that_the_category_lacks_is_refused():
    _clean, errors = details.validate(first_set("HR Request"), {"asset_name": "ThinkPad", "status": "Closed"})
    assert set(errors) == {"asset_name", "status"}


def test_a_retired_field_is_neither_asked_for_nor_taken():
    category = with_field(FieldKind.TEXT, required=True, is_active=False)
    assert details.validate(category, {}) == ({}, {})
    assert "value" in details.validate(category, {"value": "x"})[1]


def test_a_return_date_may_be_today_but_not_yesterday():
    category = first_set("Asset Check Out")
    given = {"asset_name": "ThinkPad", "location": "Berlin", "expected_return_date": in_days(0)}
    assert details.validate(category, given)[1] == {}
    _clean, errors = details.validate(category, given | {"expected_return_date": in_days(-1)})
    assert errors == {"expected_return_date": "“You bring it back on” can't be in the past."}


def test_an_end_before_its_start_is_refused():
    _clean, errors = details.validate(first_set("Budget Proposal"), proposal(performance_end_date="2026-12-31"))
    assert errors == {"performance_end_date": "“Ends on” can't be before “Begins on”."}


def test_the_budget_must_be_the_sum_of_the_cost_items():
    category = first_set("Budget Proposal")
    assert details.validate(category, proposal())[1] == {}
    _clean, errors = details.validate(category, proposal(requested_budget="398.01"))
    assert errors == {"requested_budget": "The cost items add up to 398.00."}


def test_a_sum_of_many_small_costs_has_no_rounding_error():
    items = [{"description": "Screw", "quantity": 3, "unit_cost": "0.10"} for _ in range(10)]
    assert details.total(
        details.validate(first_set("Budget Proposal"), proposal(cost_items=items))[0]["cost_items"]
    ) == (Decimal("3.00"))


@pytest.mark.parametrize(
    ("value", "kept"), [("7", 7), (7, 7), (" -3 ", -3), ("+4", 4), ("0", 0), (str(10**12), 10**12)]
)
def test_whole_numbers_are_read(value, kept):
    assert stored(with_field(FieldKind.INTEGER), value) == kept


@pytest.mark.parametrize("value", ["7.5", "1e9", "٣", "--1", True, [], {}, "9" * 400, str(10**12 + 1), 1.5])
def test_what_is_no_whole_number_is_refused(value):
    if value == []:
        value = [1]
    assert sentence(with_field(FieldKind.INTEGER), value) == "Give a whole number."


@pytest.mark.parametrize(
    ("value", "kept"), [("12", "12.00"), ("12.5", "12.50"), (12, "12.00"), ("-0", "0.00"), (0.1, "0.10")]
)
def test_amounts_are_kept_with_two_decimals(value, kept):
    assert stored(with_field(FieldKind.MONEY), value) == kept


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1_000", "12,50", "1e30", "٣", True, "9" * 50, {"a": 1}])
def test_what_is_no_amount_is_refused(value):
    assert sentence(with_field(FieldKind.MONEY), value) == "Give an amount such as 1250.00."


def test_a_third_decimal_is_refused_rather_than_rounded():
    assert sentence(with_field(FieldKind.MONEY), "1.005") == "At most two decimals."


def test_a_field_that_can_not_be_negative_is_not():
    assert "negative" in sentence(with_field(FieldKind.MONEY, not_negative=True), "-1")
    assert stored(with_field(FieldKind.INTEGER, not_negative=True), 0) == 0


@pytest.mark.parametrize("value", ["2027-02-30", "30.01.2027", "tomorrow", "0001-01-01", "9999-12-31", 5, True])
def test_what_is_no_date_is_refused(value):
    assert "date" in sentence(with_field(FieldKind.DATE), value)


def test_a_date_object_is_a_date():
    assert stored(with_field(FieldKind.DATE), date(2027, 2, 3)) == "2027-02-03"


def test_a_choice_is_one_of_its_words():
    category = with_field(FieldKind.CHOICE, choices=["Red", "Blue"])
    assert stored(category, "Red") == "Red"
    assert sentence(category, "red") == "Choose one of: Red, Blue."
    assert sentence(category, ["Red"]) == "Choose one of: Red, Blue."


@pytest.mark.parametrize(("value", "kept"), [(True, True), ("yes", True), ("on", True), ("No", False), ("0", False)])
def test_yes_and_no_are_read(value, kept):
    assert stored(with_field(FieldKind.YES_NO), value) is kept


def test_maybe_is_no_answer():
    assert sentence(with_field(FieldKind.YES_NO), "maybe") == "Answer yes or no."


def test_a_text_is_one_line_and_a_long_text_may_be_many():
    assert sentence(with_field(FieldKind.TEXT), "one\ntwo") == "One line, please."
    assert stored(with_field(FieldKind.LONG_TEXT), "one\r\ntwo") == "one\ntwo"


@pytest.mark.parametrize("value", ["a\x00b", "half \ud800", 5, ["x"], "x" * 201, "x" * 10_000])
def test_a_text_that_can_not_be_stored_is_refused(value):
    assert sentence(with_field(FieldKind.TEXT), value)


@pytest.mark.parametrize(
    "items",
    [
        "chairs",
        ["chairs"],
        [{"description": "Chair"}],
        [{"description": "", "quantity": 1, "unit_cost": "1"}],
        [{"description": "Chair", "quantity": 0, "unit_cost": "1"}],
        [{"description": "Chair", "quantity": "1.5", "unit_cost": "1"}],
        [{"description": "Chair", "quantity": 1, "unit_cost": "-1"}],
        [{"description": "Chair", "quantity": 1, "unit_cost": "1", "paid": True}],
        [{"description": "Chair", "quantity": "9" * 5000, "unit_cost": "1"}],
        [{"description": "Chair", "quantity": 1, "unit_cost": "1"}] * 101,
    ],
)
def test_unfit_cost_items_are_refused_with_a_sentence(items):
    assert sentence(with_field(FieldKind.COST_ITEMS), items).endswith(".")


def test_lenient_reading_takes_what_other_rules_would_refuse_but_no_wrong_kinds():
    category = first_set("Asset Check Out")
    clean, errors = details.validate(category, {"expected_return_date": "2001-01-01"}, lenient=True)
    assert (clean, errors) == ({"expected_return_date": "2001-01-01"}, {})
    assert details.validate(category, {"expected_return_date": "soon"}, lenient=True)[1]


def test_moving_to_another_category_keeps_what_fits_there():
    check_in = first_set("Asset Check In")
    kept = details.fitting(check_in, {"asset_name": "ThinkPad", "expected_return_date": "2027-01-01"})
    assert kept == {"asset_name": "ThinkPad"}


@pytest.mark.parametrize("value", ["1e1000000", "1e999999999", "-1e999999999", ENDLESS, MINUS_ENDLESS, 1e308, "1e5"])
def test_an_amount_beyond_all_reckoning_is_refused_and_not_reckoned(value):
    assert sentence(with_field(FieldKind.MONEY), value) == "Give an amount such as 1250.00."


@pytest.mark.parametrize("value", [ENDLESS, "9" * 5000, 1.0, True, "1e5", "-+1", None, -1, "x"])
def test_a_quantity_that_is_no_count_is_refused(value):
    item = {"description": "Chair", "quantity": value, "unit_cost": "1"}
    assert "quantity" in sentence(with_field(FieldKind.COST_ITEMS), [item])


@pytest.mark.parametrize("kind", list(FieldKind))
def test_an_endless_number_is_refused_by_every_kind(kind):
    assert sentence(with_field(kind), 10**5000).endswith(".")


@pytest.mark.parametrize("sign", ["-+1", "+-1", "--1"])
def test_a_number_with_two_signs_is_refused(sign):
    assert sentence(with_field(FieldKind.INTEGER), sign) == "Give a whole number."


def test_a_longer_word_that_begins_with_false_is_no_answer():
    assert sentence(with_field(FieldKind.YES_NO), "falsehood") == "Answer yes or no."


@pytest.mark.parametrize("data", [[], ["x"], "x", "", 5, 0, False, 1.5])
def test_details_that_are_no_names_and_values_are_refused(data):
    assert details.validate(first_set("HR Request"), data) == ({}, {"": "Give the details as names and values."})


@pytest.mark.parametrize("key", [5, None, ENDLESS, ("a",), "a\x00b", "half \ud800"])
def test_a_key_that_can_not_be_shown_is_refused_without_naming_it(key):
    assert details.validate(first_set("HR Request"), {key: "x"})[1] == {"": "This category has no such field."}


@pytest.mark.parametrize("key", ["description", "unit \x00", "\ud800"])
def test_a_cost_item_with_what_can_not_be_stored_is_refused(key):
    item = {"description": "Chair", "quantity": 1, "unit_cost": "1"} | {key: "a\x00b\ud800"}
    assert sentence(with_field(FieldKind.COST_ITEMS), [item]).startswith("Item 1: ")


def test_a_budget_that_is_a_text_is_not_added_up():
    category = with_field(FieldKind.COST_ITEMS)
    CategoryField.objects.create(category=category, key="requested_budget", label="Budget", kind=FieldKind.TEXT)
    items = [{"description": "Chair", "quantity": 1, "unit_cost": "1"}]
    assert details.validate(category, {"value": items, "requested_budget": "about a euro"})[1] == {}
