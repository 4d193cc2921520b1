"""The record in the back office: everybody with the permission reads it, nobody changes it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.admin import ModelAdmin, TabularInline

from audit.models import AuditEvent


class ReadOnlyAdmin(ModelAdmin):
    """A page to look at. No add, change, delete, actions or inlines, whoever asks."""

    actions = None
    # Unfold's list asks for this twice a row; where it is missing, Django looks through the whole class each time.
    list_sections: list[Any] = []

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class ReadOnlyInline(TabularInline):
    """Rows of something else on a page to look at."""

    extra = 0
    can_delete = False
    hide_title = True

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class HistoryAdmin(ReadOnlyAdmin):
    """The history of a model as a list to read: who did what to which row, why, and from where."""

    list_filter = ["verb", "actor_name", "history_date"]
    list_select_related = ["history_user"]
    ordering = ["-history_date", "-history_id"]
    show_full_result_count = False


class HistoryLink:
    """For the admin of a model with `history`: its "History" button leads to the rows of that object.

    Django's own history page knows nothing of what verbs, timers and other systems do.
    """

    model: type[models.Model]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        historical = self.model.history.model._meta  # type: ignore[attr-defined]
        address = reverse(f"admin:{historical.app_label}_{historical.model_name}_changelist")
        return redirect(f"{address}?{urlencode({'id__exact': object_id})}")


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ["occurred_at", "kind", "actor", "actor_name", "about_type", "about_id", "ip_address"]
    list_filter = ["kind", "actor_name", "occurred_at"]
    list_select_related = ["actor", "about_type"]
    search_fields = ["actor__email", "actor__company_id", "ip_address", "request_id"]
    show_full_result_count = False
