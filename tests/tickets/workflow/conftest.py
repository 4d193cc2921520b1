"""A workflow system to talk to, and its messages, signed."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from jobs import leases, signatures
from tests.tickets.workflow.remote import Remote
from tickets.models import Ticket, TicketComment, WorkflowCallback, WorkflowDelivery

SECRET = "whsec_" + "c2VjcmV0LW9mLXRoZS1jYWxsYmFja3MtMTIzNDU2"
API_KEY = "key-of-the-workflow-system-4711"
ADDRESS = "/api/workflow/callbacks/"
#: When the ticket changed there; tests count minutes from here.
LONG_AGO = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def one_remote() -> Iterator[Remote]:
    remote = Remote()
    yield remote
    remote.close()


@pytest.fixture
def remote(one_remote: Remote, settings: Any) -> Remote:
    """The server of the module, as good as new; the settings lead to it."""
    one_remote.calls, one_remote.on_call = [], None
    one_remote.answers(201)
    settings.EXTERNAL_WORKFLOW_API_URL, settings.EXTERNAL_WORKFLOW_API_KEY = one_remote.url, API_KEY
    return one_remote


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Let time pass for whoever asks Django's clock."""
    own = timezone.now

    def pass_by(time: timedelta) -> None:
        monkeypatch.setattr(timezone, "now", lambda: own() + time)

    return pass_by


def send() -> leases.Drained:
    """What the worker does."""
    return leases.drain(WorkflowDelivery)


def of(ticket: Any) -> list[WorkflowDelivery]:
    """Its deliveries, the first first."""
    return list(WorkflowDelivery.objects.filter(ticket=ticket).order_by("pk"))


def last() -> WorkflowDelivery:
    return WorkflowDelivery.objects.latest("pk")


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def stored() -> WorkflowCallback:
    return WorkflowCallback.objects.latest("pk")


def notes_on(ticket: Ticket) -> list[str]:
    return list(TicketComment.objects.filter(ticket=ticket, is_internal=True).values_list("comment", flat=True))


def message(ticket: Any, status: str = "WORKING", *, minutes: float = 0, **said: Any) -> dict[str, Any]:
    """What the workflow system says of a ticket (or of a number)."""
    modified = (LONG_AGO + timedelta(minutes=minutes)).isoformat()
    return {
        "ticket_id": getattr(ticket, "ticket_number", ticket),
        "status": status,
        "assigned_technician": None,
        "work_notes": [],
        "resolution": None,
        "last_modified": modified,
    } | said


class Calls:
    """Sends messages as the workflow system does."""

    def __init__(self) -> None:
        self.client = Client()

    def __call__(
        self,
        body: Any,
        *,
        key: str = "",
        secrets: tuple[str, ...] = (SECRET,),
        sent_at: datetime | None = None,
        headers: dict[str, str] | None = None,
        signed: bytes | None = None,
    ) -> HttpResponse:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        key = key or f"msg_{uuid.uuid4().hex}"
        proof = signatures.headers(secrets, key, sent_at or timezone.now(), raw if signed is None else signed)
        given = {**proof, **(headers or {})}
        given = {name: value for name, value in given.items() if value is not None}
        return self.client.post(ADDRESS, raw, content_type="application/json", headers=given)


@pytest.fixture
def call(settings: Any) -> Calls:
    settings.WORKFLOW_CALLBACK_SECRETS = [SECRET]
    return Calls()
