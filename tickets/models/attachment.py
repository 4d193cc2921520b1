"""Files of a ticket. Stored under random names outside any public folder; sent only by the guarded download."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.history import History
from tickets.enums import ATTACHMENT_TYPES

ATTACHMENT_MEDIA_TYPES = sorted({kind for kinds in ATTACHMENT_TYPES.values() for kind in kinds})


class Scan(models.TextChoices):
    """What the virus scanner said. Only CLEAN and UNCHECKED (no scanner is set up) are handed out."""

    UNCHECKED = "unchecked", _("not checked")
    WAITING = "waiting", _("waits to be checked")
    CLEAN = "clean", _("clean")
    INFECTED = "infected", _("infected")


def random_key(attachment: TicketAttachment | StagedFile, file_name: str) -> str:
    """The stored name says nothing: a person's file name can't collide, traverse or reveal."""
    key = uuid.uuid4().hex
    return f"tickets/{key[:2]}/{key}"


class TicketAttachment(models.Model):
    """`file_name` is the name it came with; `file_type` what its bytes are; `secure_token` its address."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="attachments")
    comment = models.ForeignKey(
        "tickets.TicketComment", on_delete=models.PROTECT, null=True, blank=True, related_name="attachments"
    )
    file = models.FileField(_("file"), upload_to=random_key, max_length=200)
    file_name = models.CharField(_("name"), max_length=255)
    file_type = models.CharField(_("kind"), max_length=100)
    file_size = models.PositiveIntegerField(_("size in bytes"))
    upload_date = models.DateTimeField(_("uploaded"), default=timezone.now, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="ticket_attachments",
        verbose_name=_("uploaded by"),
    )
    secure_token = models.UUIDField(_("address"), default=uuid.uuid4, unique=True, editable=False)
    download_count = models.PositiveIntegerField(_("downloads"), default=0, editable=False)
    last_accessed = models.DateTimeField(_("last download"), null=True, editable=False)
    scan = models.CharField(_("check for viruses"), max_length=10, choices=Scan, default=Scan.UNCHECKED, editable=False)

    # Downloads are AuditEvents; a row here for each would say the same twice.
    history = History(excluded_fields=["download_count", "last_accessed"])

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["upload_date", "pk"]
        indexes = [
            models.Index(fields=["ticket", "upload_date"], name="attachment_of_ticket"),
            models.Index(fields=["upload_date"], name="attachment_to_scan", condition=Q(scan=Scan.WAITING)),
        ]
        constraints = [
            models.CheckConstraint(name="attachment_scan", condition=Q(scan__in=Scan.values)),
            # The most is ATTACHMENT_MAX_BYTES, which an operator may raise; the column holds that there is a file.
            models.CheckConstraint(name="attachment_not_empty", condition=Q(file_size__gt=0)),
            models.CheckConstraint(name="attachment_named", condition=~Q(file_name="")),
            models.CheckConstraint(name="attachment_kind", condition=Q(file_type__in=ATTACHMENT_MEDIA_TYPES)),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_available(self) -> bool:
        """Whether it may be handed out to those who may see it."""
        return self.scan in {Scan.UNCHECKED, Scan.CLEAN}


class StagedFile(models.Model):
    """A file that somebody has uploaded and not yet sent along with anything; `token` stands for it in their form.

    The row is committed before the bytes are stored: whatever crash comes between, the sweep finds both. Sending it
    makes a TicketAttachment of the same stored file and takes this row away; after a day unsent it goes with its file.
    """

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staged_files", verbose_name=_("uploaded by")
    )
    file = models.FileField(_("file"), upload_to=random_key, max_length=200)
    file_name = models.CharField(_("name"), max_length=255)
    file_type = models.CharField(_("kind"), max_length=100)
    file_size = models.PositiveIntegerField(_("size in bytes"))
    is_stored = models.BooleanField(_("stored"), default=False)
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("staged file")
        verbose_name_plural = _("staged files")
        ordering = ["pk"]
        indexes = [models.Index(fields=["created_at"], name="staged_file_by_age")]

    def __str__(self) -> str:
        return self.file_name
