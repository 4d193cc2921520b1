"""Lists as files: what stands in a list, its chosen columns, written at once or by the worker.

few rows:   events noted, then `content(…)` is handed to the browser
many rows:  export = start(…); the worker writes it (`write`), its page leads to the file for a day, `tidy` removes it

Whoever exports gets what they may see, at that moment: the worker asks again when it begins to write.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import IO, Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.messages import MessageFailure
from django.core.exceptions import SuspiciousOperation
from django.core.files import File
from django.db import DataError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import events
from audit.models import AuditEvent
from jobs import leases, outbox
from jobs.spreadsheet_models import EXPORT_KEPT_FOR, Export, Spreadsheet, random_key
from jobs.spreadsheets import lists, writing
from jobs.spreadsheets.columns import Column
from jobs.spreadsheets.outgoing import Outgoing

logger = logging.getLogger(__name__)

FORMATS = ("xlsx", "csv")
#: In an export's params: `standing_of` who asked, when it was written.
STANDING = "standing"
#: What a list raises for an address that it can't be asked for. A form that it can't take is told as a message, for
#: which there is no page here.
UNFIT = (IncorrectLookupParameters, SuspiciousOperation, MessageFailure, ValueError, OverflowError, DataError)
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: More rows are the worker's.
AT_ONCE = 5_000
#: So many rows are in memory, and asked for by one statement.
ROWS_AT_ONCE = 500
#: After so many rows the lease is renewed and the progress told.
ROWS_A_BEAT = 1_000


class Listed:
    """Rows of a list as they go out: those of `rows` that stand in `chosen`, in the order of that; all without one."""

    def __init__(self, rows: QuerySet[Any], chosen: QuerySet[Any] | None = None) -> None:
        self._rows, self._chosen = rows, chosen

    def count(self) -> int:
        if self._chosen is None:
            return self._rows.count()
        return self._rows.filter(pk__in=self._chosen.order_by().values("pk")).count()

    def __iter__(self) -> Iterator[Any]:
        # The order may stand on what only the list's own question computes, so the keys are asked for by that. All of
        # them at once: while a question is open, SQLite lets nobody write who has read before somebody else wrote.
        chosen = self._rows if self._chosen is None else self._chosen
        keys = iter(list(chosen.values_list("pk", flat=True)))
        while some := list(islice(keys, ROWS_AT_ONCE)):
            found = self._rows.order_by().in_bulk(some)
            yield from (found[key] for key in some if key in found)


def listed(resource: Outgoing, query: str, *, by: Any) -> Listed:
    """What stands in the list at that address, as far as this person may take it out. Raises what the list raises for
    an address that can't be asked for."""
    rows = resource.exported(by)
    pages: Any = admin.site._registry.get(resource.model)
    if pages is None:
        return Listed(rows)
    request = lists.asked_by(by, query or resource.whole_list)
    return Listed(rows, pages.get_changelist_instance(request).get_queryset(request))


def columns_of(resource: Outgoing, names: Sequence[str], *, by: Any) -> list[Column]:
    """The columns of these names that this person may have, in the resource's order; others are passed over."""
    return [column for column in resource.columns_for(by) if column.name in names]


def rows_of(columns: Sequence[Column], rows: Iterable[Any]) -> Iterator[list[Any]]:
    for row in rows:
        yield [column.value(row) for column in columns]


def header_of(columns: Sequence[Column]) -> list[str]:
    return [str(column.title) for column in columns]


def file_name(resource: Outgoing, file_format: str) -> str:
    return f"{resource.file_stem}-{timezone.localdate().isoformat()}.{file_format}"


def content(
    title: str, header: Sequence[str], rows: Iterable[Sequence[Any]], file_format: str
) -> Iterator[bytes] | IO[bytes]:
    """The file: pieces of a CSV as they are made, or an XLSX that lies in a temporary file."""
    if file_format == "csv":
        return writing.csv_pieces(rows, header)
    out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # who reads it closes it
    writing.write_xlsx([writing.SheetOut(title, header, rows)], out)
    out.seek(0)
    return out


def note(resource: Outgoing, rows: int, *, by: Any, about: Any = None, **detail: Any) -> None:
    events.record(AuditEvent.Kind.EXPORTED, by=by, about=about, what=resource.kind, rows=rows, **detail)


def note_refused(sheet: Spreadsheet, *, by: Any) -> None:
    """The refused rows of a file went out again."""
    events.record(AuditEvent.Kind.DOWNLOADED, by=by, about=sheet, what=sheet.kind, file=sheet.file_name)


# By the worker


class _LeaseLost(Exception):
    """Somebody else has it by now."""


def start(
    resource: Outgoing,
    *,
    by: AbstractBaseUser,
    query: str,
    columns: Sequence[Column],
    file_format: str,
    total: int,
) -> Export:
    """Have a list written by the worker."""
    names = [column.name for column in columns]
    with transaction.atomic():
        params = {"filters": query, "columns": names, "format": file_format}
        export = Export.objects.create(kind=resource.kind, params=params, asked_by_id=by.pk, total=total)
        note(resource, total, by=by, about=export, filters=query, columns=names, format=file_format)
        outbox.wake(Export)
    return export


def write(export: Export) -> dict[str, Any]:
    """Deliver a claimed export."""
    resource = lists.named(export.kind)
    person: Any = get_user_model()._default_manager.get(pk=export.asked_by_id)
    if resource is None or not person.is_active or not resource.may_export(person):
        raise outbox.Final(_("You may not export that."))
    columns, standing = columns_of(resource, export.params["columns"], by=person), standing_of(person)
    try:
        rows = listed(resource, export.params["filters"], by=person)
    except UNFIT:
        raise outbox.Final(_("The list can't be asked for so any more.")) from None
    if not columns:
        raise outbox.Final(_("You may not export that."))
    # The name is in the row before the bytes are in the storage: no crash leaves a file that nobody knows of.
    _remove_file(export)
    # One of ours: it stores under a key that is given to it, which Django's storages do not.
    storage: Any = export.file.storage
    export.file.name = storage.new_key(random_key(export, ""))
    total = rows.count()
    if not leases.renew(export, file=export.file.name, total=total, done=0):
        return {}
    file_format = export.params["format"]
    params = {**export.params, STANDING: standing}
    with tempfile.TemporaryFile() as out:
        try:
            if file_format == "xlsx":
                writing.refuse_too_many(total)
            _write_into(out, export, str(resource.title), columns, rows, file_format)
        except writing.Unwritable as unwritable:
            raise outbox.Final(unwritable.sentence) from None
        except _LeaseLost:
            logger.info("Export %s: it was taken over.", export.pk)
            return {}
        size = out.tell()
        out.seek(0)
        storage.save_as(export.file.name, File(out))
    return {"file": export.file.name, "file_size": size, "done": total, "total": total, "params": params}


def standing_of(person: Any) -> list[Any]:
    """What somebody's view of the lists rests on: their groups, which their role and grants are, and department."""
    groups = person.groups.order_by("pk").values_list("pk", flat=True)
    return [list(groups), person.department_id, person.is_superuser]


def is_still_theirs(export: Export, person: Any) -> bool:
    """Whether they are what they were when the file was made: what they may see was chosen by that."""
    return export.params.get(STANDING) in (None, standing_of(person))


def _write_into(
    out: IO[bytes], export: Export, title: str, columns: Sequence[Column], rows: Iterable[Any], file_format: str
) -> None:
    told = _telling(export, rows_of(columns, rows))
    if file_format == "csv":
        for piece in writing.csv_pieces(told, header_of(columns)):
            out.write(piece)
    else:
        writing.write_xlsx([writing.SheetOut(title, header_of(columns), told)], out)
        out.seek(0, 2)


def _telling(export: Export, rows: Iterator[list[Any]]) -> Iterator[list[Any]]:
    """The rows, while the progress is told and the lease kept."""
    for done, row in enumerate(rows, start=1):
        # Rows that came in since the start are written too, and counted at the end.
        if done % ROWS_A_BEAT == 0 and not leases.renew(export, done=min(done, export.total)):
            raise _LeaseLost
        yield row


def tidy() -> int:
    """Remove the files whose day is over. Answers how many."""
    over = Export.objects.filter(finished_at__lte=timezone.now() - EXPORT_KEPT_FOR).exclude(file="")
    removed = 0
    for export in over.iterator():
        _remove_file(export)
        removed += Export.objects.filter(pk=export.pk).update(file="")
    return removed


def _remove_file(export: Export) -> None:
    if export.file:
        export.file.storage.delete(str(export.file.name))
