"""Outgoing webhooks: who is told by a call to their server, and each call with what came of it."""

from __future__ import annotations

import uuid

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.history import History
from audit.versions import VersionedModel
from jobs.models import LeasedRow
from notifications.webhooks import kinds

NAME_LENGTH = 100
URL_LENGTH = 500
EVENT_LENGTH = 60
#: Of an answer so much is kept, to be looked at.
ANSWER_LENGTH = 2_000


def new_webhook_id() -> str:
    """For the life of the row: whoever gets a repeat can tell that it is one."""
    return f"msg_{uuid.uuid4().hex}"


class WebhookSubscription(VersionedModel):
    """A server that wants to hear of events. Changed by `notifications.webhooks.subscriptions` alone.

    The secrets lie encrypted (they must be read to sign): a copy of the database is worth nothing without SECRET_KEY.
    What the worker notes about how it goes (`failures` and below) is no part of the history.
    """

    name = models.CharField(_("name"), max_length=NAME_LENGTH, editable=False)
    url = models.CharField(_("address"), max_length=URL_LENGTH, editable=False)
    events = models.JSONField(_("events"), default=list, editable=False)
    is_active = models.BooleanField(_("switched on"), default=True, editable=False)
    secret = models.TextField(_("secret"), editable=False)
    former_secret = models.TextField(_("secret before"), blank=True, editable=False)
    former_secret_until = models.DateTimeField(_("secret before counts until"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True, editable=False)
    rests_until = models.DateTimeField(_("rests until"), null=True, blank=True, editable=False)
    last_arrived_at = models.DateTimeField(_("last arrived"), null=True, blank=True, editable=False)

    history = History(
        excluded_fields=[
            "secret", "former_secret", "former_secret_until", "failures", "failing_since", "rests_until",
            "last_arrived_at",
        ]
    )  # fmt: skip

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                name="webhooksubscription_failing_since",
                condition=Q(failures=0, failing_since__isnull=True) | Q(failures__gt=0, failing_since__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(LeasedRow):
    """One event for one subscription. Written by `notifications.webhooks.events`, sent by the worker.

    `body` is sent as it stands, byte for byte, however often. It holds no text that people wrote but a subject.
    """

    subscription = models.ForeignKey(
        WebhookSubscription,
        on_delete=models.PROTECT,
        related_name="deliveries",
        verbose_name=_("webhook"),
        editable=False,
    )
    event = models.CharField(_("event"), max_length=EVENT_LENGTH, editable=False)
    webhook_id = models.CharField(_("webhook-id"), max_length=40, unique=True, default=new_webhook_id, editable=False)
    body = models.TextField(_("what is sent"), editable=False)
    about_type = models.ForeignKey(
        ContentType, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("about")
    )
    about_id = models.BigIntegerField(_("key"), null=True, blank=True)
    about = GenericForeignKey("about_type", "about_id")
    asked_at = models.DateTimeField(_("last tried"), null=True, blank=True, editable=False)
    answer_status = models.PositiveSmallIntegerField(_("answer"), null=True, blank=True, editable=False)
    answer_body = models.TextField(_("what was answered"), blank=True, editable=False)
    took_ms = models.PositiveIntegerField(_("took (ms)"), null=True, blank=True, editable=False)

    class Meta(LeasedRow.Meta):
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ["-pk"]
        permissions = [("send_again_webhookdelivery", "Can send a webhook delivery again")]
        indexes = [
            *LeasedRow.Meta.indexes,
            models.Index(fields=["subscription", "-id"], name="webhookdelivery_of"),
            models.Index(fields=["about_type", "about_id"], name="webhookdelivery_about"),
        ]
        constraints = [
            *LeasedRow.Meta.constraints,
            models.CheckConstraint(
                name="webhookdelivery_about_both",
                condition=Q(about_type__isnull=True, about_id__isnull=True)
                | Q(about_type__isnull=False, about_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(kinds.words_of(self.event))
