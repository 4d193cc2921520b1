from __future__ import annotations

from django.contrib import admin

from audit.admin import ReadOnlyAdmin
from people.models import RejectedEmployeeAudit


@admin.register(RejectedEmployeeAudit)
class RejectedEmployeeAuditAdmin(ReadOnlyAdmin):
    list_display = ["rejected_at", "company_id", "first_name", "last_name", "email", "department", "rejected_by"]
    list_display_links = ["rejected_at", "company_id"]
    list_filter = ["rejected_at"]
    list_select_related = ["rejected_by"]
    search_fields = ["company_id", "first_name", "last_name", "email"]
