"""The start page of the back office: what waits for whoever looks, each number a link to exactly what it counts; below,
figures over what they may see (figures.py).

What waits is counted anew on every look, up to BOUND, by statements that an index answers. Only the figures are kept
for a minute, and what the Sync doctor counts, as in the sidebar.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice import figures
from jobs.models import LeasedRow
from notifications import outbox
from notifications.webhooks import badges
from people import queries as people_queries
from people import roles
from people.enums import Role
from people.enums import Status as PersonStatus
from people.models import Employee
from tickets import queries, unreached
from tickets.admin import due
from tickets.enums import WORKING_STATUSES, Status
from tickets.models import Ticket
from tickets.workflow import watching

#: Nobody counts further by eye; the database need not either.
BOUND = 1000
OLDEST = 5


@dataclass(frozen=True)
class Waiting:
    """Something to do. `count` is BOUND + 1 where there are more."""

    words: str
    hint: str
    icon: str
    count: int
    address: str

    @property
    def shown(self) -> str:
        return f"{BOUND:,}+" if self.count > BOUND else f"{self.count:,}"


@dataclass(frozen=True)
class Count:
    """Something that may wait, before it is counted. `rows`: a number where somebody else counts."""

    words: str
    hint: str
    icon: str
    rows: QuerySet[Any] | int
    address: str


@dataclass(frozen=True)
class Place:
    """Where somebody without a queue may go."""

    words: str
    hint: str
    icon: str
    address: str


def context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's hook for what its first page shows."""
    user: Any = request.user
    waiting = waiting_for(user)
    context |= {
        "greeting": _("Hello, %(name)s") % {"name": user.get_short_name()},
        "waiting": waiting,
        "nothing_waits": bool(waiting) and not any(each.count for each in waiting),
        "places": [] if waiting else places_for(user),
        "oldest": oldest_for(user),
        "all_tickets": tickets_at(queue="all"),
    }
    if waiting:
        context["figures"] = figures.of(user)
        context["states"] = states_of(context["figures"]["states"])
    return context


def tickets_at(**parameters: Any) -> str:
    return f"{reverse('admin:tickets_ticket_changelist')}?{urlencode(parameters)}"


def waiting_for(user: Employee) -> list[Waiting]:
    """For admins and coordinators; nobody else has a queue. All of it is counted in one statement."""
    counts = _counts_for(user)
    rows = [each.rows for each in counts if isinstance(each.rows, QuerySet)]
    found = iter(queries.count_each(rows, user, most=BOUND))
    numbers = [next(found) if isinstance(each.rows, QuerySet) else each.rows for each in counts]
    return [
        Waiting(each.words, each.hint, each.icon, number, each.address)
        for each, number in zip(counts, numbers, strict=True)
    ]


def _counts_for(user: Employee) -> list[Count]:
    if user.role == Role.SYSTEM_ADMIN:
        return [*_for_admins(user), *_for_both(user)]
    if user.role == Role.TICKET_COORDINATOR:
        first = _unassigned(user, _("Nobody in your department has taken them."))
        return [*first, *_for_both(user), *_unreached(user), *_dated(user)]
    return []


def _for_admins(user: Employee) -> list[Count]:
    people = reverse("admin:people_employee_changelist")
    mails = reverse("admin:notifications_emailnotification_changelist")
    return [
        Count(
            _("Tickets to approve"),
            _("New ones, before anybody works on them."),
            "open",
            queries.queue("waiting", user),
            tickets_at(queue="waiting"),
        ),
        Count(
            _("People to approve"),
            _("They applied for an account."),
            "person",
            people_queries.waiting_for_approval(),
            f"{people}?{urlencode({'status__exact': PersonStatus.PENDING})}",
        ),
        Count(
            _("E-mails that failed"),
            _("Nobody got them. Look why, then send them again."),
            "mail",
            outbox.visible_to(user).filter(status=LeasedRow.Status.FAILED),
            f"{mails}?{urlencode({'status__exact': LeasedRow.Status.FAILED.value})}",
        ),
        Count(
            _("Stuck on the way to the workflow system"),
            _("The Sync doctor says what is wrong and what to do."),
            "again",
            watching.lately(user).total,
            reverse("admin:tickets_sync"),
        ),
        *_unassigned(user, _("Approved, and nobody has taken them.")),
        *_webhooks(),
    ]


def _webhooks() -> list[Count]:
    """Only when there is something: most houses have none."""
    count = badges.counted()
    if not count:
        return []
    address = f"{reverse('admin:notifications_webhooksubscription_changelist')}?{urlencode({'needs': 'somebody'})}"
    hint = _("Other programs have heard nothing for a day. Look what they answer.")
    return [Count(_("Webhooks that don't arrive"), hint, "warning", count, address)]


def _unassigned(user: Employee, hint: str) -> list[Count]:
    unassigned = queries.queue("unassigned", user)
    return [Count(_("Unassigned tickets"), hint, "new", unassigned, tickets_at(queue="unassigned"))]


def _for_both(user: Employee) -> list[Count]:
    return [
        Count(
            _("Need a new assignee"),
            _("Whoever had them can't work on them any more."),
            "warning",
            queries.needing_new_assignee(user),
            tickets_at(queue="stranded"),
        ),
        Count(
            _("My tickets"),
            _("Assigned to you and not solved."),
            "in-progress",
            queries.queue("mine", user),
            tickets_at(queue="mine"),
        ),
    ]


def _unreached(user: Employee) -> list[Count]:
    """For those who see no e-mails."""
    return [
        Count(
            _("Requesters not reached"),
            _("An e-mail to them failed. Tell them another way."),
            "mail",
            queries.queue("all", user).filter(unreached.condition()),
            tickets_at(queue="all", mail="failed"),
        )
    ]


def _dated(user: Employee) -> list[Count]:
    everything = queries.queue("all", user)
    return [
        Count(
            _("Past the wanted day"),
            _("Somebody hoped to have these by now."),
            "clock",
            due.overdue(everything),
            tickets_at(queue="all", **{due.PARAMETER: due.OVERDUE}),
        ),
        Count(
            _("On hold, back this week"),
            _("They go on by themselves on their day."),
            "on-hold",
            due.resuming(everything),
            tickets_at(queue="all", **{due.PARAMETER: due.RESUMING}),
        ),
    ]


def oldest_for(user: Employee) -> dict[str, Any] | None:
    """The ones that have waited longest for the first step of this person."""
    if user.role == Role.SYSTEM_ADMIN:
        title, queue = _("Longest waiting for approval"), "waiting"
    elif user.role == Role.TICKET_COORDINATOR:
        title, queue = _("Longest waiting for somebody"), "unassigned"
    else:
        return None
    rows: QuerySet[Ticket] = queries.queue(queue, user).select_related("employee").defer("description", "dynamic_data")
    return {
        "title": title,
        "tickets": list(rows.order_by(F("submit_date").asc(), "pk")[:OLDEST]),
        "address": tickets_at(queue=queue),
    }


def states_of(counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "state": state,
            "label": Status(state).label,
            "count": count,
            "address": tickets_at(queue="all", status__exact=state),
            "is_work": state in (Status.NEW, *WORKING_STATUSES),
        }
        for state, count in counts.items()
    ]


def places_for(user: Employee) -> list[Place]:
    """What a clerk, or whoever else is let in, can look up."""
    found = []
    if user.has_perm("people.view_employee"):
        hint = _("Who is who, and in which department.")
        found.append(Place(_("People"), hint, "person", reverse("admin:people_employee_changelist")))
    if user.has_perm("people.view_department"):
        hint = _("The departments, and who leads them.")
        found.append(Place(_("Departments"), hint, "grid", reverse("admin:people_department_changelist")))
    if user.has_perm("tickets.view_ticketcategory"):
        hint = _("What can be asked for, and what each form asks.")
        found.append(Place(_("Ticket categories"), hint, "open", reverse("admin:tickets_ticketcategory_changelist")))
    if roles.holds(user, roles.HELP_CENTER_EDITOR):
        found.append(Place(_("Help center pages"), _("Articles and answers that you write."), "info", "/cms/"))
    return found
