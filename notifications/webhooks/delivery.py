"""Telling one webhook of one event: the worker's side, called outside any transaction.

2xx: it arrived. 410: nobody is there any more, the webhook is switched off. Everything else is tried again for as long
as jobs.leases does; redirects too, which are not followed. A server that fails again and again rests for a while, so
that what waits for it does not keep the workers from what waits for others.
"""

from __future__ import annotations

from datetime import timedelta
from time import monotonic
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from jobs import leases, signatures
from jobs.answers import retry_after
from jobs.outbox import Cancelled, Final, Temporary, Unfinished
from notifications.models import WebhookDelivery, WebhookSubscription
from notifications.webhooks import calling, kinds, sealing, subscriptions
from notifications.webhooks.calling import NotCallable

USER_AGENT = "SmartSupport-Webhooks/1"
#: After so many failures in a row a server rests, longer and longer, up to an hour.
FAILURES_BEFORE_REST = 3
LONGEST_REST = timedelta(hours=1)


def ready(due: QuerySet[WebhookDelivery]) -> QuerySet[WebhookDelivery]:
    """Not those of a server that rests; but tests, which somebody waits for."""
    resting = Q(subscription__rests_until__gt=timezone.now()) & ~Q(event=kinds.TEST)
    return due.exclude(resting)


def deliver(row: WebhookDelivery) -> dict[str, Any]:
    """Call, with a claimed row; answers what to write into it with "done". Raises what jobs.leases knows."""
    subscription = WebhookSubscription.objects.get(pk=row.subscription_id)
    is_test = row.event == kinds.TEST
    if not is_test:
        _may_go(subscription)
    noted: dict[str, Any] = {"asked_at": timezone.now()}
    began = monotonic()
    try:
        answer = calling.post(subscription.url, row.body.encode(), _headers(subscription, row))
    except NotCallable as error:
        noted |= {"took_ms": _since(began), "answer_status": None, "answer_body": ""}
        raise _not_arrived(subscription, str(error), noted, is_test=is_test) from None
    noted |= {"took_ms": _since(began), "answer_status": answer.status, "answer_body": answer.text}
    if 200 <= answer.status < 300:
        _went_well(subscription)
        return noted
    said = _("It answered %(status)d.") % {"status": answer.status}
    if answer.status == 410 and not is_test:
        subscriptions.gone(subscription)
        raise Final(said, noted=noted)
    asked = retry_after(answer.headers.get("retry-after", ""))
    raise _not_arrived(subscription, said, noted, is_test=is_test, retry_after=asked)


def _may_go(subscription: WebhookSubscription) -> None:
    if not subscription.is_active:
        raise Cancelled(_("The webhook is switched off."))
    if subscription.rests_until is not None and subscription.rests_until > timezone.now():
        # It failed between our look at what is due and this row's turn.
        raise Unfinished


def _headers(subscription: WebhookSubscription, row: WebhookDelivery) -> dict[str, str]:
    now = timezone.now()
    try:
        secrets = subscriptions.secrets_of(subscription, now=now)
    except sealing.Unreadable:
        raise Final(_("Its secret can't be read any more: SECRET_KEY is another one. Make a new secret.")) from None
    signed = signatures.headers(secrets, row.webhook_id, now, row.body.encode())
    plain = {"content-type": "application/json", "accept-encoding": "identity", "user-agent": USER_AGENT}
    return {**plain, **signed}


def _not_arrived(
    subscription: WebhookSubscription,
    sentence: str,
    noted: dict[str, Any],
    *,
    is_test: bool,
    retry_after: float | None = None,
) -> Final | Temporary:
    """A test is tried once, and says nothing about how it goes otherwise."""
    if is_test:
        return Final(sentence, noted=noted)
    _went_wrong(subscription)
    return Temporary(sentence, retry_after, noted=noted)


def _went_well(subscription: WebhookSubscription) -> None:
    well = {"failures": 0, "failing_since": None, "rests_until": None, "last_arrived_at": timezone.now()}
    WebhookSubscription.objects.filter(pk=subscription.pk).update(**well)


def _went_wrong(subscription: WebhookSubscription) -> None:
    now, failures = timezone.now(), subscription.failures + 1
    rest = min(leases.pause_after(failures - FAILURES_BEFORE_REST + 1), LONGEST_REST)
    WebhookSubscription.objects.filter(pk=subscription.pk, is_active=True).update(
        failures=F("failures") + 1, failing_since=Coalesce("failing_since", now), rests_until=now + rest
    )


def _since(began: float) -> int:
    return round((monotonic() - began) * 1000)
