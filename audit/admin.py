"""The record in the back office: everybody with the permission reads it, nobody changes it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.contenttypes.models import ContentType
from django.db import DataError, models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.views import ChangeList

from audit import events
from audit.history import note
from audit.models import AuditEvent
from audit.refusals import StaleVersion


class HouseList(ChangeList):
    """Unfold writes "N results (Show all)" beside the heading of every list that isn't counted whole; here only where
    the list is narrowed and there is more to show."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not (self.query or self.has_active_filters):
            self.full_result_count = self.result_count


class HouseAdmin(ModelAdmin):
    """What every page of the back office holds to, whether one may change something there or only look."""

    actions = None
    # Unfold's list asks for this twice a row; where it is missing, Django looks through the whole class each time.
    list_sections: list[Any] = []
    #: What of a list goes into a spreadsheet, by names as in list_display. None: what the list and the page of a row
    #: show; []: nothing, for a page that is no list of rows.
    export_columns: list[str] | None = None

    #: What a list may be narrowed by from its address, besides its filters: the "History" button needs it.
    _LOOKUPS = frozenset({"id__exact"})
    #: How Django's filters end their names.
    _ENDS = ("", "__exact", "__id__exact", "__isnull", "__gte", "__lt")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what the filters on the page ask. Django allows every column and relation of the model: hashes of
        passwords could be guessed a character at a time, notes by their first words, and a regular expression of
        somebody's own would run against every row."""
        names = [_name_of_filter(each) for each in self.get_list_filter(request)]
        return lookup in self._LOOKUPS | {name + end for name in names for end in self._ENDS}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return HouseList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        try:
            return super().changelist_view(request, extra_context)
        except (ValueError, OverflowError, DataError):
            # A value that the database can't even compare with (year 99999999, NUL) is a slip or worse, no fault of
            # ours. Without an address to blame it is one.
            if not request.GET or "e" in request.GET:
                raise
            return redirect(f"{request.path}?e=1")


def _name_of_filter(listed: Any) -> str:
    """A column, a pair of a column and how it is filtered, or a filter that reads its own parameter."""
    if isinstance(listed, str):
        return listed
    return str(listed[0]) if isinstance(listed, tuple | list) else str(listed.parameter_name)


class ReadOnlyAdmin(HouseAdmin):
    """A page to look at. No add, change, delete, actions or inlines, whoever asks."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class AboutColumn:
    """For the list of a model that is `about` something by content type and key: a column that names it and leads to
    it."""

    @staticmethod
    def with_subjects(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """For the admin's get_queryset; one statement for each kind of thing."""
        return rows.prefetch_related("about")

    @admin.display(description=_("about"))
    def subject_of(self, row: Any) -> str:
        """“TX0061 A laptop”; of what is gone its kind and key, of what is about nothing nothing."""
        if row.about_type_id is None:
            return ""
        if row.about is None:
            # Not asked for again in every row.
            return f"{ContentType.objects.get_for_id(row.about_type_id).name} {row.about_id}".capitalize()
        meta = row.about._meta
        try:
            address = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.about_id])
        except NoReverseMatch:
            return str(row.about)
        return format_html('<a href="{}">{}</a>', address, row.about)


class VersionedForm(forms.ModelForm):
    """A form that remembers which version it shows, so that of two people who edit at once the second is told."""

    read_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["read_version"].initial = self.instance.version

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        read = (cleaned or {}).get("read_version")
        if self.instance.pk is not None and read != self.instance.version:
            raise forms.ValidationError(
                _("Somebody else has changed this since you opened it. Open it again to see how it is now.")
            )
        return cleaned


class EditingAdmin(HouseAdmin):
    """A page on which rows are changed by a form. Rows are retired, not deleted: old ones name them."""

    form = VersionedForm

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        fields = list(super().get_fields(request, obj))
        return fields if "read_version" in fields else [*fields, "read_version"]

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def changeform_view(self, request: HttpRequest, object_id: Any = None, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, object_id, *args, **kwargs)
        except StaleVersion as stale:
            messages.error(request, str(stale))
            return redirect(request.path)

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        note(obj, by=request.user, verb="change" if change else "add")
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for row in formset.save(commit=False):
            note(row, by=request.user, verb="change" if row.pk else "add")
            row.save()
        formset.save_m2m()


class ReadOnlyInline(TabularInline):
    """Rows of something else on a page to look at."""

    extra = 0
    can_delete = False
    hide_title = True

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class HistoryAdmin(ReadOnlyAdmin):
    """The history of a model as a list to read: who did what to which row, why, and from where."""

    list_filter = ["verb", "actor_name", "history_date"]
    list_select_related = ["history_user"]
    ordering = ["-history_date", "-history_id"]
    show_full_result_count = False


class HistoryLink:
    """For the admin of a model with `history`: its "History" button leads to the rows of that object.

    Django's own history page knows nothing of what verbs, timers and other systems do.
    """

    model: type[models.Model]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        historical = self.model.history.model._meta  # type: ignore[attr-defined]  # simple-history's
        address = reverse(f"admin:{historical.app_label}_{historical.model_name}_changelist")
        return redirect(f"{address}?{urlencode({'id__exact': object_id})}")


@admin.register(AuditEvent)
class AuditEventAdmin(AboutColumn, ReadOnlyAdmin):
    list_display = ["occurred_at", "kind", "who", "subject_of", "ip_address"]
    list_filter = ["kind", "actor_name", "occurred_at"]
    list_select_related = ["actor"]
    search_fields = ["actor__email", "actor__company_id", "ip_address", "request_id"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[AuditEvent]:
        return self.with_subjects(events.visible_to(request.user))

    @admin.display(description=_("by"), ordering="actor")
    def who(self, event: AuditEvent) -> str:
        return str(event.actor or event.actor_name)
