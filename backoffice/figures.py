"""Figures over the tickets that somebody may see: states, what came and what was solved a day, how long it took.

They look at many rows, so they are kept for a minute under the key of the reader's *scope*: who may see exactly the
same tickets shares them, and nobody else.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.core.cache import cache
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _

from people.enums import Role
from people.models import Department, Employee
from tickets import queries, rules
from tickets.admin import facts
from tickets.enums import SOLVED_STATUSES
from tickets.models import Ticket

DAYS = 30
KEEP_SECONDS = 60
#: Of how many tickets, the newest, medians are taken. More would not say more.
SAMPLE = 20_000
#: The chart in units of its own; the browser stretches it.
WIDTH, HEIGHT, GAP = 600, 160, 4
SERIES = ("submitted", "resolved")


@dataclass(frozen=True)
class Bar:
    series: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Day:
    day: dt.date
    submitted: int
    resolved: int
    bars: list[Bar]
    x: float
    width: float


@dataclass(frozen=True)
class Chart:
    days: list[Day]
    ticks: list[int]
    submitted: int
    resolved: int

    @property
    def labels(self) -> list[dt.date]:
        """Days named along the axis: few enough for a phone."""
        return [self.days[place].day for place in (0, len(self.days) // 2, len(self.days) - 1)]


@dataclass(frozen=True)
class Pace:
    """How long things took in a department, in words; "" where nothing did yet."""

    department: str
    tickets: int
    response: str
    resolution: str


def scope_of(user: Employee) -> str:
    """Whoever has the same scope may see the same tickets (rules.visible_to)."""
    if user.role == Role.SYSTEM_ADMIN:
        return "all"
    return f"{user.role}:{user.department_id}:{user.pk}".replace(" ", "-")


def of(user: Employee) -> dict[str, Any]:
    """states: state → count; chart; paces. At most KEEP_SECONDS old."""
    today = timezone.localdate()
    key = f"backoffice.figures:{scope_of(user)}:{today.isoformat()}"
    raw = cache.get(key)
    if raw is None:
        raw = _count(user, today)
        cache.set(key, raw, KEEP_SECONDS)
    # What is kept are numbers; words are made for each reader, in their language.
    return {
        "states": raw["states"],
        "chart": chart(raw["per_day"], today),
        "paces": [_pace(*each) for each in raw["paces"]],
    }


def _count(user: Employee, today: dt.date) -> dict[str, Any]:
    seen = rules.visible_to(user)
    first = timezone.make_aware(dt.datetime.combine(today - dt.timedelta(days=DAYS - 1), dt.time.min))
    solved = seen.filter(status__in=SOLVED_STATUSES)
    return {
        "states": queries.counts_by_status(user),
        "per_day": {
            "submitted": _per_day(seen, "submit_date", first),
            # The clock stands still since it was solved; what was reopened since is not solved.
            "resolved": _per_day(solved, "clock_stopped_at", first),
        },
        "paces": _paces(seen, first),
    }


def _per_day(tickets: QuerySet[Ticket], column: str, first: dt.datetime) -> dict[dt.date, int]:
    counted = tickets.filter(**{f"{column}__gte": first}).order_by().annotate(day=TruncDate(column)).values_list("day")
    return dict(counted.annotate(Count("pk")))


def _paces(seen: QuerySet[Ticket], first: dt.datetime) -> list[tuple[str, int, Any, Any]]:
    """(department, tickets, median response, median resolution) of what was submitted since then."""
    rows = seen.filter(submit_date__gte=first, department__isnull=False).order_by("-submit_date", "-pk")
    responses: dict[int, list[dt.timedelta]] = defaultdict(list)
    resolutions: dict[int, list[dt.timedelta]] = defaultdict(list)
    counts: dict[int, int] = defaultdict(int)
    for department, response, resolution in rows.values_list("department", "response_time", "resolution_time")[:SAMPLE]:
        counts[department] += 1
        if response is not None:
            responses[department].append(response)
        if resolution is not None:
            resolutions[department].append(resolution)
    names = Department.objects.filter(pk__in=counts).order_by("name").values_list("pk", "name")
    return [(name, counts[pk], _median(responses[pk]), _median(resolutions[pk])) for pk, name in names]


def _median(durations: list[dt.timedelta]) -> dt.timedelta | None:
    return dt.timedelta(seconds=median(each.total_seconds() for each in durations)) if durations else None


def _pace(department: str, tickets: int, response: dt.timedelta | None, resolution: dt.timedelta | None) -> Pace:
    def words(duration: dt.timedelta | None) -> str:
        return facts.in_words(duration) if duration is not None else _("none yet")

    return Pace(department, tickets, words(response), words(resolution))


# The chart


def top_of(most: int) -> int:
    """The end of the axis: an even number that one reads at a glance, so that its half is whole too."""
    step = 2
    while True:
        for factor in (1, 2, 5):
            if most <= step * factor:
                return step * factor
        step *= 10


def chart(per_day: dict[str, dict[dt.date, int]], today: dt.date) -> Chart:
    days = [today - dt.timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    numbers = {series: [per_day[series].get(day, 0) for day in days] for series in SERIES}
    top = top_of(max(map(max, numbers.values())))
    slot = WIDTH / DAYS
    made = []
    for place, day in enumerate(days):
        bars = [_bar(series, number, numbers[series][place], place * slot, top) for number, series in enumerate(SERIES)]
        made.append(
            Day(day, numbers["submitted"][place], numbers["resolved"][place], bars, round(place * slot, 2), slot)
        )
    return Chart(made, [top, top // 2, 0], sum(numbers["submitted"]), sum(numbers["resolved"]))


def _bar(series: str, number: int, count: int, left: float, top: int) -> Bar:
    width = (WIDTH / DAYS - GAP) / len(SERIES)
    height = HEIGHT * count / top
    return Bar(series, round(left + GAP / 2 + number * width, 2), round(HEIGHT - height, 2), width, round(height, 2))
