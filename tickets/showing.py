"""The values of a ticket's extra fields as people read them: dates, amounts, yes and no, cost items with their sum."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from tickets import details
from tickets.enums import FieldKind
from tickets.models import CategoryField, Ticket

#: Of what lies under a key that no field explains, a page shows this much.
UNKNOWN_LENGTH = 500


@dataclass(frozen=True)
class CostItem:
    description: str
    quantity: str
    unit_cost: str
    cost: str


@dataclass(frozen=True)
class Detail:
    """One extra field with its value in words; cost items have `items` and their `total` instead."""

    key: str
    label: str
    kind: str
    value: str
    items: list[CostItem] = field(default_factory=list)
    total: str = ""


def details_of(ticket: Ticket, fields: Iterable[CategoryField] | None = None) -> list[Detail]:
    """In the order of the form; retired fields that have a value too, and last what no field explains.

    fields: those of its category when the caller has them; otherwise one statement.
    """
    data = ticket.dynamic_data or {}
    if not data:
        return []
    known = {each.key: each for each in (ticket.category.fields.all() if fields is None else fields)}
    ordered = [key for key in known if key in data] + [key for key in data if key not in known]
    return [_detail(key, known.get(key), data[key]) for key in ordered]


def _detail(key: str, known: CategoryField | None, value: Any) -> Detail:
    label, kind = (known.label, known.kind) if known else (key, FieldKind.TEXT.value)
    if kind == FieldKind.COST_ITEMS and _are_cost_items(value):
        return Detail(key, label, kind, "", [_cost_item(item) for item in value], _amount(details.total(value)))
    return Detail(key, label, FieldKind.TEXT if kind == FieldKind.COST_ITEMS else kind, in_words(known, value))


def in_words(known: CategoryField | None, value: Any) -> str:
    """A value in one text; "" for none. Never fails: it may have been brought in under other rules."""
    kind = known.kind if known else ""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if kind == FieldKind.MONEY:
        return _amount(value)
    if kind == FieldKind.INTEGER and isinstance(value, int):
        return number_format(value, force_grouping=True)
    if kind == FieldKind.DATE:
        return _day(value)
    if _are_cost_items(value):
        return "; ".join(f"{item.quantity} × {item.description} ({item.unit_cost})" for item in map(_cost_item, value))
    return value if isinstance(value, str) else str(value)[:UNKNOWN_LENGTH]


def _are_cost_items(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, Mapping)
        and isinstance(item.get("description"), str)
        and isinstance(item.get("quantity"), int)
        and _number(item.get("unit_cost")) is not None
        for item in value
    )


def _cost_item(item: Mapping[str, Any]) -> CostItem:
    quantity = number_format(item["quantity"], force_grouping=True)
    return CostItem(item["description"], quantity, _amount(item["unit_cost"]), _amount(details.total([item])))


def _number(value: Any) -> Decimal | None:
    text = str(value)
    try:
        number = Decimal(text) if len(text) <= details.NUMBER_LENGTH else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() and number.adjusted() < details.NUMBER_LENGTH else None


def _amount(value: Any) -> str:
    # The sum of many items is longer than what one may be: it is a number already.
    number = value if isinstance(value, Decimal) else _number(value)
    return str(value)[:UNKNOWN_LENGTH] if number is None else number_format(number, 2, force_grouping=True)


def _day(value: Any) -> str:
    try:
        return date_format(dt.date.fromisoformat(str(value)), "j F Y")
    except ValueError:
        return str(value)[:UNKNOWN_LENGTH]
