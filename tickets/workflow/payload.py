"""What the workflow system is told: the shape of domain.md "The external workflow system". Reads; changes nothing.

{ticket_id, customer {id, name, email, department, image}, request {status, subject, category, subcategory, description,
priority, scheduled_date, details, attachments [{id, filename, type, size, url}]}, comment {text, author, created} or
reason where the event has one, metadata {source_system, created_date, department, event, delivery_id}}

No internal note and no file on one is ever part of it. `image` and `url` are signed when this is made.
"""

from __future__ import annotations

import copy
from typing import Any

from django.db.models import Q

from audit.actors import NamedActor
from people.models import Employee
from tickets.models import Scan, Ticket, TicketAttachment, TicketComment, WorkflowDelivery
from tickets.workflow import links

SOURCE = "SmartSupport"


def of(delivery: WorkflowDelivery) -> dict[str, Any]:
    """The body of one delivery. `request.status` is the state from when it happened, the rest as it is now."""
    ticket = delivery.ticket
    return {
        "ticket_id": ticket.ticket_number,
        "customer": _customer(ticket.employee),
        "request": _request(ticket, delivery.ticket_status),
        **_said(delivery),
        "metadata": {
            "source_system": SOURCE,
            "created_date": ticket.submit_date.isoformat(),
            "department": ticket.department.name if ticket.department else None,
            "event": delivery.event,
            "delivery_id": str(delivery.delivery_id),
        },
    }


def to_keep(payload: dict[str, Any]) -> dict[str, Any]:
    """The same without the signed addresses, to be stored: nobody shall fetch files by what lies in a table."""
    kept = copy.deepcopy(payload)
    if kept["customer"]["image"]:
        kept["customer"]["image"] = "…"
    for attachment in kept["request"]["attachments"]:
        attachment["url"] = "…"
    return kept


def waits_for_the_scanner(ticket: Ticket) -> bool:
    """Whether a file is still being checked for viruses: sent now, the other side would never get it."""
    return links.of_public(Q(ticket=ticket, scan=Scan.WAITING)).exists()


def _customer(person: Employee) -> dict[str, Any]:
    return {
        "id": person.company_id,
        "name": person.get_full_name(),
        "email": person.email,
        "department": person.department.name if person.department else None,
        "image": links.to_picture(person),
    }


def _request(ticket: Ticket, status: str) -> dict[str, Any]:
    files = links.of_public(Q(ticket=ticket)).exclude(file="")
    return {
        "status": status,
        "subject": ticket.subject,
        "category": ticket.category.name,
        "subcategory": ticket.sub_category,
        "description": ticket.description,
        "priority": ticket.priority,
        "scheduled_date": ticket.scheduled_date.isoformat() if ticket.scheduled_date else None,
        "details": ticket.dynamic_data,
        "attachments": [_attachment(each) for each in files if each.is_available],
    }


def _attachment(attachment: TicketAttachment) -> dict[str, Any]:
    return {
        "id": attachment.pk,
        "filename": attachment.file_name,
        "type": attachment.file_type,
        "size": attachment.file_size,
        "url": links.to_attachment(attachment),
    }


def _said(delivery: WorkflowDelivery) -> dict[str, Any]:
    if delivery.comment is not None:
        return {"comment": _comment(delivery.comment)}
    return {"reason": delivery.reason} if delivery.reason else {}


def _comment(comment: TicketComment) -> dict[str, Any]:
    author = comment.user.get_full_name() if comment.user else str(NamedActor(comment.actor_name))
    return {"text": comment.comment, "author": author, "created": comment.created_at.isoformat()}
