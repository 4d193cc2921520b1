"""Categories and their extra fields, edited by admins on one page, with a preview of the form as people will see it.

Neither a category nor a field is ever deleted, only retired: tickets have values under them. Key and kind of a stored
field stay for the same reason.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from audit.admin import HouseAdmin
from audit.history import note
from audit.refusals import StaleVersion
from tickets.admin import category_history
from tickets.admin.category_forms import CategoryForm, FieldForms, field_forms
from tickets.forms import RequestForm
from tickets.models import CategoryField, Ticket, TicketCategory

#: Of how many of its newest tickets a category says which fields they use.
USE_SAMPLE = 10_000


@admin.register(TicketCategory)
class TicketCategoryAdmin(HouseAdmin):
    list_display = ["named", "assigned_department", "default_priority", "fields_count", "position", "is_active"]
    list_display_links = ["named"]
    list_filter = ["is_active", "assigned_department"]
    list_select_related = ["assigned_department"]
    search_fields = ["name", "description"]

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def named(self, category: TicketCategory) -> str:
        return category.name

    @admin.display(description=gettext_lazy("extra fields"), ordering="asked_fields")
    def fields_count(self, category: TicketCategory) -> str:
        count = category.asked_fields  # type: ignore[attr-defined]  # annotated below
        return format_html('<span class="bo-number">{}</span>', count)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TicketCategory]:
        asked = Count("fields", filter=Q(fields__is_active=True))
        return super().get_queryset(request).annotate(asked_fields=asked)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        preview = self.admin_site.admin_view(require_POST(self.preview_view))
        return [path("preview/", preview, name="tickets_ticketcategory_preview"), *super().get_urls()]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        category = self._found(request, object_id)
        return redirect(f"{self._page_of(category)}#history-title")

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if object_id is None and not self.has_add_permission(request):
            raise PermissionDenied
        category = TicketCategory() if object_id is None else self._found(request, object_id)
        if request.method != "POST":
            more = 1 if object_id is None else 0
            return self._page(request, category, CategoryForm(instance=category), field_forms(category, more=more))
        allowed = self.has_add_permission(request) if object_id is None else self.has_change_permission(request)
        if not allowed:
            raise PermissionDenied
        form, fields = CategoryForm(request.POST, instance=category), field_forms(category, request.POST)
        if request.POST.get("step") == "add-field":
            return self._page(request, category, form, field_forms(category, _one_more(request.POST)))
        # Both, so that everything that is wrong is said at once.
        if all([form.is_valid(), fields.is_valid()]):
            try:
                return self._save(request, form, fields)
            except StaleVersion as stale:
                form.add_error(None, str(stale))
        return self._page(request, category, form, fields)

    def _found(self, request: HttpRequest, object_id: str) -> TicketCategory:
        found: TicketCategory | None = self.get_object(request, object_id)
        if found is None:
            raise Http404
        if not self.has_view_or_change_permission(request, found):
            raise PermissionDenied
        return found

    def _save(self, request: HttpRequest, form: CategoryForm, fields: FieldForms) -> HttpResponse:
        is_new, reason = form.instance.pk is None, form.cleaned_data["reason"].strip()
        changed = [each for each in fields.forms if each.has_changed()]
        with transaction.atomic():
            category: TicketCategory = form.save(commit=False)
            if is_new or set(form.changed_data) - {"reason", "read_version"}:
                note(category, by=request.user, verb="add" if is_new else "change", reason=reason)
                category.save()
            for each in changed:
                field: CategoryField = each.save(commit=False)
                field.category = category
                note(field, by=request.user, verb="add" if field.pk is None else "change", reason=reason)
                field.save()
        messages.success(request, _("“%(name)s” is saved.") % {"name": category.name})
        return redirect(self._page_of(category))

    def _page_of(self, category: TicketCategory) -> str:
        return reverse("admin:tickets_ticketcategory_change", args=[category.pk])

    def _page(
        self, request: HttpRequest, category: TicketCategory, form: CategoryForm, fields: FieldForms
    ) -> HttpResponse:
        fields.offer_dates()
        stored = bool(category.pk)
        can_change = self.has_change_permission(request) if stored else self.has_add_permission(request)
        tells = stored and request.user.has_perm("tickets.view_historicalticketcategory")
        context = {
            **self.admin_site.each_context(request),
            # What is stored: the form may hold another name that nobody has saved.
            "title": TicketCategory.objects.get(pk=category.pk).name if stored else _("New category"),
            "opts": self.model._meta,
            "category": category,
            "stored": stored,
            "form": form,
            "fields": fields,
            "used": used(category) if stored else {},
            "can_change": can_change,
            "history": category_history.of_category(category) if tells else [],
            "has_errors": bool(form.errors or fields.total_error_count()),
        }
        status = 422 if context["has_errors"] else 200
        return TemplateResponse(request, "tickets/admin/category.html", context, status=status)

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """The form as a requester would see it, from what stands on the page and is not saved. Writes nothing."""
        asked = request.POST.get("category", "")
        category = self._found(request, asked) if asked else TicketCategory()
        if not (self.has_change_permission(request) if asked else self.has_add_permission(request)):
            raise PermissionDenied
        form, fields = CategoryForm(request.POST, instance=category), field_forms(category, request.POST)
        # Each is asked, though neither must be right: what can be shown is shown.
        form.is_valid()
        fields.is_valid()
        shown = [each.as_it_would_be for each in fields.forms if each.as_it_would_be and each.as_it_would_be.is_active]
        shown.sort(key=lambda field: field.position)
        context = {
            "category": form.instance,
            "form": RequestForm(form.instance, fields=shown, auto_id="preview_%s"),
            "left_out": len([each for each in fields.forms if each.has_changed() and each.as_it_would_be is None]),
        }
        return TemplateResponse(request, "tickets/admin/category_preview.html", context)


def _one_more(posted: Any) -> Any:
    """What was posted, with room for one field more."""
    data = posted.copy()
    total = data.get("fields-TOTAL_FORMS", "0")
    data["fields-TOTAL_FORMS"] = str(int(total) + 1) if total.isascii() and total.isdigit() and len(total) < 4 else "1"
    return data


def used(category: TicketCategory) -> dict[int, int]:
    """How many of a category's newest tickets have a value in each field, by the field's key. One statement."""
    fields = list(category.fields.values_list("pk", "key"))
    newest = Ticket.objects.filter(category=category).order_by("-pk").values("pk")[:USE_SAMPLE]
    having = {f"field_{pk}": Count("pk", filter=Q(dynamic_data__has_key=key)) for pk, key in fields}
    found = Ticket.objects.filter(pk__in=newest).aggregate(**having) if having else {}
    return {pk: found[f"field_{pk}"] for pk, _key in fields}
