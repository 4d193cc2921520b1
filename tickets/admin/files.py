"""What has been uploaded and not sent yet, and who looked at which ticket: for System Admins, to find a fault by."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from audit.admin import ReadOnlyAdmin
from tickets import rules
from tickets.models import StagedFile, TicketVisit


@admin.register(StagedFile)
class StagedFileAdmin(ReadOnlyAdmin):
    """A list without names, and no page of one: what somebody has not sent is nobody else's yet."""

    list_display = ["id", "owner", "file_type", "file_size", "is_stored", "created_at"]
    list_filter = ["is_stored", "created_at"]
    list_select_related = ["owner"]
    list_display_links = None
    search_fields = ["owner__email"]

    def has_view_permission(self, request: HttpRequest, obj: StagedFile | None = None) -> bool:
        return obj is None and super().has_view_permission(request, obj)


@admin.register(TicketVisit)
class TicketVisitAdmin(ReadOnlyAdmin):
    list_display = ["ticket", "person", "seen_at"]
    list_filter = ["seen_at"]
    list_select_related = ["ticket", "person"]
    search_fields = ["ticket__ticket_number", "person__email"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TicketVisit]:
        return super().get_queryset(request).filter(ticket__in=rules.visible_to(request.user))
