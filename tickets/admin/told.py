"""Who was told of what happened to a ticket, by what, and who was not and why: a page for its staff."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from notifications import ledger
from tickets import narrative, rules
from tickets.models import Ticket

#: Events a page.
PAGE = 20
#: Further than this nobody turns pages.
LAST_PAGE = 200

#: Event of the ledger → what happened.
EVENTS: dict[str, str | Promise] = {
    "submit": gettext_lazy("Submitted"),
    "approve": gettext_lazy("Approved"),
    "reject": gettext_lazy("Rejected"),
    "claim": gettext_lazy("Claimed"),
    "assign": gettext_lazy("Assigned"),
    "hold": gettext_lazy("Put on hold"),
    "resume": gettext_lazy("Resumed"),
    "resolve": gettext_lazy("Resolved"),
    "close": gettext_lazy("Closed"),
    "reopen": gettext_lazy("Reopened"),
    "withdraw": gettext_lazy("Withdrawn"),
    "comment": gettext_lazy("Reply"),
    "attach": gettext_lazy("Files added"),
    "note": gettext_lazy("Internal note"),
    "reprioritise": gettext_lazy("Priority changed"),
    "transfer": gettext_lazy("Transferred"),
    "bring_in": gettext_lazy("Brought in"),
}


class ToldPages:
    """For the ModelAdmin of tickets."""

    # Of the ModelAdmin it is mixed into.
    admin_site: Any
    model: Any
    ticket_seen: Callable[[HttpRequest, int], Ticket]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self.told_view))
        page = path("<int:pk>/told/", view, name="tickets_ticket_told")
        return [page, *super().get_urls()]  # type: ignore[misc]  # a mixin: the ModelAdmin has it

    def told_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        ticket, user = self.ticket_seen(request, pk), request.user
        if not rules.is_staff_on(ticket, user):
            # Its requester learns by no page who else was told, and of what.
            raise Http404
        page = _page(request.GET.get("page", ""))
        found = ledger.of(ticket, first=(page - 1) * PAGE, most=PAGE + 1)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Who was told about %(number)s") % {"number": ticket.ticket_number},
            "opts": self.model._meta,
            "object": ticket,
            "ticket": ticket,
            "events": [_in_words(event) for event in found[:PAGE]],
            "newer": page - 1,
            "older": page + 1 if len(found) > PAGE and page < LAST_PAGE else 0,
            "may_see_emails": user.has_perm("notifications.view_emailnotification"),
        }
        return TemplateResponse(request, "tickets/admin/told.html", context)


def _in_words(event: ledger.Event) -> dict[str, Any]:
    entry = event.entry
    who = entry.caused_by.get_full_name() if entry.caused_by else narrative.actor_in_words(entry.caused_by_name)
    return {
        "what": EVENTS.get(entry.event, entry.event),
        "who": who,
        "when": entry.created_at,
        "lines": event.lines,
    }


def _page(given: str) -> int:
    number = int(given) if given.isascii() and given.isdigit() and len(given) < 6 else 1
    return min(max(number, 1), LAST_PAGE)
