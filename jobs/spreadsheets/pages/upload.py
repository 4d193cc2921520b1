"""Step 1: what is in the file, the file, and templates to start from."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from audit.refusals import InvalidValues, Refused
from jobs import once
from jobs.models import Run
from jobs.spreadsheet_models import Spreadsheet
from jobs.spreadsheets import importing, templates
from jobs.spreadsheets.cells import Unreadable
from jobs.spreadsheets.exporting import CONTENT_TYPES, FORMATS
from jobs.spreadsheets.limits import Limits
from jobs.spreadsheets.pages import access, showing
from jobs.spreadsheets.resources import resource_of


class FilePages:
    """For the admin of imports."""

    admin_site: Any

    def new_view(self, request: HttpRequest) -> HttpResponse:
        """GET asks for a file and changes nothing; POST takes it in and leads to its columns."""
        if not access.importable(request.user):
            raise PermissionDenied
        if request.method == "POST":
            return self._take(request)
        return self._file_page(request, request.GET.get("kind", ""))

    def _take(self, request: HttpRequest) -> HttpResponse:
        turn = once.turn(request, "spreadsheet")
        if turn.made:
            return redirect("admin:jobs_spreadsheet_columns", turn.made)
        if turn.is_taken:
            # The first of a double click is still at it; its import stands in the list when it is done.
            return redirect("admin:jobs_spreadsheet_changelist")
        kind, errors = request.POST.get("kind", ""), self._errors(request)
        sheet = None
        if not errors:
            try:
                sheet = importing.receive(request.FILES["file"], kind=kind, by=access.by(request))
            except Unreadable as unreadable:
                errors = {"file": [str(unreadable)]}
            except (InvalidValues, Refused) as refused:
                errors = {"file": access.sentences_of(refused)}
        turn.finish(str(sheet.pk) if sheet else "")
        if sheet is None:
            return self._file_page(request, kind, errors)
        was_here = importing.same_as(sheet, by=access.by(request))
        return redirect("admin:jobs_spreadsheet_again" if was_here else "admin:jobs_spreadsheet_columns", sheet.pk)

    def _errors(self, request: HttpRequest) -> dict[str, list[str]]:
        errors = {}
        if request.POST.get("kind", "") not in [resource.kind for resource in access.importable(request.user)]:
            errors["kind"] = [_("Say what the file holds.")]
        if not isinstance(request.FILES.get("file"), UploadedFile):
            errors["file"] = [_("Choose a file.")]
        return errors

    def _file_page(
        self, request: HttpRequest, kind: str, errors: dict[str, list[str]] | None = None
    ) -> TemplateResponse:
        offered, limits, places = access.importable(request.user), Limits.of_settings(), {"kind": "id_kind"}
        problems = [
            (places.get(name, "id_file"), said) for name, sentences in (errors or {}).items() for said in sentences
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import a file"),
            "opts": Spreadsheet._meta,
            "steps": access.steps("file"),
            "kinds": offered,
            "kind": offered[0].kind if len(offered) == 1 else kind,
            "formats": FORMATS,
            "limits": limits.sentences(),
            "most_bytes": limits.max_bytes,
            "too_large": _("This file is too large: at most %(most)s.") % {"most": filesizeformat(limits.max_bytes)},
            "errors": errors or {},
            "problems": problems,
            "once": once.token(),
        }
        return TemplateResponse(request, "jobs/admin/spreadsheets/file.html", context, status=422 if errors else 200)

    def again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The same file was here before: whether it is meant."""
        sheet, _resource = access.sheet_for(request, pk)
        earlier = importing.same_as(sheet, by=access.by(request))
        if earlier is None:
            return redirect("admin:jobs_spreadsheet_columns", pk)
        may_see = access.seen_by(request.user).filter(pk=earlier.pk).exists()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import a file"),
            "opts": Spreadsheet._meta,
            "steps": access.steps("file", sheet),
            "sheet": sheet,
            "sentence": _was_loaded(earlier, request.user),
            "earlier_address": access.page_of(earlier) if may_see else "",
        }
        return TemplateResponse(request, "jobs/admin/spreadsheets/again.html", context)

    def template_view(self, request: HttpRequest, kind: str, file_format: str) -> HttpResponseBase:
        resource = resource_of(kind)
        if resource is None or not resource.may_import(request.user) or file_format not in FORMATS:
            raise Http404
        return FileResponse(
            templates.template_of(resource, file_format),
            as_attachment=True,
            filename=f"{kind}-template.{file_format}",
            content_type=CONTENT_TYPES[file_format],
        )


def _was_loaded(earlier: Spreadsheet, person: Any) -> str:
    """“You loaded this file on 3 May: 12 new, 3 refused.”"""
    given = {
        "day": date_format(timezone.localtime(earlier.uploaded_at), "j F Y"),
        "counts": showing.counts_words(earlier.run) if isinstance(earlier.run, Run) else _("not checked"),
        "who": earlier.uploaded_by.get_full_name(),
    }
    if earlier.uploaded_by_id == person.pk:
        return _("You loaded this file on %(day)s: %(counts)s.") % given
    return _("%(who)s loaded this file on %(day)s: %(counts)s.") % given


def new_address(kind: str = "") -> str:
    address = reverse("admin:jobs_spreadsheet_new")
    return f"{address}?kind={kind}" if kind else address
