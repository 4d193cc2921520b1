"""The extra fields of the categories as columns: one for each key, whichever categories ask for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from audit.reading import Unfit
from jobs.spreadsheets import moments
from jobs.spreadsheets.columns import Column, as_text, yes_or_no
from jobs.spreadsheets.lines import Line
from tickets.details import AMOUNT, NUMBER_LENGTH
from tickets.enums import FieldKind
from tickets.models import CategoryField, Ticket, TicketCategory

PREFIX = "details-"


def columns(taken: set[str]) -> list[Column]:
    """taken: titles that other columns have. Lists of cost items are no cell, and left out."""
    fields = CategoryField.objects.filter(is_active=True).exclude(kind=FieldKind.COST_ITEMS)
    found: dict[str, Column] = {}
    titles = set(taken)
    for field in fields.select_related("category").order_by("category__position", "position", "pk"):
        if field.key not in found:
            title = field.label if field.label not in titles else f"{field.label} ({field.category.name})"
            titles.add(title)
            found[field.key] = _column(field, title)
    return list(found.values())


def _column(field: CategoryField, title: str) -> Column:
    column = Column(
        title,
        help=field.help,
        synonyms=[field.key],
        choices=_choices_of(field) if field.kind == FieldKind.CHOICE else None,
        reads_into=_READERS.get(FieldKind(field.kind)),
        dehydrate_method=_value_of(field),
    )
    column.named(f"{PREFIX}{field.key}")
    return column


def _choices_of(field: CategoryField) -> Callable[[], list[str]]:
    return lambda: list(field.choices)


def given(line: Line, category: TicketCategory) -> dict[str, Any]:
    """The row's extra fields, as far as its category has them; says which it has not."""
    asked = {field.key for field in category.fields.all() if field.is_active}
    told = {name.removeprefix(PREFIX): value for name, value in line.cells.items() if name.startswith(PREFIX)}
    told = {key: value for key, value in told.items() if value != ""}
    for key in sorted(told.keys() - asked):
        line.remark(_("“%(category)s” has no field “%(key)s”: it is left out.") % {"category": category, "key": key})
    return {key: value for key, value in told.items() if key in asked}


def _value_of(field: CategoryField) -> Callable[[Ticket], Any]:
    def value(ticket: Ticket) -> Any:
        stored = ticket.dynamic_data.get(field.key)
        if field.kind == FieldKind.MONEY and isinstance(stored, str) and _is_amount(stored):
            return Decimal(stored)
        return stored if isinstance(stored, str | int | bool) else None

    return value


def _is_amount(text: str) -> bool:
    return len(text) <= NUMBER_LENGTH and bool(AMOUNT.fullmatch(text))


def _number(value: Any) -> Any:
    text = as_text(value).strip()
    return int(text) if len(text) <= NUMBER_LENGTH and text.removeprefix("-").isdecimal() and text.isascii() else text


def _money(value: Any) -> str:
    text = as_text(value).strip()
    try:
        return as_text(Decimal(text).quantize(Decimal("0.01"))) if _is_amount(text) else text
    except InvalidOperation:
        return text


def _yes_no(value: Any) -> Any:
    try:
        return yes_or_no(value)
    except Unfit:
        return as_text(value)


#: Others are texts. What can't be read stays as it is: the category's own rules have the sentence.
_READERS: Mapping[FieldKind, Callable[[Any], Any]] = {
    FieldKind.INTEGER: _number,
    FieldKind.MONEY: _money,
    FieldKind.DATE: moments.day,
    FieldKind.YES_NO: _yes_no,
}
