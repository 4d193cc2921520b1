"""What people are told about tickets: one function a message, each the row "who is told" of domain.md.

Nobody is told of what they did themselves (but for the receipt of a submission), nobody who may not see the ticket,
nobody who is not approved. Rows are written into the transaction of the change; the worker sends the e-mails. Who was
not told, and why, stands in the ledger beside who was.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from audit.actors import Actor, NamedActor
from notifications import messages, outbox, rendering, telling
from notifications.models import EmailNotification
from notifications.telling import Told
from people.enums import Role
from people.enums import Status as PersonStatus
from people.models import Employee
from tickets import rules
from tickets.message_kinds import KINDS, PLACEHOLDERS, sample_of
from tickets.models import Ticket, TicketAttachment, TicketComment

logger = logging.getLogger(__name__)

#: A person, or the address of a department's head.
Recipient: TypeAlias = "Employee | str"

#: Only for who is staff on the ticket.
FOR_STAFF = frozenset({"to_approve", "waiting", "assigned", "noted", "reprioritised"})
#: A notice without an e-mail: the one that did not arrive.
UNDELIVERED = "ticket_undelivered"


def register() -> None:
    """Makes the messages known; called when the app is ready."""
    for kind, names in KINDS:
        messages.register_kind(kind)
        for name in names:
            messages.register(
                f"ticket_{name}",
                template=f"tickets/emails/{name}",
                is_internal=name == "noted",
                still_wanted=_still_wanted_by_staff if name in FOR_STAFF else _still_wanted,
                kind=kind.name,
                undelivered=undelivered,
                placeholders=PLACEHOLDERS,
                sample=sample_of(name, is_requester=name not in FOR_STAFF),
                mailing_list="tickets",
            )
    messages.register_hidden("tickets", hidden_from)
    messages.register_readable("tickets", readable_by, ledger=ledger_readable_by)


def hidden_from(user: Employee) -> Q:
    """What others are told about a ticket that somebody asked for: it says who works on it behind the counter, and of
    what is for the staff already the subject says that there is a note. A subquery, so that the outbox is not joined
    with every ticket."""
    own = Ticket.objects.filter(rules.only_asked_by(user)).order_by().values("pk")
    about = ContentType.objects.get_for_model(Ticket)
    return Q(about_type=about, about_id__in=own) & _not_for(user)


def readable_by(user: Employee) -> Q:
    """The notices about tickets that somebody sees as they are now; those of others, and what is for the staff, only as
    its staff."""
    about = ContentType.objects.get_for_model(Ticket)
    return Q(_seen_by(user), about_type=about) & ~(Q(_asked_by(user)) & _not_for(user))


def ledger_readable_by(user: Employee) -> Q:
    """Of what one asked for oneself, nothing: it tells of notes, and of who reads them."""
    about = ContentType.objects.get_for_model(Ticket)
    return Q(_seen_by(user), ~_asked_by(user), about_type=about)


def _seen_by(user: Employee) -> Exists:
    """A look by its key for each row: of all the tickets that an admin sees, no list is made."""
    return Exists(rules.visible_to(user).filter(pk=OuterRef("about_id")).order_by())


def _asked_by(user: Employee) -> Exists:
    return Exists(Ticket.objects.filter(rules.only_asked_by(user), pk=OuterRef("about_id")).order_by())


def _not_for(user: Employee) -> Q:
    """What its requester is not told of a ticket: whatever is for its staff, and what somebody else was told."""
    return Q(message__in=_for_staff()) | ~Q(recipient=user)


def _for_staff() -> list[str]:
    return sorted({UNDELIVERED, *(f"ticket_{name}" for name in FOR_STAFF)})


def submitted(ticket: Ticket) -> None:
    """The receipt, also to somebody who did it themselves; and to the admins, whose decision it waits for."""
    receipt = _Word("submitted", [ticket.employee], is_receipt=True)
    _tell("submit", ticket, receipt, _Word("to_approve", _admins()), by=ticket.employee)


def approved(ticket: Ticket, *, by: Actor) -> None:
    if ticket.assigned_to is not None:
        next_one = _Word("assigned", [ticket.assigned_to])
    else:
        next_one = _Word("waiting", _department(ticket))
    _tell("approve", ticket, _Word("approved", [ticket.employee]), next_one, by=by)


def rejected(ticket: Ticket, *, by: Actor) -> None:
    why = {"reason": ticket.rejection_reason}
    _tell("reject", ticket, _Word("rejected", _requester_and_assignee(ticket), why), by=by)


def claimed(ticket: Ticket, *, by: Actor) -> None:
    _tell("claim", ticket, _Word("taken", [ticket.employee]), by=by)


def assigned(ticket: Ticket, *, by: Actor) -> None:
    """Somebody new, or nobody: the requester reads who cares for it now."""
    _tell("assign", ticket, _Word("taken", [ticket.employee]), _Word("assigned", _assignee(ticket)), by=by)


def held(ticket: Ticket, *, by: Actor, reason: str) -> None:
    resume_date = ticket.resume_date.isoformat() if ticket.resume_date else ""
    said = {"reason": reason, "resume_date": resume_date}
    _tell("hold", ticket, _Word("on_hold", _requester_and_assignee(ticket), said), by=by)


def resumed(ticket: Ticket, *, by: Actor) -> None:
    _tell("resume", ticket, _Word("resumed", _requester_and_assignee(ticket)), by=by)


def resolved(ticket: Ticket, *, by: Actor) -> None:
    how = {"reason": ticket.resolution}
    _tell("resolve", ticket, _Word("resolved", _requester_and_assignee(ticket), how), by=by)


def closed(ticket: Ticket, *, by: Actor, reason: str) -> None:
    _tell("close", ticket, _Word("closed", _requester_and_assignee(ticket), {"reason": reason}), by=by)


def reopened(ticket: Ticket, *, by: Actor, reason: str) -> None:
    _tell("reopen", ticket, _Word("reopened", _requester_and_assignee(ticket), {"reason": reason}), by=by)


def withdrawn(ticket: Ticket, *, by: Actor, reason: str) -> None:
    _tell("withdraw", ticket, _Word("withdrawn", _requester_and_assignee(ticket), {"reason": reason}), by=by)


def commented(ticket: Ticket, comment: TicketComment, *, by: Actor) -> None:
    said = _Word("commented", _both_sides(ticket), {"reason": comment.comment})
    _tell("comment", ticket, said, by=by, comment=comment)


def attached(ticket: Ticket, attachments: list[TicketAttachment], *, by: Actor) -> None:
    """How many, and not their names: a mail is read where more people look on than at the ticket."""
    _tell("attach", ticket, _Word("attached", _both_sides(ticket), {"count": len(attachments)}), by=by)


def noted(ticket: Ticket, comment: TicketComment, *, by: Actor) -> None:
    said = _Word("noted", _assignee(ticket), {"reason": comment.comment})
    _tell("note", ticket, said, by=by, comment=comment)


def reprioritised(ticket: Ticket, *, by: Actor, reason: str, before: str) -> None:
    said = _Word("reprioritised", _assignee(ticket), {"reason": reason, "before": before})
    _tell("reprioritise", ticket, said, by=by)


def transferred(ticket: Ticket, *, by: Actor, reason: str) -> None:
    _tell("transfer", ticket, _Word("waiting", _department(ticket), {"reason": reason}), by=by)


def brought_in(ticket: Ticket, *, by: Actor) -> None:
    _tell("bring_in", ticket, _Word("brought_in", [ticket.employee]), by=by)


def undelivered(row: EmailNotification) -> None:
    """Whoever's doing it told of hears that it did not arrive, if they are staff on the ticket: it is theirs to find
    another way. Its requester can't help it, and is not told of our troubles."""
    ticket, sender = row.about, row.caused_by
    if ticket is None or sender is None or sender == row.recipient or not rules.is_staff_on(ticket, sender):
        return
    to = row.recipient.get_full_name() if row.recipient is not None else row.recipient_email
    words = rendering.title(row.subject, ticket.ticket_number)
    telling.notice(
        UNDELIVERED,
        to=sender,
        text=_("Not delivered to %(name)s: %(words)s") % {"name": to, "words": words},
        path=_path(ticket, is_requester=False),
        number=ticket.ticket_number,
        about=ticket,
    )


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


def _against(ticket: Ticket, recipient: Recipient, word: _Word, *, by: Actor) -> str:
    """Why somebody is not told; "" if they are."""
    if isinstance(recipient, str):
        return ""
    if recipient == by and not word.is_receipt:
        return telling.OWN_ACTION
    if recipient.status != PersonStatus.APPROVED:
        return telling.NOT_APPROVED
    is_for_them = rules.is_staff_on if word.message in FOR_STAFF else rules.relations
    return "" if is_for_them(ticket, recipient) else telling.UNSEEN


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


@dataclass(frozen=True)
class _Word:
    """A message, and whom it is for. `is_receipt`: also to somebody who did it themselves."""

    message: str
    recipients: Sequence[Recipient]
    data: dict[str, Any] = field(default_factory=dict)
    is_receipt: bool = False


def _tell(event: str, ticket: Ticket, *words: _Word, by: Actor, comment: TicketComment | None = None) -> None:
    telling.tell(
        event,
        [told for word in words for told in _told(ticket, word, by=by)],
        about=ticket,
        by=by,
        thread_key=f"ticket-{ticket.pk}",
        dedup_prefix=_dedup_prefix(comment) if comment else "",
    )


def _told(ticket: Ticket, word: _Word, *, by: Actor) -> Iterable[Told]:
    """Everybody once, however many ways lead to them."""
    to: dict[str, Recipient] = {}
    for recipient in word.recipients:
        to.setdefault((recipient if isinstance(recipient, str) else recipient.email).lower(), recipient)
    for recipient in to.values():
        why = _against(ticket, recipient, word, by=by)
        data = {} if why else _snapshot(ticket, recipient, by) | word.data
        yield Told(f"ticket_{word.message}", recipient, data, why)


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
