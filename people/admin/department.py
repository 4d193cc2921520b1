"""Departments, edited by admins. One is retired, not deleted: old tickets and people name it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from audit.admin import EditingAdmin, HistoryLink
from people import narrative
from people.enums import Status
from people.models import Department


@admin.register(Department)
class DepartmentAdmin(HistoryLink, EditingAdmin):
    list_display = ["name", "people_count", "head_email", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "description", "head_email"]
    fields = ["name", "description", "head_email", "is_active"]
    change_form_outer_after_template = "people/admin/history_below.html"

    @admin.display(description=_("approved people"), ordering="approved_people")
    def people_count(self, department: Department) -> str:
        """Leads to them."""
        filters = urlencode({"department__id__exact": department.pk, "status__exact": Status.APPROVED})
        address = f"{reverse('admin:people_employee_changelist')}?{filters}"
        count = department.approved_people  # type: ignore[attr-defined]  # annotated below
        return format_html('<a class="bo-number" href="{}">{}</a>', address, count)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Department]:
        approved = Count("people", filter=Q(people__status=Status.APPROVED))
        return super().get_queryset(request).annotate(approved_people=approved)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        department = self.get_object(request, object_id)
        told = {}
        if department is not None and request.user.has_perm("people.view_historicaldepartment"):
            told = {"history": narrative.of_department(department)}
        return super().change_view(request, object_id, form_url, {**told, **(extra_context or {})})
