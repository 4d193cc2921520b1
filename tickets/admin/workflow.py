"""The exchange with the workflow system as lists to read, for System Admins. What one does about it is on the Sync
doctor's page. Nothing of it is there for a ticket that one asked for oneself: it tells of notes and of who works on it.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from audit.admin import HistoryAdmin, ReadOnlyAdmin
from tickets.models import (
    WorkflowBreaker,
    WorkflowCallback,
    WorkflowDelivery,
    WorkflowNote,
    WorkflowStanding,
)
from tickets.workflow import callbacks, deliveries, rights


def _in_lines(stored: Any) -> str:
    """JSON, or a text that may be some, as it reads best."""
    with suppress(ValueError, RecursionError):  # then it is shown as it is
        stored = json.loads(stored) if isinstance(stored, str) else stored
    text = stored if isinstance(stored, str) else json.dumps(stored, indent=2, ensure_ascii=False)
    return format_html('<pre class="bo-raw" tabindex="0">{}</pre>', text) if stored else ""


@admin.register(WorkflowDelivery)
class WorkflowDeliveryAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "ticket", "event", "status", "attempts", "next_try", "response_status", "last_error"]
    list_filter = ["status", "event", "created_at"]
    list_select_related = ["ticket"]
    search_fields = ["ticket__ticket_number", "delivery_id", "remote_id"]
    show_full_result_count = False
    fields = [
        "ticket", "event", "status", "created_at", "sent_at", "acknowledged_at", "attempts", "next_try", "give_up_at",
        "last_error", "sent", "response_status", "answered", "remote_id", "delivery_id", "caused_by",
        "caused_by_name",
    ]  # fmt: skip
    readonly_fields = ["sent", "answered", "next_try"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WorkflowDelivery]:
        return deliveries.visible_to(request.user)

    @admin.display(description=_("next try"), ordering="next_attempt_at")
    def next_try(self, delivery: WorkflowDelivery) -> Any:
        return delivery.next_attempt_at if delivery.status == WorkflowDelivery.Status.PENDING else None

    @admin.display(description=_("sent"))
    def sent(self, delivery: WorkflowDelivery) -> Any:
        return _("Its text was taken out.") if delivery.forgotten_at else _in_lines(delivery.request)

    @admin.display(description=_("text of the answer"))
    def answered(self, delivery: WorkflowDelivery) -> str:
        return _in_lines(delivery.response_body)


@admin.register(WorkflowCallback)
class WorkflowCallbackAdmin(ReadOnlyAdmin):
    list_display = ["received_at", "ticket_number", "status_word", "outcome", "answer_status", "applied_at"]
    list_filter = ["outcome", "received_at"]
    search_fields = ["ticket_number", "webhook_id"]
    show_full_result_count = False
    fields = [
        "ticket", "ticket_number", "status_word", "outcome", "why", "received_at", "sent_at", "last_modified",
        "applied_at", "as_it_came", "answer_status", "our_answer", "webhook_id",
    ]  # fmt: skip
    readonly_fields = ["why", "as_it_came", "our_answer"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WorkflowCallback]:
        return callbacks.visible_to(request.user)

    @admin.display(description=_("why"))
    def why(self, callback: WorkflowCallback) -> str:
        return " ".join(reason["sentence"] for reason in callback.reasons)

    @admin.display(description=_("as it came"))
    def as_it_came(self, callback: WorkflowCallback) -> Any:
        return _("Its text was taken out.") if callback.forgotten_at else _in_lines(callback.body)

    @admin.display(description=_("text of our answer"))
    def our_answer(self, callback: WorkflowCallback) -> str:
        return _in_lines(callback.answer)


class _OfTickets(ReadOnlyAdmin):
    """Rows beside a ticket."""

    list_select_related = ["ticket"]
    search_fields = ["ticket__ticket_number"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        return rows.exclude(rights.of_own_tickets(request.user)) if rights.sees(request.user) else rows.none()


@admin.register(WorkflowStanding)
class WorkflowStandingAdmin(_OfTickets):
    list_display = ["ticket", "remote_id", "status_word", "last_modified", "acknowledged_event", "acknowledged_at"]
    list_filter = ["acknowledged_event", "acknowledged_at"]


@admin.register(WorkflowNote)
class WorkflowNoteAdmin(_OfTickets):
    list_display = ["ticket", "comment"]
    fields = ["ticket", "comment"]


@admin.register(WorkflowBreaker)
class WorkflowBreakerAdmin(ReadOnlyAdmin):
    list_display = ["state", "failures", "changed_at", "retry_at", "paused_until", "last_error"]


@admin.register(WorkflowBreaker.history.model)
class WorkflowBreakerHistoryAdmin(HistoryAdmin):
    list_display = ["history_date", "state", "verb", "history_user", "actor_name", "history_change_reason", "retry_at"]
