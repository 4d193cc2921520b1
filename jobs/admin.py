"""Runs and heartbeats to look at. What one does with a run is on its own page (jobs.run_pages)."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from audit.admin import ReadOnlyAdmin
from jobs import run_pages
from jobs.models import Heartbeat, IdempotencyKey, Run, RunRow
from jobs.spreadsheet_models import ColumnMemory, Export, Spreadsheet
from jobs.spreadsheets.pages.addresses import ExportsAdmin, ImportsAdmin


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ["name", "beat_at"]


@admin.register(Run)
class RunAdmin(run_pages.RunPages, ReadOnlyAdmin):
    list_display = ["created_at", "what", "phase", "status", "progress", "created_by", "last_error"]
    list_filter = ["status", "phase", "kind", "created_at"]
    list_select_related = ["created_by"]
    search_fields = ["kind", "created_by__email"]
    show_full_result_count = False
    # What was given to the verb, reasons among it: on the run's own page, for who gave it.
    exclude = ["params"]

    @admin.display(description=_("run"), ordering="kind")
    def what(self, run: Run) -> str:
        """Leads to its page."""
        words = run_pages.verb_title(run) or run
        return format_html(
            '<a class="bo-number" href="{}">{}</a>', reverse("admin:jobs_run_plan", args=[run.pk]), words
        )

    @admin.display(description=_("rows done"))
    def progress(self, run: Run) -> str:
        return run_pages.progress_words(run)


@admin.register(Spreadsheet)
class SpreadsheetAdmin(ImportsAdmin):
    """See jobs.spreadsheets.pages."""


@admin.register(ColumnMemory)
class ColumnMemoryAdmin(ReadOnlyAdmin):
    list_display = ["kind", "shape", "used_at"]
    list_filter = ["kind", "used_at"]


@admin.register(Export)
class ExportAdmin(ExportsAdmin):
    """See jobs.spreadsheets.pages."""


@admin.register(RunRow)
class RunRowAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "outcome", "what_and_why", "about_type", "about_id", "settled_at"]
    list_filter = ["outcome"]
    list_select_related = ["run", "about_type"]
    search_fields = ["=run__id"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[RunRow]:
        # Whole rows of files; a page of the list shows neither.
        return super().get_queryset(request).defer("payload", "memory")

    @admin.display(description=RunRow._meta.get_field("sentences").verbose_name)
    def what_and_why(self, row: RunRow) -> str:
        return " ".join(row.sentences)


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    """That a program made a call, not what it was about: that may be a note on a ticket of whoever looks."""

    list_display = ["created_at", "person", "is_done"]
    list_select_related = ["person"]
    list_filter = ["is_done", "created_at"]
    search_fields = ["person__email"]
    show_full_result_count = False
    fields = ["created_at", "person", "is_done"]
