"""Sign-ins over the API, to look at: no token lies there."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.admin import ReadOnlyAdmin
from people import browsers
from people.models import TokenFamily


@admin.register(TokenFamily)
class TokenFamilyAdmin(ReadOnlyAdmin):
    list_display = ["person", "created_at", "last_used_at", "state", "ip_address", "program"]
    list_display_links = ["person", "created_at"]
    list_filter = ["created_at"]
    list_select_related = ["person"]
    search_fields = ["person__company_id", "person__email", "person__last_name"]
    show_full_result_count = False
    fields = ["person", "created_at", "last_used_at", "state", "expires_at", "ended_at", "ip_address", "user_agent"]
    readonly_fields = ["state"]

    @admin.display(description=_("state"))
    def state(self, family: TokenFamily) -> Any:
        if family.ended_at is not None:
            return _("ended")
        return _("in use") if family.expires_at > timezone.now() else _("run out")

    @admin.display(description=_("program"))
    def program(self, family: TokenFamily) -> str:
        return browsers.in_words(family.user_agent) if family.user_agent else ""
