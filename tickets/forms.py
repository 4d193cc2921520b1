"""The form in which somebody asks for something, built from a category: its own fields and one for each extra field.

It judges nothing. Every value is kept as it was typed and handed to the door (`asked`), whose sentences come back to
the fields (`take_errors`): so a form that comes back has everything that was in it, whatever was wrong. Shown by the
templates under tickets/fields/.

form = RequestForm(category, request.POST)
lifecycle.submit(by=…, category=category, **form.asked())
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from audit.refusals import InvalidValues
from tickets import details, form_fields, values
from tickets.form_fields import CostItems, Day, ManyFiles, Typed, choices_with
from tickets.models import CategoryField, Ticket, TicketCategory

#: Names of extra fields in a form begin so (interfaces.md).
DETAILS = "details-"
#: Before the name of something typed that the category does not ask for: kept in case another one does, never sent.
CARRIED = "carried-"
#: More values than this are not carried: three cost items' tables full to the last row.
_CARRIED_MOST = 3 * len(form_fields.PARTS) * details.COST_ITEMS_MOST


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, for the summary on top: what was said, of which field, and where it leads to."""

    sentence: str
    label: str = ""
    anchor: str = ""


class RequestForm(forms.Form):
    """`fields`: the extra fields, by default those that the category asks for; they need not be stored, so that a
    category can be shown as it would be. `ticket`: whose words are changed; it has no files to choose."""

    def __init__(
        self,
        category: TicketCategory,
        data: Any = None,
        files: Any = None,
        *,
        initial: Mapping[str, Any] | None = None,
        fields: Sequence[CategoryField] | None = None,
        ticket: Ticket | None = None,
        **kwargs: Any,
    ) -> None:
        self.category, self.ticket = category, ticket
        #: Names of the values that the door refused.
        self.refused: set[str] = set()
        self.asked_for = list(category.fields.filter(is_active=True) if fields is None else fields)
        known = written_in(ticket) if ticket else {}
        super().__init__(data, files, initial={**known, **(initial or {})}, **{"label_suffix": "", **kwargs})
        self._add_own_fields()
        for field in self.asked_for:
            self.fields[DETAILS + field.key] = form_fields.of(field, self.asked_for)
        self.fields["scheduled_date"] = Typed(
            label=_("Wanted by"),
            required=False,
            help_text=_("Only if there is a day by which you need it. Today or later."),
            widget=Day(earliest=None if ticket else timezone.localdate()),
        )
        if ticket is None:
            self.fields["attachments"] = Typed(label=_("Files"), required=False, widget=ManyFiles())
        self._keep_choices()

    def _add_own_fields(self) -> None:
        words = [(word, word) for word in self.category.sub_categories]
        if words or self.initial.get("sub_category"):
            self.fields["sub_category"] = Typed(
                label=_("What it is about"), required=False, widget=forms.Select(choices=[("", "–"), *words])
            )
        self.fields["subject"] = Typed(
            label=_("Subject"),
            help_text=_("In a few words, 5 to 200 characters: “Laptop does not start”."),
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )
        self.fields["description"] = Typed(
            label=_("Description"),
            help_text=_("What you need, what happened, what you have tried. At least 10 characters."),
            widget=forms.Textarea(attrs={"rows": 7}),
        )

    def _keep_choices(self) -> None:
        """What was chosen stays chosen, also when it is not offered any more: the door says so, and nothing is lost."""
        for name, field in self.fields.items():
            if isinstance(field.widget, forms.Select):
                field.widget.choices = choices_with(self[name].value(), field.widget.choices)

    @classmethod
    def after_choosing(cls, category: TicketCategory, data: Any) -> RequestForm:
        """The form of a category with what was typed in that of another one, where it fits. What does not is `carried`:
        whoever goes back finds it again."""
        fields = list(category.fields.filter(is_active=True))
        as_offered, fitting = cls(category, fields=fields), data.copy()
        for name in sorted({name.removeprefix(CARRIED) for name in data}):
            if name != "sub_category" and not name.startswith(DETAILS):
                continue
            typed = [data[each] for each in (name, CARRIED + name) if data.get(each, "").strip()]
            fits = [value for value in typed if as_offered._takes(name, value)][:1]
            rest = [value for value in typed if value not in fits][:1]
            for each, left in ((name, fits), (CARRIED + name, rest)):
                fitting.pop(each, None)
                if left:
                    fitting[each] = left[0]
        return cls(category, fitting, fields=fields)

    def _takes(self, name: str, typed: str) -> bool:
        """Whether something typed in the form of another category has a place here."""
        is_part = bool(form_fields.PART_OF_ITEM.search(name))
        field = self.fields.get(form_fields.PART_OF_ITEM.sub("", name))
        if field is None or isinstance(field, CostItems) != is_part:
            return False
        return not isinstance(field.widget, forms.widgets.ChoiceWidget) or typed in dict(field.widget.choices)

    # For the pages

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Hidden fields of the page: what was typed and has no place here. A field that went while somebody wrote
        into it keeps its name, for the door to say so; once it did, the words stand in its sentence."""
        unknown = {DETAILS + key for key in self._unknown()} - self.refused
        kept = [name for name in self.data if name.startswith(CARRIED) or name in unknown]
        return [(name, self.data[name]) for name in kept if self.data[name].strip()][:_CARRIED_MOST]

    @property
    def detail_fields(self) -> list[forms.BoundField]:
        return [self[DETAILS + field.key] for field in self.asked_for]

    def add_row(self, key: str) -> None:
        """One more empty row for cost items; for no such field nothing."""
        field = self.fields.get(DETAILS + key)
        if isinstance(field, CostItems):
            field.more += 1

    @cached_property
    def budget_id(self) -> str:
        """The id of the field that must be the sum of the cost items; "" if there is none."""
        name = DETAILS + details.BUDGET_KEY
        return self[name].auto_id if name in self.fields else ""

    @property
    def problems(self) -> list[Problem]:
        """Everything that is wrong, in the order of the fields."""
        found = [Problem(str(sentence)) for sentence in self.non_field_errors()]
        for bound in self:
            anchor, label = form_fields.anchor_of(bound), str(bound.label)
            # Faulty items are told one by one, in place of the sentence that has them all.
            said = getattr(bound, "faults", []) or [(anchor, str(sentence)) for sentence in bound.errors]
            found += [Problem(sentence, "" if label in sentence else label, where) for where, sentence in said]
        return found

    # To and from the door

    def asked(self) -> dict[str, Any]:
        """What was typed, as `lifecycle.submit` and `lifecycle.edit` take it by keyword."""
        return {
            "subject": self.typed("subject"),
            "description": self.typed("description"),
            "sub_category": self.typed("sub_category") if "sub_category" in self.fields else "",
            "details": {field.key: self.typed(DETAILS + field.key) for field in self.asked_for} | self._unknown(),
            "scheduled_date": _day(self.typed("scheduled_date")),
        }

    def check(self) -> None:
        """Ask what would be wrong with it, without sending anything: raises InvalidValues."""
        asked = self.asked()
        values.request(
            self.category, asked["subject"], asked["description"], asked["sub_category"], asked["details"],
            asked["scheduled_date"],
        )  # fmt: skip

    def take_errors(self, invalid: InvalidValues) -> None:
        """The door's sentences, at the fields they are about."""
        self.refused |= set(invalid.errors)
        for name, sentences in invalid.errors.items():
            for sentence in sentences:
                if name in self.fields:
                    self.add_error(name, sentence)
                else:
                    self.add_error(None, self._of_no_field(name, sentence))

    def _of_no_field(self, name: str, sentence: str) -> str:
        """A field that went while somebody wrote into it: they get their words back."""
        written = self.data.get(name, "") if name.startswith(DETAILS) else ""
        if not written:
            return sentence
        return _("One field is not asked for any more. You had written there: “%(words)s”.") % {"words": written}

    def typed(self, name: str) -> Any:
        """What stands in a field; "" also for one that was not sent."""
        bound = self[name]
        given = bound.data if self.is_bound else bound.initial
        return "" if given is None else given

    def _unknown(self) -> dict[str, str]:
        """What was sent for fields that this category does not ask for. The door refuses it, so that it can't get lost
        without a word. Parts of cost items are no fields."""
        names = [name for name in self.data if name.startswith(DETAILS) and name not in self.fields]
        return {
            name.removeprefix(DETAILS): self.data[name]
            for name in names
            if self.data[name].strip() and not form_fields.PART_OF_ITEM.search(name)
        }


def written_in(ticket: Ticket) -> dict[str, Any]:
    """A ticket's words as its form has them."""
    given = {DETAILS + key: _as_typed(value) for key, value in ticket.dynamic_data.items()}
    day = ticket.scheduled_date
    own = {name: getattr(ticket, name) for name in ("subject", "description", "sub_category")}
    return {**given, **own, "scheduled_date": day.isoformat() if day else ""}


def _as_typed(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, int) else value


def _day(typed: str) -> dt.date | str | None:
    """A date; what is none stays as it was typed, for the door to say so."""
    try:
        return dt.date.fromisoformat(typed.strip()) if typed and typed.strip() else None
    except ValueError:
        return typed


@dataclass(frozen=True)
class Difference:
    """Where a ticket says something else than the form."""

    label: str
    now: str


def differences(form: RequestForm, written: Mapping[str, Any]) -> list[Difference]:
    """Where a form has something else than what is `written_in` its ticket by now."""
    found = []
    for bound in form:
        now, typed = written.get(bound.name, ""), form.typed(bound.name)
        if _without_line_ends(now) != _without_line_ends(typed):
            found.append(Difference(str(bound.label), _in_words(now)))
    return found


def _without_line_ends(value: Any) -> Any:
    if isinstance(value, list):
        return [{part: str(given).strip() for part, given in item.items()} for item in value]
    return str(value or "").replace("\r\n", "\n").strip()


def _in_words(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(f"{item['description']}: {item['quantity']} × {item['unit_cost']}" for item in value)
    return str(value)
