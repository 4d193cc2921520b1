"""People, to look at: what `visible_to` lets somebody see, and nothing to change."""

from __future__ import annotations

from allauth.account import admin as _registers_addresses  # noqa: F401 - so that it is registered by now, not later
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from audit.admin import HistoryLink, ReadOnlyAdmin
from people import addresses, rules
from people.models import Employee

# Its page would let a tick in a box prove an address.
if admin.site.is_registered(EmailAddress):
    admin.site.unregister(EmailAddress)


@admin.register(Employee)
class EmployeeAdmin(HistoryLink, ReadOnlyAdmin):
    list_display = ["company_id", "full_name", "email", "department", "role", "status", "is_verified", "date_created"]
    list_display_links = ["company_id", "full_name"]
    list_filter = ["status", "role", "department", "is_data_clerk", "is_help_center_editor", "date_created"]
    list_select_related = ["department"]
    search_fields = ["company_id", "first_name", "middle_name", "last_name", "email"]
    show_full_result_count = False
    fields = [
        "company_id", "status", "first_name", "middle_name", "last_name", "suffix", "email", "is_verified",
        "department", "role", "is_help_center_editor", "is_data_clerk", "is_superuser", "date_created", "last_login",
    ]  # fmt: skip
    readonly_fields = ["is_verified"]

    @admin.display(description=_("name"), ordering="last_name")
    def full_name(self, person: Employee) -> str:
        return person.get_full_name()

    @admin.display(description=_("address proven"), boolean=True)
    def is_verified(self, person: Employee) -> bool:
        return person.address_is_proven  # type: ignore[attr-defined]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Employee]:
        seen = rules.visible_to(request.user)  # type: ignore[arg-type]  # nobody comes here without signing in
        return addresses.with_proof(seen).order_by("last_name", "first_name", "pk")
