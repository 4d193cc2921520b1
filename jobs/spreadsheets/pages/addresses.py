"""The addresses of imports and exports, and their lists: for the two admins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.admin import ReadOnlyAdmin
from jobs.models import RunRow
from jobs.spreadsheet_models import Export, Spreadsheet
from jobs.spreadsheets import lists
from jobs.spreadsheets.pages import access, showing
from jobs.spreadsheets.pages.columns import ColumnPages
from jobs.spreadsheets.pages.reading import ReadingPages
from jobs.spreadsheets.pages.running import RunningPages
from jobs.spreadsheets.pages.taking_out import ExportPages
from jobs.spreadsheets.pages.upload import FilePages

look_and_post = require_http_methods(["GET", "HEAD", "POST"])
Outcome = RunRow.Outcome


class ImportsAdmin(FilePages, ColumnPages, ReadingPages, RunningPages, ReadOnlyAdmin):
    """The list of imports and each one's pages. Whoever may bring something in comes here."""

    list_per_page = 25
    list_display = ["file_name"]
    export_columns = ["file_name", "what", "state", "estimated_rows", "file_size", "uploaded_by", "uploaded_at"]
    change_list_template = "jobs/admin/spreadsheets/list.html"
    show_full_result_count = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(access.importable(request.user))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description=gettext_lazy("what"))
    def what(self, sheet: Spreadsheet) -> str:
        return _title_of(sheet.kind)

    @admin.display(description=gettext_lazy("state"))
    def state(self, sheet: Spreadsheet) -> str:
        return str(showing.STATES[showing.state_of(sheet.run)][0])

    def get_queryset(self, request: HttpRequest) -> QuerySet[Spreadsheet]:
        return access.seen_by(request.user).select_related("run", "uploaded_by").defer("sample", "mapping", "found")

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, view: Callable[..., Any], allowed: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(allowed(view)), name=f"jobs_spreadsheet_{name}")

        pages = [
            page("new/", self.new_view, look_and_post, "new"),
            page("template/<slug:kind>/<slug:file_format>/", self.template_view, require_safe, "template"),
            page("<int:pk>/again/", self.again_view, require_safe, "again"),
            page("<int:pk>/columns/", self.columns_view, look_and_post, "columns"),
            page("<int:pk>/table/", self.table_view, require_POST, "table"),
            page("<int:pk>/check/", self.check_view, require_safe, "check"),
            page("<int:pk>/options/", self.options_view, require_POST, "options"),
            page("<int:pk>/settle/", self.settle_view, require_POST, "settle"),
            page("<int:pk>/apply/", self.apply_view, require_POST, "apply"),
            page("<int:pk>/rest/", self.rest_view, require_POST, "rest"),
            page("<int:pk>/cancel/", self.cancel_view, require_POST, "cancel"),
            page("<int:pk>/result/", self.result_view, require_safe, "result"),
            page("<int:pk>/refused/<slug:file_format>/", self.refused_view, require_safe, "refused"),
            page("<int:pk>/undo/", self.undo_view, look_and_post, "undo"),
        ]
        return [*pages, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and "cl" in (response.context_data or {}):
            context: Any = response.context_data
            changelist = context["cl"]
            # Or Unfold says beside the heading how many there are of how many.
            changelist.full_result_count = changelist.result_count
            last, at = changelist.paginator.num_pages, changelist.page_num
            context |= {
                "rows": _rows(list(changelist.result_list)),
                "can_import": True,
                "exports_address": reverse("admin:jobs_export_changelist") if access.may_take_out(request.user) else "",
                "previous": changelist.get_query_string({"p": at - 1}) if at > 1 else "",
                "next": changelist.get_query_string({"p": at + 1}) if at < last else "",
            }
        return response

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Leads to where the import stands. A POST is Django's, and refused by it."""
        found = self.get_object(request, object_id) if request.method in {"GET", "HEAD"} else None
        if found is None:
            return super().change_view(request, object_id, *args, **kwargs)
        return redirect(access.page_of(found))


def _rows(sheets: list[Spreadsheet]) -> list[dict[str, Any]]:
    """Each with where it stands. One statement for the counts of all, answered from an index."""
    keys = [sheet.run_id for sheet in sheets if sheet.run_id]
    counted: dict[Any, dict[str, int]] = {}
    grouped = RunRow.objects.filter(run_id__in=keys).order_by().values_list("run_id", "outcome")
    for run_id, outcome, count in grouped.annotate(Count("pk")):
        counted.setdefault(run_id, {})[outcome] = count
    return [_row(sheet, counted.get(sheet.run_id, {})) for sheet in sheets]


def _row(sheet: Spreadsheet, counts: dict[str, int]) -> dict[str, Any]:
    state = showing.state_of(sheet.run)
    word, _heading, look = showing.STATES[state]
    good = _("to do") if state in {"planned", "planning"} else _("not reached")
    words = [
        (_("done"), counts.get(Outcome.APPLIED, 0)),
        (good, counts.get(Outcome.GOOD, 0)),
        (_("unchanged"), counts.get(Outcome.SAME, 0)),
        (_("refused"), counts.get(Outcome.REFUSED, 0) + counts.get(Outcome.FAILED, 0)),
        (_("taken back"), counts.get(Outcome.UNDONE, 0)),
        (_("kept"), counts.get(Outcome.KEPT, 0)),
    ]
    return {
        "sheet": sheet,
        "address": access.page_of(sheet),
        "what": _title_of(sheet.kind),
        "word": word,
        "look": look,
        "counts": ", ".join(f"{count:,} {said}" for said, count in words if count),
    }


def _title_of(kind: str) -> str:
    resource = lists.named(kind)
    return str(resource.title) if resource else kind


class ExportsAdmin(ExportPages, ReadOnlyAdmin):
    """One's own exports. Whoever may take something out comes here."""

    list_per_page = 25
    list_display = ["kind"]
    export_columns = ["what", "total", "status", "created_at", "finished_at", "file_size"]
    change_list_template = "jobs/admin/spreadsheets/exports.html"
    show_full_result_count = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.may_take_out(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description=gettext_lazy("what"))
    def what(self, export: Export) -> str:
        return _title_of(export.kind)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Export]:
        return Export.objects.filter(asked_by_id=request.user.pk)

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, view: Callable[..., Any], allowed: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(allowed(view)), name=f"jobs_export_{name}")

        pages = [
            page("new/<slug:kind>/", self.new_view, look_and_post, "new"),
            page("<int:pk>/ready/", self.ready_view, require_safe, "ready"),
            page("<int:pk>/progress/", self.progress_view, require_safe, "progress"),
            page("<int:pk>/download/", self.download_view, require_safe, "download"),
        ]
        return [*pages, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and "cl" in (response.context_data or {}):
            context: Any = response.context_data
            context["cl"].full_result_count = context["cl"].result_count
            context |= {
                "rows": [{"export": export, "what": self.what(export)} for export in context["cl"].result_list],
                "kinds": access.exportable(request.user),
            }
        return response

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Leads to its page. A POST is Django's, and refused by it."""
        found = self.get_object(request, object_id) if request.method in {"GET", "HEAD"} else None
        if found is None:
            return super().change_view(request, object_id, *args, **kwargs)
        return redirect("admin:jobs_export_ready", found.pk)
