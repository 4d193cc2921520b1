"""The page of an export: which columns, which format, how many rows; and the page of one that the worker makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import SuspiciousOperation
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit import events
from audit.models import AuditEvent
from jobs import heartbeat
from jobs.spreadsheet_models import EXPORT_KEPT_FOR, Export
from jobs.spreadsheets import exporting, lists
from jobs.spreadsheets.columns import Column
from jobs.spreadsheets.exporting import CONTENT_TYPES, FORMATS, Listed
from jobs.spreadsheets.outgoing import Outgoing
from jobs.spreadsheets.pages import access
from jobs.spreadsheets.pages.running import download
from jobs.spreadsheets.writing import Unwritable, refuse_too_many

#: Of the list's address; no list has a longer one.
LONGEST_QUERY = 2_000


class ExportPages:
    """For the admin of exports."""

    admin_site: Any

    def new_view(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """GET asks and changes nothing; POST hands the file out, or has the worker make it. The address carries the
        list's own question."""
        resource = lists.named(kind)
        if resource is None or not resource.may_export(request.user):
            raise Http404
        query = request.META.get("QUERY_STRING", "")
        if len(query) > LONGEST_QUERY:
            # Cut, it would be a list of more than was looked at.
            raise SuspiciousOperation("The list's question is too long.")
        rows = _listed(resource, query, request.user)
        if request.method != "POST":
            return self._form(request, resource, rows, resource.ticked_for(request.user), "xlsx", [])
        columns = exporting.columns_of(resource, request.POST.getlist("columns"), by=request.user)
        file_format = request.POST.get("format", "")
        if not columns or file_format not in FORMATS:
            problem = ("id_columns", _("Tick the columns that you want."))
            return self._form(request, resource, rows, [], file_format or "xlsx", [problem])
        total = rows.count()
        try:
            if file_format == "xlsx":
                refuse_too_many(total)
        except Unwritable as unwritable:
            names = [column.name for column in columns]
            return self._form(request, resource, rows, names, file_format, [("format-csv", unwritable.sentence)])
        if total > exporting.AT_ONCE:
            export = exporting.start(
                resource, by=access.by(request), query=query, columns=columns, file_format=file_format, total=total
            )
            return redirect("admin:jobs_export_ready", export.pk)
        return self._at_once(request, resource, rows, total, columns, file_format, query)

    def _at_once(
        self,
        request: HttpRequest,
        resource: Outgoing,
        rows: Listed,
        total: int,
        columns: Sequence[Column],
        file_format: str,
        query: str,
    ) -> HttpResponseBase:
        names = [column.name for column in columns]
        header, values = exporting.header_of(columns), exporting.rows_of(columns, rows)
        try:
            made = exporting.content(str(resource.title), header, values, file_format)
        except Unwritable as unwritable:
            return self._form(request, resource, rows, names, file_format, [("format-csv", unwritable.sentence)])
        exporting.note(resource, total, by=request.user, filters=query, columns=names, format=file_format)
        return download(made, exporting.file_name(resource, file_format), file_format)

    def _form(
        self,
        request: HttpRequest,
        resource: Outgoing,
        rows: Listed,
        ticked: Sequence[str],
        file_format: str,
        problems: Sequence[tuple[str, str]],
    ) -> TemplateResponse:
        total = rows.count()
        query = request.META.get("QUERY_STRING", "")
        is_narrowed = bool(query) and total != resource.exported(request.user).count()
        said = ngettext("%(n)s row", "%(n)s rows", total) % {"n": f"{total:,}"}
        context = {
            **self.admin_site.each_context(request),
            "title": _("Export: %(what)s") % {"what": resource.title},
            "opts": Export._meta,
            "rows_words": _("%(rows)s, as the list is filtered.") % {"rows": said} if is_narrowed else said,
            "columns": [
                {"name": column.name, "title": column.title, "is_on": column.name in ticked}
                for column in resource.columns_for(request.user)
            ],
            "comes_back": resource.comes_back,
            "format": file_format,
            "in_background": total > exporting.AT_ONCE,
            "here": request.get_full_path(),
            "back": list_address(resource, query) or reverse("admin:jobs_export_changelist"),
            "problems": problems,
        }
        status = 422 if problems else 200
        return TemplateResponse(request, "jobs/admin/spreadsheets/export.html", context, status=status)

    def ready_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        export, resource = access.export_for(request, pk)
        is_over = export.is_finished
        context = {
            **self.admin_site.each_context(request),
            "title": _("Export: %(what)s") % {"what": resource.title},
            "opts": Export._meta,
            "export": export,
            "at_work": not is_over,
            "words": _progress(export),
            "worker_is_there": heartbeat.is_alive(),
            "sentences": _sentences(export) if is_over else [],
            "download_words": _("Download the %(format)s file") % {"format": export.params["format"].upper()},
            "list_address": list_address(resource, export.params["filters"]),
        }
        return TemplateResponse(request, "jobs/admin/spreadsheets/exported.html", context)

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        export, _resource = access.export_for(request, pk)
        return JsonResponse(
            {
                "status": export.status,
                "done": export.done,
                "total": export.total,
                "finished": export.is_finished,
                "words": _progress(export),
            }
        )

    def download_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        export, resource = access.export_for(request, pk)
        if not exporting.is_still_theirs(export, request.user):
            raise Http404
        if not export.is_there:
            return redirect("admin:jobs_export_ready", pk)
        file_format = export.params["format"]
        try:
            opened = export.file.open("rb")
        except OSError:
            raise Http404 from None
        events.record(AuditEvent.Kind.DOWNLOADED, by=access.by(request), about=export, what=export.kind)
        name = exporting.file_name(resource, file_format)
        return FileResponse(opened, as_attachment=True, filename=name, content_type=CONTENT_TYPES[file_format])


def _listed(resource: Outgoing, query: str, person: Any) -> Listed:
    """The rows of the list at that address; what the list can't be asked for is answered as there."""
    try:
        return exporting.listed(resource, query, by=person)
    except IncorrectLookupParameters as incorrect:
        raise DisallowedModelAdminLookup(str(incorrect)) from incorrect
    except exporting.UNFIT as unfit:
        raise SuspiciousOperation(str(unfit)) from unfit


def list_address(resource: Outgoing, query: str = "") -> str:
    """The list of these rows in the back office; "" where there is none."""
    model = resource.model
    if model not in admin.site._registry:
        return ""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{address}?{query}" if query else address


def _progress(export: Export) -> str:
    return _("%(done)s of %(total)s rows written") % {"done": f"{export.done:,}", "total": f"{export.total:,}"}


def _sentences(export: Export) -> list[str]:
    if export.status != Export.Status.DONE:
        return [_("It could not be made. Export again."), *([export.last_error] if export.last_error else [])]
    rows = ngettext("%(n)s row is in the file.", "%(n)s rows are in the file.", export.total)
    found = [rows % {"n": f"{export.total:,}"}]
    if export.is_there and export.finished_at:
        until = date_format(timezone.localtime(export.finished_at + EXPORT_KEPT_FOR), "j F, H:i")
        return [*found, _("It can be fetched until %(until)s.") % {"until": until}]
    return [*found, _("Its time is over and the file is gone. Export again.")]
