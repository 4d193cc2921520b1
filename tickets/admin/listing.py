"""The list of tickets: queues as tabs with counts, filters as chips, words, order, pages, and what each row says.

Nothing here counts the table: tabs are counted up to a bound, and whether there is a next page shows by one row more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from audit.templatetags.house import short_ago
from audit.verb_pages import Button, Verb
from people.enums import STAFF_ROLES, Role
from tickets import queries, rules, search, unreached
from tickets.admin import filters
from tickets.admin.filter_page import FilterPage
from tickets.enums import OPEN_STATUSES, WORKING_STATUSES, Priority, Status
from tickets.models import Ticket
from tickets.verbs import APPROVE, ASSIGN, CLAIM, REJECT, for_bulk

ROWS_A_PAGE = 50
#: A tab shows "1,000+" for more.
COUNTED_MOST = 1000

#: Queue → the tab's words, and the states of its tickets (None: any).
TABS: dict[str, tuple[str | Promise, Sequence[str] | None]] = {
    "waiting": (_("Waiting for approval"), [Status.NEW]),
    "unassigned": (_("Unassigned"), WORKING_STATUSES),
    "mine": (_("Mine"), WORKING_STATUSES),
    "on_hold": (_("On hold"), [Status.ON_HOLD]),
    "resolved": (_("Resolved"), [Status.RESOLVED]),
    "stranded": (_("Needs a new assignee"), WORKING_STATUSES),
    "all": (_("All"), None),
}
#: In the order of their work; a list opens at the first of `OPENS_AT` in which there is something.
TABS_FOR = {
    Role.SYSTEM_ADMIN: ["waiting", "unassigned", "mine", "on_hold", "resolved", "stranded", "all"],
    Role.TICKET_COORDINATOR: ["unassigned", "mine", "on_hold", "resolved", "stranded", "waiting", "all"],
}
OPENS_AT = {
    Role.SYSTEM_ADMIN: ["waiting", "unassigned", "mine"],
    Role.TICKET_COORDINATOR: ["unassigned", "mine"],
}
#: Shown only when something is in it: most days nothing is.
ONLY_WHEN_FILLED = frozenset({"stranded"})
#: Who has waited longest comes first where somebody waits for a first step.
SORT_OF_QUEUE = {"waiting": "submitted", "unassigned": "submitted", "stranded": "submitted"}
NEWEST_FIRST = "-submitted"
#: What is offered beside each row of a queue.
QUICK_VERBS: dict[str, list[Verb]] = {"waiting": [APPROVE, REJECT], "unassigned": [CLAIM], "stranded": [ASSIGN]}

#: Columns in which all rows of a queue would say the same.
NEEDLESS: dict[str, frozenset[str]] = {
    "waiting": frozenset({"state", "assignee"}),
    "unassigned": frozenset({"assignee"}),
    "mine": frozenset({"assignee"}),
    "resolved": frozenset({"state"}),
}
#: Column → its words, and how it is ordered at first: what matters most on top.
COLUMNS: dict[str, tuple[str | Promise, str]] = {
    "number": (_("Ticket"), "-number"),
    "priority": (_("Priority"), "priority"),
    "wanted": (_("Wanted by"), "wanted"),
    "submitted": (_("Submitted"), "-submitted"),
    "updated": (_("Updated"), "-updated"),
}


@dataclass(frozen=True)
class Tab:
    word: str | Promise
    address: str
    count: str
    is_current: bool


@dataclass(frozen=True)
class Header:
    """Of a column that can be ordered. `direction` is aria-sort's word, "" where the list is ordered by another."""

    word: str | Promise
    address: str
    direction: str


@dataclass(frozen=True)
class Row:
    """`pill`, `priority` and `assignee` are drawn once for all rows that show the same. `updated` is when something
    happened that this reader may know of. `tick` names the box to tick."""

    ticket: Ticket
    tick: str
    pill: str
    priority: str
    assignee: str
    is_own: bool
    is_overdue: bool
    is_unreached: bool
    submitted: str
    updated: str
    buttons: list[Button]


class TicketList:
    """What one person sees of the list at one address."""

    def __init__(self, query: QueryDict, user: Any) -> None:
        self.user, self.asked = user, filters.read(query)
        self.tabs_of = TABS_FOR.get(self.user.role, ["all"])
        self.counts = queries.count_queues(self.tabs_of[:-1], self.user, most=COUNTED_MOST)
        self.queue = self._queue()
        self.sort = self.asked.sort or SORT_OF_QUEUE.get(self.queue, NEWEST_FIRST)

    def _queue(self) -> str:
        if self.asked.queue in self.tabs_of:
            return self.asked.queue
        if not self.asked.narrows:
            for name in OPENS_AT.get(self.user.role, []):
                if self.counts[name]:
                    return name
        return "all"

    @property
    def here(self) -> filters.Asked:
        """What was asked, with the queue said: an address of it stays what it is when others come to wait."""
        return replace(self.asked, queue=self.queue)

    def get_queryset(self, request: HttpRequest | None = None) -> QuerySet[Ticket]:
        """Everything that the list has on its pages."""
        listed = self.asked.narrowed(queries.queue(self.queue, self.user), self.user)
        return listed.order_by(*queries.order_of(self.sort, by=self.user))

    def tickets(self) -> tuple[list[Ticket], bool]:
        """Those of this page, and whether there are more."""
        # Not the long texts, which no row shows.
        light = self.get_queryset().select_related("employee", "assigned_to", "department").only(*SHOWN)
        light = light.annotate(is_unreached=unreached.condition())
        first = (self.asked.page - 1) * ROWS_A_PAGE
        found = queries.page_of(light, self.sort, first, first + ROWS_A_PAGE + 1, by=self.user)
        rows, has_more = found[:ROWS_A_PAGE], len(found) > ROWS_A_PAGE
        if self.asked.text and first == 0 and (numbers := search.exact_numbers(self.asked.text)):
            # Whoever types a number means that ticket, however many speak of it.
            exact = list(light.filter(ticket_number__in=numbers)[: len(numbers)])
            rows = [*exact, *(row for row in rows if row not in exact)]
        return rows, has_more

    def tabs(self) -> list[Tab]:
        if len(self.tabs_of) == 1:
            return []
        return [
            Tab(TABS[name][0], f"?{filters.QUEUE}={name}", self._counted(name), name == self.queue)
            for name in self.tabs_of
            if self.counts.get(name) or name == self.queue or name not in ONLY_WHEN_FILLED
        ]

    def _counted(self, name: str) -> str:
        count = self.counts.get(name)
        if count is None:
            return ""
        return f"{COUNTED_MOST:,}+" if count > COUNTED_MOST else f"{count:,}"

    def headers(self) -> dict[str, Header]:
        return {name: self._header(name) for name in COLUMNS}

    def _header(self, name: str) -> Header:
        word, at_first = COLUMNS[name]
        now = self.sort if self.sort.lstrip("-") == name else ""
        other_way = now.lstrip("-") if now.startswith("-") else f"-{now}"
        direction = "" if not now else "descending" if now.startswith("-") else "ascending"
        return Header(word, self.here.address(sort=other_way if now else at_first), direction)

    def across(self) -> str:
        """How many "all that match" are, where that is known without counting them."""
        return "" if self.asked.narrows else self._counted(self.queue)


#: What a row shows, and what its checks ask.
SHOWN = [
    "ticket_number", "subject", "status", "priority", "scheduled_date", "submit_date", "update_date", "news_at",
    "time_closed", "clock_stopped_at", "resume_date", "version", "department__name", "employee__first_name",
    "employee__middle_name", "employee__last_name", "employee__suffix", "employee__company_id",
    "assigned_to__first_name", "assigned_to__middle_name", "assigned_to__last_name", "assigned_to__suffix",
    "assigned_to__company_id", "assigned_to__version",
]  # fmt: skip


class ListPages:
    """For the ModelAdmin of tickets: its list is ours, not Django's."""

    # Of the ModelAdmin it is mixed into.
    admin_site: Any
    model: type[Ticket]
    has_view_permission: Callable[..., bool]
    buttons: Callable[..., list[Button]]

    def get_urls(self) -> list[URLPattern]:
        narrow = self.admin_site.admin_view(require_safe(self.filters_view))
        page = path("filters/", narrow, name="tickets_ticket_filters")
        return [page, *super().get_urls()]  # type: ignore[misc]  # a mixin: the ModelAdmin has it

    def bulk_verbs(self, request: HttpRequest) -> list[Verb]:
        user: Any = request.user
        return for_bulk(user.role) if user.role in STAFF_ROLES else []

    def get_changelist_instance(self, request: HttpRequest) -> TicketList:
        """For jobs.bulk: what "all that match" are."""
        return TicketList(request.GET, request.user)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "POST" and "action" in request.POST:
            return super().changelist_view(request, extra_context)  # type: ignore[misc]  # BulkAdmin's
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        listed = TicketList(request.GET, request.user)
        context = {
            **self.admin_site.each_context(request),
            **self._shown(request, listed),
            "opts": self.model._meta,
            "title": self.model._meta.verbose_name_plural,
        }
        return TemplateResponse(request, "tickets/admin/list.html", context)

    def _shown(self, request: HttpRequest, listed: TicketList) -> dict[str, Any]:
        tickets, has_more = listed.tickets()
        here, verbs = listed.here, QUICK_VERBS.get(listed.queue, [])
        page = listed.asked.page
        states = TABS[listed.queue][1]
        offered = for_bulk(listed.user.role, states) if listed.user.role in STAFF_ROLES else []
        return {
            "asked": here,
            "tabs": listed.tabs(),
            "chips": here.chips(listed.user),
            "kept": [(name, value) for name, values in here.given.items() for value in values],
            "headers": listed.headers(),
            "rows": self._rows(tickets, listed.user, verbs),
            "quick": bool(verbs),
            "shows_state": "state" not in NEEDLESS.get(listed.queue, ()),
            "shows_assignee": "assignee" not in NEEDLESS.get(listed.queue, ()),
            "bulk_verbs": offered if tickets else [],
            "across": listed.across() if has_more or page > 1 else None,
            "same_list": here.address(page=page),
            "here": f"{request.path}{here.address(page=page)}",
            "without_text": here.address(text=""),
            "filters_address": f"{reverse('admin:tickets_ticket_filters')}{here.address()}",
            "previous": here.address(page=page - 1) if page > 1 else "",
            "next": here.address(page=page + 1) if has_more and page < filters.LAST_PAGE else "",
            "is_last_that_can_be": has_more and page >= filters.LAST_PAGE,
            "is_staff_here": listed.user.role in STAFF_ROLES,
        }

    def _rows(self, tickets: list[Ticket], user: Any, verbs: list[Verb]) -> list[Row]:
        drawn, today, tick = _Drawn(), timezone.localdate(), gettext("Tick %(number)s")
        rows = []
        for ticket in tickets:
            is_staff = rules.is_staff_on(ticket, user)
            # A note moves update_date too, and would tell the requester of itself.
            updated = ticket.update_date if is_staff else ticket.news_at or ticket.submit_date
            rows.append(
                Row(
                    ticket,
                    tick=tick % {"number": ticket.ticket_number},
                    pill=drawn.pill(ticket),
                    priority=drawn.priority(ticket),
                    assignee=drawn.assignee(ticket),
                    is_own=not is_staff,
                    is_overdue=_is_overdue(ticket, today),
                    is_unreached=ticket.is_unreached,  # type: ignore[attr-defined]  # asked with the rows
                    submitted=drawn.time(ticket.submit_date),
                    updated=drawn.time(updated),
                    buttons=[each for each in self.buttons(ticket, user, verbs) if each.is_allowed],
                )
            )
        return rows

    # The filters

    def filters_view(self, request: HttpRequest) -> HttpResponse:
        """What the list can be narrowed by, as a form that leads to it: over the list, or a page of its own."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        listed = TicketList(request.GET, request.user)
        context = {
            **self.admin_site.each_context(request),
            "filter_page": FilterPage(listed.here, listed.user),
            "opts": self.model._meta,
            "title": _("Filters"),
            "back": f"{reverse('admin:tickets_ticket_changelist')}{listed.here.address()}",
        }
        return TemplateResponse(request, "tickets/admin/filters.html", context)


def _is_overdue(ticket: Ticket, today: date) -> bool:
    return ticket.scheduled_date is not None and ticket.scheduled_date < today and ticket.status in OPEN_STATUSES


class _Drawn:
    """Parts of rows that many of them share, drawn once: of fifty rows there are eight states at most."""

    def __init__(self) -> None:
        self._parts: dict[tuple[str, Any], str] = {}

    def pill(self, ticket: Ticket) -> str:
        return self._part("site/pill.html", ticket.status, lambda: _words("state", ticket.status, Status))

    def priority(self, ticket: Ticket) -> str:
        word = ticket.priority
        return self._part("tickets/admin/priority.html", word, lambda: _words("priority", word, Priority))

    def assignee(self, ticket: Ticket) -> str:
        key = ticket.assigned_to_id
        return self._part("tickets/admin/list_assignee.html", key, lambda: {"person": ticket.assigned_to})

    def time(self, when: datetime) -> str:
        """As templates/audit/time.html, shorter."""
        exact = timezone.localtime(when).strftime("%Y-%m-%d %H:%M:%S %Z")
        return format_html(
            '<time class="bo-time" datetime="{}" title="{}" data-local>{}</time>',
            when.isoformat(),
            exact,
            short_ago(when),
        )

    def _part(self, template: str, key: Any, words: Callable[[], dict[str, Any]]) -> str:
        found = self._parts.get((template, key))
        if found is None:
            found = self._parts[template, key] = render_to_string(template, words())
        return found


def _words(name: str, word: str, words: type[Status] | type[Priority]) -> dict[str, Any]:
    return {name: word, "label": words(word).label}
