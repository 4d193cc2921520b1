"""Notices, settings and the ledger in the back office: to look at, and only what one may know of."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from audit.admin import ReadOnlyAdmin
from notifications import ledger
from notifications.admin_columns import AboutAndCause
from notifications.messages import ledger_readable_by, readable_by
from notifications.models import LedgerEntry, Notice, NoticePreference


@admin.register(Notice)
class NoticeAdmin(AboutAndCause, ReadOnlyAdmin):
    list_display = ["created_at", "recipient", "number", "text", "read_at"]
    list_display_links = ["created_at", "text"]
    list_filter = ["message", "created_at"]
    list_select_related = ["recipient"]
    search_fields = ["=number", "text", "recipient__email"]
    show_full_result_count = False
    fields = [
        "recipient", "number", "text", "message", "created_at", "read_at", "path", "subject_of", "cause",
    ]  # fmt: skip
    readonly_fields = ["subject_of", "cause"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        # Also what filters, search and counts know of.
        return Notice.objects.filter(readable_by(request.user))


@admin.register(NoticePreference)
class NoticePreferenceAdmin(ReadOnlyAdmin):
    list_display = ["person", "kind", "by_email", "in_app"]
    list_filter = ["kind", "by_email", "in_app"]
    list_select_related = ["person"]
    search_fields = ["person__email"]
    show_full_result_count = False
    fields = ["person", "kind", "by_email", "in_app"]


@admin.register(LedgerEntry)
class LedgerEntryAdmin(AboutAndCause, ReadOnlyAdmin):
    list_display = ["created_at", "event", "subject_of", "cause"]
    list_filter = ["event", "created_at"]
    list_select_related = ["caused_by"]
    search_fields = ["=about_id"]
    show_full_result_count = False
    # Not the column as it is stored: what is to be read of it is `who`.
    fields = ["created_at", "event", "subject_of", "cause", "who"]
    readonly_fields = ["subject_of", "cause", "who"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerEntry]:
        return LedgerEntry.objects.filter(ledger_readable_by(request.user)).prefetch_related("about")

    @admin.display(description=_("who"))
    def who(self, entry: LedgerEntry) -> Any:
        (event,) = ledger.events_of([entry])
        return ledger.in_words(event)
