"""Rejected applications, to look at: what stays of one, whatever becomes of the account."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet, Subquery
from django.db.models.expressions import OuterRef
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from audit.admin import ReadOnlyAdmin
from people.models import Employee, RejectedEmployeeAudit


@admin.register(RejectedEmployeeAudit)
class RejectedEmployeeAuditAdmin(ReadOnlyAdmin):
    list_display = ["applicant", "email", "department", "why", "rejected_by", "rejected_at"]
    list_display_links = ["applicant", "rejected_at"]
    list_filter = ["rejected_at"]
    list_select_related = ["rejected_by"]
    search_fields = ["company_id", "first_name", "last_name", "email", "reason"]
    fields = [
        "account", "first_name", "last_name", "email", "company_id", "department", "reason", "rejected_by",
        "rejected_at",
    ]  # fmt: skip
    readonly_fields = fields
    # The reason whole, which the list cuts short.
    export_columns = [
        "company_id", "first_name", "last_name", "email", "department", "reason", "rejected_by", "rejected_at",
    ]  # fmt: skip

    @admin.display(description=_("applicant"), ordering="last_name")
    def applicant(self, row: RejectedEmployeeAudit) -> str:
        return f"{row.first_name} {row.last_name} ({row.company_id})"

    @admin.display(description=_("reason"))
    def why(self, row: RejectedEmployeeAudit) -> str:
        return Truncator(row.reason).chars(80)

    @admin.display(description=_("account"))
    def account(self, row: RejectedEmployeeAudit) -> str:
        key = getattr(row, "account_key", None)
        if key is None:
            return ""
        return format_html('<a href="{}">{}</a>', reverse("admin:people_employee_change", args=[key]), row.company_id)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RejectedEmployeeAudit]:
        account = Employee.objects.filter(company_id=OuterRef("company_id")).values("pk")[:1]
        return super().get_queryset(request).annotate(account_key=Subquery(account))
