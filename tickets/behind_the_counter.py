"""What goes on among the staff about a ticket is not for who asked for it, also where that is an admin."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from notifications.models import EmailNotification, WebhookDelivery
from tickets import emails, rules, webhooks
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
    # Whoever sends something again leaves an event that names the message.
    for sent, hidden in (
        (EmailNotification.objects, emails.hidden_from(user)),
        (WebhookDelivery.objects, webhooks.hidden_from(user)),
    ):
        about = ContentType.objects.get_for_model(sent.model)
        found |= Q(about_type=about, about_id__in=sent.filter(hidden).order_by().values("pk"))
    return found & ~Q(actor=user)
