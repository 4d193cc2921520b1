"""The door of webhooks: one function a verb. Nothing else changes a subscription, but for what the worker notes.

verb       | what it does                                             | on the record
make       | a new one, with a secret that is shown once              | history
edit       | name, address, events                                    | history
rotate     | a new secret; the old one signs beside it for a day      | history
switch_on  | deliver from now on                                      | history
switch_off | deliver no more; what waits is called off                | history
send_test  | one call now, whatever it is subscribed to               | WEBHOOK_TESTED

Who may: whoever has the permission, which are System Admins (people.roles). Every function raises Refused,
InvalidValues, or StaleVersion when the caller gives the `expected_version` it had read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import events
from audit.actors import SYSTEM, Actor, person_of
from audit.events import refusals_noted
from audit.history import note
from audit.models import AuditEvent
from audit.reading import Reading, Unfit, bounded_text
from audit.refusals import Reason, Refused, StaleVersion, refuse
from jobs import leases, outbox, signatures
from notifications.models import WebhookDelivery, WebhookSubscription
from notifications.webhook_models import NAME_LENGTH
from notifications.webhooks import addresses, kinds, sealing
from notifications.webhooks.events import body_of

#: For so long the old secret signs beside the new one, so that the other side can change it without losing a call.
OVERLAP = timedelta(days=1)


def make(*, by: Actor, name: str, url: str, events: Sequence[str]) -> tuple[WebhookSubscription, str]:
    """A new webhook, switched on, and its secret."""
    # For who may not, nothing is looked up: below they are refused.
    values = {} if against(by) else _read(name, url, events)
    with refusals_noted("make_webhook", by=by), transaction.atomic():
        refuse(against(by))
        secret = signatures.new_secret()
        subscription = WebhookSubscription(secret=sealing.sealed(secret), **values)
        note(subscription, by=by, verb="make")
        subscription.save()
    return subscription, secret


def edit(
    subscription: WebhookSubscription,
    *,
    by: Actor,
    name: str,
    url: str,
    events: Sequence[str],
    expected_version: int | None = None,
) -> WebhookSubscription:
    """Another name, address or choice of events. What waits goes to the new address."""
    # For who may not, nothing is looked up: below they are refused.
    values = {} if against(by) else _read(name, url, events)
    with _passing(subscription, "edit", by=by, expected_version=expected_version) as row:
        for column, value in values.items():
            setattr(row, column, value)
        _well(row)
    return row


def rotate(
    subscription: WebhookSubscription, *, by: Actor, expected_version: int | None = None
) -> tuple[WebhookSubscription, str]:
    """A new secret. For OVERLAP each call is signed with both."""
    with _passing(subscription, "rotate", by=by, expected_version=expected_version) as row:
        secret = signatures.new_secret()
        row.former_secret, row.former_secret_until = row.secret, timezone.now() + OVERLAP
        row.secret = sealing.sealed(secret)
    return row, secret


def switch_on(
    subscription: WebhookSubscription, *, by: Actor, expected_version: int | None = None
) -> WebhookSubscription:
    with _passing(subscription, "switch_on", by=by, expected_version=expected_version) as row:
        row.is_active = True
        _well(row)
    return row


def switch_off(
    subscription: WebhookSubscription, *, by: Actor, expected_version: int | None = None
) -> WebhookSubscription:
    """Events that happen meanwhile are not told later either."""
    with _passing(subscription, "switch_off", by=by, expected_version=expected_version) as row:
        row.is_active = False
        _well(row)
        leases.call_off(row.deliveries.all(), error=_("The webhook was switched off."))
    return row


def gone(subscription: WebhookSubscription) -> None:
    """The other side said that there is nothing any more (410): SYSTEM switches it off, and somebody must look."""
    with transaction.atomic():
        row = WebhookSubscription.objects.select_for_update().get(pk=subscription.pk)
        if row.is_active:
            row.is_active = False
            row.failures, row.failing_since = row.failures or 1, row.failing_since or timezone.now()
            note(row, by=SYSTEM, verb="gone", reason=_("It answered 410: gone."))
            row.save()
        leases.call_off(row.deliveries.filter(status=WebhookDelivery.Status.PENDING), error=_("It answered 410: gone."))


def send_test(subscription: WebhookSubscription, *, by: Actor, expected_version: int | None = None) -> WebhookDelivery:
    """One call, also while it is switched off or rests. It is tried once; what came of it stands on the delivery."""
    with refusals_noted("test_webhook", by=by, about=subscription), transaction.atomic():
        refuse(against(by))
        now = timezone.now()
        body = body_of(kinds.TEST, {"webhook": subscription.name}, now=now)
        row = WebhookDelivery.objects.create(subscription=subscription, event=kinds.TEST, body=body)
        events.record(AuditEvent.Kind.WEBHOOK_TESTED, by=by, about=subscription, webhook_id=row.webhook_id)
        outbox.wake(WebhookDelivery)
    return row


# Who may


def against(by: Actor | None) -> list[Reason]:
    person = person_of(by)
    if by is SYSTEM or (person is not None and person.has_perm("notifications.change_webhooksubscription")):
        return []
    return [Reason("not_yours", _("Only a System Admin can do that."), _("a System Admin"))]


def _against_switch(subscription: WebhookSubscription, by: Actor | None, *, on: bool) -> list[Reason]:
    reasons = against(by)
    if not reasons and subscription.is_active == on:
        reasons = [Reason("state", _("It is switched on already.") if on else _("It is switched off already."))]
    return reasons


#: verb → its check, for the door and for pages that ask by name.
CHECKS = {
    "edit": lambda subscription, by: against(by),
    "rotate": lambda subscription, by: against(by),
    "send_test": lambda subscription, by: against(by),
    "switch_on": lambda subscription, by: _against_switch(subscription, by, on=True),
    "switch_off": lambda subscription, by: _against_switch(subscription, by, on=False),
}


# What the verbs share


@contextmanager
def _passing(
    subscription: WebhookSubscription, verb: str, *, by: Actor, expected_version: int | None
) -> Iterator[WebhookSubscription]:
    """Lock, ask, let the verb work, save with history."""
    with refusals_noted(f"{verb}_webhook", by=by, about=subscription), transaction.atomic():
        row = WebhookSubscription.objects.select_for_update().filter(pk=subscription.pk).first()
        if row is None:
            raise Refused([Reason("unseen", _("There is no such webhook."))])
        refuse(CHECKS[verb](row, by))
        if expected_version is not None and row.version != expected_version:
            raise StaleVersion(row)
        yield row
        note(row, by=by, verb=verb)
        row.save()


def _well(row: WebhookSubscription) -> None:
    """What it is from now on has not failed yet."""
    row.failures, row.failing_since, row.rests_until = 0, None, None


def _read(name: Any, url: Any, events: Any) -> dict[str, Any]:
    """Outside any transaction: the name of the server is looked up, and who answers may take half a minute."""
    reading = Reading()
    read = {
        "name": reading.take("name", _name, name),
        "url": reading.take("url", addresses.checked, url),
        "events": reading.take("events", _events, events),
    }
    reading.finish()
    return read


def _name(text: Any) -> str:
    words = bounded_text(text, NAME_LENGTH).strip()
    if not words:
        raise Unfit(_("Say who is told, such as “Chat” or “Reports”."))
    return words


def _events(given: Collection[str] | None) -> list[str]:
    known = list(kinds.registered())
    chosen = {str(name) for name in given or ()}
    if not chosen or chosen - set(known):
        raise Unfit(_("Choose what it is told of."))
    return [name for name in known if name in chosen]


def secrets_of(row: WebhookSubscription, *, now: datetime) -> list[str]:
    """What to sign with at that moment, the newest first. Raises sealing.Unreadable."""
    found = [row.secret]
    if row.former_secret and row.former_secret_until is not None and row.former_secret_until > now:
        found.append(row.former_secret)
    return [sealing.opened(kept) for kept in found]
