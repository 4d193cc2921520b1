"""The log of deliveries: who may know of which, "send again", what fails for long, and what is old enough to go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import events
from audit.actors import Actor, person_of
from audit.models import AuditEvent
from audit.refusals import Reason, Refused, refuse
from jobs import leases, outbox
from notifications.models import WebhookDelivery, WebhookSubscription
from notifications.webhooks import kinds

#: What is over is kept for so long.
KEPT = timedelta(days=30)
#: After so long without success somebody should look.
FAILING_FOR = timedelta(days=1)


def visible_to(user: Any) -> QuerySet[WebhookDelivery]:
    """The log as somebody may know of it. Whether they may look at it at all is the caller's question."""
    return WebhookDelivery.objects.exclude(kinds.hidden_from(user))


def send_again(row: WebhookDelivery, *, by: Actor) -> WebhookDelivery:
    """Put a finished delivery in line anew, with the webhook-id it had. Returns the fresh row; raises Refused."""
    row = WebhookDelivery.objects.select_related("subscription").get(pk=row.pk)
    refuse(against_sending_again(row, by=by))
    with transaction.atomic():
        if not leases.again(WebhookDelivery, row.pk, of=WebhookDelivery.FINISHED):
            raise Refused([_waiting()])
        # Whoever asks for it now does not want to wait until its server has rested.
        WebhookSubscription.objects.filter(pk=row.subscription_id).update(rests_until=None)
        events.record(AuditEvent.Kind.SENT_AGAIN, by=by, about=row, message=row.event, was=row.status)
        outbox.wake(WebhookDelivery)
    return WebhookDelivery.objects.get(pk=row.pk)


def against_sending_again(row: WebhookDelivery, *, by: Actor) -> list[Reason]:
    """The reasons against; empty means it may be sent again."""
    person = person_of(by)
    if person is not None and not person.has_perm("notifications.send_again_webhookdelivery"):
        return [Reason("not_yours", _("Only a System Admin can do that."), _("a System Admin"))]
    if person is not None and not visible_to(person).filter(pk=row.pk).exists():
        return [Reason("unseen", _("There is no such delivery."))]
    if not row.subscription.is_active and row.event != kinds.TEST:
        return [Reason("state", _("The webhook is switched off. Switch it on first."))]
    return [] if row.is_finished else [_waiting()]


def _waiting() -> Reason:
    return Reason("state", _("It is waiting to be sent already."))


def needing_somebody() -> QuerySet[WebhookSubscription]:
    """Webhooks that nothing reached for a day, and those that were switched off because nobody is there any more."""
    failing = Q(is_active=True, failing_since__lte=timezone.now() - FAILING_FOR)
    return WebhookSubscription.objects.filter(failing | Q(is_active=False, failures__gt=0))


def prune() -> int:
    """Remove deliveries that are over for so long that nobody asks any more; how many."""
    before = timezone.now() - KEPT
    return WebhookDelivery.objects.filter(finished_at__lt=before).delete()[0]
