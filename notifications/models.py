"""What people are told by e-mail."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.actors import ACTOR_NAMES, PERSON
from jobs.models import LeasedRow
from notifications import links
from notifications.messages import message_of

SUBJECT_LENGTH = 200


def new_message_id() -> str:
    """A Message-ID for the life of the row: whoever gets a repeat can tell that it is one."""
    return f"<{uuid.uuid4()}@{links.host()}>"


class EmailNotification(LeasedRow):
    """One e-mail to one address. Written by notifications.outbox.queue, sent by the worker.

    Of a secret message (a link that opens an account) neither data nor body are stored; its data is made when it is
    sent. Otherwise whoever may read the outbox could take over accounts.
    """

    message = models.CharField(_("message"), max_length=60, editable=False)
    is_secret = models.BooleanField(_("secret"), default=False, editable=False)
    recipient_email = models.EmailField(_("to"), editable=False)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="emails",
        verbose_name=_("recipient"),
        editable=False,
    )
    subject = models.CharField(_("subject"), max_length=SUBJECT_LENGTH, editable=False)
    body = models.TextField(_("text as sent"), blank=True, editable=False)
    template_name = models.CharField(_("template"), max_length=100, editable=False)
    template_data = models.JSONField(_("data"), default=dict, blank=True, encoder=DjangoJSONEncoder, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True, editable=False)
    forgotten_at = models.DateTimeField(_("text taken out"), null=True, blank=True, editable=False)
    message_id = models.CharField(_("Message-ID"), max_length=330, unique=True, default=new_message_id, editable=False)
    thread_key = models.CharField(_("thread"), max_length=100, blank=True, editable=False)
    about_type = models.ForeignKey(
        ContentType, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("about")
    )
    about_id = models.BigIntegerField(_("key"), null=True, blank=True)
    about = GenericForeignKey("about_type", "about_id")
    caused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("caused by"),
        editable=False,
    )
    caused_by_name = models.CharField(
        _("actor"), max_length=10, choices=[(name, name) for name in ACTOR_NAMES], default=PERSON, editable=False
    )

    class Meta(LeasedRow.Meta):
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        ordering = ["-pk"]
        permissions = [("send_again_emailnotification", "Can send an e-mail again")]
        indexes = [
            *LeasedRow.Meta.indexes,
            models.Index(fields=["about_type", "about_id"], name="emailnotification_about"),
        ]
        constraints = [
            *LeasedRow.Meta.constraints,
            models.CheckConstraint(
                name="emailnotification_caused_by_name", condition=models.Q(caused_by_name__in=ACTOR_NAMES)
            ),
            models.CheckConstraint(
                name="emailnotification_about_both",
                condition=models.Q(about_type__isnull=True, about_id__isnull=True)
                | models.Q(about_type__isnull=False, about_id__isnull=False),
            ),
            models.CheckConstraint(
                name="emailnotification_sent_at",
                condition=~models.Q(status="done") | models.Q(sent_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.recipient_email}"

    @property
    def is_internal(self) -> bool:
        """Not for everybody who may look at the outbox; so is a message that no app knows any more."""
        try:
            return message_of(self.message).is_internal
        except KeyError:
            return True

    @property
    def error_message(self) -> str:
        return self.last_error

    @property
    def message_host(self) -> str:
        """The host within the Message-ID: what the row was made with, whatever SITE_URL is by now."""
        return self.message_id.rpartition("@")[2].rstrip(">")


# Last, and for Django alone, which looks for models here.
from notifications.notice_models import LedgerEntry, Notice, NoticePreference  # noqa: E402, F401
from notifications.text_models import MessageText  # noqa: E402, F401
from notifications.webhook_models import WebhookDelivery, WebhookSubscription  # noqa: E402, F401
