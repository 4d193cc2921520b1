"""What people are told about tickets: one function a message, each the row "who is told" of domain.md.

Nobody is told of what they did themselves (but for the receipt of a submission), nobody who may not see the ticket,
nobody who is not approved. Rows are written into the transaction of the change; the worker sends them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, TypeAlias

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from audit.actors import Actor, NamedActor
from notifications import messages, outbox
from notifications.models import EmailNotification
from people.enums import Role
from people.enums import Status as PersonStatus
from people.models import Employee
from tickets import rules
from tickets.models import Ticket, TicketAttachment, TicketComment

logger = logging.getLogger(__name__)

#: A person, or the address of a department's head.
Recipient: TypeAlias = "Employee | str"

MESSAGES = (
    "submitted",
    "to_approve",
    "approved",
    "waiting",
    "assigned",
    "taken",
    "rejected",
    "on_hold",
    "resumed",
    "resolved",
    "closed",
    "reopened",
    "withdrawn",
    "commented",
    "attached",
    "noted",
    "reprioritised",
    "brought_in",
)


#: Only for who is staff on the ticket.
FOR_STAFF = frozenset({"to_approve", "waiting", "assigned", "noted", "reprioritised"})


def register() -> None:
    """Makes the messages known; called when the app is ready."""
    for name in MESSAGES:
        messages.register(
            f"ticket_{name}",
            template=f"tickets/emails/{name}",
            is_internal=name == "noted",
            still_wanted=_still_wanted_by_staff if name in FOR_STAFF else _still_wanted,
        )
    messages.register_hidden("tickets", hidden_from)


def hidden_from(user: Employee) -> Q:
    """What is told to the staff about a ticket that somebody asked for: already its subject says that there is a note.
    A subquery, so that the outbox is not joined with every ticket."""
    own = Ticket.objects.filter(rules.only_asked_by(user)).order_by().values("pk")
    about = ContentType.objects.get_for_model(Ticket)
    return Q(about_type=about, about_id__in=own, message__in=sorted(f"ticket_{name}" for name in FOR_STAFF))


def submitted(ticket: Ticket) -> None:
    """The receipt, also to somebody who did it themselves; and to the admins, whose decision it waits for."""
    _send("submitted", ticket, [ticket.employee], by=ticket.employee, receipt=True)
    _send("to_approve", ticket, _admins(), by=ticket.employee, staff_only=True)


def approved(ticket: Ticket, *, by: Actor) -> None:
    _send("approved", ticket, [ticket.employee], by=by)
    if ticket.assigned_to is not None:
        _send("assigned", ticket, [ticket.assigned_to], by=by, staff_only=True)
    else:
        _send("waiting", ticket, _department(ticket), by=by, staff_only=True)


def rejected(ticket: Ticket, *, by: Actor) -> None:
    _send("rejected", ticket, _requester_and_assignee(ticket), by=by, reason=ticket.rejection_reason)


def claimed(ticket: Ticket, *, by: Actor) -> None:
    _send("taken", ticket, [ticket.employee], by=by)


def assigned(ticket: Ticket, *, by: Actor) -> None:
    """Somebody new, or nobody: the requester reads who cares for it now."""
    _send("taken", ticket, [ticket.employee], by=by)
    if ticket.assigned_to is not None:
        _send("assigned", ticket, [ticket.assigned_to], by=by, staff_only=True)


def held(ticket: Ticket, *, by: Actor, reason: str) -> None:
    resume_date = ticket.resume_date.isoformat() if ticket.resume_date else ""
    _send("on_hold", ticket, _requester_and_assignee(ticket), by=by, reason=reason, resume_date=resume_date)


def resumed(ticket: Ticket, *, by: Actor) -> None:
    _send("resumed", ticket, _requester_and_assignee(ticket), by=by)


def resolved(ticket: Ticket, *, by: Actor) -> None:
    _send("resolved", ticket, _requester_and_assignee(ticket), by=by, reason=ticket.resolution)


def closed(ticket: Ticket, *, by: Actor, reason: str) -> None:
    _send("closed", ticket, _requester_and_assignee(ticket), by=by, reason=reason)


def reopened(ticket: Ticket, *, by: Actor, reason: str) -> None:
    _send("reopened", ticket, _requester_and_assignee(ticket), by=by, reason=reason)


def withdrawn(ticket: Ticket, *, by: Actor, reason: str) -> None:
    _send("withdrawn", ticket, _requester_and_assignee(ticket), by=by, reason=reason)


def commented(ticket: Ticket, comment: TicketComment, *, by: Actor) -> None:
    _send("commented", ticket, _both_sides(ticket), by=by, reason=comment.comment, comment=comment)


def attached(ticket: Ticket, attachments: list[TicketAttachment], *, by: Actor) -> None:
    """How many, and not their names: a mail is read where more people look on than at the ticket."""
    _send("attached", ticket, _both_sides(ticket), by=by, count=len(attachments))


def noted(ticket: Ticket, comment: TicketComment, *, by: Actor) -> None:
    _send("noted", ticket, _assignee(ticket), by=by, staff_only=True, reason=comment.comment, comment=comment)


def reprioritised(ticket: Ticket, *, by: Actor, reason: str, before: str) -> None:
    _send("reprioritised", ticket, _assignee(ticket), by=by, staff_only=True, reason=reason, before=before)


def transferred(ticket: Ticket, *, by: Actor, reason: str) -> None:
    _send("waiting", ticket, _department(ticket), by=by, staff_only=True, reason=reason)


def brought_in(ticket: Ticket, *, by: Actor) -> None:
    _send("brought_in", ticket, [ticket.employee], by=by)


def forget(comment: TicketComment) -> None:
    """A redacted text must not live on in the mails that carried it."""
    outbox.forget(_dedup_prefix(comment))


# Who


def _admins() -> list[Recipient]:
    return list(Employee.objects.filter(status=PersonStatus.APPROVED, role=Role.SYSTEM_ADMIN).order_by("pk"))


def _coordinators(ticket: Ticket) -> list[Recipient]:
    if ticket.department is None:
        return []
    ours = Employee.objects.filter(role=Role.TICKET_COORDINATOR, department=ticket.department)
    return list(ours.filter(status=PersonStatus.APPROVED).order_by("pk"))


def _department(ticket: Ticket) -> list[Recipient]:
    """Its coordinators, and the address of its head: an admin named it for exactly this.

    Where the address belongs to one of our people, they are told as that person, if they may see the ticket.
    """
    if ticket.department is None or not ticket.department.head_email:
        return _coordinators(ticket)
    address = ticket.department.head_email
    if not outbox.takes(address):
        logger.warning("The head of department %s can't be told: the address can't be used.", ticket.department.pk)
        return _coordinators(ticket)
    # Who only applied with that address (or was turned down) has not become the head by it.
    ours = Employee.objects.with_address(address).filter(status__in=[PersonStatus.APPROVED, PersonStatus.SUSPENDED])
    return [*_coordinators(ticket), ours.first() or address]


def _assignee(ticket: Ticket) -> list[Recipient]:
    return [ticket.assigned_to] if ticket.assigned_to is not None else []


def _requester_and_assignee(ticket: Ticket) -> list[Recipient]:
    return [ticket.employee, *_assignee(ticket)]


def _both_sides(ticket: Ticket) -> list[Recipient]:
    # An assignee who may not work any more is none: somebody of the staff must read it.
    others = [person for person in _assignee(ticket) if rules.is_staff_on(ticket, person)] or _coordinators(ticket)
    return [ticket.employee, *others]


def _may_be_told(ticket: Ticket, recipient: Recipient, *, by: Actor, staff_only: bool, receipt: bool) -> bool:
    if isinstance(recipient, str):
        return True
    if recipient == by and not receipt:
        return False
    return rules.is_staff_on(ticket, recipient) if staff_only else bool(rules.relations(ticket, recipient))


def _still_wanted(row: EmailNotification, *, staff_only: bool = False) -> bool:
    """The rule from above, when it is sent: somebody may have been suspended, demoted or moved since it was written."""
    person, ticket = row.recipient, row.about
    if person is None or ticket is None:
        return True  # a department's head from outside
    if person.email.lower() != row.recipient_email.lower():
        return False  # the old address may be somebody else's by now
    return rules.is_staff_on(ticket, person) if staff_only else bool(rules.relations(ticket, person))


def _still_wanted_by_staff(row: EmailNotification) -> bool:
    return _still_wanted(row, staff_only=True)


# What


def _send(
    message: str,
    ticket: Ticket,
    recipients: Iterable[Recipient],
    *,
    by: Actor,
    staff_only: bool = False,
    receipt: bool = False,
    comment: TicketComment | None = None,
    **data: Any,
) -> None:
    told: dict[str, Recipient] = {}
    for recipient in recipients:
        if _may_be_told(ticket, recipient, by=by, staff_only=staff_only, receipt=receipt):
            told.setdefault((recipient if isinstance(recipient, str) else recipient.email).lower(), recipient)
    outbox.queue_all(
        f"ticket_{message}",
        to=told.values(),
        data=lambda recipient: _snapshot(ticket, recipient, by) | data,
        about=ticket,
        by=by,
        thread_key=f"ticket-{ticket.pk}",
        dedup_prefix=_dedup_prefix(comment) if comment else "",
    )


def _dedup_prefix(comment: TicketComment) -> str:
    return f"comment-{comment.pk}-"


def _snapshot(ticket: Ticket, recipient: Recipient, by: Actor) -> dict[str, Any]:
    """What the templates may say: the ticket as it was when this happened; internal is only what the caller adds."""
    is_requester = recipient == ticket.employee
    return {
        "number": ticket.ticket_number,
        "ticket_subject": ticket.subject,
        "status": ticket.status,
        "priority": ticket.priority,
        "category": ticket.category.name,
        "department": ticket.department.name if ticket.department else "",
        "requester": ticket.employee.get_full_name(),
        "assignee": ticket.assigned_to.get_full_name() if ticket.assigned_to else "",
        "actor": str(by) if isinstance(by, NamedActor) else by.get_full_name(),
        "is_requester": is_requester,
        "path": _path(ticket, is_requester=is_requester),
    }


def _path(ticket: Ticket, *, is_requester: bool) -> str:
    """The requester's own page, or the workspace of the staff. Addresses: interfaces.md."""
    if is_requester:
        return f"/my/tickets/{ticket.ticket_number}/"
    try:
        return reverse("admin:tickets_ticket_change", args=[ticket.pk])
    except NoReverseMatch:  # a worker that serves no pages
        return f"/admin/tickets/ticket/{ticket.pk}/change/"
