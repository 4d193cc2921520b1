"""Departments, edited by admins. One is retired, not deleted: old tickets and people name it."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from audit.admin import EditingAdmin, HistoryLink
from people.enums import Status
from people.models import Department


@admin.register(Department)
class DepartmentAdmin(HistoryLink, EditingAdmin):
    list_display = ["name", "head_email", "people_count", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "description", "head_email"]
    fields = ["name", "description", "head_email", "is_active"]

    @admin.display(description=_("approved people"), ordering="approved_people")
    def people_count(self, department: Department) -> int:
        return department.approved_people  # type: ignore[attr-defined]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Department]:
        approved = Count("people", filter=Q(people__status=Status.APPROVED))
        return super().get_queryset(request).annotate(approved_people=approved)
