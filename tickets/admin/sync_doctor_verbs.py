"""What an admin can do about the exchange with the workflow system: verbs, each with a page that asks first.

They stand under the Sync doctor's address and judge nothing themselves; the rules are those of `tickets.workflow`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib.admin import AdminSite
from django.db import models
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.refusals import Reason
from audit.verb_pages import Verb, VerbForm, VerbPages
from tickets import rules
from tickets.enums import REASON_LENGTH
from tickets.models import SyncDrift, Ticket, WorkflowBreaker, WorkflowCallback, WorkflowDelivery
from tickets.workflow import applying, breaker, callbacks, compare, deliveries, rights, watching

PAGE = "admin:tickets_sync"
#: What a word may do here, as somebody chooses it for one that nobody mapped.
EFFECT_WORDS = {
    "start": gettext_lazy("Somebody works on it"),
    "hold": gettext_lazy("It waits for something"),
    "resolve": gettext_lazy("It is solved"),
    "reject": gettext_lazy("It is rejected"),
}


class WhyForm(VerbForm):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Kept on the record."),
        max_length=REASON_LENGTH[1],
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    optional = frozenset({"reason"})


class ApplyForm(VerbForm):
    """Asks what the word does only where nobody has said so."""

    effect = forms.ChoiceField(
        label=gettext_lazy("What it means here"),
        help_text=gettext_lazy("For this message alone. For all that come, WORKFLOW_STATUS_MAP says so."),
        widget=forms.RadioSelect,
    )

    def __init__(self, subject: models.Model | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(subject, *args, **kwargs)
        if not isinstance(subject, WorkflowCallback) or applying.effect_of(subject.status_word):
            del self.fields["effect"]
            return
        field: Any = self.fields["effect"]
        field.choices = list(EFFECT_WORDS.items())

    def clean_effect(self) -> str:
        chosen = str(self.cleaned_data["effect"])
        if not chosen:
            raise forms.ValidationError(_("Choose what it means."))
        return chosen


def _without_version(call: Callable[..., Any]) -> Callable[..., Any]:
    """The pages hand over the version that was read; here is none to compare."""

    def called(subject: Any, *, by: Any, expected_version: int | None = None, **values: Any) -> Any:
        return call(subject, by=by, **values)

    return called


def against_applying(callback: WorkflowCallback, by: Any) -> list[Reason]:
    """As the door has it; a word that nobody mapped is no reason as long as there is something it could mean."""
    reasons = callbacks.against_applying_after_all(callback, by=by)
    if [reason.code for reason in reasons] != ["unknown-status"]:
        return reasons
    against = [callbacks.against_applying_after_all(callback, by=by, effect=effect) for effect in EFFECT_WORDS]
    return [] if not all(against) else against[0]


DELIVERY_VERBS = [
    Verb(
        "send-again",
        _without_version(deliveries.send_again),
        title=gettext_lazy("Send again"),
        sentence=lambda row: _(
            "It goes out once more under the key it had: should it have arrived, it changes nothing."
        ),
        done=lambda row: _("The delivery is on its way again."),
    ),
    Verb(
        "cancel",
        _without_version(deliveries.cancel),
        title=gettext_lazy("Call off"),
        sentence=lambda row: _(
            "It is not sent. The workflow system does not hear of this; what waits behind it goes on."
        ),
        done=lambda row: _("The delivery is called off."),
        form=WhyForm,
        danger=True,
    ),
]
CALLBACK_VERBS = [
    Verb(
        "apply",
        _without_version(callbacks.apply_after_all),
        title=gettext_lazy("Apply after all"),
        sentence=lambda row: _("It does what it would have done when it came, as the workflow system's doing."),
        done=lambda row: _("The message is applied."),
        form=ApplyForm,
    )
]
BREAKER_VERBS = [
    Verb(
        "reset",
        _without_version(lambda row, *, by, reason="": breaker.reset(by=by, reason=reason)),
        title=gettext_lazy("Let calls through again"),
        sentence=lambda row: _("What waits goes out now. Should it fail again, calls are held back once more."),
        done=lambda row: _("Calls go out again."),
        form=WhyForm,
    )
]
DRIFT_VERBS = [
    Verb(
        "push",
        _without_version(compare.push),
        title=gettext_lazy("Send ours there"),
        sentence=lambda row: _("What stands here is right: the ticket as it is now is sent to the workflow system."),
        done=lambda row: _("The ticket is on its way there."),
    ),
    Verb(
        "pull",
        _without_version(compare.pull),
        title=gettext_lazy("Take theirs over"),
        sentence=lambda row: _(
            "What stands there is right: it does here what a message of the workflow system would do."
        ),
        done=lambda row: _("The ticket is as it stands there now."),
    ),
    Verb(
        "ignore",
        _without_version(compare.ignore),
        title=gettext_lazy("Ignore"),
        sentence=lambda row: _("Both may stay as they are. It comes up again when either side changes."),
        done=lambda row: _("The difference is ignored until either side changes."),
    ),
]
TICKET_VERBS = [
    Verb(
        "push",
        _without_version(lambda row, *, by, reason="": deliveries.push(row, by=by, reason=reason).ticket),
        title=gettext_lazy("Send to the workflow system"),
        sentence=lambda row: _("The ticket goes there once more, as it is now."),
        done=lambda row: _("The ticket is on its way there."),
        form=WhyForm,
    )
]


class _Pages(VerbPages):
    """Verbs of one kind of row, under the doctor's address, for whoever sees the exchange at all."""

    folder: ClassVar[str]
    verb_summary_template = "tickets/admin/sync/about.html"

    def __init__(self, site: AdminSite) -> None:
        self.admin_site = site

    def patterns(self) -> list[URLPattern]:
        return [
            path(
                f"{self.folder}/<int:pk>/{verb.slug}/", self._view_of(verb), name=self._url_name(verb)[len("admin:") :]
            )
            for verb in self.verbs
        ]

    def has_view_permission(self, request: HttpRequest) -> bool:
        return rights.sees(request.user)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        raise NotImplementedError

    def _url_name(self, verb: Verb) -> str:
        return f"{PAGE}_{self.folder}_{verb.name}"

    def page_of(self, subject: models.Model) -> str:
        return reverse(PAGE)

    def version_for(self, subject: Any, by: Any) -> int | None:
        return None

    def history_for(self, subject: Any, by: Any) -> models.QuerySet:
        # None of them has one that verbs are written into; a double click is told what the rules say.
        return Ticket.history.none()

    def after_verb(self, verb: Verb, subject: Any) -> None:
        watching.forget_lately()


class DeliveryPages(_Pages):
    folder, model = "deliveries", WorkflowDelivery
    verbs = DELIVERY_VERBS
    checks = {
        "send_again": lambda row, by: deliveries.against_sending_again(row, by=by),
        "cancel": lambda row, by: deliveries.against_cancelling(row, by=by),
    }

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return deliveries.visible_to(request.user).select_related("ticket")


class CallbackPages(_Pages):
    folder, model = "messages", WorkflowCallback
    verbs = CALLBACK_VERBS
    checks = {"apply": against_applying}

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return callbacks.visible_to(request.user).select_related("ticket")


class BreakerPages(_Pages):
    folder, model = "breaker", WorkflowBreaker
    verbs = BREAKER_VERBS
    checks = {"reset": lambda row, by: breaker.against_reset(by=by)}

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return WorkflowBreaker.objects.all()


class DriftPages(_Pages):
    folder, model = "differences", SyncDrift
    verbs = DRIFT_VERBS
    checks = {
        "push": lambda row, by: compare.against_pushing(row, by=by),
        "pull": lambda row, by: compare.against_pulling(row, by=by),
        "ignore": lambda row, by: compare.against_ignoring(row, by=by),
    }

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return compare.visible_to(request.user).select_related("ticket")


class TicketPages(_Pages):
    folder, model = "tickets", Ticket
    verbs = TICKET_VERBS
    checks = {"push": lambda row, by: deliveries.against_pushing(row, by=by)}

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        user: Any = request.user
        return rules.visible_to(user).exclude(rules.only_asked_by(user))


PAGES: list[type[_Pages]] = [DeliveryPages, CallbackPages, BreakerPages, DriftPages, TicketPages]
