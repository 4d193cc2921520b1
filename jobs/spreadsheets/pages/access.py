"""Who comes to which page, and where on the way of an import they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from audit.refusals import InvalidValues, Refused
from jobs.models import Run
from jobs.spreadsheet_models import Export, Spreadsheet
from jobs.spreadsheets import lists
from jobs.spreadsheets.outgoing import Outgoing
from jobs.spreadsheets.resources import SheetResource, resource_of, resources_for

Phase = Run.Phase


def by(request: HttpRequest) -> Any:
    """Who asks. Signed in: the admin lets nobody else in."""
    return request.user


def importable(person: Any) -> list[SheetResource]:
    """What this person may bring in."""
    return sorted((each for each in resources_for(person) if each.may_import(person)), key=_title)


def exportable(person: Any) -> list[SheetResource]:
    """What this person may take out and load again."""
    return sorted((each for each in resources_for(person) if each.may_export(person)), key=_title)


def may_take_out(person: Any) -> bool:
    """Whether there is any list at all that they may have as a file."""
    return bool(exportable(person)) or lists.any_for(person)


def _title(resource: SheetResource) -> str:
    return str(resource.title)


def seen_by(person: Any) -> QuerySet[Spreadsheet]:
    """One's own imports; all of them for who may see all runs. Of the kinds that one may import."""
    kinds = [resource.kind for resource in importable(person)]
    found = Spreadsheet.objects.filter(kind__in=kinds)
    return found if person.has_perm("jobs.view_run") else found.filter(uploaded_by_id=person.pk)


def sheet_for(request: HttpRequest, pk: int) -> tuple[Spreadsheet, SheetResource]:
    """An import that this person may see and work on; 404 for any other."""
    sheet = seen_by(request.user).select_related("run", "uploaded_by").filter(pk=pk).first()
    resource = resource_of(sheet.kind) if sheet else None
    if sheet is None or resource is None:
        raise Http404
    return sheet, resource


def export_for(request: HttpRequest, pk: int) -> tuple[Export, Outgoing]:
    """One's own export, while one may export such rows; 404 for any other."""
    export = Export.objects.filter(pk=pk, asked_by_id=request.user.pk).first()
    resource = lists.named(export.kind) if export else None
    if export is None or resource is None or not resource.may_export(request.user):
        raise Http404
    return export, resource


def say(request: HttpRequest, refused: Refused | InvalidValues) -> None:
    for sentence in sentences_of(refused):
        messages.error(request, sentence)


def sentences_of(refused: Refused | InvalidValues) -> list[str]:
    if isinstance(refused, Refused):
        return [str(reason.sentence) for reason in refused.reasons]
    return [str(sentence) for said in refused.errors.values() for sentence in said]


@dataclass(frozen=True)
class Step:
    """`address` is "" where one can't go now."""

    word: str
    address: str
    is_done: bool = False
    is_current: bool = False


STEPS = ("file", "columns", "check", "result")


def steps(current: str, sheet: Spreadsheet | None = None) -> Sequence[Step]:
    """The four steps, with links to those behind and before one that there are."""
    words = {"file": _("File"), "columns": _("Columns"), "check": _("Check"), "result": _("Result")}
    at = STEPS.index(current)
    reached = STEPS.index(step_of(sheet)) if sheet else 0
    found = []
    for index, name in enumerate(STEPS):
        can_go = sheet is not None and index != at and name in open_steps(sheet)
        address = reverse(f"admin:jobs_spreadsheet_{name}", args=[sheet.pk]) if sheet and can_go else ""
        found.append(Step(words[name], address, is_done=index < max(at, reached), is_current=index == at))
    return found


def step_of(sheet: Spreadsheet) -> str:
    """Where an import stands."""
    if sheet.run is None:
        return "columns"
    return "result" if is_applied(sheet.run) else "check"


def open_steps(sheet: Spreadsheet) -> set[str]:
    """Steps with a page of their own now: what was applied is not matched or checked any more."""
    return {"result"} if step_of(sheet) == "result" else {"columns", step_of(sheet)}


def is_applied(run: Run) -> bool:
    """Whether somebody said go: from then on the rows say what was done, not what would be."""
    return run.phase in {Phase.APPLY, Phase.UNDO}


def page_of(sheet: Spreadsheet) -> str:
    """The address of where an import stands."""
    return reverse(f"admin:jobs_spreadsheet_{step_of(sheet)}", args=[sheet.pk])
