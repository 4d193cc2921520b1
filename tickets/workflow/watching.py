"""What of the exchange with the workflow system waits, and what of it needs a person. Each as somebody may know of it.

All that has a remedy in time by itself (a pause, a repeat, a newer message) is not counted among what needs a person.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from jobs.models import LeasedRow
from people.enums import Role
from people.enums import Status as PersonStatus
from people.models import Employee
from tickets import files, rules
from tickets.enums import Status
from tickets.models import StagedFile, SyncDrift, Ticket, WorkflowCallback, WorkflowDelivery, WorkflowStanding
from tickets.queries import CountUpTo
from tickets.workflow import callbacks, compare, deliveries, rights

#: An Open ticket that the workflow system has not acknowledged after this time is stuck. Source: issue "Deliveries".
STUCK_AFTER = timedelta(hours=2)
#: What nobody cared about for so long is history; the lists of all deliveries and messages still have it.
KEPT_FOR = timedelta(days=14)
#: What tells the workflow system of the ticket as a whole.
TELLING = [WorkflowDelivery.Event.OPENED, WorkflowDelivery.Event.REOPENED, WorkflowDelivery.Event.UPDATED]
UNFINISHED = [LeasedRow.Status.PENDING, LeasedRow.Status.WORKING]
#: Nobody counts further by eye; the database need not either.
MOST = 1000
_KEY, _SECONDS = "tickets.workflow.needing", 60


def failed(user: Any) -> QuerySet[WorkflowDelivery]:
    """Given up, or refused by the other side. Each delivery carries the whole ticket, so that a later one made up for
    it; but not for a comment."""
    later = WorkflowDelivery.objects.filter(
        ticket=OuterRef("ticket"), status=LeasedRow.Status.DONE, pk__gt=OuterRef("pk")
    )
    since = timezone.now() - KEPT_FOR
    rows = deliveries.visible_to(user).filter(status=LeasedRow.Status.FAILED, finished_at__gte=since)
    is_comment = Q(event=WorkflowDelivery.Event.COMMENTED)
    return rows.filter(is_comment | ~Exists(later.order_by())).order_by("-pk")


def waiting(user: Any) -> QuerySet[WorkflowDelivery]:
    """On their way, the next first."""
    return deliveries.visible_to(user).filter(status__in=UNFINISHED).order_by("next_attempt_at", "pk")


def unapplied(user: Any) -> QuerySet[WorkflowCallback]:
    """Messages that changed nothing though they should have, as far as no newer one of the same ticket came since."""
    newer = WorkflowStanding.objects.filter(ticket=OuterRef("ticket"), last_modified__gt=OuterRef("last_modified"))
    since = timezone.now() - KEPT_FOR
    rows = callbacks.visible_to(user).filter(outcome__in=WorkflowCallback.UNSETTLED, received_at__gte=since)
    return rows.filter(~Exists(newer.order_by())).order_by("-pk")


def stuck(user: Any) -> QuerySet[Ticket]:
    """Open for more than two hours, and the workflow system has not acknowledged them: nobody works on them. Those
    among the failed deliveries stand there."""
    if not rights.sees(user):
        return Ticket.objects.none()
    theirs = stuck_tickets().filter(pk__in=rules.visible_to(user).values("pk")).exclude(rules.only_asked_by(user))
    return theirs.exclude(pk__in=failed(user).order_by().values("ticket"))


def stuck_tickets() -> QuerySet[Ticket]:
    """All of them, whoever may know; none without a workflow system."""
    if not deliveries.is_set_up():
        return Ticket.objects.none()
    told = WorkflowDelivery.objects.filter(ticket=OuterRef("pk"), event__in=TELLING).order_by("-pk")
    tickets = Ticket.objects.filter(status=Status.OPEN).annotate(
        told_state=Subquery(told.values("status")[:1]), told_at=Subquery(told.values("created_at")[:1])
    )
    since = timezone.now() - STUCK_AFTER
    # Those that were never sent are stuck since they were last touched: nothing knows better when they became Open.
    never = Q(told_state=None, update_date__lt=since)
    return tickets.filter(never | (Q(told_at__lt=since) & ~Q(told_state=LeasedRow.Status.DONE))).order_by("pk")


def drifts(user: Any) -> QuerySet[SyncDrift]:
    """What the last comparison found, and nobody has settled."""
    return compare.visible_to(user).filter(settled="").order_by("pk")


def files_left() -> QuerySet[StagedFile]:
    """Uploaded, sent with nothing, and old enough that the next sweep takes them."""
    return StagedFile.objects.filter(created_at__lt=timezone.now() - files.STAGED_FOR).order_by("created_at")


@dataclass(frozen=True)
class Needing:
    """How many of each need a person; MOST + 1 stands for more."""

    failed: int = 0
    unapplied: int = 0
    stuck: int = 0
    drifts: int = 0

    @property
    def total(self) -> int:
        return min(self.failed + self.unapplied + self.stuck + self.drifts, MOST + 1)

    @property
    def shown(self) -> str:
        """As it stands in a badge: "" where nothing does."""
        return f"{MOST:,}+" if self.total > MOST else f"{self.total:,}" if self.total else ""


def needing(user: Any) -> Needing:
    """Counted now, in one statement."""
    if not rights.sees(user):
        return Needing()
    each = (failed(user), unapplied(user), stuck(user), drifts(user))
    asked = [CountUpTo(rows.order_by().values("pk")[: MOST + 1]) for rows in each]
    counts = Employee.objects.filter(pk=user.pk).order_by().values_list(*asked).first()
    return Needing(*(counts or ()))


def lately(user: Any) -> Needing:
    """The same, kept for a minute: it stands on every page of the back office."""
    if not rights.sees(user):
        return Needing()
    kept = cache.get_or_set(f"{_KEY}.{user.pk}", lambda: astuple(needing(user)), _SECONDS)
    return Needing(*(kept or ()))


def forget_lately() -> None:
    """After something was settled the next page counts anew."""
    admins = Employee.objects.filter(role=Role.SYSTEM_ADMIN, status=PersonStatus.APPROVED)
    cache.delete_many([f"{_KEY}.{pk}" for pk in admins.order_by().values_list("pk", flat=True)])


def bounded(rows: QuerySet[Any]) -> int:
    return rows.order_by()[: MOST + 1].count()
