"""What a person does with a file: load it, say how its columns are taken, have every row checked, apply, take back.

sheet = receive(file, kind="people", by=clerk)      # read as far as its header; the columns are matched
mapped(sheet, mapping, by=clerk)                    # corrected by hand
run = check(sheet, by=clerk)                        # the worker reads and plans every row
apply(run, by=clerk)                                # the good rows
undo(run, by=clerk)                                 # whatever nobody touched since

Every verb asks anew whether the person may, and raises Refused or InvalidValues. The row of a file is committed before
its bytes are stored, so that no crash leaves bytes that no row names; `sweep` finds what was broken off.
"""

from __future__ import annotations

import hashlib
import logging
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, BinaryIO

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.files import File
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.events import record
from audit.models import AuditEvent
from audit.refusals import InvalidValues, Reason, Refused, refuse
from jobs import outbox, runs
from jobs.models import Run, RunRow
from jobs.spreadsheet_models import ColumnMemory, Spreadsheet
from jobs.spreadsheets import mapping as mappings
from jobs.spreadsheets import tables
from jobs.spreadsheets.cells import Cell, Unreadable
from jobs.spreadsheets.lines import CELLS, FAULT, FROM_FILE, FROM_HERE, SAID, TAKE
from jobs.spreadsheets.matching import shape_of
from jobs.spreadsheets.reading import Chosen, Found, Sheet, open_sheet
from jobs.spreadsheets.resources import SheetResource, resource_of

logger = logging.getLogger(__name__)

_NAME_LENGTH = 255
#: Whatever is still being stored after this time was broken off.
STORING_FOR = timedelta(hours=1)

Phase = Run.Phase
Outcome = RunRow.Outcome
_REFUSED = [Outcome.REFUSED, Outcome.FAILED]
_BEFORE_APPLY = (Phase.READ, Phase.PLAN)


# The file


def receive(file: Any, *, kind: str, by: AbstractBaseUser, name: str = "") -> Spreadsheet:
    """Keep a file (an upload, or one that is open) and match its columns. Never inside a transaction, which would keep
    its row from being there before its bytes. Raises Unreadable with a sentence for a file that can't be taken."""
    resource = _resource_for(kind, by)
    name = _plain_name(name or getattr(file, "name", "") or "")
    file.seek(0)
    sheet = Spreadsheet(kind=kind, file_name=name, uploaded_by_id=by.pk)
    tables.note(sheet, tables.opened_well(file, name, resource), resource)
    sheet.file_size, sheet.digest = _measured(file)
    # One of ours: it stores under a key that is given to it, which Django's storages do not.
    storage: Any = sheet.file.storage
    sheet.file.name = storage.new_key(sheet.file.field.generate_filename(sheet, name))
    sheet.save(force_insert=True)
    file.seek(0)
    storage.save_as(sheet.file.name, File(file, name=name))
    sheet.is_stored = True
    sheet.save(update_fields=["is_stored"])
    return sheet


def read_again(sheet: Spreadsheet, chosen: Chosen, *, by: AbstractBaseUser) -> Spreadsheet:
    """Read the file as somebody says: another sheet of the workbook, another row of titles, in another encoding. Raises
    Unreadable where that does not fit the file; then all stays as it was."""
    resource = _resource_for(sheet.kind, by)
    _refuse_applied(sheet)
    with sheet.file.open("rb") as file:
        tables.note(sheet, tables.opened_well(file, sheet.file_name, resource, chosen), resource)
    with transaction.atomic():
        _refuse_applied(before := _locked(sheet))
        if before.run is not None and before.run.status not in {Run.Status.CANCELLED, Run.Status.FAILED}:
            runs.cancel(before.run, by=by, of_phases=_BEFORE_APPLY)
        sheet.save(update_fields=["found", "header", "sample", "estimated_rows", "mapping"])
    return sheet


def same_as(sheet: Spreadsheet, *, by: AbstractBaseUser | None = None) -> Spreadsheet | None:
    """The last time that these bytes were loaded into this kind, by anybody; what was only checked doesn't count."""
    found = Spreadsheet.objects.filter(digest=sheet.digest, kind=sheet.kind, run__phase__in=[Phase.APPLY, Phase.UNDO])
    found = found.exclude(pk=sheet.pk)
    return found.select_related("run", "uploaded_by").order_by("-pk").first()


def mapped(sheet: Spreadsheet, mapping: Mapping[str, Any], *, by: AbstractBaseUser) -> Spreadsheet:
    """Take the columns so, and remember it for files of this shape. Raises InvalidValues: a field's name, or
    "column-3", → sentences."""
    resource = _resource_for(sheet.kind, by)
    sheet.mapping = mappings.checked(resource, sheet, mapping, by=by)
    # Not what is given once for all rows: that is about this file.
    kept = {name: sheet.mapping[name] for name in ("columns", "values")}
    with transaction.atomic():
        _refuse_applied(_locked(sheet))
        sheet.save(update_fields=["mapping"])
        ColumnMemory.objects.update_or_create(
            person_id=by.pk,
            kind=sheet.kind,
            shape=shape_of(sheet.header),
            defaults={"mapping": kept, "used_at": timezone.now()},
        )
    return sheet


# The plan


def check(sheet: Spreadsheet, *, by: AbstractBaseUser) -> Run:
    """Have every row read and planned. Asked twice for the same it answers with the same run."""
    resource = _resource_for(sheet.kind, by)
    with transaction.atomic():
        sheet = _locked(sheet)
        _refuse_applied(sheet)
        mapping = mappings.checked(resource, sheet, sheet.mapping, by=by)
        params = {"sheet": sheet.pk, "mapping": mapping, "options": mapping.get("options", {})}
        before = sheet.run
        if before is not None:
            is_dropped = before.status in {Run.Status.CANCELLED, Run.Status.FAILED}
            if before.params == params and not is_dropped:
                return before
            if not is_dropped:
                # Only a plan: somebody may have applied it since we looked.
                runs.cancel(before, by=by, of_phases=_BEFORE_APPLY)
        sheet.run = runs.start_reading(resource.run_kind, by=by, total=sheet.estimated_rows, params=params)
        sheet.save(update_fields=["run"])
    return sheet.run


def with_options(run: Run, options: Mapping[str, bool], *, by: AbstractBaseUser) -> Run:
    """Plan all rows anew with these ticks."""
    sheet, resource = _sheet_for(run, by)
    allowed = {option.name for option in resource.options_for(by)}
    if set(options) - allowed:
        raise Refused([Reason("not_yours", _("You may not choose that."))])
    given = {name: bool(value) for name, value in options.items()}
    with transaction.atomic():
        params = {**run.params, "options": given, "mapping": {**run.params["mapping"], "options": given}}
        run = runs.plan_again(run, by=by, params=params)
        sheet.mapping = {**sheet.mapping, "options": given}
        sheet.save(update_fields=["mapping"])
        _note(AuditEvent.Kind.PLAN_CHANGED, sheet, resource, run, by, options=given)
    return run


def decide(run: Run, number: int, take: Mapping[str, str], *, by: AbstractBaseUser) -> Run:
    """Settle the conflicts of one row, field → "file" or "here", and plan it anew."""
    sheet, resource = _sheet_for(run, by)
    with transaction.atomic():
        row = run.rows.select_for_update().filter(number=number).first()
        if row is None or set(take.values()) - {FROM_FILE, FROM_HERE} or set(take) - set(row.payload.get(CELLS, {})):
            raise Refused([Reason("unseen", _("There is no such conflict."))])
        row.payload = {**row.payload, TAKE: {**row.payload.get(TAKE, {}), **take}}
        row.save(update_fields=["payload"])
        run = runs.plan_again(run, by=by, among=Q(number=number))
        _note(AuditEvent.Kind.PLAN_CHANGED, sheet, resource, run, by, take=dict(take), row=number)
    return run


def settle(run: Run, take: str, *, by: AbstractBaseUser, number: int | None = None) -> Run:
    """Settle all conflicts of one row, or without a number of all rows, and plan those anew."""
    sheet, resource = _sheet_for(run, by)
    with transaction.atomic():
        rows = run.rows.filter(outcome=Outcome.REFUSED, memory__has_key="conflicts")
        rows = rows if number is None else rows.filter(number=number)
        if take not in {FROM_FILE, FROM_HERE} or not rows.exists():
            raise Refused([Reason("unseen", _("There is no such conflict."))])
        for row in rows.only("run", "payload", "memory").iterator(chunk_size=500):
            decided = {**row.payload.get(TAKE, {}), **dict.fromkeys(row.memory["conflicts"], take)}
            row.payload = {**row.payload, TAKE: decided}
            row.save(update_fields=["payload"])
        run = runs.plan_again(run, by=by, among=Q(pk__in=rows.values("pk")))
        of_one = {} if number is None else {"row": number}
        _note(AuditEvent.Kind.PLAN_CHANGED, sheet, resource, run, by, take=take, **of_one)
    return run


# Applying and taking back


def apply(run: Run, *, by: AbstractBaseUser, only_good: bool = True) -> Run:
    """Do what the plan says. Without `only_good` it is refused while any row is."""
    sheet, resource = _sheet_for(run, by)
    if not only_good and run.rows.filter(outcome__in=_REFUSED).exists():
        sentence = _("Some rows can't be loaded. Mend them first, or load the good ones alone.")
        raise Refused([Reason("refused-rows", sentence)])
    with transaction.atomic():
        run = runs.apply(run, by=by)
        _note(AuditEvent.Kind.IMPORTED, sheet, resource, run, by)
    return run


def go_on(run: Run, *, by: AbstractBaseUser) -> Run:
    """Do the rows that an apply which was stopped or broke off did not come to."""
    sheet, resource = _sheet_for(run, by)
    with transaction.atomic():
        run = runs.go_on(run, by=by)
        _note(AuditEvent.Kind.IMPORTED, sheet, resource, run, by, rest=True)
    return run


def cancel(run: Run, *, by: AbstractBaseUser) -> Run:
    """Drop a plan for good, or stop after the rows that are in work; what is done stays."""
    sheet, resource = _sheet_for(run, by)
    with transaction.atomic():
        run = runs.cancel(run, by=by)
        _note(AuditEvent.Kind.CALLED_OFF, sheet, resource, run, by, phase=run.phase, done=run.done)
    return run


def undo(run: Run, *, by: AbstractBaseUser) -> Run:
    """Put back whatever nobody touched since, within SPREADSHEET_UNDO_DAYS."""
    sheet, resource = _sheet_for(run, by)
    until = undo_until(run)
    if until is not None and until < timezone.now():
        sentence = _("This was loaded more than %(days)d days ago and can't be taken back any more.")
        raise Refused([Reason("too-late", sentence % {"days": settings.SPREADSHEET_UNDO_DAYS})])
    with transaction.atomic():
        run = runs.undo(run, by=by)
        _note(AuditEvent.Kind.TAKEN_BACK, sheet, resource, run, by)
    return run


def undo_until(run: Run) -> Any:
    """The moment until when it can be taken back; None when there is nothing to take back."""
    # Rows are done in the order of their numbers.
    done = run.rows.filter(outcome=Outcome.APPLIED).order_by("-number")
    last = done.values_list("settled_at", flat=True).first()
    return None if last is None else last + timedelta(days=settings.SPREADSHEET_UNDO_DAYS)


def _note(
    kind: AuditEvent.Kind, sheet: Spreadsheet, resource: SheetResource, run: Run, by: AbstractBaseUser, **detail: Any
) -> None:
    told = {"what": resource.kind, "file": sheet.file_name, "rows": run.total, "run": run.pk}
    record(kind, by=by, about=sheet, **told, **detail)


# Its rows


def read(run: Run, after: int) -> Iterator[tuple[int, Mapping[str, Any], str]]:
    """The rows of a run's file behind that number, as the run keeps them. Called by the engine."""
    sheet = Spreadsheet.objects.get(pk=run.params["sheet"])
    resource = resource_of(sheet.kind)
    if resource is None or not sheet.is_stored:
        raise outbox.Final(_("The file is not there any more."))
    taken = mappings.Taken.of(resource, run.params["mapping"], sheet.header)
    try:
        with sheet.file.open("rb") as file:
            for row in _opened(sheet, file).rows(after):
                cells, said = taken.cells([tables.kept(cell) for cell in row.cells])
                beside = {FAULT: row.fault, SAID: said}
                payload = {CELLS: cells, **{name: value for name, value in beside.items() if value}}
                yield row.number, payload, "" if row.fault else tables.storable(resource.key_of(cells))
    except FileNotFoundError:
        raise outbox.Final(_("The file is not there any more.")) from None
    except Unreadable as unreadable:
        raise outbox.Final(unreadable.sentence) from None


def refused_header(run: Run) -> list[str]:
    """The columns of the file as they were, and one more."""
    return [*_sheet_of(run).header, _("What is wrong")]


def refused_rows(run: Run) -> Iterator[list[Cell]]:
    """The refused rows as they stand in the file, each with what is wrong: to be mended and loaded again."""
    sheet = _sheet_of(run)
    refused = run.rows.filter(outcome__in=_REFUSED).order_by("number").values_list("number", "sentences")
    wanted = refused.iterator(chunk_size=500)
    number, sentences = next(wanted, (None, []))
    if number is None:
        return
    with sheet.file.open("rb") as file:
        width = len(sheet.header)
        for row in _opened(sheet, file).rows(number - 1):
            if row.number == number:
                cells = [*row.cells, *[None] * (width - len(row.cells))][:width]
                yield [*cells, " ".join(sentences)]
                number, sentences = next(wanted, (None, []))
                if number is None:
                    return


def _opened(sheet: Spreadsheet, file: BinaryIO | File) -> Sheet:
    return open_sheet(file, sheet.file_name, chosen=Found.of(sheet.found).chosen())  # type: ignore[arg-type]  # a File is one


# Who, and small things


def _resource_for(kind: str, by: Any) -> SheetResource:
    resource = resource_of(kind)
    if resource is None or not resource.may_import(by):
        raise Refused([Reason("not_yours", _("You may not load this kind of spreadsheet."))])
    return resource


def _sheet_of(run: Run) -> Spreadsheet:
    return Spreadsheet.objects.get(pk=run.params["sheet"])


def _sheet_for(run: Run, by: Any) -> tuple[Spreadsheet, SheetResource]:
    sheet = _sheet_of(run)
    return sheet, _resource_for(sheet.kind, by)


def _locked(sheet: Spreadsheet) -> Spreadsheet:
    """As it is now, and stays until the transaction ends."""
    return Spreadsheet.objects.select_for_update(of=("self",)).select_related("run").get(pk=sheet.pk)


def _refuse_applied(sheet: Spreadsheet) -> None:
    if sheet.is_applied:
        refuse([Reason("applied", _("This file was loaded already. Choose it again to load it once more."))])


def _measured(file: Any) -> tuple[int, str]:
    """Its size in bytes, and its SHA-256."""
    said, size = hashlib.sha256(), 0
    file.seek(0)
    while piece := file.read(1 << 20):
        said.update(piece)
        size += len(piece)
    return size, said.hexdigest()


def _plain_name(name: str) -> str:
    """The file's own name: without folders, on one line, without marks that turn the reading direction."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(character for character in last if unicodedata.category(character) not in {"Cc", "Cf", "Cs"})
    if not plain.strip():
        raise InvalidValues({"file": _("This file has no name.")})
    return plain.strip()[-_NAME_LENGTH:]


# Upkeep


def sweep() -> int:
    """Remove what a crash left between a file's row and its bytes. Answers how many."""
    broken_off = Spreadsheet.objects.filter(is_stored=False, uploaded_at__lt=timezone.now() - STORING_FOR)
    removed = 0
    for sheet in broken_off:
        sheet.file.storage.delete(str(sheet.file.name))
        removed += sheet.delete()[0]
    return removed
