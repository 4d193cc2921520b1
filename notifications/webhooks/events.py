"""Writing down who is told of an event, in the transaction that causes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone

from jobs import outbox
from notifications.models import WebhookDelivery, WebhookSubscription

Facts = Callable[[], Mapping[str, Any]]


def emit(event: str, *, about: models.Model, facts: Facts) -> None:
    """Have every webhook told that is subscribed to the event: one statement to see whether there is any, one more to
    write them all down.

    `facts()` is what is said of `about`: JSON, nothing that only some may read, since nobody knows who reads along at
    the other end. It is asked for only when somebody is told. Call it in the transaction of the change.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("An event is written in the transaction that causes it.")
    # JSON can't be looked into alike on both databases, and there are a handful of these rows.
    active = WebhookSubscription.objects.filter(is_active=True).order_by("pk").values_list("pk", "events")
    wanted = [pk for pk, events in active if event in events]
    if not wanted:
        return
    body, about_type = body_of(event, facts(), now=timezone.now()), ContentType.objects.get_for_model(about)
    rows = [
        WebhookDelivery(subscription_id=pk, event=event, body=body, about_type=about_type, about_id=about.pk)
        for pk in wanted
    ]
    WebhookDelivery.objects.bulk_create(rows)
    outbox.wake(WebhookDelivery)


def body_of(event: str, data: Mapping[str, Any], *, now: datetime) -> str:
    """The message as Standard Webhooks has it: type, timestamp, data."""
    told = {"type": event, "timestamp": utc(now), "data": data}
    # ASCII: the bytes that are signed are then the same whoever reads the column how.
    return json.dumps(told, separators=(",", ":"))


def utc(moment: datetime | None) -> str | None:
    """A time as the API writes it."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
