"""Webhooks in the back office: the list, making one, each with its verbs and its last deliveries; and the log."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from audit.admin import HistoryAdmin, HistoryLink, ReadOnlyAdmin
from audit.refusals import Refused, StaleVersion
from audit.verb_pages import Verb, VerbForm, VerbPages, obstacles
from jobs import heartbeat
from jobs.secret_pages import SecretPages
from notifications.models import WebhookDelivery, WebhookSubscription
from notifications.webhooks import badges, kinds, log, subscriptions

#: On a webhook's page; the log has them all.
DELIVERIES = 15
#: Whoever waits for a test is told as soon as it is there; what is tried again in hours is not watched.
SOON_SECONDS = 60


class WebhookForm(VerbForm):
    name = forms.CharField(label=gettext_lazy("Name"), help_text=gettext_lazy("Who is told, such as “Chat”."))
    url = forms.CharField(
        label=gettext_lazy("Address"),
        help_text=gettext_lazy("Such as https://example.com/hook. Public addresses only; redirects are not followed."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    events = forms.MultipleChoiceField(label=gettext_lazy("Is told when"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, subject: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(subject, *args, **kwargs)
        self.fields["events"].choices = list(kinds.registered().items())  # type: ignore[attr-defined]  # a choice field
        if subject is not None:
            for name, field in self.fields.items():
                field.initial = getattr(subject, name)


EDIT = Verb(
    "edit",
    subscriptions.edit,
    title=gettext_lazy("Edit"),
    sentence=lambda subscription: _("What waits already goes to the new address."),
    done=lambda subscription: _("Changed."),
    form=WebhookForm,
    asks_again=True,
)
TEST = Verb(
    "send-test",
    subscriptions.send_test,
    title=gettext_lazy("Send a test"),
    sentence=lambda subscription: _("One call, now, with the event “webhook.test”. You see what was answered."),
    done=lambda delivery: _("The test is on its way."),
)
ROTATE = Verb(
    "rotate",
    subscriptions.rotate,
    title=gettext_lazy("Make a new secret"),
    sentence=lambda subscription: _("You see it once. For a day each call is signed with the old one as well."),
    done=lambda subscription: "",
    asks_again=True,
)
SWITCH_ON = Verb(
    "switch-on",
    subscriptions.switch_on,
    title=gettext_lazy("Switch on"),
    sentence=lambda subscription: _("It is told of what happens from now on."),
    done=lambda subscription: _("It is switched on."),
)
SWITCH_OFF = Verb(
    "switch-off",
    subscriptions.switch_off,
    title=gettext_lazy("Switch off"),
    sentence=lambda subscription: _("What waits is called off, and what happens meanwhile is not told later."),
    done=lambda subscription: _("It is switched off."),
    danger=True,
)


class NeedsSomebodyFilter(admin.SimpleListFilter):
    """What the start page counts."""

    title = gettext_lazy("what needs somebody")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("somebody", gettext_lazy("Failing for a day, or gone"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pk__in=log.needing_somebody().values("pk")) if self.value() else queryset


@admin.register(WebhookSubscription)
class WebhookSubscriptionAdmin(HistoryLink, SecretPages, VerbPages, ReadOnlyAdmin):
    list_display = ["name", "server", "state", "event_count", "last_arrived_at"]
    list_filter = ["is_active", NeedsSomebodyFilter]
    search_fields = ["name", "url"]
    show_full_result_count = False

    verbs = (EDIT, TEST, ROTATE, SWITCH_ON, SWITCH_OFF)
    checks = subscriptions.CHECKS
    make_form = WebhookForm
    make_title = gettext_lazy("Make a webhook")
    make_sentence = gettext_lazy("Another program is told of what happens here, by a signed call to its address.")
    secret_label = gettext_lazy("Signing secret")
    secret_sentence = gettext_lazy(
        "The other program checks with it that a call is ours, as Standard Webhooks has it (standardwebhooks.com)."
    )

    @admin.display(description=gettext_lazy("server"), ordering="url")
    def server(self, subscription: WebhookSubscription) -> str:
        """The rest of the address is long, and with some services it is their password."""
        return urlsplit(subscription.url).netloc

    @admin.display(description=gettext_lazy("state"))
    def state(self, subscription: WebhookSubscription) -> str:
        return state_of(subscription)

    @admin.display(description=gettext_lazy("events"))
    def event_count(self, subscription: WebhookSubscription) -> int:
        return len(subscription.events)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return not subscriptions.against(request.user)

    def make(self, *, by: Any, **values: Any) -> tuple[WebhookSubscription, str]:
        return subscriptions.make(by=by, **values)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A page of its own. A POST is Django's, and refused by it; so is what is not there, or not for them."""
        subscription = self.get_object(request, object_id) if request.method in {"GET", "HEAD"} else None
        if subscription is None:
            return super().change_view(request, object_id, form_url, extra_context)
        if not self.has_view_permission(request, subscription):
            raise PermissionDenied
        buttons = [each for each in self.buttons(subscription, request.user) if _fits(each.verb, subscription)]
        context = {
            **self.admin_site.each_context(request),
            "title": subscription.name,
            "opts": self.model._meta,
            "object": subscription,
            "subscription": subscription,
            "state": state_of(subscription),
            "needs_somebody": log.needing_somebody().filter(pk=subscription.pk).exists(),
            "events": [(name, kinds.words_of(name)) for name in subscription.events],
            "deliveries": log.visible_to(request.user).filter(subscription=subscription)[:DELIVERIES],
            "allowed": [button for button in buttons if button.is_allowed],
            "obstacles": obstacles(buttons, wrong_state=""),
        }
        return TemplateResponse(request, "notifications/admin/webhook.html", context)

    def after_verb(self, verb: Verb, subject: Any) -> None:
        badges.forget()

    def page_of(self, subject: Any) -> str:
        if isinstance(subject, WebhookDelivery):
            return reverse("admin:notifications_webhookdelivery_change", args=[subject.pk])
        return super().page_of(subject)

    def _way_on(self, request: HttpRequest, done: Any) -> str:
        # Whoever sends a test wants to see what came of it, wherever they came from.
        return self.page_of(done) if isinstance(done, WebhookDelivery) else super()._way_on(request, done)

    def _do(self, request: HttpRequest, verb: Verb, subject: Any) -> HttpResponse:
        return self._rotate(request, subject) if verb is ROTATE else super()._do(request, verb, subject)

    def _rotate(self, request: HttpRequest, subject: WebhookSubscription) -> HttpResponse:
        """The new secret stands in this answer alone. A reload finds a newer version, and makes none."""
        try:
            made, secret = subscriptions.rotate(
                subject, by=request.user, expected_version=self._read(request, subject) or -1
            )
        except (Refused, StaleVersion) as stopped:
            newest = subject.history.order_by("-history_id").first()
            if (newest.verb, newest.history_user_id) == (ROTATE.name, request.user.pk):
                return self._already(request, str(subject.pk))
            return self._come_second(request, ROTATE, subject, VerbForm(subject, request.POST), stopped)
        return self.secret_page(request, made, secret)


def _fits(verb: Verb, subscription: WebhookSubscription) -> bool:
    """Of the two switches the one that there is something to do for."""
    return verb is not (SWITCH_ON if subscription.is_active else SWITCH_OFF)


def state_of(subscription: WebhookSubscription) -> str:
    if not subscription.is_active:
        return _("switched off: nobody is there any more") if subscription.failures else _("switched off")
    return _("failing") if subscription.failing_since is not None else _("switched on")


@admin.register(WebhookSubscription.history.model)
class WebhookSubscriptionHistoryAdmin(HistoryAdmin):
    list_display = ["history_date", "name", "verb", "history_user", "actor_name", "server", "is_active"]
    search_fields = ["name", "history_user__email"]

    @admin.display(description=gettext_lazy("server"))
    def server(self, before: Any) -> str:
        """Not the whole address, for the reason of the list above."""
        return urlsplit(before.url).netloc


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    list_display = [
        "created_at", "status", "event", "subscription", "answer_status", "attempts", "next_try", "last_error",
    ]  # fmt: skip
    list_display_links = ["created_at"]
    list_filter = ["status", "event", "subscription", "created_at"]
    list_select_related = ["subscription"]
    search_fields = ["webhook_id", "event"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        return log.visible_to(request.user).select_related("subscription")

    @admin.display(description=gettext_lazy("next try"), ordering="next_attempt_at")
    def next_try(self, row: WebhookDelivery) -> Any:
        return row.next_attempt_at if row.status == WebhookDelivery.Status.PENDING else None

    def get_urls(self) -> list[URLPattern]:
        again = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.send_again))
        progress = self.admin_site.admin_view(require_safe(self.progress))
        name = "notifications_webhookdelivery"
        return [
            path("<int:pk>/send-again/", again, name=f"{name}_send_again"),
            path("<int:pk>/progress/", progress, name=f"{name}_progress"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id) if request.method in {"GET", "HEAD"} else None
        if row is None:
            return super().change_view(request, object_id, form_url, extra_context)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": kinds.words_of(row.event),
            "opts": self.model._meta,
            "object": row,
            "delivery": row,
            "sent": json.dumps(json.loads(row.body), indent=2, ensure_ascii=False),
            "watched": _is_due_soon(row),
            "worker_is_there": heartbeat.is_alive(),
            "next_try": self.next_try(row),
            "reasons": log.against_sending_again(row, by=request.user),
        }
        return TemplateResponse(request, "notifications/admin/webhook_delivery.html", context)

    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """For the script of the page, in the form of a run's."""
        row = self._row(request, pk)
        finished = not _is_due_soon(row)
        return JsonResponse({"done": int(finished), "total": 1, "words": "", "finished": finished})

    def send_again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows the question and changes nothing; POST does it."""
        row = self._row(request, pk)
        detail = reverse("admin:notifications_webhookdelivery_change", args=[pk])
        if request.method == "POST":
            try:
                log.send_again(row, by=request.user)
            except Refused as refused:
                for reason in refused.reasons:
                    messages.error(request, reason.sentence)
            else:
                messages.success(request, _("It is on its way again."))
            return redirect(detail)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Send again"),
            "opts": self.model._meta,
            "object": row,
            "delivery": row,
            "reasons": log.against_sending_again(row, by=request.user),
            "detail": detail,
        }
        return TemplateResponse(request, "notifications/admin/webhook_again.html", context)

    def _row(self, request: HttpRequest, pk: int) -> WebhookDelivery:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_queryset(request).filter(pk=pk).first()
        if row is None:
            raise Http404
        return row


def _is_due_soon(row: WebhookDelivery) -> bool:
    waits = (row.next_attempt_at - timezone.now()).total_seconds()
    return row.status == WebhookDelivery.Status.WORKING or (
        row.status == WebhookDelivery.Status.PENDING and waits < SOON_SECONDS
    )
