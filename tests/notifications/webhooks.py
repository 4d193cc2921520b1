"""Webhooks for tests, and events as a verb would cause them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.actors import SYSTEM
from jobs import leases
from notifications.models import WebhookDelivery, WebhookSubscription
from notifications.webhooks import events, subscriptions
from tests.factories import people

EVENT = "ticket.approved"


def made(url: str, *wanted: str, by: Any = SYSTEM) -> tuple[WebhookSubscription, str]:
    return subscriptions.make(by=by, name="Chat", url=url, events=wanted or [EVENT])


def tell(event: str = EVENT) -> WebhookDelivery:
    with transaction.atomic():
        events.emit(event, about=people.department(), facts=lambda: {"ticket": {"ticket_number": "TX0001"}})
    return WebhookDelivery.objects.order_by("-pk")[0]


def drain() -> None:
    leases.drain(WebhookDelivery)


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def due_again(row: WebhookDelivery) -> None:
    """The pause is over, and the rest of its server too."""
    WebhookDelivery.objects.filter(pk=row.pk).update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    WebhookSubscription.objects.update(rests_until=None)
