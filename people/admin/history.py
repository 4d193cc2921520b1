"""The history of people and departments as lists to read; an object's "History" button leads to its part of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from audit.admin import ReadOnlyAdmin
from people.models import Department, Employee


class HistoryLink:
    """For the admin of a model with `history`. Django's own history page knows nothing of what the verbs do."""

    model: type[Model]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        historical = self.model.history.model._meta  # type: ignore[attr-defined]
        address = reverse(f"admin:{historical.app_label}_{historical.model_name}_changelist")
        return redirect(f"{address}?{urlencode({'id__exact': object_id})}")


class HistoryAdmin(ReadOnlyAdmin):
    list_filter = ["verb", "actor_name", "history_date"]
    list_select_related = ["history_user"]
    date_hierarchy = None
    ordering = ["-history_date", "-history_id"]
    show_full_result_count = False


@admin.register(Employee.history.model)
class EmployeeHistoryAdmin(HistoryAdmin):
    list_display = [
        "history_date", "company_id", "verb", "history_user", "actor_name", "status", "role", "history_change_reason",
    ]  # fmt: skip
    search_fields = ["company_id", "email", "history_user__email"]
    exclude = ["image"]


@admin.register(Department.history.model)
class DepartmentHistoryAdmin(HistoryAdmin):
    list_display = ["history_date", "name", "verb", "history_user", "actor_name", "is_active", "history_change_reason"]
    search_fields = ["name", "history_user__email"]
