"""The fields of the form that is built from a category: one of Django's for each kind of extra field.

None of them refuses anything (see forms.py). Numbers are typed into plain fields with the right keyboard: a browser's
own number field throws away what it does not understand.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from tickets import details
from tickets.enums import FieldKind
from tickets.models import CategoryField

PARTS = ("description", "quantity", "unit_cost")
#: The end of a name such as "details-cost_items-0-description". Five digits are more rows than any form has.
PART_OF_ITEM = re.compile(rf"-([0-9]{{1,5}})-({'|'.join(PARTS)})\Z")


class Typed(forms.Field):
    """A value as it was typed. `required` is shown, and asked by the door."""

    def clean(self, value: Any) -> Any:
        return value


class Day(forms.TextInput):
    """A date. What is none is shown in a plain field, since a date field would show nothing of it."""

    def __init__(self, earliest: dt.date | None = None) -> None:
        super().__init__(attrs={"class": "short"})
        self.earliest = earliest

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        if is_day(value or ""):
            context["widget"]["type"] = "date"
            if self.earliest:
                context["widget"]["attrs"]["min"] = self.earliest.isoformat()
        return context


def is_day(typed: str) -> bool:
    """Whether a browser's date field can show it; nothing typed it can, too."""
    try:
        return not typed or (bool(re.fullmatch(r"\d{4}-\d\d-\d\d", typed)) and bool(dt.date.fromisoformat(typed)))
    except ValueError:
        return False


class ManyFiles(forms.FileInput):
    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__(attrs={"multiple": True})


class CostItemsWidget(forms.Widget):
    """Rows of three fields each; shown by tickets/fields/cost_items.html. Empty rows are none."""

    use_fieldset = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, str]]:
        rows: dict[int, dict[str, str]] = {}
        for key in data:
            found = PART_OF_ITEM.search(key) if key.startswith(name) else None
            if found and key[: found.start()] == name:
                rows.setdefault(int(found[1]), {})[found[2]] = data[key]
        typed = [{part: rows[number].get(part, "") for part in PARTS} for number in sorted(rows)]
        return [row for row in typed if any(value.strip() for value in row.values())]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def id_for_label(self, id_: str, index: Any = None) -> str:
        return ""


class CostItems(Typed):
    widget = CostItemsWidget
    most = details.COST_ITEMS_MOST
    #: Empty rows that somebody asked for, besides the one that is there when there is no other.
    more = 0

    def get_bound_field(self, form: Any, field_name: str) -> BoundCostItems:
        return BoundCostItems(form, self, field_name)


class BoundCostItems(forms.BoundField):
    """`rows` as the template shows them: number from 0 (a word, to build names of), values and what is wrong."""

    is_cost_items = True

    @property
    def items(self) -> list[dict[str, Any]]:
        return self.value() or []

    @property
    def rows(self) -> list[dict[str, Any]]:
        items = self.items
        field: Any = self.field
        empty = min(max(field.more, 0 if items else 1), max(field.most - len(items), 0))
        faults = details.faults_of_items(items) if self.errors else {}
        return [
            {"number": str(number), "error": faults.get(number + 1, ""), **item}
            for number, item in enumerate([*items, *[dict.fromkeys(PARTS, "") for _row in range(empty)]])
        ]

    @property
    def faults(self) -> list[tuple[str, str]]:
        """What is wrong with single items: the id of its first field, the sentence."""
        return [(f"{self.auto_id}-{row['number']}-description", row["error"]) for row in self.rows if row["error"]]

    @property
    def total(self) -> str:
        return str(details.total_so_far(self.items))


def anchor_of(bound: forms.BoundField) -> str:
    """The id of what takes the focus when somebody follows a sentence to its field."""
    if isinstance(bound, BoundCostItems):
        return f"{bound.auto_id}-0-description"
    return f"{bound.auto_id}_0" if bound.use_fieldset else bound.auto_id


def choices_with(chosen: Any, choices: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    offered = list(choices)
    if chosen and chosen not in dict(offered):
        offered.append((chosen, _("%(choice)s (not offered any more)") % {"choice": chosen}))
    return offered


def of(field: CategoryField, among: Sequence[CategoryField]) -> forms.Field:
    """The field of a form for an extra field; `among`: all of its category, whose labels its rules speak of."""
    make, widget = _KINDS[FieldKind(field.kind)]
    return make(
        label=field.label, required=field.required, help_text=" ".join(_hints(field, among)), widget=widget(field)
    )


def _hints(field: CategoryField, among: Sequence[CategoryField]) -> list[str]:
    """What to write there, and the rules before anybody breaks them."""
    hints = [field.help] if field.help else []
    if field.kind == FieldKind.MONEY:
        hints.append(_("An amount such as 1250.00."))
    if field.kind == FieldKind.INTEGER:
        hints.append(_("A whole number."))
    if field.kind == FieldKind.LONG_TEXT:
        hints.append(_("Up to %(most)s characters.") % {"most": f"{details.LONG_TEXT_LENGTH:,}"})
    if field.not_negative:
        hints.append(_("Not below 0."))
    if field.not_past:
        hints.append(_("Today or later."))
    other = next((each.label for each in among if field.not_before and each.key == field.not_before), "")
    if other:
        hints.append(_("Not before “%(other)s”.") % {"other": other})
    has_items = any(each.kind == FieldKind.COST_ITEMS for each in among)
    if has_items and field.key == details.BUDGET_KEY:
        hints.append(_("The sum of the cost items."))
    return hints


def _line(field: CategoryField) -> forms.Widget:
    return forms.TextInput(attrs={"autocomplete": "off"})


def _number(mode: str) -> Callable[[CategoryField], forms.Widget]:
    attrs = {"inputmode": mode, "autocomplete": "off", "class": "short"}
    return lambda field: forms.TextInput(attrs=attrs)


def _select(field: CategoryField) -> forms.Widget:
    nothing = _("Choose one") if field.required else "–"
    return forms.Select(choices=[("", nothing), *((word, word) for word in field.choices)])


def _yes_or_no(field: CategoryField) -> forms.Widget:
    answers = [("yes", _("Yes")), ("no", _("No"))]
    return forms.RadioSelect(choices=answers if field.required else [*answers, ("", _("No answer"))])


_KINDS: dict[FieldKind, tuple[type[forms.Field], Callable[[CategoryField], forms.Widget]]] = {
    FieldKind.TEXT: (Typed, _line),
    FieldKind.LONG_TEXT: (Typed, lambda field: forms.Textarea(attrs={"rows": 5})),
    FieldKind.INTEGER: (Typed, _number("numeric")),
    FieldKind.MONEY: (Typed, _number("decimal")),
    FieldKind.DATE: (Typed, lambda field: Day(timezone.localdate() if field.not_past else None)),
    FieldKind.CHOICE: (Typed, _select),
    FieldKind.YES_NO: (Typed, _yes_or_no),
    FieldKind.COST_ITEMS: (CostItems, lambda field: CostItemsWidget()),
}
