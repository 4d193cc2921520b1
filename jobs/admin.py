"""Runs and heartbeats to look at. What one does with a run has its own pages, where the run is asked for."""

from __future__ import annotations

from django.contrib import admin

from audit.admin import ReadOnlyAdmin
from jobs.models import Heartbeat, Run, RunRow


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ["name", "beat_at"]


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "phase", "status", "done", "total", "created_by", "created_at", "last_error"]
    list_filter = ["status", "phase", "kind", "created_at"]
    list_select_related = ["created_by"]
    search_fields = ["kind", "created_by__email"]
    show_full_result_count = False


@admin.register(RunRow)
class RunRowAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "outcome", "what_and_why", "about_type", "about_id", "settled_at"]
    list_filter = ["outcome"]
    list_select_related = ["run", "about_type"]
    search_fields = ["=run__id"]
    show_full_result_count = False

    @admin.display(description=RunRow._meta.get_field("sentences").verbose_name)
    def what_and_why(self, row: RunRow) -> str:
        return " ".join(row.sentences)
