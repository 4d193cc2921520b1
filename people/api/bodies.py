"""What a call takes. One class says it twice: to readers of the documentation, and to the code that reads a body.

class Reject(Body):
    reason = Words(help_text="…")

asked = Reject.read(request.data)      # {"reason": …}; InvalidValues for names that it does not know

Types are not judged here but by the door, in the same words as everywhere; only what stands for something else (a day,
a department by its name) is made into that where it can be, and left as it came where not.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from rest_framework import serializers

from audit.reading import Reading, Unfit, bounded_text
from audit.refusals import InvalidValues

#: Of a body with thousands of names that nobody knows, so many are told.
UNKNOWN_MOST = 20
_NAME_LENGTH = 100
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: How a form says yes and no; JSON has words of its own.
_YES, _NO = frozenset({"1", "true", "on", "yes"}), frozenset({"", "0", "false", "off", "no"})


class Body(serializers.Serializer):
    """The names that a call takes."""

    @classmethod
    def read(cls, given: Mapping[str, Any], *, only_given: bool = False) -> dict[str, Any]:
        """Every name with what is made of its value; `only_given`: those that were sent. Raises InvalidValues."""
        # Files come beside the words; what has their name among these is none.
        fields = {name: field for name, field in cls().fields.items() if not isinstance(field, Files)}
        refuse_unknown(given, fields)
        reading = Reading()
        asked = {
            name: reading.take(name, field.read, given.get(name, field.missing))
            for name, field in fields.items()
            if name in given or not only_given
        }
        reading.finish()
        return asked


def refuse_unknown(given: Mapping[str, Any], known: Collection[str], *, prefix: str = "\x00") -> None:
    """Raises InvalidValues for names that are not known. What begins with `prefix` somebody else looks at."""
    unknown = [str(name) for name in given if name not in known and not str(name).startswith(prefix)]
    if unknown:
        sentence = _("There is no such field here. Known are: %(names)s.") % {"names": ", ".join(known) or "–"}
        raise InvalidValues({shown_name(name): sentence for name in unknown[:UNKNOWN_MOST]})


def nothing_given(asked: Mapping[str, Any]) -> None:
    """Raises InvalidValues for a change of nothing: that is a slip."""
    if not asked:
        raise InvalidValues({"": _("Say at least one thing to change.")})


def shown_name(name: str) -> str:
    """A name as it can be said back: what no page or log could show is not."""
    return name[:_NAME_LENGTH] if name.isprintable() else ""


# Fields: to the documentation what the framework makes of them, and `read(value)`


class Words(serializers.CharField):
    """A text, handed on as it was written."""

    missing: Any = ""

    def read(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise Unfit(_("Write a text here."))
        return value


class Choice(serializers.ChoiceField):
    """One of a list. Which ones the door says."""

    missing: Any = None

    def read(self, value: Any) -> Any:
        return value


class Day(serializers.DateField):
    """YYYY-MM-DD; what is no day stays as it came, for the door to say so."""

    missing: Any = None

    def read(self, value: Any) -> Any:
        if value is None or value == "":
            return None
        try:
            return dt.date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else value
        except ValueError:
            return value


class Flag(serializers.BooleanField):
    """Yes or no, and nothing that would have to be guessed: taken for the other, a note would be read by everybody."""

    missing: Any = False

    def read(self, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        raise Unfit(_("Say true or false."))


class FormFlag(Flag):
    """The same of a form, which knows no types."""

    def read(self, value: Any) -> bool:
        word = value.strip().lower() if isinstance(value, str) else value
        return super().read(True if word in _YES else False if word in _NO else word)


class Named(serializers.CharField):
    """A row by what people call it; what names none stays as it came, for the door to say so. `must`: it has to be
    given, where leaving it out would mean something else than null."""

    missing: Any = None

    def __init__(self, rows: Callable[[], models.QuerySet], column: str = "name", **kwargs: Any) -> None:
        self.rows, self.column = rows, column
        super().__init__(**kwargs)

    def read(self, value: Any) -> Any:
        return row_of(self.rows(), self.column, value)


class MustName(Named):
    _NOT_GIVEN = object()
    missing: Any = _NOT_GIVEN

    def read(self, value: Any) -> Any:
        if value is self._NOT_GIVEN:
            raise Unfit(_("Say who, or null for nobody."))
        return super().read(value)


class Files(serializers.ListField):
    """Files of a form; `tickets.api.files` takes them."""

    child = serializers.FileField()


class Anything(serializers.JSONField):
    """JSON, handed on as it came."""

    missing: Any = None

    def read(self, value: Any) -> Any:
        return value


def row_of(rows: models.QuerySet, column: str, value: Any) -> Any:
    """The row that has this value there; the value where there is none."""
    try:
        word = bounded_text(value, _NAME_LENGTH)
    except Unfit:
        return value
    return rows.filter(**{column: word}).first() or value
