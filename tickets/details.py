"""A category's extra fields: what each kind takes, and the rules over them. Every writing of `dynamic_data` asks here.

Values are stored as JSON: text as a string, integer as an int, money as a string with two decimals, date as
"YYYY-MM-DD", choice as the chosen word, yes-no as a bool, cost items as
`[{"description": str, "quantity": int, "unit_cost": "0.00"}]`. Source: domain.md "TicketCategory".
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from audit.reading import Unfit, bounded_text
from tickets.enums import FieldKind
from tickets.models import CategoryField, TicketCategory

TEXT_LENGTH = 200
LONG_TEXT_LENGTH = 5_000
COST_ITEMS_MOST = 100
#: Nothing that a company buys costs more; beyond it a number is a slip of the finger.
MONEY_MOST = Decimal("999999999.99")
INTEGER_MOST = 10**12
QUANTITY_MOST = 1_000_000
#: What is read as a number at all; longer texts are not looked at, so no conversion can fail or take its time.
NUMBER_LENGTH = 20
WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")
AMOUNT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)")
#: Set together with cost items, this field must be their sum (domain.md).
BUDGET_KEY = "requested_budget"
NUMBERS = (FieldKind.INTEGER, FieldKind.MONEY)


def validate(
    category: TicketCategory, data: Any, *, lenient: bool = False, kept: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """Returns (values to store, errors by key); the values are whole only when there are no errors.

    data: a mapping or None; whatever else it is or holds ends as an error. Errors of the whole are under "".

    lenient: for tickets that were made elsewhere or under other fields: wrong kinds are refused still, but nothing
    is required, and rules that look at today (or at each other) are left out.

    kept: what stands there already: a day among it that has passed meanwhile may stay.
    """
    if data is not None and not isinstance(data, Mapping):
        return {}, {"": _("Give the details as names and values.")}
    given = dict(data or {})
    # All of them and then those that are asked for: whoever checks many tickets has fetched them beforehand.
    fields = [field for field in category.fields.all() if field.is_active]
    clean: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for field in fields:
        value = given.pop(field.key, None)
        if _is_blank(value):
            if field.required and not lenient:
                errors[field.key] = _("Fill in “%(label)s”.") % {"label": field.label}
            continue
        try:
            clean[field.key] = _READERS[FieldKind(field.kind)](field, value)
        except Unfit as unfit:
            errors[field.key] = str(unfit)
    for key in given:
        # A page or a report shall be able to show the key: what is no text, or none that can be shown, is not named.
        named = isinstance(key, str) and key.isprintable()
        errors[key[:50] if named else ""] = _("This category has no such field.")
    if not lenient:
        errors = _broken_rules(fields, clean, kept or {}) | errors
    return clean, errors


def fitting(category: TicketCategory, data: Mapping[str, Any]) -> dict[str, Any]:
    """The part of `data` that a category can hold: for a ticket that moves to another category."""
    keys = set(category.fields.filter(is_active=True).values_list("key", flat=True))
    clean, _errors = validate(category, {key: value for key, value in data.items() if key in keys}, lenient=True)
    return clean


def retired(category: TicketCategory, data: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked under fields that are asked for no more: an edit keeps it."""
    asked_for = set(category.fields.filter(is_active=True).values_list("key", flat=True))
    return {key: value for key, value in data.items() if key not in asked_for}


def total(cost_items: Iterable[Mapping[str, Any]]) -> Decimal:
    """What stored cost items sum up to."""
    return sum((item["quantity"] * Decimal(item["unit_cost"]) for item in cost_items), Decimal("0.00"))


def _is_blank(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _broken_rules(fields: list[CategoryField], clean: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, str]:
    """Rules that look at more than one value, or at today."""
    errors: dict[str, str] = {}
    labels = {field.key: field.label for field in fields}
    for field in fields:
        value = clean.get(field.key)
        if value is None:
            continue
        if field.not_past and value != kept.get(field.key) and value < timezone.localdate().isoformat():
            errors[field.key] = _("“%(label)s” can't be in the past.") % {"label": field.label}
        earlier = clean.get(field.not_before) if field.not_before else None
        if earlier is not None and value < earlier:
            errors[field.key] = _("“%(label)s” can't be before “%(other)s”.") % {
                "label": field.label,
                "other": labels[field.not_before],
            }
    items = next((clean.get(field.key) for field in fields if field.kind == FieldKind.COST_ITEMS), None)
    has_budget = any(field.key == BUDGET_KEY and field.kind in NUMBERS for field in fields) and BUDGET_KEY in clean
    if items and has_budget and Decimal(clean[BUDGET_KEY]) != total(items):
        errors[BUDGET_KEY] = _("The cost items add up to %(total)s.") % {"total": total(items)}
    return errors


def _read_line(field: CategoryField, value: Any) -> str:
    text = bounded_text(value, TEXT_LENGTH).strip()
    if "\n" in text:
        raise Unfit(_("One line, please."))
    return text


def _digits(value: Any, form: re.Pattern[str]) -> str:
    """A number as it is written, when it is one that anybody means; "" for everything else.

    Never str() of an integer without end (it raises), nor Decimal() of an exponent (that overflows).
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return ""
    if isinstance(value, int) and abs(value) > 10 * INTEGER_MOST:
        return ""
    text = str(value).strip()
    return text if len(text) <= NUMBER_LENGTH and form.fullmatch(text) else ""


def _whole_number(value: Any, least: int, most: int) -> int | None:
    text = "" if isinstance(value, float | Decimal) else _digits(value, WHOLE_NUMBER)
    return int(text) if text and least <= int(text) <= most else None


def _read_integer(field: CategoryField, value: Any) -> int:
    number = _whole_number(value, -INTEGER_MOST, INTEGER_MOST)
    if number is None:
        raise Unfit(_("Give a whole number."))
    return int(_not_negative(field, number))


def _read_money(field: CategoryField, value: Any) -> str:
    return str(_not_negative(field, _amount(value)))


def _amount(value: Any) -> Decimal:
    """An amount with at most two decimals, in [-MONEY_MOST, MONEY_MOST]. Floats are read as they print."""
    text = _digits(value, AMOUNT)
    if not text or abs(Decimal(text)) > MONEY_MOST:
        raise Unfit(_("Give an amount such as 1250.00."))
    amount = Decimal(text)
    if amount != amount.quantize(Decimal("0.01")):
        raise Unfit(_("At most two decimals."))
    return amount.quantize(Decimal("0.01")) + 0  # + 0: no "-0.00"


def _not_negative(field: CategoryField, number: Any) -> Any:
    if field.not_negative and number < 0:
        raise Unfit(_("“%(label)s” can't be negative.") % {"label": field.label})
    return number


def day_in_reach(day: dt.date) -> dt.date:
    """Beyond these years a date is a slip of the finger."""
    if not 1900 <= day.year <= 2200:
        raise Unfit(_("Give a date between 1900 and 2200."))
    return day


def _read_date(field: CategoryField, value: Any) -> str:
    if isinstance(value, dt.datetime):
        value = value.date()
    try:
        day = value if isinstance(value, dt.date) else dt.date.fromisoformat(_short_text(value))
    except ValueError:
        raise Unfit(_("Give a date as year-month-day, such as 2027-03-31.")) from None
    return day_in_reach(day).isoformat()


def _short_text(value: Any) -> str:
    """A word or a date without the blanks around it; "" for what can't be either."""
    return value.strip()[:NUMBER_LENGTH] if isinstance(value, str) else ""


def _read_choice(field: CategoryField, value: Any) -> str:
    if not isinstance(value, str) or value not in field.choices:
        raise Unfit(_("Choose one of: %(choices)s.") % {"choices": ", ".join(field.choices)})
    return value


def _read_yes_no(field: CategoryField, value: Any) -> bool:
    words = {"true": True, "on": True, "yes": True, "1": True, "false": False, "off": False, "no": False, "0": False}
    # Also True and False themselves, which are 1 and 0 to Python.
    answer = bool(value) if isinstance(value, int) and value in (0, 1) else words.get(_short_text(value).lower())
    if answer is None:
        raise Unfit(_("Answer yes or no."))
    return answer


def _read_cost_items(field: CategoryField, value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list) and len(value) > COST_ITEMS_MOST:
        raise Unfit(_("At most %(most)d items.") % {"most": COST_ITEMS_MOST})
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise Unfit(_("Give a list of items, each with description, quantity and unit cost."))
    items, faults = _cost_items(value)
    if faults:
        words = _("Item %(number)d: %(sentence)s")
        raise Unfit(" ".join(words % {"number": number, "sentence": said} for number, said in faults.items()))
    return items


def _cost_items(given: Iterable[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], dict[int, str]]:
    """The items that can be taken, and what is wrong with the others, by their number from 1."""
    items, faults = [], {}
    for number, item in enumerate(given, start=1):
        try:
            items.append(_read_cost_item(item))
        except Unfit as unfit:
            faults[number] = str(unfit)
    return items, faults


def faults_of_items(given: Iterable[Mapping[str, Any]]) -> dict[int, str]:
    """Number of an item, from 1 → what is wrong with it: for a form that says so beside it."""
    return _cost_items(given)[1]


def total_so_far(given: Iterable[Mapping[str, Any]]) -> Decimal:
    """What those of the items sum up to that can be taken: for a form that is not finished."""
    return total(_cost_items(given)[0])


def _read_cost_item(item: Mapping[str, Any]) -> dict[str, Any]:
    if set(item) - {"description", "quantity", "unit_cost"}:
        raise Unfit(_("Only description, quantity and unit cost belong here."))
    readers: dict[str, Callable[[Any], Any]] = {
        "description": _what_it_is,
        "quantity": _quantity,
        "unit_cost": _unit_cost,
    }
    clean: dict[str, Any] = {}
    faults: list[str] = []
    for part, reader in readers.items():
        try:
            clean[part] = reader(item.get(part))
        except Unfit as unfit:
            faults.append(str(unfit))
    if faults:
        raise Unfit(" ".join(faults))
    return clean


def _what_it_is(given: Any) -> str:
    description = bounded_text(given, TEXT_LENGTH).strip()
    if not description:
        raise Unfit(_("Say what it is."))
    return description


def _quantity(given: Any) -> int:
    quantity = _whole_number(given, 1, QUANTITY_MOST)
    if quantity is None:
        raise Unfit(_("The quantity is a whole number of 1 or more."))
    return quantity


def _unit_cost(given: Any) -> str:
    unit_cost = _amount(given)
    if unit_cost < 0:
        raise Unfit(_("The unit cost can't be negative."))
    return str(unit_cost)


_READERS: dict[FieldKind, Callable[[CategoryField, Any], Any]] = {
    FieldKind.TEXT: _read_line,
    FieldKind.LONG_TEXT: lambda field, value: bounded_text(value, LONG_TEXT_LENGTH),
    FieldKind.INTEGER: _read_integer,
    FieldKind.MONEY: _read_money,
    FieldKind.DATE: _read_date,
    FieldKind.CHOICE: _read_choice,
    FieldKind.YES_NO: _read_yes_no,
    FieldKind.COST_ITEMS: _read_cost_items,
}
