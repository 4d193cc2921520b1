"""People: the list, each person's page, and the verbs. Columns are changed by nobody here, only by the verbs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allauth.account import admin as _registers_addresses  # noqa: F401 - so that it is registered by now, not later
from allauth.account.models import EmailAddress
from allauth.mfa import admin as _registers_second_factors  # noqa: F401 - the same
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from audit.admin import HistoryLink, ReadOnlyAdmin
from audit.verb_pages import Verb, VerbPages
from jobs.bulk import BulkAdmin
from people import addresses, badges, browsers, rules
from people.admin import facts, listing, workspace
from people.bulk import PEOPLE
from people.enums import Role, Status
from people.models import Employee
from people.verbs import APPROVE, REJECT, VERBS

# Its page would let a tick in a box prove an address; the other's shows what second factors are computed from.
for hidden in (EmailAddress, Authenticator):
    if admin.site.is_registered(hidden):
        admin.site.unregister(hidden)


@admin.register(Employee)
class EmployeeAdmin(HistoryLink, VerbPages, BulkAdmin, ReadOnlyAdmin):
    change_list_template = "people/admin/list.html"
    list_display = ["full_name", "company_id", "email", "department", "role", "status", "date_created"]
    list_display_links = ["full_name"]
    list_filter = [
        "status", "role", "department", "is_data_clerk", "is_help_center_editor", listing.AddressProvenFilter,
        "date_created",
    ]  # fmt: skip
    list_select_related = ["department"]
    list_per_page = 50
    search_fields = ["company_id", "first_name", "middle_name", "last_name", "email"]
    search_help_text = _("Company ID, name or e-mail")
    show_full_result_count = False

    verbs = VERBS
    checks = rules.CHECKS
    verb_summary_template = "people/admin/summary.html"
    bulk = PEOPLE

    @admin.display(description=_("name"), ordering="last_name")
    def full_name(self, person: Employee) -> str:
        return person.get_full_name()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Employee]:
        seen = rules.visible_to(request.user)  # type: ignore[arg-type]  # nobody comes here without signing in
        return addresses.with_proof(seen).select_related("department").order_by("last_name", "first_name", "pk")

    # The list

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return listing.PeopleList

    def get_ordering(self, request: HttpRequest) -> list[str]:
        # Who has waited longest comes first.
        waiting = request.GET.get("status__exact") == Status.PENDING
        return ["date_created", "pk"] if waiting else ["last_name", "first_name", "pk"]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        counts = listing.counts_for(request.user)
        listing.begin_where_something_waits(request, counts)
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and "cl" in (response.context_data or {}):
            self._add_what_the_list_shows(request, response, counts)
        return response

    def _add_what_the_list_shows(self, request: HttpRequest, response: Any, counts: dict[str, int]) -> None:
        context = response.context_data
        changelist = context["cl"]
        people = list(changelist.result_list)
        current = request.GET.get("status__exact", "")
        waiting = current == Status.PENDING
        found = facts.about(people, request.user) if waiting else {}
        # A column of buttons that none of them will ever be able to press is no help to a clerk.
        verbs = [APPROVE, REJECT] if waiting and self.bulk_verbs(request) else []
        context |= {
            "tabs": [] if listing.sees_one_state(counts) else listing.tabs(counts, current),
            "waiting": waiting,
            "rows": [
                {
                    "person": person,
                    "facts": found.get(person.pk),
                    "buttons": self.buttons(person, request.user, verbs),
                }
                for person in people
            ],
            "bulk_verbs": self.bulk_verbs(request),
            "active_filters": listing.active_filters(changelist),
            "pages": changelist.neighbours(),
            "same_list": changelist.get_query_string(),
            "here": f"{request.path}{changelist.get_query_string()}",
            "others": [
                (name, value) for name, values in request.GET.lists() for value in values if name not in {"q", "p"}
            ],
        }

    def bulk_verbs(self, request: HttpRequest) -> Sequence[Verb]:
        # Every one of them is a System Admin's.
        return super().bulk_verbs(request) if getattr(request.user, "role", "") == Role.SYSTEM_ADMIN else []

    # One person

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A page of its own. A POST is Django's, and refused by it; so is who is not there, or not for them."""
        person = self.get_object(request, object_id) if request.method in {"GET", "HEAD"} else None
        if person is None:
            return super().change_view(request, object_id, form_url, extra_context)
        if not self.has_view_permission(request, person):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            **workspace.context(person, request, self.buttons(person, request.user)),
            "opts": self.model._meta,
        }
        return TemplateResponse(request, "people/admin/person.html", context)

    def name_of(self, subject: Employee) -> str:
        return subject.get_full_name()

    def after_verb(self, verb: Verb, subject: Any) -> None:
        badges.forget()

    def stay_signed_in(self, request: HttpRequest, response: HttpResponse, person: Any) -> None:
        super().stay_signed_in(request, response, person)
        # With the sessions all browsers became unknown; theirs is not.
        browsers.know(request, response, person)
