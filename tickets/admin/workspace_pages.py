"""The pages about one ticket: its workspace, what is written there, what is like it, and the full record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from audit.verb_pages import Button
from jobs import once
from tickets import rules
from tickets.admin import history, workspace, writing
from tickets.admin.correcting import EDIT, CorrectingPages
from tickets.models import Ticket

#: What a page about one ticket shows of others; without it each would be asked for alone.
RELATED = ("employee__department", "assigned_to", "department", "category")
#: A key of more digits is none of ours.
KEY_LENGTH = 18


class WorkspacePages(CorrectingPages):
    """For the ModelAdmin of tickets, before the mixins whose pages it makes anew."""

    verb_news_template: str | None = "tickets/admin/news.html"

    # Of the ModelAdmin it is mixed into.
    admin_site: Any
    model: Any
    has_view_permission: Callable[..., bool]
    get_queryset: Callable[[HttpRequest], models.QuerySet]
    page_of: Callable[[models.Model], str]
    buttons: Callable[..., list[Button]]

    def get_urls(self) -> list[URLPattern]:
        writing_methods = require_http_methods(["GET", "HEAD", "POST"])
        views = [
            ("comment/", "comment", writing_methods(self.comment_view)),
            ("edit/", "edit", writing_methods(self.edit_view)),
            ("comments/<int:comment>/redact/", "redact", writing_methods(self.redact_view)),
            ("similar/", "similar", require_safe(self.similar_view)),
        ]
        pages = [
            path(f"<int:pk>/{address}", self.admin_site.admin_view(view), name=f"tickets_ticket_{name}")
            for address, name, view in views
        ]
        return [*pages, *super().get_urls()]  # type: ignore[misc]  # a mixin: the ModelAdmin has it

    def ticket_seen(self, request: HttpRequest, pk: int) -> Ticket:
        """One that is not for them answers as one that is not there."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        ticket = self.get_queryset(request).select_related(*RELATED).filter(pk=pk).first()
        if ticket is None:
            raise Http404(_("There is no such ticket."))
        return ticket

    def news_since(self, subject: Ticket, version: int, by: Any) -> list[Any]:
        return workspace.news_since(subject, version) if rules.is_staff_on(subject, by) else []

    # The workspace

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A page of its own, to look at. Columns are changed by nobody here, only by the verbs."""
        ticket = self.ticket_seen(request, _key(object_id))
        if request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        return self.workspace(request, ticket)

    def workspace(
        self, request: HttpRequest, ticket: Ticket, written: writing.Box | None = None, *, status: int = 200
    ) -> HttpResponse:
        """`written`: a box that comes back."""
        shows_all = request.GET.get("all") == "1"
        buttons = self.buttons(ticket, request.user)
        edit = Button(EDIT, self.address_of(ticket, "edit"), rules.CHECKS["edit"](ticket, request.user))
        context = {
            **self.admin_site.each_context(request),
            **workspace.context(ticket, request, [*buttons, edit], shows_all=shows_all),
            **writing.boxes(ticket, request, written),
            "similar_address": self.address_of(ticket, "similar"),
            "comment_address": self.address_of(ticket, "comment"),
            "opts": self.model._meta,
        }
        return TemplateResponse(request, "tickets/admin/ticket.html", context, status=status)

    def address_of(self, ticket: Ticket, page: str) -> str:
        return reverse(f"admin:tickets_ticket_{page}", args=[ticket.pk])

    # What is written there

    def comment_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        ticket = self.ticket_seen(request, pk)
        page = self.page_of(ticket)
        if request.method != "POST":
            return HttpResponseRedirect(page)
        turn = once.turn(request, f"comment-{ticket.pk}")
        said = turn.made
        try:
            box = writing.box_of(request, ticket)
            if not said:
                # Not again for what is there already: nobody would ever use those files.
                writing.take_files(request, box)
            if turn.is_taken:
                writing.still_sent(box)
            elif not said:
                said = writing.say(request, ticket, box)
        finally:
            turn.finish(said)
        if not said:
            status = 409 if turn.is_taken else 422
            return self.workspace(request, self.ticket_seen(request, pk), box, status=status)
        messages.success(request, writing.done(ticket, box, request.user))
        return HttpResponseRedirect(f"{page}#{said}")

    def similar_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A part of the page that it asks for by itself; a page for who comes by the link."""
        ticket = self.ticket_seen(request, pk)
        # Asked by words of staff's search: on their own ticket they are no staff.
        by: Any = request.user
        found = workspace.similar_to(ticket, by) if rules.is_staff_on(ticket, by) else []
        context = {"ticket": ticket, "similar": found}
        if request.headers.get("X-Fragment") == "1":
            return TemplateResponse(request, "tickets/admin/similar.html", context)
        whole = {**self.admin_site.each_context(request), "title": _("Similar tickets"), "opts": self.model._meta}
        return TemplateResponse(request, "tickets/admin/similar_page.html", {**whole, **context})

    # The record

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """All of it for System Admins. Who asked for the ticket has its page, which tells what is for them."""
        ticket = self.ticket_seen(request, _key(object_id))
        if not rules.is_staff_on(ticket, request.user):
            return HttpResponseRedirect(self.page_of(ticket))
        if not history.may_read(request.user):
            return super().history_view(request, object_id, extra_context)  # type: ignore[misc]  # HistoryLink's
        context = {
            **self.admin_site.each_context(request),
            **history.record_of(ticket, request.GET.get("page", "")),
            "title": ticket.ticket_number,
            "object": ticket,
            "ticket": ticket,
            "opts": self.model._meta,
        }
        return TemplateResponse(request, "tickets/admin/record.html", context)


def _key(object_id: str) -> int:
    """0, which nothing has, for what is no key."""
    given = unquote(object_id)
    return int(given) if given.isascii() and given.isdigit() and len(given) <= KEY_LENGTH else 0
