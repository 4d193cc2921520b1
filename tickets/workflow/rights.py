"""Who may see the exchange with the workflow system, and who may step in: System Admins, but for the tickets that they
asked for themselves. There they are the requester, and what goes on behind the counter is not theirs to read."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from audit.actors import Actor, NamedActor
from audit.refusals import Reason
from people.enums import Role
from people.enums import Status as PersonStatus
from tickets import rules
from tickets.models import Ticket


def sees(user: Any) -> bool:
    """Whether the exchange exists for somebody at all."""
    return getattr(user, "status", None) == PersonStatus.APPROVED and user.role == Role.SYSTEM_ADMIN


def of_own_tickets(user: Any, ticket: str = "ticket__") -> Q:
    """What somebody must not know of. `ticket` leads to the ticket."""
    return rules.only_asked_by(user, ticket)


def against_managing(by: Actor) -> list[Reason]:
    """The reasons against stepping in at all: only System Admins and our own commands do."""
    if isinstance(by, NamedActor) or sees(by):
        return []
    who = _("a System Admin")
    return [Reason("not_yours", _("Only a System Admin can do that."), who)]


def against_managing_for(ticket: Ticket, by: Actor) -> list[Reason]:
    """The same for the exchange about one ticket. On one's own it does not exist."""
    if isinstance(by, NamedActor):
        return []
    if reasons := against_managing(by):
        return reasons
    return [] if rules.is_staff_on(ticket, by) else [Reason("unseen", _("There is nothing here."))]
