"""Dates and times in cells: from a workbook they come as such, from a CSV as text. For `Column.reads_into`."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from audit.reading import Unfit

#: With dots the day stands first, everywhere; with slashes nobody can tell it from the month.
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})\b")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})\b")
#: More of a second than a microsecond, as some programs write it.
_FRACTION = re.compile(r"(\.\d{6})\d+")
_LONGEST = 40
#: In whatever order: whether it can be read is another question.
_LIKE_A_DATE = re.compile(r"(\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4})([T ,].*)?")


def moment(value: Any) -> str:
    """A date with its time as ISO has it, in UTC and in whole seconds. Without a zone it is of ours (TIME_ZONE), and
    without a time it is the beginning of the day. Raises Unfit."""
    read = value if isinstance(value, dt.datetime | dt.date) else _read(value)
    if not isinstance(read, dt.datetime):
        read = dt.datetime.combine(read, dt.time())
    try:
        if timezone.is_naive(read):
            read = timezone.make_aware(read)
        return read.astimezone(dt.UTC).replace(microsecond=0).isoformat()
    except (OverflowError, ValueError):  # in year 1 or 9999, and beyond it in UTC
        raise _unfit() from None


def day(value: Any) -> str:
    """A date as ISO has it. Raises Unfit."""
    read = value if isinstance(value, dt.datetime | dt.date) else _read(value)
    return (read.date() if isinstance(read, dt.datetime) else read).isoformat()


def plain_moment(value: dt.datetime | None) -> dt.datetime | None:
    """A moment of ours as `moment` would read it back: for `Column.dehydrate_method`."""
    return None if value is None else value.astimezone(dt.UTC).replace(microsecond=0)


def like_moments(texts: list[str]) -> float:
    """How many of them look like dates. For the `Column.looks_like` of the date that a row has at least."""
    return sum(bool(_LIKE_A_DATE.fullmatch(text)) for text in texts) / len(texts) if texts else 0.0


def like_other_moments(texts: list[str]) -> float:
    """For a date beside others: that a column has dates does not tell which, only that one without is none."""
    return like_moments(texts) / 2


def _read(value: Any) -> dt.datetime | dt.date:
    text = value.strip() if isinstance(value, str) else ""
    if not text or len(text) > _LONGEST:
        raise _unfit()
    text = _YEAR_FIRST.sub(lambda m: f"{m[1]}-{int(m[2]):02d}-{int(m[3]):02d}", text)
    text = _DOTTED.sub(lambda m: f"{m[3]}-{int(m[2]):02d}-{int(m[1]):02d}", text)
    text = re.sub(r" ?UTC$", "+00:00", _FRACTION.sub(r"\1", text))
    try:
        return dt.datetime.fromisoformat(text) if len(text) > len("2027-03-31") else dt.date.fromisoformat(text)
    except ValueError:
        raise _unfit() from None


def _unfit() -> Unfit:
    return Unfit(_("Write dates as year-month-day, with a time if there is one, such as 2027-03-31 14:30."))
