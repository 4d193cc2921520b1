"""Tickets: the list with its queues, each ticket's page, and the verbs. Columns are changed by nobody here, only by the
verbs. The list is in `listing`, the page in `workspace`."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path

from audit.admin import HistoryLink, ReadOnlyAdmin
from audit.verb_pages import Verb, VerbPages
from jobs.bulk import BulkAdmin
from tickets import badges, queries, rules
from tickets.admin import person_tickets
from tickets.admin.listing import ListPages
from tickets.admin.told import ToldPages
from tickets.admin.workspace_pages import WorkspacePages
from tickets.bulk import TICKETS
from tickets.models import Ticket
from tickets.verbs import VERBS


@admin.register(Ticket)
class TicketAdmin(ToldPages, WorkspacePages, ListPages, HistoryLink, VerbPages, BulkAdmin, ReadOnlyAdmin):
    verbs = VERBS
    checks = rules.CHECKS
    verb_summary_template = "tickets/admin/summary.html"
    bulk = TICKETS

    def get_urls(self) -> list[URLPattern]:
        of_person = self.admin_site.admin_view(person_tickets.view(self))
        return [path("of-person/<int:pk>/", of_person, name="tickets_of_person"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        return rules.visible_to(request.user)

    def name_of(self, subject: Ticket) -> str:
        return str(subject)

    def version_for(self, subject: Ticket, by: Any) -> int | None:
        # Internal notes count as versions: it would tell its requester how many there are.
        return subject.version if rules.is_staff_on(subject, by) else None

    def history_for(self, subject: Ticket, by: Any) -> QuerySet:
        return queries.history_for(subject, by)

    def after_verb(self, verb: Verb, subject: Any) -> None:
        badges.forget()

    def still_sees(self, subject: Ticket, by: Any) -> bool:
        return bool(rules.relations(subject, by))
