"""What stands behind the “?” of a list: every value from a list or of a form, and no name that is not known. A slip in
a filter would otherwise answer with everything."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from audit.reading import Reading, Unfit
from audit.refusals import InvalidValues
from people.api import paging
from people.api.bodies import refuse_unknown
from people.models import Department

COMPANY_ID = re.compile(r"MA[0-9]{4,12}")
_MOMENT_LENGTH = 40
#: Of so many values of one filter a question is made; more is no question.
_VALUES_MOST = 50


class Filters:
    """What was asked, read value by value; `finish()` raises InvalidValues with all that is wrong.

    `many`: filters that may come more than once; `once`: those of which the last would silently win over the others.
    """

    def __init__(self, asked: QueryDict, *, many: Collection[str] = (), once: Collection[str] = ()) -> None:
        once = [*once, paging.CURSOR, paging.SIZE]
        refuse_unknown(asked, [*many, *once])
        if twice := [name for name in once if len(asked.getlist(name)) > 1]:
            sentence = _("This can be asked for only once. Leave the others out.")
            raise InvalidValues(dict.fromkeys(twice, sentence))
        self.asked, self.reading = asked, Reading()

    def several(self, name: str, allowed: Sequence[str]) -> list[str]:
        """Each of a list; repeated, or with commas where no word of the list has one. [] for not asked."""
        return self.reading.take(name, _all_of, self.asked.getlist(name), allowed) or []

    def one(self, name: str, allowed: Sequence[str], otherwise: str) -> str:
        given = self.asked.get(name) or otherwise
        return self.reading.take(name, _one_of, given, allowed) or otherwise

    def moment(self, name: str) -> dt.datetime | None:
        given = self.asked.get(name)
        return self.reading.take(name, _moment, given) if given else None

    def finish(self) -> None:
        self.reading.finish()


def department_names() -> list[str]:
    return list(Department.objects.values_list("name", flat=True))


def words_of(given: list[str], *, with_commas: bool = True) -> list[str]:
    """Each word of a filter, repeated or with commas; [] for one that is wholly empty. Raises Unfit.

    A word left empty beside others, or cut off behind them, would answer another question than was asked.
    """
    if not any(given):
        return []
    words = [word.strip() for each in given for word in each.split(",")] if with_commas else given
    if "" in words:
        raise Unfit(_("One of the words is empty. Leave it out."))
    if len(words) > _VALUES_MOST:
        raise Unfit(_("Ask for at most %(most)d words at once.") % {"most": _VALUES_MOST})
    return words


def _all_of(given: list[str], allowed: Sequence[str]) -> list[str]:
    words = words_of(given, with_commas=not any("," in word for word in allowed))
    for word in words:
        _one_of(word, allowed)
    return words


def _one_of(word: str, allowed: Sequence[str]) -> str:
    if word not in allowed:
        raise Unfit(_("Choose one of: %(words)s.") % {"words": ", ".join(allowed)})
    return word


def _moment(given: str) -> dt.datetime:
    try:
        # A “+” that nobody encoded arrives as a blank.
        moment = parse_datetime(given.strip().replace(" ", "+")) if len(given) <= _MOMENT_LENGTH else None
        if moment is not None and moment.utcoffset() is not None:
            return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        pass
    raise Unfit(_("Give a time in ISO 8601 with its zone, such as 2027-03-31T08:00:00Z."))


def refused(name: str, sentence: str) -> InvalidValues:
    return InvalidValues({name: sentence})


# For the documentation


def parameter(name: str, description: Any, *, kind: Any = OpenApiTypes.STR, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=str(description), **more)


PAGES = [
    parameter("cursor", "Where a page begins, as “next” and “previous” have it."),
    OpenApiParameter(
        paging.SIZE,
        {"type": "integer", "minimum": 1, "maximum": paging.PAGE_SIZE_MOST, "default": paging.PAGE_SIZE},
        OpenApiParameter.QUERY,
        description="Rows a page.",
    ),
]
