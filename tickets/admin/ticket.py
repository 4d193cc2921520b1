"""Tickets, to look at: what `visible_to` lets somebody see, and nothing to change."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from audit.admin import HistoryLink, ReadOnlyAdmin, ReadOnlyInline
from tickets import conversation, rules, search
from tickets.admin import person_tickets
from tickets.models import Ticket, TicketAttachment, TicketComment


class CommentInline(ReadOnlyInline):
    model = TicketComment
    fields = ["created_at", "user", "actor_name", "is_internal", "comment"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[TicketComment]:
        # On one's own ticket one is its requester: no notes, whatever one's role.
        match = request.resolver_match
        ticket = Ticket.objects.filter(pk=match.kwargs["object_id"]).first() if match else None
        seen = conversation.visible_comments(ticket, request.user) if ticket else TicketComment.objects.none()
        return seen.select_related("user")


class AttachmentInline(ReadOnlyInline):
    model = TicketAttachment
    fields = ["file_name", "file_type", "file_size", "uploaded_by", "upload_date"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[TicketAttachment]:
        hidden = rules.notes_hidden_from(request.user, path="comment__")
        return super().get_queryset(request).exclude(hidden).select_related("uploaded_by")


@admin.register(Ticket)
class TicketAdmin(HistoryLink, ReadOnlyAdmin):
    list_display = [
        "ticket_number",
        "subject",
        "status",
        "priority",
        "department",
        "employee",
        "assigned_to",
        "submit_date",
        "scheduled_date",
    ]
    list_filter = ["status", "priority", "department", "category", "submit_date"]
    list_select_related = ["department", "employee", "assigned_to"]
    search_fields = ["ticket_number"]
    search_help_text = _("Number, or words of subject and description")
    show_full_result_count = False
    list_per_page = 50
    inlines = [CommentInline, AttachmentInline]
    fieldsets = [
        (None, {"fields": ["ticket_number", "subject", "description", "employee", "category", "sub_category"]}),
        (None, {"fields": ["dynamic_data", "scheduled_date", "external_reference"]}),
        (
            _("State"),
            {"fields": ["status", "priority", "department", "assigned_to", "external_assignee", "resume_date"]},
        ),
        (_("Outcome"), {"fields": ["resolution", "rejection_reason"]}),
        (_("Clocks"), {"fields": ["submit_date", "update_date", "time_closed", "response_time", "resolution_time"]}),
    ]
    readonly_fields = [name for title, options in fieldsets for name in options["fields"]]

    def get_urls(self) -> list[URLPattern]:
        of_person = self.admin_site.admin_view(person_tickets.view(self))
        return [path("of-person/<int:pk>/", of_person, name="tickets_of_person"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        return rules.visible_to(request.user)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Ticket], search_term: str
    ) -> tuple[QuerySet[Ticket], bool]:
        text = search_term.strip()[: search.QUERY_LENGTH_MOST]
        if not text:
            return queryset, False
        # Not iexact: no index knows the number in capitals.
        numbered = queryset.filter(ticket_number__in={text, text.upper()})
        return (numbered if numbered.exists() else search.search(queryset, text)), False
