"""The histories of people, departments and the sign-in policy, for System Admins: lists to read."""

from __future__ import annotations

from django.contrib import admin

from audit.admin import HistoryAdmin
from people.models import Department, Employee, SignInPolicy


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


@admin.register(SignInPolicy.history.model)
class SignInPolicyHistoryAdmin(HistoryAdmin):
    list_display = ["history_date", "verb", "history_user", "actor_name", "staff_need_second_factor"]
