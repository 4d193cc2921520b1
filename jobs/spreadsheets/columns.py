"""A column of a spreadsheet: what it is called there, how it is found, and what of the row it stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from itertools import count
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from import_export.fields import Field

from audit.reading import Unfit

_made = count()


class Column(Field):
    """One field of a SheetResource.

    `synonyms`: other titles it is known by. `value_synonyms`: other words for its values ("p1" → "Critical"; keys in
    lower case). `choices`: the values it may have, where they are few. `looks_like`: how sure one can be, from 0 to 1,
    that these values (a column's first ones, as text) belong here. `can_change`: a spreadsheet may change it on a row
    that is here already. `attribute`: where the value stands on the row, "department__name"; the column's name unless
    given. `reads_into`: a value of the file into the one compared and stored as JSON; raises Unfit.
    """

    name = ""
    #: See `matching.Column`.
    shared: tuple[str, ...] = ()
    #: The library's: where the value stands on a row.
    attribute: str | None

    def __init__(
        self,
        title: str | Promise,
        *,
        attribute: str | None = None,
        help: str | Promise = "",  # noqa: A002  # what it is called everywhere else
        required: bool = False,
        synonyms: Sequence[str] = (),
        value_synonyms: Mapping[str, str] | None = None,
        choices: Callable[[], list[str]] | None = None,
        looks_like: Callable[[list[str]], float] | None = None,
        can_change: bool = False,
        can_import: bool = True,
        is_compared: bool = True,
        example: Any = "",
        reads_into: Callable[[Any], Any] | None = None,
        dehydrate_method: Callable[[Any], Any] | None = None,
    ) -> None:
        super().__init__(attribute=attribute, dehydrate_method=dehydrate_method)
        self.title = title
        self.help = help
        self.required = required
        self.synonyms = tuple(synonyms)
        self.value_synonyms = dict(value_synonyms or {})
        self.choices = choices
        self.looks_like = looks_like
        self.can_change = can_change
        #: False for what is given out here alone and only exported (state of an account, dates).
        self.can_import = can_import
        #: False for what only helps to make a new row: on one that is here already it says nothing.
        self.is_compared = is_compared
        self.example = example
        self.reads_into = reads_into
        #: The order in which they were written down.
        self.order = next(_made)

    def named(self, name: str) -> None:
        """Called when its resource is made."""
        self.name = name
        if self.attribute is None and self.dehydrate_method is None:
            self.attribute = name

    def value(self, instance: Any) -> Any:
        """The value of a row that is here, with its type: what is exported. None where there is none."""
        if callable(self.dehydrate_method):
            return plain(self.dehydrate_method(instance))
        try:
            return plain(self.get_value(instance))
        except ObjectDoesNotExist:  # of a history row: what it names is gone
            return None

    def read(self, given: Any, *, choices: Sequence[str] | None = None) -> Any:
        """A cell of the file as it is compared and kept (JSON). "" for an empty one; raises Unfit.

        Words of choices are taken whatever their case. A word that is none of them stays as it is: the verb that takes
        it knows the sentence. `choices`: when the caller has asked for them already.
        """
        value = given.strip() if isinstance(given, str) else given
        if value is None or value == "":
            return ""
        if self.reads_into is not None:
            return self.reads_into(value)
        text = as_text(value)
        if self.choices is None and not self.value_synonyms:
            return text
        return self._chosen(text, self.choices() if choices is None and self.choices else choices or [])

    def _chosen(self, text: str, choices: Sequence[str]) -> str:
        if text in choices:
            return text  # two that differ in case alone are two
        known = {choice.casefold(): choice for choice in choices}
        word = text.casefold()
        meant = known.get(word) or self.value_synonyms.get(word, text)
        return known.get(meant.casefold(), meant)

    def stored(self, instance: Any) -> Any:
        """The value of a row that is here, as `read` gives it back from a file that went out with it."""
        value = self.value(instance)
        if value is None:
            return ""
        try:
            return self.read(value, choices=[as_text(value)])
        except Unfit:
            return as_text(value)

    def said(self, instance: Any) -> str:
        """The same for people: a moment as it is on our clocks."""
        value = self.value(instance)
        if isinstance(value, datetime) and timezone.is_aware(value):
            return timezone.localtime(value).isoformat(sep=" ")
        return as_text(self.stored(instance))


def plain(value: Any) -> Any:
    """Words of enumerations and translations as text, rows by their name."""
    if isinstance(value, str | Promise):
        return str(value)
    if value is None or isinstance(value, bool | int | float | Decimal | datetime | date | time):
        return value
    return str(value)


def as_text(value: Any) -> str:
    """A cell as text: dates as ISO has them, whole numbers without ".0"."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return str(int(value))
    return str(value)


YES = frozenset({"yes", "y", "true", "1", "x", "on"})
NO = frozenset({"no", "n", "false", "0", "off"})


def yes_or_no(value: Any) -> bool:
    """For `reads_into`."""
    if isinstance(value, bool):
        return value
    word = as_text(value).strip().casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise Unfit(_("Write yes or no."))
