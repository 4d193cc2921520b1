"""What people look for and whether they find it, for those who write: counts a day, and nobody's name.

An address of e-mail or a long number may name somebody: they are taken out before anything is kept.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.db import transaction
from django.db.models import F, Max, QuerySet, Sum
from django.utils import timezone

from helpcenter.models import SearchCount, SolvedCount

#: Questions told apart on one day; whoever floods the search fills no more than that.
ASKED_A_DAY_MOST = 2000
#: Days that are kept.
KEPT_DAYS = 400
_NAMES_SOMEBODY = re.compile(r"\S*@\S*|\+?\d[\d ()/-]{5,}\d")


def normalised(text: str) -> str:
    """What is counted as the same question: blanks, capitals and signs at the end make no difference."""
    without = _NAMES_SOMEBODY.sub("…", text[: SearchCount.ASKED_MOST].replace("\x00", " "))
    return " ".join(without.casefold().split()).rstrip("?!. ")[: SearchCount.ASKED_MOST]


def count(text: str, found: int) -> None:
    asked = normalised(text)
    if not asked:
        return
    today = timezone.localdate()
    with transaction.atomic():
        if _add(SearchCount.objects.filter(day=today, asked=asked), found=found):
            return
        if SearchCount.objects.filter(day=today).count() < ASKED_A_DAY_MOST:
            SearchCount.objects.get_or_create(day=today, asked=asked)
            _add(SearchCount.objects.filter(day=today, asked=asked), found=found)


def solved(page_id: int) -> None:
    """An article spared somebody a ticket."""
    today = timezone.localdate()
    with transaction.atomic():
        SolvedCount.objects.get_or_create(page_id=page_id, day=today)
        _add(SolvedCount.objects.filter(page_id=page_id, day=today))


def forget_old() -> int:
    until = timezone.localdate() - dt.timedelta(days=KEPT_DAYS)
    return SearchCount.objects.filter(day__lt=until).delete()[0]


def report(since: Any, *, without_result: bool = False) -> QuerySet[SearchCount, Any]:
    """What was looked for since a day, most often first: asked, times, found (at most), latest."""
    rows = SearchCount.objects.filter(day__gte=since).values("asked")
    rows = rows.annotate(asked_times=Sum("times"), most_found=Max("found"), latest=Max("day"))
    if without_result:
        rows = rows.filter(most_found=0)
    return rows.order_by("-asked_times", "asked")


def _add(rows: QuerySet[Any], **values: Any) -> int:
    return rows.update(times=F("times") + 1, **values)
