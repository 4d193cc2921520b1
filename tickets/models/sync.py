"""Keeping in step with the workflow system: comparisons of both sides, and a report a day."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.models import LeasedRow
from tickets.enums import Status
from tickets.models.workflow import WORD_LENGTH


class Sync(LeasedRow):
    """One comparison: the workflow system is asked what it knows, and what differs is noted (SyncDrift).
    Changed by tickets.workflow.compare.

    `since`: it was asked for what changed from then on. `received`: tickets it named; `unmapped`: status word → how
    many of them have it, of words that nobody mapped and that are compared with nothing; `under_way`: tickets left out,
    since something about them is being sent.
    """

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked for by"),
        editable=False,
    )
    since = models.DateTimeField(_("what changed since"), editable=False)
    received = models.PositiveIntegerField(_("tickets there"), default=0, editable=False)
    under_way = models.PositiveIntegerField(_("under way"), default=0, editable=False)
    unmapped = models.JSONField(_("words nobody mapped"), default=dict, blank=True, editable=False)

    class Meta(LeasedRow.Meta):
        verbose_name = _("comparison with the workflow system")
        verbose_name_plural = _("comparisons with the workflow system")
        ordering = ["-pk"]
        permissions = [("settle_sync", "Can settle differences with the workflow system")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class SyncDrift(models.Model):
    """A ticket of which both sides know different things, as a comparison found it."""

    class Kind(models.TextChoices):
        DIFFERS = "differs", _("in another state")
        #: It took the ticket, and does not know of it now.
        MISSING = "missing", _("not there")
        UNKNOWN = "unknown", _("not here")

    class Settled(models.TextChoices):
        NOT_YET = "", _("not settled")
        PUSHED = "pushed", _("sent there")
        PULLED = "pulled", _("taken over")
        IGNORED = "ignored", _("ignored")

    sync = models.ForeignKey(
        Sync, on_delete=models.PROTECT, related_name="drifts", verbose_name=_("comparison"), editable=False
    )
    ticket = models.ForeignKey(
        "tickets.Ticket",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ticket"),
        editable=False,
    )
    ticket_number = models.CharField(_("number"), max_length=WORD_LENGTH, editable=False)
    kind = models.CharField(_("what differs"), max_length=7, choices=Kind, editable=False)
    status_here = models.CharField(_("here"), max_length=30, choices=Status, blank=True, editable=False)
    status_there = models.CharField(_("there"), max_length=WORD_LENGTH, blank=True, editable=False)
    changed_there = models.DateTimeField(_("changed there"), null=True, blank=True, editable=False)
    technician_there = models.CharField(_("technician"), max_length=200, blank=True, editable=False)
    settled = models.CharField(
        _("what was done"), max_length=7, choices=Settled, blank=True, default=Settled.NOT_YET, editable=False
    )
    settled_at = models.DateTimeField(_("when"), null=True, blank=True, editable=False)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
        editable=False,
    )

    class Meta:
        verbose_name = _("difference with the workflow system")
        verbose_name_plural = _("differences with the workflow system")
        ordering = ["pk"]
        indexes = [models.Index(fields=["sync", "settled"], name="syncdrift_to_settle")]
        constraints = [
            models.UniqueConstraint(fields=["sync", "ticket_number"], name="syncdrift_once"),
            models.CheckConstraint(name="syncdrift_kind", condition=Q(kind__in=["differs", "missing", "unknown"])),
            models.CheckConstraint(
                name="syncdrift_settled", condition=Q(settled__in=["", "pushed", "pulled", "ignored"])
            ),
            models.CheckConstraint(
                name="syncdrift_settled_at",
                condition=Q(settled="", settled_at__isnull=True) | (~Q(settled="") & Q(settled_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.ticket_number


class SyncReport(models.Model):
    """The numbers of one day, counted once when it was over. Written by tickets.workflow.report.

    `waiting`, `stuck` and `pending` are how it stood when the day was counted, all others what happened on it.
    """

    day = models.DateField(_("day"), unique=True, editable=False)
    made_at = models.DateTimeField(_("counted"), default=timezone.now, editable=False)
    created = models.PositiveIntegerField(_("tickets submitted"), default=0, editable=False)
    synced = models.PositiveIntegerField(_("deliveries acknowledged"), default=0, editable=False)
    failed = models.PositiveIntegerField(_("deliveries failed"), default=0, editable=False)
    waiting = models.PositiveIntegerField(_("deliveries waiting"), default=0, editable=False)
    answers = models.PositiveIntegerField(_("answers of the workflow system"), default=0, editable=False)
    applied = models.PositiveIntegerField(_("answers applied"), default=0, editable=False)
    unsettled = models.PositiveIntegerField(_("answers refused or not understood"), default=0, editable=False)
    stuck = models.PositiveIntegerField(_("tickets not acknowledged"), default=0, editable=False)
    registered = models.PositiveIntegerField(_("people registered"), default=0, editable=False)
    approved = models.PositiveIntegerField(_("people approved"), default=0, editable=False)
    pending = models.PositiveIntegerField(_("people waiting for approval"), default=0, editable=False)
    files = models.PositiveIntegerField(_("files"), default=0, editable=False)
    file_bytes = models.PositiveBigIntegerField(_("size of the files"), default=0, editable=False)

    class Meta:
        verbose_name = _("daily sync report")
        verbose_name_plural = _("daily sync reports")
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"
