"""Tickets whose day has come, or comes soon: a filter of the list, and what the start page counts. One definition."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.enums import OPEN_STATUSES, Status
from tickets.models import Ticket

PARAMETER = "due"
OVERDUE, RESUMING = "overdue", "resuming"
SOON = dt.timedelta(days=7)


def overdue(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Wanted by a day that has passed, and not done."""
    return tickets.filter(scheduled_date__lt=timezone.localdate(), status__in=OPEN_STATUSES)


def resuming(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """On hold until a day within the next seven."""
    return tickets.filter(status=Status.ON_HOLD, resume_date__lte=timezone.localdate() + SOON)


class DueFilter(admin.SimpleListFilter):
    title = _("day")
    parameter_name = PARAMETER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(OVERDUE, _("Past the wanted day")), (RESUMING, _("On hold, back this week"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> QuerySet[Ticket]:
        narrowed = {OVERDUE: overdue, RESUMING: resuming}.get(self.value() or "")
        return narrowed(queryset) if narrowed else queryset
