"""Tickets, to look at: what `visible_to` lets somebody see, and nothing to change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline

from audit.admin import ReadOnlyAdmin
from tickets import conversation, rules, search
from tickets.models import Ticket, TicketAttachment, TicketComment


class ReadOnlyInline(TabularInline):
    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class CommentInline(ReadOnlyInline):
    model = TicketComment
    fields = ["created_at", "user", "actor_name", "is_internal", "comment"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[TicketComment]:
        # On one's own ticket one is its requester: no notes, whatever one's role.
        match = request.resolver_match
        ticket = Ticket.objects.filter(pk=match.kwargs["object_id"]).first() if match else None
        return conversation.visible_comments(ticket, request.user) if ticket else TicketComment.objects.none()


class AttachmentInline(ReadOnlyInline):
    model = TicketAttachment
    fields = ["file_name", "file_type", "file_size", "uploaded_by", "upload_date"]
    readonly_fields = fields


@admin.register(Ticket)
class TicketAdmin(ReadOnlyAdmin):
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
    search_help_text = "Number, or words of subject and description"
    show_full_result_count = False
    inlines = [CommentInline, AttachmentInline]
    exclude = ["clock_stopped_at", "clock_stopped_total"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        return rules.visible_to(request.user)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Ticket], search_term: str
    ) -> tuple[QuerySet[Ticket], bool]:
        text = search_term.strip()[: search.QUERY_LENGTH_MOST]
        if not text:
            return queryset, False
        numbered = queryset.filter(ticket_number__iexact=text)
        return (numbered if numbered.exists() else search.search(queryset, text)), False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        return self.get_queryset(request).filter(pk=object_id).first() if object_id.isdigit() else None
