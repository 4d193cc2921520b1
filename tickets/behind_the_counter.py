"""What goes on among the staff about a ticket is not for who asked for it, also where that is an admin."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from tickets import rules
from tickets.models import (
    SyncDrift,
    Ticket,
    TicketAttachment,
    TicketComment,
    WorkflowCallback,
    WorkflowDelivery,
)

#: What belongs to a ticket, and has events of its own.
BESIDE = (TicketAttachment, TicketComment, WorkflowDelivery, WorkflowCallback, SyncDrift)


def hidden_events(user: Any) -> Q:
    """The events of the record that somebody must not know of: what others did about what they asked for themselves. A
    note that was refused, or a file of a note that was fetched, would tell of the note."""
    own = Ticket.objects.filter(rules.only_asked_by(user)).order_by().values("pk")
    kinds = ContentType.objects.get_for_models(Ticket, *BESIDE)
    found = Q(about_type=kinds[Ticket], about_id__in=own)
    for model in BESIDE:
        rows = model._default_manager.filter(ticket__in=own).order_by().values("pk")
        found |= Q(about_type=kinds[model], about_id__in=rows)
    return found & ~Q(actor=user)
