"""The ticket: its fields, its machine (from where to where, nothing else), and what must never be half-set."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from audit.history import History
from audit.states import StateField, WithState
from audit.versions import VersionedModel
from people.models.lengths import length_between
from tickets.clocks import ResolutionClock
from tickets.enums import (
    DEPARTMENT_OPTIONAL_STATUSES,
    DESCRIPTION_LENGTH,
    ENDED_STATUSES,
    OPEN_STATUSES,
    SOLVED_STATUSES,
    STOPPED_CLOCK_STATUSES,
    SUBJECT_LENGTH,
    WORKING_STATUSES,
    Priority,
    Status,
)


def _exactly_when(is_set: str, statuses: Collection[str]) -> Q:
    return Q(**{f"{is_set}__isnull": False}, status__in=statuses) | (
        Q(**{f"{is_set}__isnull": True}) & ~Q(status__in=statuses)
    )


def priority_rank() -> models.Func:
    """Critical first. Written out whole: SQLite knows an index over an expression again only without parameters."""
    return models.Func(
        F("priority"),
        template="CASE %(expressions)s WHEN 'Critical' THEN 0 WHEN 'High' THEN 1 WHEN 'Medium' THEN 2 ELSE 3 END",
        output_field=models.SmallIntegerField(),
    )


class Ticket(WithState, VersionedModel):
    """A request of an employee. Changed only by `tickets.lifecycle` and `tickets.conversation`."""

    # Three keys have no index of their own: a longer one below begins with each, and every index is written with every
    # change of a ticket.
    ticket_number = models.CharField(_("number"), max_length=32, unique=True, editable=False)
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="tickets",
        db_index=False,
        verbose_name=_("requester"),
    )
    subject = models.CharField(_("subject"), max_length=SUBJECT_LENGTH[1])
    description = models.TextField(_("description"), max_length=DESCRIPTION_LENGTH[1])
    category = models.ForeignKey(
        "tickets.TicketCategory", on_delete=models.PROTECT, related_name="tickets", verbose_name=_("category")
    )
    sub_category = models.CharField(_("sub-category"), max_length=100, blank=True)
    dynamic_data = models.JSONField(_("details"), default=dict, blank=True)
    scheduled_date = models.DateField(_("wanted by"), null=True, blank=True)
    priority = models.CharField(_("priority"), max_length=20, choices=Priority)
    department = models.ForeignKey(
        "people.Department",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        db_index=False,
        verbose_name=_("department"),
    )
    status = StateField(_("status"), max_length=30, choices=Status.choices, default=Status.NEW)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="assigned_tickets",
        db_index=False,
        verbose_name=_("assignee"),
    )
    external_assignee = models.CharField(_("assignee elsewhere"), max_length=200, blank=True)
    external_reference = models.CharField(_("number elsewhere"), max_length=100, blank=True)
    submit_date = models.DateTimeField(_("submitted"), default=timezone.now, editable=False)
    update_date = models.DateTimeField(_("last change"), default=timezone.now, editable=False)
    # What the requester has not read yet is newer than their visit. Not `update_date`: internal notes move that too,
    # and would tell the requester of themselves.
    news_at = models.DateTimeField(_("last news for the requester"), null=True, editable=False)
    time_closed = models.DateTimeField(_("ended"), null=True, editable=False)
    response_time = models.DurationField(_("time to first response"), null=True, editable=False)
    resolution_time = models.DurationField(_("time to resolution"), null=True, editable=False)
    clock_stopped_at = models.DateTimeField(_("clock stands still since"), null=True, editable=False)
    clock_stopped_total = models.DurationField(_("clock stood still for"), default=timedelta, editable=False)
    rejection_reason = models.TextField(_("reason of rejection"), blank=True)
    resolution = models.TextField(_("resolution"), blank=True)
    resume_date = models.DateField(_("resumes on"), null=True, blank=True)

    history = History()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ["-submit_date", "-pk"]
        permissions = [
            ("import_ticket", "Can bring tickets in from spreadsheets"),
            ("export_ticket", "Can export tickets"),
        ]
        constraints = [
            models.CheckConstraint(name="ticket_number_given", condition=~Q(ticket_number="")),
            models.CheckConstraint(name="ticket_status", condition=Q(status__in=Status.values)),
            models.CheckConstraint(name="ticket_priority", condition=Q(priority__in=Priority.values)),
            models.CheckConstraint(name="ticket_subject_length", condition=length_between("subject", *SUBJECT_LENGTH)),
            models.CheckConstraint(
                name="ticket_description_length", condition=length_between("description", *DESCRIPTION_LENGTH)
            ),
            models.CheckConstraint(
                name="ticket_department_known",
                condition=Q(department__isnull=False) | Q(status__in=DEPARTMENT_OPTIONAL_STATUSES),
            ),
            models.CheckConstraint(
                name="ticket_new_is_unassigned", condition=Q(assigned_to__isnull=True) | ~Q(status=Status.NEW)
            ),
            models.CheckConstraint(name="ticket_time_closed", condition=_exactly_when("time_closed", ENDED_STATUSES)),
            models.CheckConstraint(
                name="ticket_clock_stopped", condition=_exactly_when("clock_stopped_at", STOPPED_CLOCK_STATUSES)
            ),
            models.CheckConstraint(
                name="ticket_resolution_time_when_solved",
                condition=Q(resolution_time__isnull=True) | Q(status__in=SOLVED_STATUSES),
            ),
            models.CheckConstraint(
                name="ticket_resume_date_on_hold", condition=Q(resume_date__isnull=True) | Q(status=Status.ON_HOLD)
            ),
            models.CheckConstraint(
                name="ticket_rejection_reason",
                condition=(Q(status=Status.REJECTED) & ~Q(rejection_reason=""))
                | (~Q(status=Status.REJECTED) & Q(rejection_reason="")),
            ),
            models.CheckConstraint(
                name="ticket_clocks_not_negative",
                condition=Q(clock_stopped_total__gte=timedelta(0))
                & (Q(response_time__isnull=True) | Q(response_time__gte=timedelta(0)))
                & (Q(resolution_time__isnull=True) | Q(resolution_time__gte=timedelta(0))),
            ),
            models.CheckConstraint(
                name="ticket_ends_after_submit",
                condition=Q(time_closed__isnull=True) | Q(time_closed__gte=F("submit_date")),
            ),
        ]
        indexes = [
            models.Index(fields=["-submit_date", "-id"], name="ticket_by_date"),
            models.Index(fields=["employee", "-submit_date"], name="ticket_by_requester"),
            models.Index(fields=["department", "status"], name="ticket_department_status"),
            models.Index(fields=["status", "-submit_date"], name="ticket_status_date"),
            models.Index(fields=["-update_date"], name="ticket_by_update"),
            models.Index(
                fields=["department", "-submit_date"], name="ticket_open_queue", condition=Q(status__in=OPEN_STATUSES)
            ),
            models.Index(
                fields=["assigned_to", "-submit_date"], name="ticket_my_work", condition=Q(status__in=WORKING_STATUSES)
            ),
            models.Index(fields=["assigned_to", "-submit_date"], name="ticket_by_assignee"),
            models.Index(
                fields=["department", "-submit_date"],
                name="ticket_unassigned",
                condition=Q(status__in=WORKING_STATUSES, assigned_to__isnull=True),
            ),
            models.Index(priority_rank(), F("submit_date").desc(), F("id").desc(), name="ticket_by_priority"),
            models.Index(fields=["clock_stopped_at"], name="ticket_to_close", condition=Q(status=Status.RESOLVED)),
            models.Index(fields=["resume_date"], name="ticket_to_resume", condition=Q(status=Status.ON_HOLD)),
            models.Index(fields=["scheduled_date"], name="ticket_wanted_by", condition=Q(scheduled_date__isnull=False)),
            models.Index(
                fields=["external_reference"], name="ticket_number_elsewhere", condition=~Q(external_reference="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_number} {self.subject}"

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        # The protected field refuses even the assignment of its own value that Django's cleaning makes.
        super().clean_fields(exclude={*(exclude or ()), "status"})

    @property
    def clock(self) -> ResolutionClock:
        return ResolutionClock(self.submit_date, self.clock_stopped_at, self.clock_stopped_total)

    @clock.setter
    def clock(self, clock: ResolutionClock) -> None:
        self.clock_stopped_at, self.clock_stopped_total = clock.stopped_at, clock.stopped_total

    # The machine. Only lifecycle.py calls these; who may, what else changes and what goes out stands there.

    @transition(field=status, source=[Status.NEW], target=Status.OPEN)
    def machine_approve(self) -> None: ...

    # A person rejects from New and Open; the two others are the workflow system's alone (rules.py).
    @transition(field=status, source=list(OPEN_STATUSES), target=Status.REJECTED)
    def machine_reject(self) -> None: ...

    @transition(field=status, source=[Status.OPEN, Status.IN_PROGRESS], target=Status.IN_PROGRESS)
    @transition(field=status, source=[Status.ON_HOLD], target=Status.ON_HOLD)
    def machine_claim(self) -> None: ...

    @transition(field=status, source=[Status.OPEN], target=Status.IN_PROGRESS)
    def machine_start(self) -> None: ...

    @transition(field=status, source=[Status.OPEN, Status.IN_PROGRESS], target=Status.ON_HOLD)
    def machine_hold(self) -> None: ...

    @transition(field=status, source=[Status.ON_HOLD], target=Status.IN_PROGRESS)
    def machine_resume(self) -> None: ...

    @transition(field=status, source=list(WORKING_STATUSES), target=Status.RESOLVED)
    def machine_resolve(self) -> None: ...

    @transition(field=status, source=[Status.RESOLVED], target=Status.CLOSED)
    def machine_close(self) -> None: ...

    @transition(field=status, source=list(SOLVED_STATUSES), target=Status.OPEN)
    def machine_reopen(self) -> None: ...

    @transition(field=status, source=list(OPEN_STATUSES), target=Status.WITHDRAWN)
    def machine_withdraw(self) -> None: ...
