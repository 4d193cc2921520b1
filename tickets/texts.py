"""What people write, before it is stored: line ends made one kind, lengths held, nothing else changed.

A description comes back byte for byte (after line ends); so there is no trimming inside and no normalisation.
Readers for `audit.reading`: they raise Unfit.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from django.utils.translation import gettext as _

from audit.reading import Unfit, bounded_text
from tickets.enums import COMMENT_LENGTH, DESCRIPTION_LENGTH, REASON_LENGTH, SUBJECT_LENGTH


def _between(text: Any, least: int, most: int) -> str:
    text = bounded_text(text, most)
    if not text.strip():
        raise Unfit(_("Write something here."))
    if len(text.strip()) < least:
        raise Unfit(_("This is too short: at least %(least)d characters.") % {"least": least})
    return text


def subject(text: Any) -> str:
    """One line of 5 to 200 characters, without the blanks around it and without control characters."""
    line = _between(text.strip() if isinstance(text, str) else text, *SUBJECT_LENGTH)
    if any(unicodedata.category(character) == "Cc" for character in line):
        raise Unfit(_("The subject is one line: remove line breaks and control characters."))
    return line


def description(text: Any) -> str:
    return _between(text, *DESCRIPTION_LENGTH)


def comment(text: Any) -> str:
    return _between(text, *COMMENT_LENGTH)


def reason(text: Any) -> str:
    """What somebody must explain: a reason or a resolution."""
    return _between(text, *REASON_LENGTH).strip()


def optional_reason(text: Any) -> str:
    """A reason that may be left out: "" when there is none."""
    return "" if text is None or (isinstance(text, str) and not text.strip()) else reason(text)
