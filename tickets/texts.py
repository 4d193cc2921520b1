"""What people write, before it is stored: line ends made one kind, lengths held, nothing else changed.

A description comes back byte for byte (after line ends); so there is no trimming inside and no normalisation.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.utils.translation import gettext as _

from audit.refusals import InvalidValues
from tickets.enums import COMMENT_LENGTH, DESCRIPTION_LENGTH, REASON_LENGTH, SUBJECT_LENGTH

T = TypeVar("T")


class Unfit(ValueError):
    """A text that can't be taken; its message is the sentence for the person."""


def with_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _bounded(text: object, least: int, most: int) -> str:
    if not isinstance(text, str):
        raise Unfit(_("Write a text here."))
    # Bounded before anything looks at it closely.
    if len(text) > 2 * most + 2:
        raise Unfit(_("This is too long: at most %(most)d characters.") % {"most": most})
    text = with_newlines(text)
    if "\x00" in text:
        raise Unfit(_("This has a character that can't be stored (NUL). Remove it and try again."))
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Unfit(_("This has half a character (an unpaired surrogate). Remove it and try again."))
    if len(text) > most:
        raise Unfit(
            _("This is too long: at most %(most)d characters, and it has %(count)d.")
            % {"most": most, "count": len(text)}
        )
    if len(text.strip()) < least:
        if not text.strip():
            raise Unfit(_("Write something here."))
        raise Unfit(_("This is too short: at least %(least)d characters.") % {"least": least})
    return text


def subject(text: object) -> str:
    """One line of 5 to 200 characters, without the blanks around it and without control characters."""
    line = _bounded(text.strip() if isinstance(text, str) else text, *SUBJECT_LENGTH)
    if any(unicodedata.category(character) == "Cc" for character in line):
        raise Unfit(_("The subject is one line: remove line breaks and control characters."))
    return line


def description(text: object) -> str:
    return _bounded(text, *DESCRIPTION_LENGTH)


def comment(text: object) -> str:
    return _bounded(text, *COMMENT_LENGTH)


def reason(text: object) -> str:
    """What somebody must explain: a reason or a resolution."""
    return _bounded(text, *REASON_LENGTH).strip()


def optional_reason(text: object) -> str:
    """A reason that may be left out: "" when there is none."""
    return reason(text) if isinstance(text, str) and text.strip() else ""


class Reading:
    """Reads several values and says everything that is wrong with them at once.

    reading = Reading()
    text = reading.take("reason", reason, given)
    reading.finish()          # raises InvalidValues with all sentences
    """

    def __init__(self) -> None:
        self.errors: dict[str, str] = {}

    def take(self, field: str, reader: Callable[[Any], T], value: Any) -> T:
        try:
            return reader(value)
        except Unfit as unfit:
            self.errors[field] = str(unfit)
            return cast(T, None)  # never used: finish() raises

    def refuse(self, field: str, sentence: str) -> None:
        self.errors.setdefault(field, sentence)

    def finish(self) -> None:
        if self.errors:
            raise InvalidValues(self.errors)


def one(field: str, reader: Callable[[Any], T], value: Any) -> T:
    """Reads a single value; raises InvalidValues under the field's name."""
    reading = Reading()
    taken = reading.take(field, reader, value)
    reading.finish()
    return taken
