"""The sign-in policy: one row on one page, for System Admins."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from audit.admin import EditingAdmin, HistoryLink
from people import narrative
from people.models import SignInPolicy


@admin.register(SignInPolicy)
class SignInPolicyAdmin(HistoryLink, EditingAdmin):
    fields = ["staff_need_second_factor"]
    # There is one.
    export_columns = []
    change_form_outer_after_template = "people/admin/history_below.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one: straight to it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect("admin:people_signinpolicy_change", SignInPolicy.ONLY)

    def response_post_save_change(self, request: HttpRequest, obj: SignInPolicy) -> HttpResponse:
        return redirect("admin:people_signinpolicy_change", SignInPolicy.ONLY)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        policy = self.get_object(request, object_id)
        told = {"history": narrative.of_policy(policy)} if policy and self.has_view_permission(request) else {}
        return super().change_view(request, object_id, form_url, {**told, **(extra_context or {})})
