"""The list of people: its tabs with counts, and the filters that are ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from audit.admin import HouseList
from people import rules
from people.enums import Status
from people.models import Employee

#: The address's word that says "all states": a list without any parameter opens where something waits.
TAB = "tab"
ALL = "all"

TABS = [
    (Status.PENDING, _("Waiting for approval")),
    (Status.APPROVED, _("Approved")),
    (Status.SUSPENDED, _("Suspended")),
    (Status.REJECTED, _("Rejected")),
]


@dataclass(frozen=True)
class Tab:
    word: Any
    query: str
    count: int
    is_current: bool


class PeopleList(HouseList):
    """Knows the word for "all states"."""

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        found = super().get_filters_params(params)
        found.pop(TAB, None)
        return found

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        # The tabs have the counts: Unfold's "7 results (show all)" beside the heading would be a second one.
        self.full_result_count = self.result_count

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        # Without any parameter the list opens where something waits: "all" must be said.
        query = super().get_query_string(new_params, remove)
        return query if query.strip("?") else f"?{TAB}={ALL}"

    def neighbours(self) -> dict[str, str]:
        """The addresses of the page before and the page after, where there are any."""
        last = self.paginator.num_pages
        return {
            "previous": self.get_query_string({PAGE_VAR: self.page_num - 1}) if self.page_num > 1 else "",
            "next": self.get_query_string({PAGE_VAR: self.page_num + 1}) if self.page_num < last else "",
        }


def counts_for(user: Any) -> dict[str, int]:
    """How many of the people that somebody may see are in each state. One statement."""
    found = rules.visible_to(user).order_by().values_list("status").annotate(Count("pk"))
    return {**dict.fromkeys(Status.values, 0), **dict(found)}


def tabs(counts: dict[str, int], current: str) -> list[Tab]:
    """Those with somebody in them, and where one is. None where there is but one state to see."""
    shown = [
        Tab(word, f"status__exact={status}", counts[status], current == status)
        for status, word in TABS
        if counts[status] or current == status or status == Status.PENDING
    ]
    return [*shown, Tab(_("All"), f"{TAB}={ALL}", sum(counts.values()), not current)]


def sees_one_state(counts: dict[str, int]) -> bool:
    return sum(1 for count in counts.values() if count) <= 1 and not counts[Status.PENDING]


def begin_where_something_waits(request: HttpRequest, counts: dict[str, int]) -> None:
    """Without any parameter: what waits, if anything does. Noted in the request, as if it had been asked for."""
    if not request.GET and counts[Status.PENDING]:
        asked = request.GET.copy()
        asked["status__exact"] = Status.PENDING
        request.GET = asked  # type: ignore[assignment]  # a QueryDict like the one before


class AddressProvenFilter(admin.SimpleListFilter):
    title = _("address proven")
    parameter_name = "proven"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Proven")), ("no", _("Not proven"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Employee]) -> QuerySet[Employee]:
        wanted = {"yes": True, "no": False}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(Q(address_is_proven=wanted))


def active_filters(changelist: Any) -> list[dict[str, str]]:
    """The filters that are on, but for the state that the tabs show: each with the address of the list without it."""
    found = []
    for spec in changelist.filter_specs:
        parameters = set(spec.expected_parameters())
        if parameters & set(changelist.params) and "status__exact" not in parameters:
            chosen = _chosen(spec, changelist)
            if chosen:
                without = changelist.get_query_string(remove=sorted(parameters))
                found.append({"title": str(spec.title), "chosen": chosen, "without": without})
    return found


def _chosen(spec: Any, changelist: Any) -> str:
    choices: Callable[[Any], Any] = spec.choices
    return ", ".join(str(each["display"]) for each in choices(changelist) if each.get("selected"))
