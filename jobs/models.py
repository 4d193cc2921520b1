"""Rows of work that outlive a request: the leased row, the run over many rows, the worker's sign of life."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

#: After this long without success a row is failed, visible, and waits for a person.
GIVE_UP_AFTER = timedelta(hours=96)
ERROR_LENGTH = 500


def random_key() -> str:
    return uuid.uuid4().hex


def default_give_up_at() -> datetime:
    return timezone.now() + GIVE_UP_AFTER


class LeasedRow(models.Model):
    """Work written in the transaction that causes it, and done later by a worker that leases it.

    A worker claims a row by one conditional UPDATE (jobs.leases). `attempts` is the fencing token: it grows with every
    claim and never goes back, and an outcome is written only while it is still the claimer's. Change a row's state
    through jobs.leases only.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("waiting")
        WORKING = "working", _("in work")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    FINISHED = [Status.DONE, Status.FAILED, Status.CANCELLED]

    #: Seconds a claim holds without being renewed; None takes settings.JOBS_LEASE_SECONDS.
    LEASE_SECONDS: float | None = None

    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING, editable=False)
    attempts = models.PositiveIntegerField(_("attempts"), default=0, editable=False)
    failures = models.PositiveIntegerField(
        _("failures in a row"),
        default=0,
        editable=False,
        help_text=_("The pause before the next attempt grows with it."),
    )
    next_attempt_at = models.DateTimeField(_("next try"), default=timezone.now, editable=False)
    give_up_at = models.DateTimeField(_("given up at"), default=default_give_up_at, editable=False)
    lease_until = models.DateTimeField(_("leased until"), null=True, blank=True, editable=False)
    last_error = models.CharField(_("error"), max_length=ERROR_LENGTH, blank=True, editable=False)
    dedup_key = models.CharField(_("key"), max_length=300, unique=True, default=random_key, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True
        # Both "what is due" and "whose lease may have run out" (few rows are ever in work) start with the status.
        indexes = [models.Index(fields=["status", "next_attempt_at"], name="%(class)s_due")]
        constraints = [
            models.CheckConstraint(
                name="%(class)s_status",
                condition=models.Q(status__in=["pending", "working", "done", "failed", "cancelled"]),
            ),
            models.CheckConstraint(
                name="%(class)s_lease_when_working",
                condition=models.Q(status="working", lease_until__isnull=False)
                | (~models.Q(status="working") & models.Q(lease_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="%(class)s_finished_at",
                condition=models.Q(status__in=["done", "failed", "cancelled"], finished_at__isnull=False)
                | models.Q(status__in=["pending", "working"], finished_at__isnull=True),
            ),
        ]

    @property
    def is_finished(self) -> bool:
        return self.status in self.FINISHED


class Heartbeat(models.Model):
    """The last sign of life of a worker; written by jobs.heartbeat, read by /readyz."""

    name = models.CharField(_("name"), max_length=40, unique=True)
    beat_at = models.DateTimeField(_("last beat"))

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Run(LeasedRow):
    """One piece of work over many rows: planned, looked at, applied row by row, and if need be undone.

    `phase` is what the worker does or did last; `done` of `total` rows of that phase are behind us (while a file is
    read, `total` is what it seems to hold). jobs.runs changes it, nothing else does.
    """

    class Phase(models.TextChoices):
        READ = "read", _("read")
        PLAN = "plan", _("plan")
        APPLY = "apply", _("apply")
        UNDO = "undo", _("undo")

    kind = models.CharField(_("kind"), max_length=60, editable=False)
    params = models.JSONField(_("parameters"), default=dict, blank=True, encoder=DjangoJSONEncoder, editable=False)
    phase = models.CharField(_("phase"), max_length=5, choices=Phase, default=Phase.PLAN, editable=False)
    total = models.PositiveIntegerField(_("rows"), default=0, editable=False)
    done = models.PositiveIntegerField(_("rows done"), default=0, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="runs", verbose_name=_("by"), editable=False
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("this phase asked for by"),
        editable=False,
    )

    class Meta(LeasedRow.Meta):
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-pk"]
        constraints = [
            *LeasedRow.Meta.constraints,
            models.CheckConstraint(name="run_phase", condition=models.Q(phase__in=["read", "plan", "apply", "undo"])),
            models.CheckConstraint(name="run_done_of_total", condition=models.Q(done__lte=models.F("total"))),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_planned(self) -> bool:
        """Everything is checked and waits for somebody to say go."""
        return self.phase == self.Phase.PLAN and self.status == self.Status.DONE


class RunRow(models.Model):
    """One row of a run: what was given, what will happen or happened, or why not.

    `number` is the row's own: in a spreadsheet the one that its program shows. `key` is what makes it unique there (""
    for nothing), `action` whether it makes something or changes it.
    """

    class Outcome(models.TextChoices):
        STAGED = "staged", _("not checked yet")
        GOOD = "good", _("will be done")
        SAME = "same", _("unchanged")
        REFUSED = "refused", _("refused")
        FAILED = "failed", _("failed")
        APPLIED = "applied", _("done")
        UNDONE = "undone", _("undone")
        KEPT = "kept", _("kept")

    class Action(models.TextChoices):
        NEW = "new", _("new")
        CHANGED = "changed", _("changed")

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="rows", verbose_name=_("run"), editable=False)
    number = models.PositiveIntegerField(_("row"), editable=False)
    payload = models.JSONField(_("given"), default=dict, blank=True, encoder=DjangoJSONEncoder, editable=False)
    key = models.CharField(max_length=320, blank=True, editable=False)
    action = models.CharField(_("what it does"), max_length=7, choices=Action, blank=True, editable=False)
    outcome = models.CharField(_("outcome"), max_length=7, choices=Outcome, default=Outcome.STAGED, editable=False)
    sentences = models.JSONField(_("what and why"), default=list, blank=True, editable=False)
    memory = models.JSONField(
        _("kept for undoing"), default=dict, blank=True, encoder=DjangoJSONEncoder, editable=False
    )
    about_type = models.ForeignKey(
        ContentType, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("about")
    )
    about_id = models.BigIntegerField(_("key"), null=True, blank=True)
    about = GenericForeignKey("about_type", "about_id")
    settled_at = models.DateTimeField(_("when"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("row of a run")
        verbose_name_plural = _("rows of runs")
        ordering = ["run", "number"]
        # The engine always asks for "the next rows of this run with that outcome".
        indexes = [
            models.Index(fields=["run", "outcome", "number"], name="runrow_next"),
            models.Index(fields=["run", "key"], name="runrow_key"),
            # What a page shows of a hundred thousand: the new or the changed ones, and those in a few outcomes.
            models.Index(fields=["run", "action", "number"], name="runrow_good", condition=models.Q(outcome="good")),
            models.Index(
                fields=["run", "number"], name="runrow_refused", condition=models.Q(outcome__in=["refused", "failed"])
            ),
            models.Index(
                fields=["run", "number"],
                name="runrow_conflicts",
                condition=models.Q(outcome="refused", memory__has_key="conflicts"),
            ),
            models.Index(
                fields=["run", "number"], name="runrow_remarks", condition=models.Q(memory__has_key="remarks")
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="runrow_number"),
            models.CheckConstraint(
                name="runrow_outcome",
                condition=models.Q(
                    outcome__in=["staged", "good", "same", "refused", "failed", "applied", "undone", "kept"]
                ),
            ),
            models.CheckConstraint(name="runrow_action", condition=models.Q(action__in=["", "new", "changed"])),
            models.CheckConstraint(
                name="runrow_about_both",
                condition=models.Q(about_type__isnull=True, about_id__isnull=True)
                | models.Q(about_type__isnull=False, about_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.number}"


class IdempotencyKey(models.Model):
    """A key that a program gave to a call, so that repeating it does nothing twice. jobs.idempotency looks after it.

    `digest` is of method, address and body, of which nothing else is kept; `made` the key of what came of it.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="idempotency_keys", verbose_name=_("by")
    )
    key = models.CharField(_("key"), max_length=255, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    turn = models.CharField(max_length=32, editable=False)
    taken_until = models.DateTimeField(_("in work until"), editable=False)
    made = models.CharField(max_length=500, blank=True, editable=False)
    is_done = models.BooleanField(_("done"), default=False, editable=False)
    created_at = models.DateTimeField(_("when"), default=timezone.now, db_index=True, editable=False)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="idempotency_key_once_a_person")]

    def __str__(self) -> str:
        return str(self.pk)


# Last, and for Django alone, which looks for models here.
from jobs.spreadsheet_models import ColumnMemory, Export, Spreadsheet  # noqa: E402, F401
