"""Categories and their extra fields, edited by admins. One that a ticket names can't be deleted, only retired."""

from __future__ import annotations

from django.contrib import admin
from unfold.admin import StackedInline

from audit.admin import EditingAdmin, HistoryLink
from tickets.models import CategoryField, TicketCategory


class CategoryFieldInline(StackedInline):
    model = CategoryField
    extra = 0
    # Retired by “asked for”, not deleted: tickets have values under its key.
    can_delete = False
    fields = [
        ("label", "key", "kind"),
        ("required", "is_active", "position"),
        "help",
        "choices",
        ("not_negative", "not_past", "not_before"),
    ]


@admin.register(TicketCategory)
class TicketCategoryAdmin(HistoryLink, EditingAdmin):
    list_display = ["name", "assigned_department", "default_priority", "is_active"]
    list_filter = ["is_active", "assigned_department"]
    list_select_related = ["assigned_department"]
    search_fields = ["name", "description"]
    inlines = [CategoryFieldInline]
    fields = ["name", "description", "sub_categories", "default_priority", "assigned_department", "is_active"]
