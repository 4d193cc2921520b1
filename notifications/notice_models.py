"""What people are told within the house, what they want to be told of, and the ledger: who was told of what, or not."""

from __future__ import annotations

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.actors import ACTOR_NAMES, PERSON
from audit.permanence import PermanentModel

TEXT_LENGTH = 200
NUMBER_LENGTH = 40
PATH_LENGTH = 200
KIND_LENGTH = 40


class CausedRow(models.Model):
    """What it is about, who caused it, and when."""

    about_type = models.ForeignKey(
        ContentType, on_delete=models.PROTECT, related_name="+", verbose_name=_("about"), editable=False
    )
    about_id = models.BigIntegerField(_("key"), editable=False)
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
    created_at = models.DateTimeField(_("when"), default=timezone.now, editable=False)

    class Meta:
        abstract = True


class Notice(CausedRow):
    """One line for one person, behind the bell. Written by notifications.telling, read through notifications.notices.

    `text` is the subject of the message, which holds nothing of what was said: what is redacted is in none. Whether the
    person may still know of it is asked each time it would be shown.
    """

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="notices",
        verbose_name=_("recipient"),
        editable=False,
    )
    message = models.CharField(_("message"), max_length=60, editable=False)
    number = models.CharField(_("number"), max_length=NUMBER_LENGTH, blank=True, editable=False)
    text = models.CharField(_("text"), max_length=TEXT_LENGTH, editable=False)
    path = models.CharField(_("leads to"), max_length=PATH_LENGTH, editable=False)
    read_at = models.DateTimeField(_("read"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["recipient", "-created_at", "-id"], name="notice_of_recipient_by_date"),
            # On every page somebody's unread ones are counted.
            models.Index(fields=["recipient"], condition=Q(read_at=None), name="notice_unread"),
            models.Index(fields=["created_at"], name="notice_created_at"),
        ]
        constraints = [
            models.CheckConstraint(name="notice_caused_by_name", condition=Q(caused_by_name__in=ACTOR_NAMES)),
        ]

    def __str__(self) -> str:
        return self.text


class NoticePreference(models.Model):
    """What somebody chose for one kind of message; without a row both channels are on."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="notice_preferences",
        verbose_name=_("person"),
        editable=False,
    )
    kind = models.CharField(_("kind"), max_length=KIND_LENGTH, editable=False)
    by_email = models.BooleanField(_("by e-mail"), default=True, editable=False)
    in_app = models.BooleanField(_("in the app"), default=True, editable=False)

    class Meta:
        verbose_name = _("notification setting")
        verbose_name_plural = _("notification settings")
        ordering = ["person", "kind"]
        constraints = [models.UniqueConstraint(fields=["person", "kind"], name="noticepreference_once_a_kind")]

    def __str__(self) -> str:
        return self.kind


class LedgerEntry(CausedRow, PermanentModel):
    """One event: who was told of it, by what, and who was not and why. Read through notifications.ledger.

    `told` is a list of {"to": key of the person or null, "address": of somebody outside, "message": name, "email":
    dedup_key of the e-mail or null, "in_app": whether a notice was written, "why": why neither ("" if told)}. It holds
    no words of anybody.
    """

    event = models.CharField(_("event"), max_length=60, editable=False)
    told = models.JSONField(_("who"), default=list, editable=False)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["about_type", "about_id", "-id"], name="ledgerentry_about")]
        constraints = [
            models.CheckConstraint(name="ledgerentry_caused_by_name", condition=Q(caused_by_name__in=ACTOR_NAMES)),
        ]

    def __str__(self) -> str:
        return self.event
