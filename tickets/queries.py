"""The queues, and what is due. Every one begins with what the person may see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, QuerySet, Subquery, When
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce
from django.utils import timezone

from audit.actors import Actor
from people.enums import STAFF_ROLES
from people.enums import Status as PersonStatus
from people.models import Employee
from tickets import rules, timeline
from tickets.enums import WORKING_STATUSES, Status
from tickets.models import Ticket
from tickets.models.ticket import priority_rank

#: name → what the queue shows, of the tickets that somebody may see.
QUEUES = ("waiting", "unassigned", "mine", "on_hold", "resolved", "stranded", "all")

#: How a list may be ordered: word → columns. Each has an index that answers it, forwards or backwards, so that the
#: first page of a hundred thousand is as quick as of a hundred. Numbers are given in the order of the keys.
SORTS: dict[str, tuple[str | OrderBy, ...]] = {
    "number": ("pk",),
    "-number": ("-pk",),
    "priority": (priority_rank().asc(), "-submit_date", "-pk"),
    "-priority": (priority_rank().desc(), "submit_date", "pk"),
    "wanted": (F("scheduled_date").asc(nulls_last=True), "-submit_date", "-pk"),
    "-wanted": (F("scheduled_date").desc(nulls_last=True), "-submit_date", "-pk"),
    "submitted": ("submit_date", "pk"),
    "-submitted": ("-submit_date", "-pk"),
    "updated": ("update_date", "pk"),
    "-updated": ("-update_date", "-pk"),
}


UPDATED = frozenset({"updated", "-updated"})

#: The verbs that a requester notices. Never `note`, and no `redact`, which may have been of one.
SEEN_BY_REQUESTER = timeline.FOR_REQUESTER | {"comment", "attach"}


def queue(name: str, user: Employee) -> QuerySet[Ticket]:
    """A queue by name (one of QUEUES); KeyError for others. Ordered newest first."""
    seen = rules.visible_to(user)
    return {
        "waiting": lambda: seen.filter(status=Status.NEW),
        "unassigned": lambda: seen.filter(status__in=WORKING_STATUSES, assigned_to=None),
        "mine": lambda: seen.filter(status__in=WORKING_STATUSES, assigned_to=user),
        "on_hold": lambda: seen.filter(status=Status.ON_HOLD),
        "resolved": lambda: seen.filter(status=Status.RESOLVED),
        "stranded": lambda: needing_new_assignee(user),
        "all": lambda: seen,
    }[name]().order_by("-submit_date", "-pk")


def needing_new_assignee(user: Employee) -> QuerySet[Ticket]:
    """Unfinished tickets whose assignee may not work any more (suspended, or no coordinator now). Asks at once."""
    # Who they are is asked first: in one go, the database takes everybody for one of them and reads every ticket.
    at_work = Ticket.objects.filter(status__in=WORKING_STATUSES, assigned_to=OuterRef("pk"))
    unable = Employee.objects.exclude(is_active=True, role__in=STAFF_ROLES).filter(Exists(at_work)).order_by()
    keys = list(unable.values_list("pk", flat=True))
    return rules.visible_to(user).filter(status__in=WORKING_STATUSES, assigned_to__in=keys)


class CountUpTo(Subquery):
    """How many rows a bounded subquery finds."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()
    empty_result_set_value = 0


def count_queues(names: Sequence[str], user: Employee, *, most: int) -> dict[str, int]:
    """How many are in each of these queues, in one statement (with "stranded" two). Nobody counts further than `most`
    by eye, and the database need not either: most + 1 stands for more."""
    if not names:
        return {}
    return dict(zip(names, count_each([queue(name, user) for name in names], user, most=most), strict=True))


def count_each(asked: Sequence[QuerySet[Any]], user: Employee, *, most: int) -> list[int]:
    """How many rows each of these finds, whatever they are of, in one statement; most + 1 stands for more."""
    if not asked:
        return []
    counts = [CountUpTo(rows.order_by().values("pk")[: most + 1]) for rows in asked]
    return list(Employee.objects.filter(pk=user.pk).order_by().values_list(*counts).get())


def page_of(tickets: QuerySet[Ticket], sort: str, first: int, last: int, *, by: Employee) -> list[Ticket]:
    """The rows from `first` up to `last` (not with it) in that order, as `by` may know it.

    Those without a wanted day come after those with one, which no index says in one go: they are asked for by
    themselves, when the page reaches them.
    """
    if sort in UPDATED:
        return _by_update(tickets, sort, first, last, by)
    if sort not in {"wanted", "-wanted"}:
        return list(tickets.order_by(*SORTS[sort])[first:last])
    dated = tickets.filter(scheduled_date__isnull=False)
    by_day = F("scheduled_date").asc() if sort == "wanted" else F("scheduled_date").desc()
    rows = list(dated.order_by(by_day, "-submit_date", "-pk")[first:last])
    if len(rows) == last - first:
        return rows
    before = first + len(rows) if rows or not first else dated.order_by().count()
    undated = tickets.filter(scheduled_date__isnull=True).order_by("-submit_date", "-pk")
    return [*rows, *undated[max(0, first - before) : last - before]]


def _by_update(tickets: QuerySet[Ticket], sort: str, first: int, last: int, by: Employee) -> list[Ticket]:
    """Notes move `update_date` too: among the others, what `by` asked for stands by what they may know of.

    No index has that order. Theirs are few, and the others come by the index: of those, as many more are read as of
    theirs there are, and both are put together here.
    """
    is_falling, asked_by = sort.startswith("-"), rules.only_asked_by(by)
    own = [
        (news or submitted, pk)
        for pk, news, submitted in tickets.filter(asked_by).order_by().values_list("pk", "news_at", "submit_date")
    ]
    if not own:
        return list(tickets.order_by(*SORTS[sort])[first:last])
    begin = max(0, first - len(own))
    others = tickets.exclude(asked_by).order_by(*SORTS[sort]).values_list("update_date", "pk")[begin:last]
    keys = sorted([*others, *own], reverse=is_falling)
    # Before the first of the others that were read come all that were not, and those of theirs that stand between.
    places = keys[first - begin : last - begin] if others or not begin else []
    rows = tickets.order_by().in_bulk([pk for _moment, pk in places])
    return [rows[pk] for _moment, pk in places]


def order_of(sort: str, *, by: Employee) -> Sequence[Any]:
    """The same order for all rows at once: no index has it where they are many."""
    if sort not in UPDATED:
        return SORTS[sort]
    seen = Case(When(rules.only_asked_by(by), then=Coalesce("news_at", "submit_date")), default=F("update_date"))
    return (seen.desc(), "-pk") if sort.startswith("-") else (seen.asc(), "pk")


def history_for(ticket: Ticket, by: Actor) -> QuerySet:
    """What was done to it, as far as they may know of it; no order."""
    rows = ticket.history.all()
    return rows if rules.is_staff_on(ticket, by) else rows.filter(verb__in=SEEN_BY_REQUESTER)


def able_to_work(ticket: Ticket | None = None) -> QuerySet[Employee]:
    """Who may be given a ticket: approved coordinators and admins, by name; not who asked for this one."""
    able = Employee.objects.filter(status=PersonStatus.APPROVED, role__in=STAFF_ROLES).select_related("department")
    if ticket is not None and not settings.ALLOW_SELF_APPROVAL:
        able = able.exclude(pk=ticket.employee_id)
    return able.order_by("last_name", "first_name", "pk")


def due_to_close(now: datetime | None = None) -> QuerySet[Ticket]:
    """Resolved, and the requester has said nothing for AUTO_CLOSE_DAYS."""
    since = (now or timezone.now()) - timedelta(days=settings.AUTO_CLOSE_DAYS)
    return Ticket.objects.filter(status=Status.RESOLVED, clock_stopped_at__lt=since).order_by("clock_stopped_at")


def due_to_resume() -> QuerySet[Ticket]:
    """On hold, and the resume date has come (in the time zone of the installation)."""
    return Ticket.objects.filter(status=Status.ON_HOLD, resume_date__lte=timezone.localdate()).order_by("resume_date")


def counts_by_status(user: Employee) -> dict[str, int]:
    """How many of the tickets that somebody may see are in each state; states without any are 0."""
    found = rules.visible_to(user).order_by().values_list("status").annotate(Count("pk"))
    return {**dict.fromkeys(Status.values, 0), **dict(found)}
