"""The texts of the e-mails in the back office: each with made-up data, and own words for those that may have some."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from audit.admin import HistoryAdmin, ReadOnlyAdmin
from audit.refusals import InvalidValues, Refused, StaleVersion
from notifications import texts
from notifications.messages import Message, message_of, registered
from notifications.models import MessageText

FIELDS = ("subject", "state", "next_step")


@admin.register(MessageText)
class MessageTextAdmin(ReadOnlyAdmin):
    """The list shows every message there is, and leads to a page of its own for each."""

    fields = ["message", "subject", "state", "next_step"]
    # Most of what the list shows stands in the code and not in rows.
    export_columns = []

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.message_view))
        page = path("of/<slug:name>/", view, name="notifications_messagetext_of")
        return [page, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        own = {row.message for row in MessageText.objects.all() if not row.is_default}
        rows = [
            {
                "address": _page_of(message),
                "subject": texts.sample(message, texts.Words()).subject,
                "name": message.name,
                "has_own": message.name in own,
                "is_fixed": not message.placeholders,
            }
            for message in registered()
        ]
        context = {**self.admin_site.each_context(request), "title": self._title(), "opts": self.model._meta}
        return TemplateResponse(request, "notifications/admin/texts.html", {**context, "rows": rows})

    def message_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """POST with `preview` shows what stands in the form and writes nothing; with `reset` the own words go."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            message = message_of(name)
        except KeyError:
            raise Http404 from None
        if request.method != "POST":
            return self._page(request, message, texts.own_words(message))
        if not request.user.has_perm(texts.PERMISSION):
            raise PermissionDenied
        # Whatever the form holds more than this is no text for a mail.
        given = texts.Words(*(request.POST.get(field, "").replace("\x00", "")[:5_000] for field in FIELDS))
        if "preview" in request.POST:
            return self._page(request, message, given, read_version=_read_version(request))
        return self._save(request, message, texts.Words() if "reset" in request.POST else given)

    def _save(self, request: HttpRequest, message: Message, words: texts.Words) -> HttpResponse:
        try:
            texts.change(
                message,
                by=request.user,
                subject=words.subject,
                state=words.state,
                next_step=words.next_step,
                expected_version=_read_version(request),
            )
        except InvalidValues as invalid:
            return self._page(request, message, words, errors=invalid.errors, read_version=_read_version(request))
        except Refused as refused:
            for reason in refused.reasons:
                messages.error(request, reason.sentence)
        except StaleVersion as stale:
            if "reset" not in request.POST:
                return self._page(request, message, words, is_late=True)
            messages.error(request, str(stale))
        else:
            messages.success(request, _("Saved. E-mails that are sent from now on read like this."))
        return redirect(_page_of(message))

    def _page(
        self,
        request: HttpRequest,
        message: Message,
        words: texts.Words,
        *,
        errors: dict[str, list[str]] | None = None,
        read_version: int | None = None,
        is_late: bool = False,
    ) -> HttpResponse:
        """`read_version`: of the text that whoever types began with; by default as it is now. `is_late`: somebody else
        saved theirs meanwhile, and whoever typed reads both."""
        row = MessageText.objects.filter(message=message.name).first()
        context = {"message": message, "sample": texts.sample(message, words)}
        if request.headers.get("X-Fragment") == "1":
            return TemplateResponse(request, "notifications/admin/text_sample.html", context)
        context |= {
            **self.admin_site.each_context(request),
            "title": self._title(),
            "opts": self.model._meta,
            "words": words,
            "default": texts.sample(message, texts.Words()),
            "errors": errors or {},
            "wrong": {name: {"auto_id": f"text-{name}", "errors": said} for name, said in (errors or {}).items()},
            "is_late": is_late,
            "read_version": texts.version_of(row) if read_version is None else read_version,
            "has_own": row is not None and not row.is_default,
            "can_change": not texts.against_change(message, by=request.user),
            "history": _history(row),
            "lengths": {name: _length(name) for name in FIELDS},
        }
        status = 409 if is_late else 422 if errors else 200
        return TemplateResponse(request, "notifications/admin/text.html", context, status=status)

    def _title(self) -> str:
        return str(self.model._meta.verbose_name_plural)


@admin.register(MessageText.history.model)
class MessageTextHistoryAdmin(HistoryAdmin):
    list_display = ["history_date", "message", "verb", "history_user", "actor_name"]


def _read_version(request: HttpRequest) -> int:
    """-1, which nothing ever has, for what is none."""
    read = request.POST.get("read_version", "")
    return int(read) if read.isascii() and read.isdigit() and len(read) < 9 else -1


def _history(row: MessageText | None) -> QuerySet | list[Any]:
    """The last changes, newest first."""
    if row is None:
        return []
    return row.history.select_related("history_user").order_by("-history_date", "-history_id")[:20]


def _page_of(message: Message) -> str:
    return reverse("admin:notifications_messagetext_of", args=[message.name])


def _length(field: str) -> int:
    column: Any = MessageText._meta.get_field(field)
    return column.max_length
