"""Steps 3 and 4: the plan of an import and what one decides about it, the result, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.refusals import InvalidValues, Refused
from jobs import heartbeat
from jobs.models import Run
from jobs.run_pages import progress_words
from jobs.spreadsheet_models import Spreadsheet
from jobs.spreadsheets import exporting, importing
from jobs.spreadsheets.exporting import CONTENT_TYPES, FORMATS
from jobs.spreadsheets.lines import FROM_FILE, FROM_HERE
from jobs.spreadsheets.pages import access, showing
from jobs.spreadsheets.resources import SheetResource
from jobs.spreadsheets.writing import Unwritable

ROWS_A_PAGE = 50


class RunningPages:
    """For the admin of imports."""

    admin_site: Any

    # Looking

    def check_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        sheet, resource = access.sheet_for(request, pk)
        return self._page_at("check", request, sheet, resource)

    def result_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        sheet, resource = access.sheet_for(request, pk)
        return self._page_at("result", request, sheet, resource)

    def _page_at(self, step: str, request: HttpRequest, sheet: Spreadsheet, resource: SheetResource) -> HttpResponse:
        if sheet.run is None or access.step_of(sheet) != step:
            return redirect(access.page_of(sheet))
        context = {
            **self.admin_site.each_context(request),
            **_shown(request, sheet, resource, sheet.run),
            "title": _("What would happen") if step == "check" else _("What happened"),
            "opts": Spreadsheet._meta,
            "steps": access.steps(step, sheet),
        }
        return TemplateResponse(request, "jobs/admin/spreadsheets/run.html", context)

    def refused_view(self, request: HttpRequest, pk: int, file_format: str) -> HttpResponseBase:
        """The refused rows as they came, with a column that says what is wrong with each."""
        sheet, resource = access.sheet_for(request, pk)
        if sheet.run is None or file_format not in FORMATS:
            raise Http404
        if file_format == "xlsx" and showing.refused_count(sheet.run) > exporting.AT_ONCE:
            messages.warning(request, _("So many rows are handed out as CSV alone."))
            return redirect(access.page_of(sheet))
        header = importing.refused_header(sheet.run)
        name = f"{sheet.file_name.rpartition('.')[0] or sheet.file_name} - {_('refused')}.{file_format}"
        try:
            made = exporting.content(str(resource.title), header, importing.refused_rows(sheet.run), file_format)
        except Unwritable as unwritable:
            messages.error(request, unwritable.sentence)
            return redirect(access.page_of(sheet))
        exporting.note_refused(sheet, by=request.user)
        return download(made, name, file_format)

    # Deciding

    def apply_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def go(run: Run) -> None:
            importing.apply(run, by=access.by(request), only_good="only_good" in request.POST)

        return self._decide(request, pk, go)

    def rest_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Goes on with the rows that an apply broken off did not come to."""
        return self._decide(request, pk, lambda run: importing.go_on(run, by=access.by(request)))

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def stop(run: Run) -> None:
            applied = access.is_applied(run)
            importing.cancel(run, by=access.by(request))
            said = _("Stopped. What was done already stays done.") if applied else _("Dropped. Nothing was changed.")
            messages.success(request, said)

        return self._decide(request, pk, stop)

    def options_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        _sheet, resource = access.sheet_for(request, pk)
        offered = resource.options_for(request.user)
        chosen = {option.name: f"option-{option.name}" in request.POST for option in offered}
        return self._decide(request, pk, lambda run: importing.with_options(run, chosen, by=access.by(request)))

    def settle_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The conflicts of a row, or without one all of them: "file" takes what the file says, "here" keeps ours."""
        take, given = request.POST.get("take", ""), request.POST.get("row", "")
        number = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None
        if take not in {FROM_FILE, FROM_HERE} or (given and number is None):
            raise Http404
        return self._decide(request, pk, lambda run: importing.settle(run, take, number=number, by=access.by(request)))

    def _decide(self, request: HttpRequest, pk: int, decision: Callable[[Run], Any]) -> HttpResponse:
        """Do it, say what is against it, and lead to where the import stands then."""
        sheet, _resource = access.sheet_for(request, pk)
        if sheet.run is None:
            return redirect(access.page_of(sheet))
        try:
            decision(sheet.run)
        except (Refused, InvalidValues) as refused:
            # The second of a double click finds what the first began: nothing is wrong.
            if showing.state_of(Run.objects.get(pk=sheet.run.pk)) not in showing.AT_WORK:
                access.say(request, refused)
        return redirect(access.page_of(access.sheet_for(request, pk)[0]))

    # Back

    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET says what will happen and changes nothing; POST begins it."""
        sheet, _resource = access.sheet_for(request, pk)
        if request.method == "POST":
            return self._decide(request, pk, lambda run: importing.undo(run, by=access.by(request)))
        if sheet.run is None or not _can_undo(sheet.run):
            return redirect(access.page_of(sheet))
        applied = sheet.run.rows.filter(outcome=showing.Outcome.APPLIED)
        made = applied.filter(action=showing.Action.NEW).count()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Take the import back"),
            "opts": Spreadsheet._meta,
            "sheet": sheet,
            "sentences": _undo_sentences(made, applied.count() - made),
            "button": _("Take it back"),
        }
        return TemplateResponse(request, "jobs/admin/spreadsheets/undo.html", context)


def _can_undo(run: Run) -> bool:
    """Whether something was done that can still be taken back."""
    if not (run.is_finished and access.is_applied(run)):
        return False
    until = importing.undo_until(run)
    return until is not None and until > timezone.now()


def _undo_sentences(made: int, changed: int) -> list[str]:
    found = []
    if made:
        said = ngettext("%(n)s row that came in is removed.", "%(n)s rows that came in are removed.", made)
        found.append(said % {"n": f"{made:,}"})
    if changed:
        said = ngettext(
            "%(n)s row that was changed gets its old values back.",
            "%(n)s rows that were changed get their old values back.",
            changed,
        )
        found.append(said % {"n": f"{changed:,}"})
    return [
        *found,
        _("What somebody has touched since stays as it is; you see which rows, with both versions."),
        _("The history keeps what happened, and that it was taken back."),
    ]


def download(made: Any, name: str, file_format: str) -> HttpResponseBase:
    """A file for the browser to keep, from pieces or from an open file."""
    kind = CONTENT_TYPES[file_format]
    if hasattr(made, "read"):
        return FileResponse(made, as_attachment=True, filename=name, content_type=kind)
    answer = StreamingHttpResponse(made, content_type=kind)
    answer.headers["Content-Disposition"] = str(content_disposition_header(True, name))
    return answer


def _shown(request: HttpRequest, sheet: Spreadsheet, resource: SheetResource, run: Run) -> dict[str, Any]:
    """Everything that the page shows."""
    state, show = showing.state_of(run), request.GET.get("show", "")
    found = showing.tallies(run)
    page = showing.PagesOfSort(run, show, found, ROWS_A_PAGE).get_page(request.GET.get("p"))
    counts = {tally.name: tally.count for tally in found}
    return {
        "sheet": sheet,
        "run": run,
        "state": state,
        "heading": _heading(state, counts),
        "at_work": state in showing.AT_WORK,
        "words": progress_words(run),
        "worker_is_there": heartbeat.is_alive(),
        "found": showing.found_words(sheet),
        "tallies": found,
        "sentences": _sentences(run, state, counts, resource),
        "page": page,
        "rows": showing.rows_shown(resource, page.object_list),
        "shows": _tabs(found, show),
        "show": show if show in counts else "",
        "can_act": True,
        "can_settle": state == "planned",
        "refused": counts.get("refused", 0),
        "conflicts": counts.get("conflicts", 0),
        "formats": FORMATS,
        **_offered(request, sheet, resource, run, state, counts),
    }


def _offered(
    request: HttpRequest, sheet: Spreadsheet, resource: SheetResource, run: Run, state: str, counts: dict[str, int]
) -> dict[str, Any]:
    """What one can do about it."""
    good = counts.get("new", 0) + counts.get("changed", 0)
    on = sheet.mapping.get("options", {})
    options = [
        {"name": option.name, "title": option.title, "help": option.help, "is_on": bool(on.get(option.name))}
        for option in resource.options_for(request.user)
    ]
    return {
        "options": options,
        "apply_words": _apply_words(good, counts.get("refused", 0)) if state == "planned" and good else "",
        "rest_words": _("Go on with the rest") if state in {"stopped", "failed"} and good else "",
        "can_undo": _can_undo(run),
        "list_address": _list_address(resource) if access.is_applied(run) else "",
        "list_words": _("To the list"),
    }


#: So many refused rows are looked at for words that can be given a meaning.
_LOOKED_AT = 500


def _has_unknown_words(run: Run, resource: SheetResource) -> bool:
    """Whether a row is refused for a word of ours that it isn't, and not because it may not be said."""
    ours = {
        column.name: {each.casefold() for each in column.choices()} for column in resource.columns if column.choices
    }
    return any(
        str(cells.get(name) or "").strip().casefold() not in {"", *ours[name]}
        for cells, errors in showing.refused_for_words(run, ours, _LOOKED_AT)
        for name in errors.keys() & ours.keys()
    )


def _heading(state: str, counts: dict[str, int]) -> str:
    if state == "done" and counts.get("refused"):
        return _("Done, with some left as they were")
    if state == "undone" and counts.get("kept"):
        return _("Taken back, but for what somebody touched since")
    return str(showing.STATES[state][1])


def _sentences(run: Run, state: str, counts: dict[str, int], resource: SheetResource) -> list[str]:
    found = [str(run.last_error)] if run.last_error else []
    if state == "planned" and counts.get("conflicts"):
        found.append(_("Some cells were changed here after the file was exported. Say for each whose word counts."))
    if state == "planned" and counts.get("refused") and _has_unknown_words(run, resource):
        found.append(_("Some words are not known here. Under “Columns” you can say what they stand for."))
    if state == "planned" and not (counts.get("new") or counts.get("changed")):
        same = _("Everything in the file is here already.") if not counts.get("refused") else ""
        found.append(same or _("None of the rows can be taken as it is. Each says why."))
    if state == "done" and counts.get("refused"):
        found.append(_("The refused rows were left out."))
    return found


def _apply_words(good: int, refused: int) -> str:
    if refused:
        return ngettext("Apply the good row", "Apply the %(n)s good rows", good) % {"n": f"{good:,}"}
    return ngettext("Apply the row", "Apply %(n)s rows", good) % {"n": f"{good:,}"}


def _tabs(found: list[showing.Tally], show: str) -> list[dict[str, Any]]:
    total = sum(tally.count for tally in found if tally.sort in showing.SORTS)
    every = {
        "name": "",
        "word": _("All"),
        "count_words": f"{total:,}",
        "is_current": show not in {t.name for t in found},
    }
    return [
        every,
        *(
            {"name": tally.name, "word": tally.word, "count_words": tally.count_words, "is_current": tally.name == show}
            for tally in found
        ),
    ]


def _list_address(resource: SheetResource) -> str:
    model = resource.model
    if model not in admin.site._registry:
        return ""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
