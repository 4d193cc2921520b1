"""What is told to the workflow system: written in the transaction that causes it, sent by the worker.

deliveries.opened(ticket, by=admin)                       # from the doors, within their transaction

Nothing is written while no workflow system is set up (EXTERNAL_WORKFLOW_API_URL). What is told about one ticket goes
out in the order in which it happened: a later delivery waits while an earlier one is on its way. One that failed for
good or was called off keeps nobody waiting: each delivery carries the whole ticket, so that the next makes up for it,
and a withdrawal that waits for ever behind a refused comment would have people work in vain. Tickets don't wait for
each other.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import events
from audit.actors import WORKFLOW, Actor, name_of, person_of
from audit.models import AuditEvent
from audit.reading import one
from audit.refusals import Reason, Refused, refuse
from jobs import leases, outbox
from tickets import door, texts
from tickets.enums import Status
from tickets.models import Ticket, TicketComment, WorkflowDelivery, WorkflowStanding
from tickets.workflow import breaker, rights

Event = WorkflowDelivery.Event


def is_set_up() -> bool:
    """Whether there is a workflow system to talk to."""
    return bool(settings.EXTERNAL_WORKFLOW_API_URL)


# What the doors write


def opened(ticket: Ticket, *, by: Actor) -> None:
    """It was approved."""
    if is_set_up():
        _written(ticket, Event.OPENED, by=by)


def reopened(ticket: Ticket, *, by: Actor, reason: str) -> None:
    """Also one that was never sent, such as one from before there was a workflow system: it is Open from now on."""
    if is_set_up():
        _written(ticket, Event.REOPENED, by=by, reason=reason)


def withdrawn(ticket: Ticket, *, by: Actor, reason: str) -> None:
    if was_sent(ticket):
        _written(ticket, Event.WITHDRAWN, by=by, reason=reason)


def commented(ticket: Ticket, comment: TicketComment, *, by: Actor) -> None:
    """Not what the workflow system said itself, and never an internal note."""
    if comment.is_internal or by is WORKFLOW or ticket.status == Status.NEW:
        return
    if was_sent(ticket):
        _written(ticket, Event.COMMENTED, by=by, comment=comment)


def was_sent(ticket: Ticket) -> bool:
    """Whether the workflow system knows of the ticket, or will when what waits has gone out."""
    if not is_set_up():
        return False
    return WorkflowDelivery.objects.filter(ticket=ticket).exclude(status=WorkflowDelivery.Status.CANCELLED).exists()


def forget(comment: TicketComment) -> None:
    """A redacted text must not go out any more, and not live on in what was sent. A worker in the middle of sending
    loses its row, and so can't write the text back. Call it in the transaction of the redaction."""
    rows = WorkflowDelivery.objects.filter(comment=comment)
    leases.call_off(rows, error=_("Its text was taken out before it was sent."))
    rows.update(request=None, response_body="", forgotten_at=timezone.now())


# What people do


def visible_to(user: Any) -> QuerySet[WorkflowDelivery]:
    """The deliveries that somebody may know of: System Admins, but for tickets that they asked for themselves. Each
    knows whether it is superseded."""
    if not rights.sees(user):
        return WorkflowDelivery.objects.none()
    return WorkflowDelivery.objects.exclude(rights.of_own_tickets(user)).annotate(is_superseded=_superseded())


def _superseded() -> Combinable:
    """A newer delivery tells of the same ticket as a whole: the older event would undo it there. Not so of a comment,
    which no other delivery carries."""
    newer = WorkflowDelivery.objects.filter(ticket=OuterRef("ticket"), pk__gt=OuterRef("pk"))
    newer = newer.exclude(event=Event.COMMENTED).exclude(status=WorkflowDelivery.Status.CANCELLED)
    return ~Q(event=Event.COMMENTED) & Exists(newer.order_by())


def send_again(row: WorkflowDelivery, *, by: Actor) -> WorkflowDelivery:
    """Put a finished delivery in line anew, with the Idempotency-Key it had. Returns the fresh row; raises Refused."""
    with events.refusals_noted("send_again", by=by, about=row), transaction.atomic():
        # Under the ticket's lock: a verb that writes a newer delivery meanwhile is waited for, and seen.
        door.locked(row.ticket)
        row = _anew(row)
        refuse(against_sending_again(row, by=by))
        among = WorkflowDelivery.objects.filter(forgotten_at=None)
        if not leases.again(WorkflowDelivery, row.pk, of=WorkflowDelivery.FINISHED, among=among):
            raise Refused([_waiting()])
        events.record(AuditEvent.Kind.SENT_AGAIN, by=by, about=row, event=row.event, was=row.status)
        outbox.wake(WorkflowDelivery)
    return _anew(row)


def against_sending_again(row: WorkflowDelivery, *, by: Actor) -> list[Reason]:
    """The reasons against; empty means it may be sent again. Asks no database for a row of `visible_to` whose
    `row.ticket` is loaded."""
    if reasons := rights.against_managing_for(row.ticket, by):
        return reasons
    if not is_set_up():
        return [_not_set_up()]
    if row.forgotten_at is not None:
        return [Reason("text-taken-out", _("Its text was taken out, so there is nothing left to send."))]
    if not row.is_finished:
        return [_waiting()]
    known = row if hasattr(row, "is_superseded") else _anew(row)
    return [_newer()] if known.is_superseded else []  # type: ignore[attr-defined]  # as annotated


def cancel(row: WorkflowDelivery, *, by: Actor, reason: str = "") -> WorkflowDelivery:
    """Call off a delivery that is not finished. One that is being sent this moment may still arrive. Returns the fresh
    row; raises Refused."""
    with events.refusals_noted("call_off", by=by, about=row), transaction.atomic():
        row = _anew(row)
        refuse(against_cancelling(row, by=by))
        error = _("Called off by %(who)s.") % {"who": getattr(person_of(by), "email", by)}
        if not leases.call_off(WorkflowDelivery.objects.filter(pk=row.pk), error=error):
            raise Refused([_finished()])
        detail = {"event": row.event, **({"reason": reason} if reason else {})}
        events.record(AuditEvent.Kind.CALLED_OFF, by=by, about=row, **detail)
        outbox.wake(WorkflowDelivery)  # what waited behind it
    return _anew(row)


def against_cancelling(row: WorkflowDelivery, *, by: Actor) -> list[Reason]:
    """The reasons against; empty means it may be called off. Asks no database where `row.ticket` is loaded."""
    if reasons := rights.against_managing_for(row.ticket, by):
        return reasons
    return [_finished()] if row.is_finished else []


def push(ticket: Ticket, *, by: Actor, reason: str = "") -> WorkflowDelivery:
    """Have the present state of a ticket sent once more, as a new delivery ("updated"). Raises Refused."""
    with events.refusals_noted("push", by=by, about=ticket), transaction.atomic():
        row, by = door.locked(ticket), door.locked_actor(by)
        refuse(against_pushing(row, by=by))
        delivery = _written(row, Event.UPDATED, by=by, reason=one("reason", texts.optional_reason, reason))
        events.record(AuditEvent.Kind.SENT_AGAIN, by=by, about=delivery, event=delivery.event)
    return delivery


def against_pushing(ticket: Ticket, *, by: Actor) -> list[Reason]:
    """The reasons against; empty means it may be pushed. Asks no database."""
    if reasons := rights.against_managing_for(ticket, by):
        return reasons
    if not is_set_up():
        return [_not_set_up()]
    if ticket.status == Status.NEW:
        return [Reason("state", _("Nobody has approved this ticket yet; it is sent when somebody does."))]
    return []


# For the worker


def ready(due: QuerySet[WorkflowDelivery]) -> QuerySet[WorkflowDelivery]:
    """Of those that are due, the ones that may go now: none while the breaker holds calls back, else the first of each
    ticket."""
    if breaker.held_until() is not None:
        return due.none()
    unfinished = [WorkflowDelivery.Status.PENDING, WorkflowDelivery.Status.WORKING]
    earlier = WorkflowDelivery.objects.filter(ticket=OuterRef("ticket"), status__in=unfinished, pk__lt=OuterRef("pk"))
    return due.filter(~Exists(earlier.order_by()))


def acknowledged(row: WorkflowDelivery, *, remote_id: str) -> None:
    """The other side took it: note beside the ticket what it knows now. Under the ticket's lock, as messages do it: two
    that make the first standing at once would wait for each other, one for the standing, one for its ticket."""
    now = timezone.now()
    with transaction.atomic(durable=True):
        door.locked(row.ticket)
        standing, _made = WorkflowStanding.objects.get_or_create(ticket_id=row.ticket_id)
        standing.acknowledged_event, standing.acknowledged_at = row.event, now
        standing.remote_id = remote_id or standing.remote_id
        standing.save(update_fields=["acknowledged_event", "acknowledged_at", "remote_id"])


def _written(
    ticket: Ticket, event: str, *, by: Actor, reason: str = "", comment: TicketComment | None = None
) -> WorkflowDelivery:
    row = WorkflowDelivery(
        ticket=ticket,
        event=event,
        ticket_status=ticket.status,
        comment=comment,
        reason=reason,
        caused_by=person_of(by),
        caused_by_name=name_of(by),
    )
    row.save(force_insert=True)
    outbox.wake(WorkflowDelivery)
    return row


def _anew(row: WorkflowDelivery) -> WorkflowDelivery:
    rows = WorkflowDelivery.objects.select_related("ticket").annotate(is_superseded=_superseded())
    return rows.get(pk=row.pk)


def _waiting() -> Reason:
    return Reason("already-waiting", _("This delivery is waiting to be sent already."))


def _newer() -> Reason:
    sentence = _("A newer delivery about this ticket was written since, and carries all of it. Send that one again.")
    return Reason("superseded", sentence)


def _finished() -> Reason:
    return Reason("state", _("This delivery is finished; there is nothing to call off."))


def _not_set_up() -> Reason:
    return Reason("state", _("No workflow system is set up here."))
