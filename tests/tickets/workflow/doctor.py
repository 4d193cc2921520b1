"""The Sync doctor's page, read; and what stands on it."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.utils import timezone

from jobs import leases
from people.models import Employee
from tests.tickets.admin.looking import part, words
from tests.tickets.workflow.remote import Remote, Reply
from tickets.models import Ticket, WorkflowDelivery

PAGE = "/admin/tickets/sync/"


def look(client: Client, person: Employee, address: str = PAGE) -> str:
    client.force_login(person)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def section(shown: str, name: str) -> str:
    return words(part(shown, f"{name}-title"))


def fail(remote: Remote) -> None:
    """The other side refuses what waits."""
    remote.replies = [Reply(422, b'{"error": "no such customer"}')]
    leases.drain(WorkflowDelivery)
    remote.answers(201)


def delivery(ticket: Ticket, **given: Any) -> WorkflowDelivery:
    columns = {"ticket": ticket, "event": "opened", "ticket_status": ticket.status, **given}
    return WorkflowDelivery.objects.create(**columns)


def failed_delivery(ticket: Ticket, **given: Any) -> WorkflowDelivery:
    return delivery(
        ticket, **{"status": "failed", "finished_at": timezone.now(), "last_error": "Refused.", "attempts": 1, **given}
    )
