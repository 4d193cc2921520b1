"""The histories of tickets and categories, for System Admins: lists to read."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from audit.admin import HistoryAdmin
from tickets import rules
from tickets.models import CategoryField, Ticket, TicketAttachment, TicketCategory, TicketComment

WHO_AND_WHY = ["verb", "history_user", "actor_name", "history_change_reason"]


@admin.register(Ticket.history.model)
class TicketHistoryAdmin(HistoryAdmin):
    list_display = ["history_date", "ticket_number", *WHO_AND_WHY, "status", "priority"]
    search_fields = ["ticket_number"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        # That there was a note is not for who asked for the ticket either.
        return super().get_queryset(request).exclude(rules.notes_hidden_from(request.user, of="history"))


@admin.register(TicketCategory.history.model)
class TicketCategoryHistoryAdmin(HistoryAdmin):
    list_display = ["history_date", "name", *WHO_AND_WHY, "is_active"]
    search_fields = ["name"]


@admin.register(CategoryField.history.model)
class CategoryFieldHistoryAdmin(HistoryAdmin):
    list_display = ["history_date", "label", "key", *WHO_AND_WHY, "is_active"]
    search_fields = ["key", "label"]


@admin.register(TicketComment.history.model)
class TicketCommentHistoryAdmin(HistoryAdmin):
    list_display = ["history_date", "id", *WHO_AND_WHY, "is_internal"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).exclude(rules.notes_hidden_from(request.user))


@admin.register(TicketAttachment.history.model)
class TicketAttachmentHistoryAdmin(HistoryAdmin):
    list_display = ["history_date", "file_name", *WHO_AND_WHY]
    search_fields = ["file_name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).exclude(rules.notes_hidden_from(request.user, path="comment__"))
