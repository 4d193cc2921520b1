"""The Sync doctor: how it stands between us and the workflow system, and what of it needs a person. For System Admins.

Everything on it is bounded: a part shows its first rows, and alone (`?show=`) a page of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from audit.admin import ReadOnlyAdmin
from audit.refusals import Refused
from audit.verb_pages import Verb
from jobs import heartbeat
from jobs.models import LeasedRow
from notifications import ledger
from tickets import rules
from tickets.admin.sync_doctor_verbs import PAGE, PAGES
from tickets.models import Sync, SyncDrift, SyncReport, Ticket
from tickets.workflow import breaker, callbacks, compare, deliveries, rights, watching

ROWS, ROWS_A_PAGE = 10, 50
Words = str | Promise


@dataclass(frozen=True)
class Action:
    """A link to a verb's page."""

    title: Words
    address: str
    danger: bool = False


@dataclass(frozen=True)
class Shown:
    """A row with what can be done about it."""

    row: Any
    actions: list[Action] = field(default_factory=list)
    request: str = ""
    answer: str = ""


@dataclass(frozen=True)
class Part:
    """`template`: of one row. `folder`: whose verbs, "" for none. `everything`: the list with the older ones, by URL
    name and what it asks."""

    name: str
    title: Words
    hint: Words
    rows: Callable[[Any], models.QuerySet]
    template: str
    folder: str = ""
    related: tuple[str, ...] = ()
    everything: tuple[str, str] = ("", "")
    needs_somebody: bool = True


PARTS = [
    Part(
        "failed",
        gettext_lazy("Deliveries that failed"),
        gettext_lazy("The workflow system refused them, or could not be reached for four days."),
        watching.failed,
        "tickets/admin/sync/failed.html",
        "deliveries",
        ("ticket",),
        ("admin:tickets_workflowdelivery_changelist", "status__exact=failed"),
    ),
    Part(
        "messages",
        gettext_lazy("Messages that changed nothing"),
        gettext_lazy(
            "What the workflow system said, and we could not do. A newer message about a ticket settles them."
        ),
        watching.unapplied,
        "tickets/admin/sync/messages.html",
        "messages",
        ("ticket",),
        ("admin:tickets_workflowcallback_changelist", ""),
    ),
    Part(
        "stuck",
        gettext_lazy("Open, and not acknowledged"),
        gettext_lazy("Open for more than two hours, and the workflow system does not know of them."),
        watching.stuck,
        "tickets/admin/sync/stuck.html",
        "tickets",
        ("employee",),
    ),
    Part(
        "differences",
        gettext_lazy("Differences"),
        gettext_lazy("Where both sides were in different states when they were compared."),
        watching.drifts,
        "tickets/admin/sync/differences.html",
        "differences",
        ("ticket__workflow_standing", "sync"),
        ("admin:tickets_syncdrift_changelist", ""),
    ),
    Part(
        "waiting",
        gettext_lazy("Deliveries on their way"),
        gettext_lazy("They go out by themselves, and are tried again for four days."),
        watching.waiting,
        "tickets/admin/sync/waiting.html",
        "deliveries",
        ("ticket",),
        ("admin:tickets_workflowdelivery_changelist", "status__exact=pending"),
        needs_somebody=False,
    ),
    Part(
        "files",
        gettext_lazy("Files without a ticket"),
        gettext_lazy("Uploaded more than a day ago and sent with nothing. Each hour they are removed by themselves."),
        lambda user: watching.files_left(),
        "tickets/admin/sync/files.html",
        "",
        ("owner",),
        needs_somebody=False,
    ),
]


@admin.register(Sync)
class SyncAdmin(ReadOnlyAdmin):
    """Its list is the doctor's page: what a comparison found is looked at there."""

    list_display = ["created_at", "status"]
    # What the page shows stands in other lists.
    export_columns = []

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and rights.sees(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return rights.sees(request.user)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("", wrap(require_safe(self.doctor_view)), name=PAGE[len("admin:") :]),
            path("compare/", wrap(require_POST(self.compare_view)), name="tickets_sync_compare"),
            path("<int:pk>/progress/", wrap(require_safe(self.progress_view)), name="tickets_sync_progress"),
            path("of-ticket/<int:pk>/", wrap(require_safe(self.ticket_view)), name="tickets_sync_of_ticket"),
        ]
        of_verbs = [pattern for pages in self.pages for pattern in pages.patterns()]
        return [*own, *of_verbs, *super().get_urls()]

    @property
    def pages(self) -> list[Any]:
        return [each(self.admin_site) for each in PAGES]

    def _refuse_others(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    # The page

    def doctor_view(self, request: HttpRequest) -> HttpResponse:
        self._refuse_others(request)
        alone = next((part for part in PARTS if part.name == request.GET.get("show")), None)
        number = _number(request.GET.get("p", ""))
        parts = [self._part(request, part, number if alone else 0) for part in ([alone] if alone else PARTS)]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Sync doctor"),
            "is_set_up": deliveries.is_set_up(),
            "worker_is_there": heartbeat.is_alive(),
            "alone": alone,
            "parts": parts,
            # What the number beside the page's name counts.
            "rows": [row for each in parts if each["part"].needs_somebody for row in each["rows"]],
            **({} if alone else self._standing(request)),
        }
        return TemplateResponse(request, "tickets/admin/sync/doctor.html", context)

    def _standing(self, request: HttpRequest) -> dict[str, Any]:
        """The breaker, the last comparison, the last report."""
        now = breaker.current()
        newest = Sync.objects.select_related("asked_by").first()
        return {
            "breaker": now,
            "held_until": breaker.held_until(now),
            "may_reset": not breaker.against_reset(by=request.user),
            "reset_address": reverse(f"{PAGE}_breaker_reset", args=[1]),
            "newest": newest,
            "at_work": newest is not None and not newest.is_finished,
            "compared": newest if newest and newest.status == LeasedRow.Status.DONE else compare.last_finished(),
            "report": SyncReport.objects.first(),
        }

    def _part(self, request: HttpRequest, part: Part, page: int) -> dict[str, Any]:
        """`page` 0: the first rows, among the other parts."""
        rows = part.rows(request.user).select_related(*part.related)
        size = ROWS_A_PAGE if page else ROWS
        first = size * max(0, page - 1)
        found = list(rows[first : first + size + 1])
        # Counted only where they are not all in sight.
        count = watching.bounded(rows) if first or len(found) > size else len(found)
        address, asked = part.everything
        return {
            "part": part,
            "rows": self._shown(request, part, found[:size]),
            "count": count,
            "shown": f"{watching.MOST:,}+" if count > watching.MOST else f"{count:,}",
            "has_more": not page and count > len(found[:size]),
            "previous": page - 1 if page > 1 else 0,
            "next": page + 1 if page and len(found) > size else 0,
            "everything": f"{reverse(address)}?{asked}" if address else "",
        }

    def _shown(self, request: HttpRequest, part: Part, rows: Sequence[Any]) -> list[Shown]:
        pages = next((each for each in self.pages if each.folder == part.folder), None)
        if pages is None:
            return [Shown(row) for row in rows]
        # A message's checks ask the database: its page says what is against it.
        checked = part.name != "messages"
        return [Shown(row, _actions(pages, row, request.user, checked=checked), *_exchanged(row)) for row in rows]

    # What it starts

    def compare_view(self, request: HttpRequest) -> HttpResponse:
        self._refuse_others(request)
        try:
            compare.ask(by=request.user)
        except Refused as refused:
            for reason in refused.reasons:
                messages.error(request, reason.sentence)
        return redirect(PAGE)

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asked by the page while a comparison is at work."""
        self._refuse_others(request)
        sync = Sync.objects.filter(pk=pk).first()
        if sync is None:
            raise Http404
        words = _("The workflow system is asked what it knows")
        return JsonResponse({"total": 1, "done": int(sync.is_finished), "words": words, "finished": sync.is_finished})

    # On a ticket's page

    def ticket_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A part of the ticket's page that it asks for by itself; a page for who comes by the link."""
        self._refuse_others(request)
        user: Any = request.user
        ticket = rules.visible_to(user).filter(pk=pk).select_related("workflow_standing").first()
        if ticket is None or not rules.is_staff_on(ticket, user):
            raise Http404
        context = {"ticket": ticket, **of_ticket(ticket, user)}
        if request.headers.get("X-Fragment") == "1":
            return TemplateResponse(request, "tickets/admin/sync/of_ticket.html", context)
        whole = {**self.admin_site.each_context(request), "title": _("Workflow system"), "opts": Sync._meta}
        return TemplateResponse(request, "tickets/admin/sync/of_ticket_page.html", {**whole, **context})


def of_ticket(ticket: Ticket, user: Any) -> dict[str, Any]:
    """The last that each side said."""
    return {
        "is_set_up": deliveries.is_set_up(),
        "delivery": deliveries.visible_to(user).filter(ticket=ticket).order_by("-pk").first(),
        "message": callbacks.visible_to(user).filter(ticket=ticket).order_by("-pk").first(),
        "standing": getattr(ticket, "workflow_standing", None),
        "push_address": reverse(f"{PAGE}_tickets_push", args=[ticket.pk]),
        "may_push": not deliveries.against_pushing(ticket, by=user),
    }


def _actions(pages: Any, row: Any, user: Any, *, checked: bool) -> list[Action]:
    verbs: Iterable[Verb] = pages.verbs
    return [
        Action(verb.title, reverse(pages._url_name(verb), args=[row.pk]), verb.danger)
        for verb in verbs
        if not checked or not pages.checks[verb.name](row, user)
    ]


def _exchanged(row: Any) -> tuple[str, str]:
    """What was said and what was answered, to be read."""
    if row._meta.model_name == "workflowdelivery":
        return _in_lines(row.request), row.response_body
    if row._meta.model_name == "workflowcallback":
        return row.body, _in_lines(row.answer)
    return "", ""


def _in_lines(stored: Any) -> str:
    return json.dumps(stored, indent=2, ensure_ascii=False) if stored else ""


def _number(given: str) -> int:
    return int(given) if given.isascii() and given.isdigit() and 0 < len(given) < 6 and int(given) else 1


@admin.register(SyncDrift)
class SyncDriftAdmin(ReadOnlyAdmin):
    list_display = ["ticket_number", "kind", "status_here", "status_there", "changed_there", "settled", "settled_by"]
    list_filter = ["kind", "settled", "status_here"]
    list_select_related = ["settled_by"]
    search_fields = ["ticket_number"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return compare.visible_to(request.user)


@admin.register(SyncReport)
class SyncReportAdmin(ReadOnlyAdmin):
    """Numbers over everything: for whoever sees the exchange."""

    list_display = ["day", "created", "synced", "failed", "answers", "unsettled", "registered", "files"]
    fieldsets = [
        (None, {"fields": ["day", "made_at"]}),
        (gettext_lazy("Tickets"), {"fields": ["created", "stuck"]}),
        (gettext_lazy("To the workflow system"), {"fields": ["synced", "failed", "waiting"]}),
        (gettext_lazy("From the workflow system"), {"fields": ["answers", "applied", "unsettled"]}),
        (gettext_lazy("People"), {"fields": ["registered", "approved", "pending"]}),
        (gettext_lazy("Files"), {"fields": ["files", "size"]}),
        (gettext_lazy("Who was told"), {"fields": ["told"]}),
    ]
    readonly_fields = ["size", "told"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return rights.sees(request.user)

    @admin.display(description=gettext_lazy("size"))
    def size(self, report: SyncReport) -> str:
        return filesizeformat(report.file_bytes)

    @admin.display(description=gettext_lazy("by e-mail"))
    def told(self, report: SyncReport) -> Any:
        """Of the days that were made up for, nobody."""
        events = ledger.of(report, first=0, most=1)
        return ledger.in_words(events[0]) if events else _("Nobody: it was counted later.")
