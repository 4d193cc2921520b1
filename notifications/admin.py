"""The outbox in the back office: every e-mail with what became of it, and "send again"."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from audit.admin import ReadOnlyAdmin
from audit.refusals import Refused
from notifications import outbox, sending
from notifications.admin_columns import AboutAndCause
from notifications.models import EmailNotification


@admin.register(EmailNotification)
class EmailNotificationAdmin(AboutAndCause, ReadOnlyAdmin):
    list_display = ["created_at", "status", "recipient_email", "subject", "attempts", "next_try", "last_error"]
    list_display_links = ["created_at", "subject"]
    list_filter = ["status", "message", "created_at", "is_secret"]
    list_select_related = ["recipient"]
    search_fields = ["recipient_email", "subject", "message_id"]
    show_full_result_count = False
    change_form_template = "notifications/admin/email.html"
    # Not the stored columns body and template_data: what may be read of them is `text`.
    fields = [
        "status", "recipient_email", "recipient", "subject", "text", "message", "created_at", "sent_at", "attempts",
        "next_try", "give_up_at", "last_error", "subject_of", "cause", "message_id",
        "thread_key",
    ]  # fmt: skip
    readonly_fields = ["text", "next_try", "subject_of", "cause"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[EmailNotification]:
        # Also what filters, search and counts know of: an e-mail to the staff about what somebody asked for themselves
        # tells of notes by its subject alone.
        return outbox.visible_to(request.user)

    @admin.display(description=_("next try"), ordering="next_attempt_at")
    def next_try(self, email: EmailNotification) -> Any:
        return email.next_attempt_at if email.status == EmailNotification.Status.PENDING else None

    @admin.display(description=_("text"))
    def text(self, email: EmailNotification) -> Any:
        if email.forgotten_at is not None:
            return _("Its text was taken out.")
        if email.is_internal:
            return _("It carries an internal note. Read that where it was written.")
        try:
            words = sending.preview(email)
        except Exception as error:  # noqa: BLE001 - a template that is gone or broken must not hide the rest of the row
            return _("Its text can't be shown (%(kind)s).") % {"kind": type(error).__name__}
        if words is not None:
            return words
        if sending.secrets_are_readable():
            return _("It is written when it is sent.")
        return _("It holds a link meant for the recipient alone. It is written when it is sent, and never stored.")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.send_again))
        name = "notifications_emailnotification_send_again"
        return [path("<int:pk>/send-again/", view, name=name), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        email = self.get_object(request, object_id)
        against = outbox.against_sending_again(email, by=_person(request)) if email else []
        context = {"send_again_allowed": email is not None and not against, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def send_again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows the question and changes nothing; POST does it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        email = self.get_queryset(request).filter(pk=pk).first()
        if email is None:
            raise Http404
        detail = reverse("admin:notifications_emailnotification_change", args=[pk])
        if request.method == "POST":
            try:
                outbox.send_again(email, by=_person(request))
            except Refused as refused:
                for reason in refused.reasons:
                    messages.error(request, reason.sentence)
            else:
                messages.success(request, _("The e-mail is on its way again."))
            return redirect(detail)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Send again"),
            "opts": self.model._meta,
            "email": email,
            "address": outbox.address_now(email),
            "reasons": outbox.against_sending_again(email, by=_person(request)),
            "detail": detail,
        }
        return TemplateResponse(request, "notifications/admin/send_again.html", context)


def _person(request: HttpRequest) -> AbstractBaseUser:
    if not isinstance(request.user, AbstractBaseUser):
        raise PermissionDenied
    return request.user


# Last, and for Django alone, which looks for pages here.
from notifications import notices_admin, texts_admin, webhooks_admin  # noqa: E402, F401
