"""The record in the back office: everybody with the permission reads it, nobody changes it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from audit.models import AuditEvent


class ReadOnlyAdmin(ModelAdmin):
    """A page to look at. No add, change, delete, actions or inlines, whoever asks."""

    actions = None

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ["occurred_at", "kind", "actor", "actor_name", "about_type", "about_id", "ip_address"]
    list_filter = ["kind", "actor_name", "occurred_at"]
    list_select_related = ["actor", "about_type"]
    search_fields = ["actor__email", "actor__company_id", "ip_address", "request_id"]
    show_full_result_count = False
