"""The histories of tickets and categories, for System Admins: lists to read, and one ticket's with all that differs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from audit.admin import HistoryAdmin
from people import browsers
from people.models import Employee
from people.narrative import Difference
from tickets import narrative, rules
from tickets.admin import facts
from tickets.models import CategoryField, Ticket, TicketAttachment, TicketCategory, TicketComment

#: Rows on a page of a ticket's record.
PAGE = 50
#: A page further back than this nobody turns to.
LAST_PAGE = 10_000
#: Columns that the sentences pass over. Neither the version nor the time of the last change: each row has its own.
CLOCKS = ("response_time", "resolution_time", "clock_stopped_at", "clock_stopped_total", "time_closed")

WHO_AND_WHY = ["verb", "history_user", "actor_name", "history_change_reason"]


# The raw record tells more than notes: reasons that are meant for staff, the version that counts notes, when the row
# was last touched. Of what somebody asked for themselves there is none of it; they read its timeline.


@admin.register(Ticket.history.model)
class TicketHistoryAdmin(HistoryAdmin):
    list_display = ["history_date", "ticket_number", *WHO_AND_WHY, "status", "priority"]
    search_fields = ["ticket_number"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).exclude(rules.only_asked_by(request.user))


@admin.register(TicketCategory.history.model)
class TicketCategoryHistoryAdmin(HistoryAdmin):
    list_display = ["history_date", "name", *WHO_AND_WHY, "is_active"]
    search_fields = ["name"]


@admin.register(CategoryField.history.model)
class CategoryFieldHistoryAdmin(HistoryAdmin):
    list_display = ["history_date", "label", "key", *WHO_AND_WHY, "is_active"]
    search_fields = ["key", "label"]


@admin.register(TicketComment.history.model)
class TicketCommentHistoryAdmin(HistoryAdmin):
    list_display = ["history_date", "id", *WHO_AND_WHY, "is_internal"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).exclude(rules.only_asked_by(request.user, "ticket__"))


@admin.register(TicketAttachment.history.model)
class TicketAttachmentHistoryAdmin(HistoryAdmin):
    list_display = ["history_date", "file_name", *WHO_AND_WHY]
    search_fields = ["file_name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).exclude(rules.only_asked_by(request.user, "ticket__"))


@dataclass(frozen=True)
class Record:
    """One row of a ticket's history, whole."""

    key: int
    when: datetime
    who: Employee | None
    sentence: str
    reason: str
    verb: str
    version: int
    address: str
    browser: str
    request_id: str
    differences: list[Difference]


def may_read(user: Any) -> bool:
    return bool(user.has_perm("tickets.view_historicalticket"))


def record_of(ticket: Ticket, page: str) -> dict[str, Any]:
    """Everything that was done to a ticket, the newest first, for who may read all of it."""
    number = min(max(int(page), 1), LAST_PAGE) if page.isascii() and page.isdigit() and len(page) < 10 else 1
    first = (number - 1) * PAGE
    newest = ticket.history.select_related("history_user").order_by("-history_date", "-history_id")
    # One more than shown: the last one is compared with the one before it.
    rows = list(newest[first : first + PAGE + 1])
    names = narrative.names_of(rows, with_fields=True)
    pairs = zip(rows[:PAGE], [*rows[1:], None], strict=False)
    return {
        "records": [_record(after, before, names) for after, before in pairs],
        "newer": number - 1,
        "older": number + 1 if len(rows) > PAGE else 0,
    }


def _record(after: Any, before: Any, names: narrative.Names) -> Record:
    return Record(
        key=after.history_id,
        when=after.history_date,
        who=after.history_user,
        sentence=narrative.sentence(after, before, names),
        reason=after.history_change_reason or "",
        verb=after.verb,
        version=after.version,
        address=after.ip_address or "",
        browser=browsers.in_words(after.user_agent) if after.user_agent else "",
        request_id=after.request_id,
        differences=_differences(after, before, names) if before is not None else [],
    )


def _differences(after: Any, before: Any, names: narrative.Names) -> list[Difference]:
    clocks = [
        Difference(
            str(Ticket._meta.get_field(column).verbose_name),  # type: ignore[union-attr]  # columns all
            _shown(getattr(before, column)),
            _shown(getattr(after, column)),
        )
        for column in CLOCKS
        if getattr(before, column) != getattr(after, column)
    ]
    return narrative.differences(after, before, names) + clocks


def _shown(value: datetime | timedelta | None) -> str:
    if isinstance(value, timedelta):
        return facts.in_words(value)
    return date_format(timezone.localtime(value), "j F Y, H:i") if value else _("none")
