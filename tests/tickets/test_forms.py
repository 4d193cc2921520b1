"""The form that is built from a category: what it shows, what it hands to the door, and what comes back."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils import timezone

from audit.refusals import InvalidValues
from tests.factories import people
from tests.factories.tickets import category as make_category
from tests.factories.tickets import ticket as make_ticket
from tickets import lifecycle
from tickets.enums import FieldKind
from tickets.forms import RequestForm, differences, written_in
from tickets.models import CategoryField, TicketCategory

pytestmark = pytest.mark.django_db

GOOD = {"subject": "Something is needed", "description": "More words than the least."}


def category_with(kind: str, **fields: Any) -> TicketCategory:
    category = make_category(name=f"Of {kind}, number {TicketCategory.objects.count()}")
    CategoryField.objects.create(category=category, key="it", label="The thing", kind=kind, **fields)
    return category


def posted(**given: str) -> QueryDict:
    data = QueryDict(mutable=True)
    data.update({**GOOD, **{name.replace("__", "-"): value for name, value in given.items()}})
    return data


def refused(form: RequestForm) -> list[str]:
    """What the door has against it, as the summary on top says it."""
    try:
        form.check()
    except InvalidValues as invalid:
        form.take_errors(invalid)
    return [f"{problem.label}: {problem.sentence}" if problem.label else problem.sentence for problem in form.problems]


def shown(form: RequestForm) -> str:
    return render_to_string("tickets/fields/all.html", {"form": form})


CHOICES = {"choices": ["Red", "Green"]}

#: kind, its settings, what is typed, what the door gets out of it.
TAKEN = [
    (FieldKind.TEXT, {}, " A  line ", "A  line"),
    (FieldKind.LONG_TEXT, {}, "Two\r\nlines", "Two\nlines"),
    (FieldKind.INTEGER, {}, "-12", -12),
    (FieldKind.MONEY, {}, "1250.5", "1250.50"),
    (FieldKind.DATE, {}, "2027-03-31", "2027-03-31"),
    (FieldKind.CHOICE, CHOICES, "Green", "Green"),
    (FieldKind.YES_NO, {}, "yes", True),
    (FieldKind.YES_NO, {"required": True}, "no", False),
]


@pytest.mark.parametrize(("kind", "settings", "typed", "stored"), TAKEN)
def test_what_is_typed_into_a_field_of_each_kind_is_stored(kind, settings, typed, stored):
    form = RequestForm(category_with(kind, **settings), posted(details__it=typed))
    ticket = lifecycle.submit(by=people.person(), category=form.category, **form.asked())
    assert ticket.dynamic_data == {"it": stored}


#: kind, its settings, what is typed, what is said of it.
REFUSED = [
    (FieldKind.TEXT, {}, "x" * 201, "The thing: This is too long: at most 200 characters, and it has 201."),
    (FieldKind.TEXT, {"required": True}, "  ", "Fill in “The thing”."),
    (FieldKind.LONG_TEXT, {}, "x" * 5001, "The thing: This is too long: at most 5000 characters, and it has 5001."),
    (FieldKind.INTEGER, {}, "1.5", "The thing: Give a whole number."),
    (FieldKind.INTEGER, {"not_negative": True}, "-1", "“The thing” can't be negative."),
    (FieldKind.MONEY, {}, "1,250", "The thing: Give an amount such as 1250.00."),
    (FieldKind.MONEY, {}, "0.001", "The thing: At most two decimals."),
    (FieldKind.DATE, {}, "31.03.2027", "The thing: Give a date as year-month-day, such as 2027-03-31."),
    (FieldKind.DATE, {"not_past": True}, "2001-01-01", "“The thing” can't be in the past."),
    (FieldKind.CHOICE, CHOICES, "Blue", "The thing: Choose one of: Red, Green."),
    (FieldKind.CHOICE, {**CHOICES, "required": True}, "", "Fill in “The thing”."),
    (FieldKind.YES_NO, {}, "perhaps", "The thing: Answer yes or no."),
    (FieldKind.YES_NO, {"required": True}, "", "Fill in “The thing”."),
    (FieldKind.COST_ITEMS, {"required": True}, "", "Fill in “The thing”."),
]


@pytest.mark.parametrize(("kind", "settings", "typed", "sentence"), REFUSED)
def test_what_can_t_be_taken_is_said_at_the_field_and_stays_in_it(kind, settings, typed, sentence):
    form = RequestForm(category_with(kind, **settings), posted(details__it=typed))
    assert refused(form) == [sentence]
    page = shown(form)
    assert "has-error" in page
    if typed.strip() and kind != FieldKind.YES_NO:  # "perhaps" is none of the answers that can be shown
        assert typed in page


@pytest.mark.parametrize("kind", FieldKind.values)
def test_each_kind_has_a_label_a_help_and_says_when_it_may_be_left_out(kind):
    choices = ["Red", "Green"] if kind == FieldKind.CHOICE else []
    for required in (False, True):
        page = shown(RequestForm(category_with(kind, required=required, choices=choices, help="Look below <it>.")))
        assert "The thing" in page
        assert "Look below &lt;it&gt;." in page
        assert page.count("(optional)") == (1 if required else 2)  # the day by which it is wanted is always


def test_rules_are_said_before_anybody_breaks_them():
    category = category_with(FieldKind.DATE, not_past=True)
    CategoryField.objects.create(category=category, key="end", label="End", kind=FieldKind.DATE, not_before="it")
    CategoryField.objects.create(category=category, key="sum", label="Sum", kind=FieldKind.MONEY, not_negative=True)
    page = shown(RequestForm(category))
    assert "Today or later." in page
    assert "Not before “The thing”." in page
    assert "Not below 0." in page
    assert f'min="{timezone.localdate().isoformat()}"' in page


def test_a_date_that_is_none_is_shown_in_a_plain_field_since_a_date_field_would_be_empty():
    category = category_with(FieldKind.DATE)
    assert 'type="date" name="details-it" value="2027-03-31"' in shown(
        RequestForm(category, posted(details__it="2027-03-31"))
    )
    for typed in ("31.03.2027", "2027-02-30", "20270331"):
        assert f'type="text" name="details-it" value="{typed}"' in shown(
            RequestForm(category, posted(details__it=typed))
        )
    form = RequestForm(category, posted(scheduled_date="next week"))
    assert refused(form) == ["Wanted by: Give a date as year-month-day, such as 2027-03-31."]
    assert 'value="next week"' in shown(form)


def test_a_choice_that_is_offered_no_more_stays_chosen_and_says_so():
    category = category_with(FieldKind.CHOICE, choices=["Red", "Green"])
    category.sub_categories = ["One"]
    page = shown(RequestForm(category, posted(details__it="Blue", sub_category="Two")))
    assert '<option value="Blue" selected>Blue (not offered any more)</option>' in page
    assert '<option value="Two" selected>Two (not offered any more)</option>' in page


def test_words_for_a_field_that_went_meanwhile_are_given_back():
    category = category_with(FieldKind.TEXT)
    form = RequestForm(category, posted(details__gone="My long story"))
    assert refused(form) == ["One field is not asked for any more. You had written there: “My long story”."]


def test_values_that_a_browser_never_leaves_out_may_be_missing():
    form = RequestForm(make_category(name="Plain"), QueryDict(""))
    assert refused(form) == ["Subject: Write something here.", "Description: Write something here."]


# Cost items


@pytest.fixture
def budget() -> TicketCategory:
    category = category_with(FieldKind.MONEY)
    CategoryField.objects.filter(category=category).update(key="requested_budget", label="Budget")
    CategoryField.objects.create(category=category, key="cost_items", label="Items", kind=FieldKind.COST_ITEMS)
    return category


def items(*rows: tuple[str, str, str], start: int = 0, **more: str) -> QueryDict:
    data = posted(**more)
    for number, row in enumerate(rows, start=start):
        for part, value in zip(("description", "quantity", "unit_cost"), row, strict=True):
            data[f"details-cost_items-{number}-{part}"] = value
    return data


def test_cost_items_are_read_row_by_row_and_empty_rows_are_none(budget):
    form = RequestForm(budget, items(("Desk", "2", "80"), ("", " ", ""), ("Chair", "1", "40.5"), start=7))
    assert form.asked()["details"]["cost_items"] == [
        {"description": "Desk", "quantity": "2", "unit_cost": "80"},
        {"description": "Chair", "quantity": "1", "unit_cost": "40.5"},
    ]
    assert refused(form) == []
    assert form["details-cost_items"].total == "200.50"


def test_every_faulty_item_is_told_beside_it_and_what_was_typed_stays(budget):
    form = RequestForm(budget, items(("Desk", "two", "80"), ("Chair", "1", "40"), ("", "1", "x")))
    assert refused(form) == [
        "Items: The quantity is a whole number of 1 or more.",
        "Items: Say what it is. Give an amount such as 1250.00.",
    ]
    assert [problem.anchor for problem in form.problems] == [
        "id_details-cost_items-0-description",
        "id_details-cost_items-2-description",
    ]
    page = shown(form)
    assert 'name="details-cost_items-0-quantity" id="id_details-cost_items-0-quantity" value="two"' in page
    assert 'name="details-cost_items-2-unit_cost" id="id_details-cost_items-2-unit_cost" value="x"' in page
    assert form["details-cost_items"].total == "40.00"


def test_a_budget_that_is_not_the_sum_is_refused_with_the_sum(budget):
    form = RequestForm(budget, items(("Desk", "2", "80"), details__requested_budget="150"))
    assert refused(form) == ["Budget: The cost items add up to 160.00."]
    assert "The sum of the cost items." in shown(form)


def test_more_items_than_anybody_lists_are_refused_and_all_kept(budget):
    form = RequestForm(budget, items(*[(f"Thing {n}", "1", "1") for n in range(101)]))
    assert refused(form) == ["Items: At most 100 items."]
    assert len(form["details-cost_items"].rows) == 101


def test_a_row_more_is_empty_and_never_the_hundred_and_first(budget):
    form = RequestForm(budget, items(("Desk", "1", "1")))
    form.add_row("cost_items")
    form.add_row("requested_budget")  # has no rows
    form.add_row("nothing")
    assert [row["description"] for row in form["details-cost_items"].rows] == ["Desk", ""]
    full = RequestForm(budget, items(*[(f"Thing {n}", "1", "1") for n in range(100)]))
    full.add_row("cost_items")
    assert len(full["details-cost_items"].rows) == 100
    assert len(RequestForm(budget)["details-cost_items"].rows) == 1


# A category as it would be, and a ticket as it is


def test_a_category_that_is_not_stored_yet_has_a_form():
    category = TicketCategory(name="To come", sub_categories=["One"])
    fields = [CategoryField(key="it", label="<b>Bold</b>", kind=FieldKind.CHOICE, choices=["Red"], required=True)]
    page = shown(RequestForm(category, fields=fields, auto_id="preview_%s"))
    assert "&lt;b&gt;Bold&lt;/b&gt;" in page
    assert 'id="preview_details-it"' in page
    assert '<option value="One">One</option>' in page


def test_a_ticket_fills_its_form_and_an_unchanged_form_changes_nothing(budget):
    CategoryField.objects.create(category=budget, key="sure", label="Sure", kind=FieldKind.YES_NO)
    CategoryField.objects.create(category=budget, key="many", label="Many", kind=FieldKind.INTEGER)
    ana = people.person()
    ticket = lifecycle.submit(
        by=ana,
        category=budget,
        subject="A desk, please",
        description="\n Line one\nline two ",
        scheduled_date=timezone.localdate(),
        details={
            "cost_items": [{"description": "Desk", "quantity": 2, "unit_cost": "80"}],
            "requested_budget": "160",
            "sure": False,
            "many": 0,
        },
    )
    form = RequestForm(budget, ticket=ticket)
    page = shown(form)
    assert 'value="160.00"' in page
    assert '<input type="radio" name="details-sure" value="no"' in page
    assert "attachments" not in form.fields
    assert differences(form, written_in(ticket)) == []
    before = {**ticket.dynamic_data}
    changed = lifecycle.edit(ticket, by=ana, **form.asked())
    assert (changed.dynamic_data, changed.description) == (before, "\n Line one\nline two ")


def test_where_form_and_ticket_differ_is_told_in_words():
    ticket = make_ticket()
    form = RequestForm(ticket.category, posted(subject="Mine", description=ticket.description), ticket=ticket)
    assert [(each.label, each.now) for each in differences(form, written_in(ticket))] == [("Subject", ticket.subject)]
