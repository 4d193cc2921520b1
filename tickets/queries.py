"""The queues, and what is due. Every one begins with what the person may see."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, QuerySet
from django.utils import timezone

from people.models import Employee
from tickets import rules
from tickets.enums import WORKING_STATUSES, Status
from tickets.models import Ticket

#: name → what the queue shows, of the tickets that somebody may see.
QUEUES = ("waiting", "unassigned", "mine", "on_hold", "resolved", "all")


def queue(name: str, user: Employee) -> QuerySet[Ticket]:
    """A queue by name (one of QUEUES); KeyError for others. Ordered newest first."""
    seen = rules.visible_to(user)
    return {
        "waiting": lambda: seen.filter(status=Status.NEW),
        "unassigned": lambda: seen.filter(status__in=WORKING_STATUSES, assigned_to=None),
        "mine": lambda: seen.filter(status__in=WORKING_STATUSES, assigned_to=user),
        "on_hold": lambda: seen.filter(status=Status.ON_HOLD),
        "resolved": lambda: seen.filter(status=Status.RESOLVED),
        "all": lambda: seen,
    }[name]().order_by("-submit_date", "-pk")


def needing_new_assignee(user: Employee) -> QuerySet[Ticket]:
    """Unfinished tickets whose assignee may not work any more (suspended, or no coordinator now)."""
    from people.roles import STAFF_ROLES

    stranded = rules.visible_to(user).filter(status__in=WORKING_STATUSES, assigned_to__isnull=False)
    return stranded.exclude(assigned_to__is_active=True, assigned_to__role__in=STAFF_ROLES)


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
