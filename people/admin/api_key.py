"""API keys: the list, the page that makes one and shows its secret once, the page of each with "revoke"."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.admin import HistoryAdmin, HistoryLink, ReadOnlyAdmin
from audit.verb_pages import Verb, VerbForm, VerbPages, obstacles
from jobs.secret_pages import SecretPages
from people import api_keys
from people.enums import EMAIL_LENGTH, Scope
from people.models import ApiKey, Employee


class MakeForm(VerbForm):
    optional: ClassVar[frozenset[str]] = frozenset({"expires_on"})

    name = forms.CharField(
        label=gettext_lazy("Name"), help_text=gettext_lazy("What it is for, such as “Backups” or “Monitoring”.")
    )
    person = forms.CharField(
        label=gettext_lazy("Acts as"),
        help_text=gettext_lazy(
            "E-mail or company ID: yourself, or somebody who is no staff. It may do what this person may, and dies "
            "while their account is not approved. Best is an account made for the program."
        ),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("May be used to"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    expires_on = forms.DateField(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("From the next day on it opens nothing. Without one it is good until it is revoked."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def values(self) -> dict[str, Any]:
        given = super().values()
        return {**given, "person": _named(given["person"])}


def _named(text: str) -> Employee | None:
    """Whose address or company ID that is."""
    text = text.strip()[: EMAIL_LENGTH[1]]
    by_id = Employee.objects.filter(company_id=text.upper()).first()
    return by_id or Employee.objects.with_address(text).first()


class RevokeForm(VerbForm):
    optional: ClassVar[frozenset[str]] = frozenset({"reason"})

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Kept in the history."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


REVOKE = Verb(
    "revoke",
    api_keys.revoke,
    title=gettext_lazy("Revoke"),
    sentence=lambda key: _("From now on the key opens nothing. That can't be undone; you can make another one."),
    done=lambda key: _("The key is revoked."),
    form=RevokeForm,
    danger=True,
)


@admin.register(ApiKey)
class ApiKeyAdmin(HistoryLink, SecretPages, VerbPages, ReadOnlyAdmin):
    list_display = ["name", "begins_with", "person", "scope_words", "state", "last_used_at", "created_at"]
    list_filter = ["created_at", "last_used_at"]
    list_select_related = ["person"]
    search_fields = ["name", "prefix", "person__email", "person__company_id"]
    search_help_text = gettext_lazy("Name, beginning of the key, or whom it acts as")
    show_full_result_count = False

    verbs = (REVOKE,)
    checks = api_keys.CHECKS
    make_form = MakeForm
    make_title = gettext_lazy("Make an API key")
    make_sentence = gettext_lazy("For a program that calls the API without signing in. You see the key once.")
    secret_label = gettext_lazy("API key")
    secret_sentence = gettext_lazy("The program sends it with each call, as “Authorization: Bearer …”.")

    @admin.display(description=gettext_lazy("key"), ordering="prefix")
    def begins_with(self, key: ApiKey) -> str:
        return key.shown_prefix

    @admin.display(description=gettext_lazy("scopes"))
    def scope_words(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @admin.display(description=gettext_lazy("state"))
    def state(self, key: ApiKey) -> str:
        return state_of(key)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return not api_keys.against_make(request.user)

    def make_initial(self, request: HttpRequest) -> dict[str, Any]:
        return {"scopes": [Scope.READ]}

    def make(self, *, by: Any, **values: Any) -> tuple[ApiKey, str]:
        return api_keys.make(by=by, **values)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A page of its own. A POST is Django's, and refused by it; so is what is not there, or not for them."""
        key = self.get_object(request, object_id) if request.method in {"GET", "HEAD"} else None
        if key is None:
            return super().change_view(request, object_id, form_url, extra_context)
        if not self.has_view_permission(request, key):
            raise PermissionDenied
        buttons = self.buttons(key, request.user)
        context = {
            **self.admin_site.each_context(request),
            "title": key.name,
            "opts": self.model._meta,
            "object": key,
            "key": key,
            "state": state_of(key),
            "allowed": [button for button in buttons if button.is_allowed],
            "obstacles": obstacles(buttons, wrong_state=_("This key was revoked already.")),
        }
        return TemplateResponse(request, "people/admin/api_key.html", context)


def state_of(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return _("revoked")
    if key.expires_at is not None and key.expires_at <= timezone.now():
        return _("run out")
    if not key.person.is_active:
        return _("dead: the account is not approved")
    is_allowed = api_keys.is_own_or_plain(key.person, made_by=key.made_by_id)
    return _("in use") if is_allowed else _("dead: the account has become staff")


@admin.register(ApiKey.history.model)
class ApiKeyHistoryAdmin(HistoryAdmin):
    list_display = ["history_date", "name", "prefix", "verb", "history_user", "actor_name", "history_change_reason"]
    search_fields = ["name", "prefix", "history_user__email"]
