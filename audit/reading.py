"""Reading what people gave: each value into what is stored, or into a sentence that says what is wrong with it.

reading = Reading()
subject = reading.take("subject", texts.subject, given)
reading.finish()          # raises InvalidValues with all sentences at once
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from audit.refusals import InvalidValues

T = TypeVar("T")


class Unfit(ValueError):
    """A value that can't be taken; its message is the sentence for the person."""


class Reading:
    """Reads several values and says everything that is wrong with them at once."""

    def __init__(self) -> None:
        self.errors: dict[str, list[str]] = {}

    def take(self, field: str, reader: Callable[..., T], *given: Any) -> T:
        """What `reader` makes of the given; what it has against it is kept under the field's name."""
        try:
            return reader(*given)
        except Unfit as unfit:
            self.refuse(field, str(unfit))
        except ValidationError as invalid:
            for sentence in invalid.messages:
                self.refuse(field, sentence)
        return cast(T, None)  # never used: finish() raises

    def refuse(self, field: str, sentence: str) -> None:
        self.errors.setdefault(field, []).append(sentence)

    def finish(self) -> None:
        if self.errors:
            raise InvalidValues(self.errors)


def one(field: str, reader: Callable[..., T], *given: Any) -> T:
    """Reads a single value; raises InvalidValues under the field's name."""
    reading = Reading()
    taken = reading.take(field, reader, *given)
    reading.finish()
    return taken


def bounded_text(text: Any, most: int) -> str:
    """A text of at most `most` characters that both databases can hold, with one kind of line end."""
    if not isinstance(text, str):
        raise Unfit(_("Write a text here."))
    # Bounded before anything looks at it closely; a line end may still become one character of two.
    if len(text) <= 2 * most:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > most:
        sentence = _("This is too long: at most %(most)d characters, and it has %(count)d.")
        raise Unfit(sentence % {"most": most, "count": len(text)})
    if "\x00" in text:
        raise Unfit(_("This has a character that can't be stored (NUL). Remove it and try again."))
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Unfit(_("This has half a character (an unpaired surrogate). Remove it and try again."))
    return text
