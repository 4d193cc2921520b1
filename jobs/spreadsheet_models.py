"""Spreadsheets that came in and that go out. Changed by `jobs.spreadsheets` alone."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.models import LeasedRow, Run

KIND_LENGTH = 40
DIGEST_LENGTH = 64
#: How long a finished export can be fetched.
EXPORT_KEPT_FOR = timedelta(hours=24)


def random_key(row: models.Model, file_name: str) -> str:
    """The stored name says nothing: a person's file name can't collide, traverse or reveal."""
    key = uuid.uuid4().hex
    return f"spreadsheets/{key[:2]}/{key}"


class Spreadsheet(models.Model):
    """A file somebody loaded, how its columns are taken, and the run that plans and applies its rows.

    `found` is what reading it found or somebody chose (format, encoding, row of the titles, …), with its first rows cut
    to what is looked at; `header` its column titles; `sample` the first rows below them as [number, cells]. `mapping`:
    {"columns": {"3": "email"}, "values": {"status": {"Solved": "Resolved"}}, "fixed": {"category": "Others"},
    "options": {"approve": true}}.
    """

    kind = models.CharField(_("what it holds"), max_length=KIND_LENGTH, editable=False)
    file = models.FileField(_("file"), upload_to=random_key, max_length=200, editable=False)
    file_name = models.CharField(_("name"), max_length=255, editable=False)
    file_size = models.PositiveIntegerField(_("size in bytes"), editable=False)
    digest = models.CharField(max_length=DIGEST_LENGTH, db_index=True, editable=False)
    #: False until its bytes lie in the storage; what stays so was broken off, and is swept.
    is_stored = models.BooleanField(default=False, editable=False)
    found = models.JSONField(_("found"), default=dict, blank=True, encoder=DjangoJSONEncoder, editable=False)
    header = models.JSONField(_("columns"), default=list, blank=True, editable=False)
    estimated_rows = models.PositiveIntegerField(_("rows, about"), default=0, editable=False)
    sample = models.JSONField(_("first rows"), default=list, blank=True, encoder=DjangoJSONEncoder, editable=False)
    mapping = models.JSONField(_("how it is taken"), default=dict, blank=True, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="spreadsheets",
        verbose_name=_("by"),
        editable=False,
    )
    uploaded_at = models.DateTimeField(_("when"), default=timezone.now, editable=False)
    run = models.OneToOneField(
        Run,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="spreadsheet",
        verbose_name=_("run"),
        editable=False,
    )

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="spreadsheet_named", condition=~Q(file_name="")),
            models.CheckConstraint(name="spreadsheet_not_empty", condition=Q(file_size__gt=0)),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_applied(self) -> bool:
        """Whether somebody said go; what came of it may have been taken back since."""
        return self.run is not None and self.run.phase in {Run.Phase.APPLY, Run.Phase.UNDO}


class ColumnMemory(models.Model):
    """How one person took the columns of files of one shape the last time, so that they need not say it again. Only
    theirs: what one person says of a file must not decide what is done in the name of another."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("by"), editable=False
    )
    kind = models.CharField(max_length=KIND_LENGTH, editable=False)
    shape = models.CharField(max_length=DIGEST_LENGTH, editable=False)
    mapping = models.JSONField(default=dict, editable=False)
    used_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("remembered columns")
        verbose_name_plural = _("remembered columns")
        ordering = ["-used_at"]
        constraints = [models.UniqueConstraint(fields=["person", "kind", "shape"], name="columnmemory_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.shape[:8]}"


class Export(LeasedRow):
    """A list that the worker writes into a file. `params`: {"filters": query string, "columns": [names],
    "format": "csv" | "xlsx"}; `done` of `total` rows are written. The file goes after EXPORT_KEPT_FOR."""

    kind = models.CharField(_("what it holds"), max_length=KIND_LENGTH, editable=False)
    params = models.JSONField(_("parameters"), default=dict, blank=True, encoder=DjangoJSONEncoder, editable=False)
    file = models.FileField(_("file"), upload_to=random_key, max_length=200, blank=True, editable=False)
    file_size = models.PositiveBigIntegerField(_("size in bytes"), default=0, editable=False)
    total = models.PositiveIntegerField(_("rows"), default=0, editable=False)
    done = models.PositiveIntegerField(_("rows done"), default=0, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="exports", verbose_name=_("by"), editable=False
    )

    class Meta(LeasedRow.Meta):
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_there(self) -> bool:
        """Whether it can be fetched."""
        return bool(self.file) and self.finished_at is not None and self.finished_at > timezone.now() - EXPORT_KEPT_FOR
