"""What other programs are told of tickets: which verb is which event, and what is said of a ticket.

Little is said (a "thin" message): what its requester may know and no text but the subject. A program that wants more
asks the API for it, by its own rights. Notes are no event, and nothing here grows with them: no version, no time of
the last change, no number of comments.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit.actors import Actor, NamedActor
from notifications import links
from notifications.webhooks import events, kinds
from people.models import Employee
from tickets import rules
from tickets.models import Ticket

#: Verb → event, and what it means.
EVENTS = {
    "submit": ("ticket.submitted", _("Somebody asked for something")),
    "approve": ("ticket.approved", _("A ticket was approved")),
    "reject": ("ticket.rejected", _("A ticket was rejected")),
    "claim": ("ticket.claimed", _("Somebody took a ticket")),
    "assign": ("ticket.assigned", _("A ticket was given to somebody, or to nobody")),
    "start": ("ticket.started", _("Work on a ticket began")),
    "hold": ("ticket.held", _("A ticket was put on hold")),
    "resume": ("ticket.resumed", _("A ticket on hold goes on")),
    "resolve": ("ticket.resolved", _("A ticket was solved")),
    "close": ("ticket.closed", _("A ticket was closed")),
    "reopen": ("ticket.reopened", _("A ticket was opened again")),
    "withdraw": ("ticket.withdrawn", _("A ticket was withdrawn")),
    "reprioritise": ("ticket.reprioritised", _("A ticket got another priority")),
    "transfer": ("ticket.transferred", _("A ticket moved to another department or category")),
    "comment": ("ticket.commented", _("Somebody said something on a ticket, for all to read")),
    "attach": ("ticket.attached", _("Somebody added files to a ticket")),
}


def register() -> None:
    """Makes the events known; called when the app is ready."""
    for name, words in EVENTS.values():
        kinds.register(name, words)
    kinds.register_hidden("tickets", hidden_from)


def hidden_from(user: Any) -> Q:
    """What was told of a ticket that somebody asked for: of some of what its staff does the requester knows nothing."""
    own = Ticket.objects.filter(rules.only_asked_by(user)).order_by().values("pk")
    return Q(about_type=ContentType.objects.get_for_model(Ticket), about_id__in=own)


def happened(verb: str, ticket: Ticket, *, by: Actor) -> None:
    """A verb was done: in its transaction, with the ticket as it is then."""
    if verb in EVENTS:
        events.emit(EVENTS[verb][0], about=ticket, facts=lambda: facts(ticket, by=by))


def facts(ticket: Ticket, *, by: Actor) -> dict[str, Any]:
    """Names and forms are those of the API (interfaces.md)."""
    number = ticket.ticket_number
    return {
        "ticket": {
            "ticket_number": number,
            "subject": ticket.subject,
            "status": str(ticket.status),
            "priority": str(ticket.priority),
            "category": ticket.category.name,
            "sub_category": ticket.sub_category,
            "department": ticket.department.name if ticket.department else None,
            "employee": _person(ticket.employee),
            "assigned_to": _person(ticket.assigned_to) if ticket.assigned_to else None,
            "scheduled_date": _day(ticket.scheduled_date),
            "submit_date": events.utc(ticket.submit_date),
            "time_closed": events.utc(ticket.time_closed),
            "response_time": _seconds(ticket.response_time),
            "resolution_time": _seconds(ticket.resolution_time),
            "url": links.absolute(f"/api/tickets/{number}/"),
        },
        "by": {"name": by.value} if isinstance(by, NamedActor) else _person(by),
    }


def _person(person: Employee) -> dict[str, str]:
    return {"company_id": person.company_id, "name": person.get_full_name(), "email": person.email}


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _seconds(duration: dt.timedelta | None) -> int | None:
    return None if duration is None else int(duration.total_seconds())
