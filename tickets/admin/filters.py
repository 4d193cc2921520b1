"""What the list of tickets can be asked for by its address, and nothing else: queue, filters, words, order, page.

?queue=waiting&status=Open&status=New&department=3&assignee=nobody&due=overdue&q=printer&o=-updated&p=2

A value that nothing fits finds nothing; a name that is not here is refused: each answer to a question about another
column would tell a little of what one may not see.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people import rules as people_rules
from people.models import Department
from tickets import queries, search, unreached
from tickets.admin import due
from tickets.enums import OPEN_STATUSES, Priority, Status
from tickets.models import Ticket, TicketCategory

QUEUE, TEXT, SORT, PAGE = "queue", "q", "o", "p"
NOBODY, ME, NONE = "nobody", "me", "none"
FAILED = "failed"
NOT_REACHED = gettext_lazy("The requester was not reached")
#: Further than this nobody turns pages; and each page costs more than the one before it.
LAST_PAGE = 200
#: Of one filter; more of them are somebody's play.
MOST_VALUES = 20
LONGEST_VALUE = 50

#: How Django's own filters are called, in bookmarks and in links of other pages.
ALIASES = {
    "status__exact": "status",
    "priority__exact": "priority",
    "department__id__exact": "department",
    "category__id__exact": "category",
    "employee__id__exact": "employee",
    "assigned_to__id__exact": "assignee",
    "submit_date__gte": "submitted_from",
    "submit_date__lt": "submitted_before",
}
#: Left over from addresses that Django corrected.
_PASSED_OVER = frozenset({"e"})

Values = Sequence[str]


class _NotUnderstood(Exception):
    """A value that nothing can fit."""


@dataclass(frozen=True)
class Filter:
    """`condition(values, user)`: the Q of any of these; `words(values, user)`: how a chip says them."""

    name: str
    title: str | Promise
    condition: Callable[[Values, Any], Q]
    words: Callable[[Values, Any], Iterable[str]]


@dataclass(frozen=True)
class Chip:
    """A filter that is on, and the address of the list without it."""

    title: str
    chosen: str
    without: str


@dataclass(frozen=True)
class Asked:
    """`queue` is "" where the address names none: then the list decides where to open."""

    queue: str = ""
    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    text: str = ""
    sort: str = ""
    page: int = 1

    @property
    def narrows(self) -> bool:
        return bool(self.given or self.text)

    def address(self, **changes: Any) -> str:
        """The same list with something else; from its first page, if no other is named."""
        asked = replace(self, **{"page": 1, **changes})
        pairs: list[tuple[str, Any]] = [(QUEUE, asked.queue)] if asked.queue else []
        pairs += [(name, value) for name, values in asked.given.items() for value in values]
        pairs += [(TEXT, asked.text)] if asked.text else []
        pairs += [(SORT, asked.sort)] if asked.sort else []
        pairs += [(PAGE, asked.page)] if asked.page > 1 else []
        return f"?{urlencode(pairs)}"

    def without(self, name: str) -> str:
        return self.address(given={key: values for key, values in self.given.items() if key != name})

    def narrowed(self, tickets: QuerySet[Ticket], user: Any) -> QuerySet[Ticket]:
        try:
            for name, values in self.given.items():
                tickets = tickets.filter(FILTERS[name].condition(values, user))
        except _NotUnderstood:
            return tickets.none()
        return search.search(tickets, self.text, by_requester=True) if self.text else tickets

    def chips(self, user: Any) -> list[Chip]:
        found = []
        for name, values in self.given.items():
            asked_for = FILTERS[name]
            try:
                chosen = ", ".join(str(word) for word in asked_for.words(values, user))
            except _NotUnderstood:
                chosen = ""
            found.append(Chip(str(asked_for.title), chosen or _("not known"), self.without(name)))
        return found


def read(query: QueryDict) -> Asked:
    """Raises DisallowedModelAdminLookup (an answer 400) for what cannot be asked."""
    given: dict[str, tuple[str, ...]] = {}
    for asked, values in query.lists():
        name = ALIASES.get(asked, asked)
        if name in FILTERS:
            kept = tuple(dict.fromkeys(value[:LONGEST_VALUE] for value in values if value.strip()))[:MOST_VALUES]
            if kept:
                given[name] = kept
        elif name not in {QUEUE, TEXT, SORT, PAGE, *_PASSED_OVER}:
            raise DisallowedModelAdminLookup(f"The list of tickets can't be asked for {asked[:LONGEST_VALUE]!r}.")
    queue, sort = query.get(QUEUE, ""), query.get(SORT, "")
    return Asked(
        queue=queue if queue in queries.QUEUES else "",
        given=given,
        text=query.get(TEXT, "").replace("\x00", "").strip()[: search.QUERY_LENGTH_MOST],
        sort=sort if sort in queries.SORTS else "",
        page=_page(query.get(PAGE, "")),
    )


def _page(given: str) -> int:
    number = int(given) if given.isascii() and given.isdigit() and len(given) < 6 else 1
    return min(max(number, 1), LAST_PAGE)


# One of some words


def _choice(name: str, title: Any, choices: type[Status] | type[Priority]) -> Filter:
    def known(values: Values) -> list[Any]:
        found = [choices(value) for value in values if value in choices.values]
        if not found:
            raise _NotUnderstood
        return found

    def condition(values: Values, user: Any) -> Q:
        return Q(**{f"{name}__in": known(values)})

    def words(values: Values, user: Any) -> list[str]:
        return [str(each.label) for each in known(values)]

    return Filter(name, title, condition, words)


# A row by its key


def _key(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise _NotUnderstood
    return int(value)


def _row(
    name: str,
    title: Any,
    rows: Callable[[Any], QuerySet[Any]],
    *,
    column: str = "",
    special: Mapping[str, tuple[Any, Callable[[Any], Q]]] | None = None,
) -> Filter:
    """`rows(user)`: those whose names this reader may know. `special`: words with their meaning."""
    special = special or {}

    def condition(values: Values, user: Any) -> Q:
        keys = [_key(value) for value in values if value not in special]
        found = Q(**{f"{column or name}__in": keys}) if keys else Q()
        for value in values:
            if value in special:
                found |= special[value][1](user)
        return found

    def words(values: Values, user: Any) -> list[str]:
        keys = [_key(value) for value in values if value not in special]
        named = [_name(each) for each in rows(user).filter(pk__in=keys)] if keys else []
        return [*(str(special[value][0]) for value in values if value in special), *named]

    return Filter(name, title, condition, words)


def _name(row: Model) -> str:
    return str(row.get_full_name()) if hasattr(row, "get_full_name") else str(row)


# Days


def _day(value: str) -> dt.date:
    try:
        # Of a moment its day; what lies further away has no beginning in some time zone.
        day = dt.date.fromisoformat(value[:10])
    except ValueError:
        raise _NotUnderstood from None
    if not 1970 <= day.year <= 9000 or value[10:11].isdigit():
        raise _NotUnderstood
    return day


def _begin(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _submitted(name: str, title: Any, lookup: str, days: int = 0) -> Filter:
    def condition(values: Values, user: Any) -> Q:
        return Q(**{f"submit_date__{lookup}": _begin(_day(values[-1]) + dt.timedelta(days=days))})

    def words(values: Values, user: Any) -> list[str]:
        return [date_format(_day(values[-1]), "j M Y")]

    return Filter(name, title, condition, words)


#: value → its words, and what it means.
DUE: dict[str, tuple[Any, Callable[[], Q]]] = {
    due.OVERDUE: (
        gettext_lazy("Past the wanted day"),
        lambda: Q(scheduled_date__lt=timezone.localdate(), status__in=OPEN_STATUSES),
    ),
    "week": (
        gettext_lazy("Wanted within a week"),
        lambda: Q(
            scheduled_date__range=(timezone.localdate(), timezone.localdate() + due.SOON), status__in=OPEN_STATUSES
        ),
    ),
    "dated": (gettext_lazy("Has a wanted day"), lambda: Q(scheduled_date__isnull=False)),
    due.RESUMING: (
        gettext_lazy("On hold, back this week"),
        lambda: Q(status=Status.ON_HOLD, resume_date__lte=timezone.localdate() + due.SOON),
    ),
}


def _due(values: Values, user: Any) -> Q:
    if values[-1] not in DUE:
        raise _NotUnderstood
    return DUE[values[-1]][1]()


def _due_words(values: Values, user: Any) -> list[str]:
    return [str(DUE[values[-1]][0])] if values[-1] in DUE else []


def _mail(values: Values, user: Any) -> Q:
    if values[-1] != FAILED:
        raise _NotUnderstood
    return unreached.condition()


def _mail_words(values: Values, user: Any) -> list[str]:
    return [str(NOT_REACHED)] if values[-1] == FAILED else []


FILTERS: dict[str, Filter] = {
    each.name: each
    for each in (
        _choice("status", gettext_lazy("State"), Status),
        _choice("priority", gettext_lazy("Priority"), Priority),
        _row(
            "department",
            gettext_lazy("Department"),
            lambda user: Department.objects.all(),
            special={NONE: (gettext_lazy("none yet"), lambda user: Q(department=None))},
        ),
        _row("category", gettext_lazy("Category"), lambda user: TicketCategory.objects.all()),
        _row(
            "assignee",
            gettext_lazy("Assignee"),
            people_rules.visible_to,
            column="assigned_to",
            special={
                NOBODY: (gettext_lazy("nobody"), lambda user: Q(assigned_to=None)),
                ME: (gettext_lazy("me"), lambda user: Q(assigned_to=user)),
            },
        ),
        _row("employee", gettext_lazy("Requester"), people_rules.visible_to),
        Filter(due.PARAMETER, gettext_lazy("Wanted by"), _due, _due_words),
        Filter("mail", gettext_lazy("E-mail"), _mail, _mail_words),
        _submitted("submitted_from", gettext_lazy("Submitted from"), "gte"),
        _submitted("submitted_to", gettext_lazy("Submitted until"), "lt", days=1),
        _submitted("submitted_before", gettext_lazy("Submitted before"), "lt"),
    )
}
