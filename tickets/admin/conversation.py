"""Comments and files in lists of their own: for System Admins, who may see every ticket; notes on one's own are not."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from audit.admin import ReadOnlyAdmin
from tickets import rules
from tickets.models import TicketAttachment, TicketComment


def _of_visible(request: HttpRequest) -> Q:
    return Q(ticket__in=rules.visible_to(request.user))


@admin.register(TicketComment)
class TicketCommentAdmin(ReadOnlyAdmin):
    list_display = ["ticket", "created_at", "user", "actor_name", "is_internal"]
    list_filter = ["is_internal", "created_at"]
    list_select_related = ["ticket", "user"]
    search_fields = ["ticket__ticket_number"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TicketComment]:
        hidden = rules.notes_hidden_from(request.user)
        return super().get_queryset(request).filter(_of_visible(request)).exclude(hidden)


@admin.register(TicketAttachment)
class TicketAttachmentAdmin(ReadOnlyAdmin):
    list_display = ["file_name", "ticket", "file_type", "file_size", "uploaded_by", "upload_date", "download_count"]
    list_filter = ["file_type", "upload_date"]
    list_select_related = ["ticket", "uploaded_by"]
    search_fields = ["file_name", "ticket__ticket_number"]
    exclude = ["file"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TicketAttachment]:
        hidden = rules.notes_hidden_from(request.user, path="comment__")
        return super().get_queryset(request).filter(_of_visible(request)).exclude(hidden)
