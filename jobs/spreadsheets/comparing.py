"""The rows of a file beside what is here: repeats, what a row is about, what differs, and who changed it.

A row that carries a key and the version it was written with is compared three ways: as it was then, as it is here, as
it is in the file. What the file left as it was is no wish; what it changed and nobody changed here is; what both
changed is a conflict, until the person says which to take.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Min
from django.utils.translation import gettext as _

from jobs.models import Run, RunRow
from jobs.spreadsheets.columns import Column
from jobs.spreadsheets.lines import FROM_FILE, FROM_HERE, TAKE, Line, Task

if TYPE_CHECKING:
    from jobs.spreadsheets.resources import SheetResource


def mark_repeats(lines: Sequence[Line], run: Run) -> None:
    """Of several rows about the same, the first counts."""
    keys = {line.row.key for line in lines if line.row.key}
    rows = run.rows.filter(key__in=keys).order_by().values_list("key")
    first = dict(rows.annotate(first=Min("number")).values_list("key", "first"))
    for line in lines:
        number = first.get(line.row.key, line.row.number)
        if number != line.row.number:
            line.refuse("", _("Row %(number)d of this file is about the same already.") % {"number": number})


def find_existing(resource: SheetResource, lines: Sequence[Line], task: Task) -> None:
    """Give each line the row here that it is about. A key that nothing has is refused."""
    key, unique = resource.key_column, resource.unique_column
    by_key = resource.existing_by(key, _given(lines, key), by=task.by) if key else {}
    nameless = [line for line in lines if not _text(line, key)]
    by_unique = resource.existing_by(unique, _given(nameless, unique), by=task.by) if unique else {}
    for line in lines:
        if text := _text(line, key):
            line.existing = by_key.get(resource.folded(key, text))
            if line.existing is None:
                line.refuse(key, resource.unknown_key(text))
        elif text := _text(line, unique):
            line.existing = by_unique.get(resource.folded(unique, text))


def _text(line: Line, name: str) -> str:
    return str(line.cells.get(name, "")).strip() if name else ""


def _given(lines: Sequence[Line], name: str) -> set[str]:
    return {text for line in lines if (text := _text(line, name))}


def compare(resource: SheetResource, line: Line, fields: Sequence[Column]) -> None:
    """Note on the line what differs from what is here: changes, conflicts, and cells that can't be changed so."""
    columns = [column for column in fields if column.name in line.cells]
    carries_key = bool(_text(line, resource.key_column))
    given_version = _version(resource, line) if carries_key else None
    if line.is_refused:
        return
    is_current = given_version is None or given_version == line.existing.version
    was = {} if is_current else _was(resource, line.existing, given_version or 0, columns)
    # What a row was known by is no change, whatever its case.
    passed_over = {resource.key_column, resource.version_column} | (set() if carries_key else {resource.unique_column})
    for column in columns:
        if column.name in passed_over:
            continue
        given, here = line.cells[column.name], column.stored(line.existing)
        # A list of new people says nothing by leaving a cell empty; a file that came from here does.
        if given == here or (given == "" and not carries_key):
            continue
        if column.is_compared and column.can_import:
            _note(line, column, here, given, was, is_current=is_current)
        elif carries_key and given != was.get(column.name):
            sentence = _("“%(title)s” is not changed by a spreadsheet: here it is “%(here)s”.")
            line.remark(sentence % {"title": column.title, "here": column.said(line.existing)})


def _note(line: Line, column: Column, here: Any, given: Any, was: Mapping[str, Any], *, is_current: bool) -> None:
    before = was.get(column.name, "")
    if not is_current and given == before:
        return  # the file left it as it was; here it has changed since
    taken = (line.row.payload.get(TAKE) or {}).get(column.name)
    is_conflict = not is_current and here != before
    if taken == FROM_HERE:
        return
    if not column.can_change:
        sentence = _("A spreadsheet can't change this. Here it is “%(here)s”.")
        line.refuse(column.name, sentence % {"here": column.said(line.existing)})
    elif given == "" and column.required:
        line.refuse(column.name, _("This is needed and it is empty."))
    elif is_conflict and taken != FROM_FILE:
        line.conflicts[column.name] = (before, here, given)
    else:
        line.changes[column.name] = (here, given)


def _version(resource: SheetResource, line: Line) -> int | None:
    text = _text(line, resource.version_column)
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        line.refuse(resource.version_column, _("This is no version. Leave the column as it was exported."))
        return None
    if int(text) > line.existing.version:
        line.refuse(resource.version_column, _("There is no such version yet. Leave the column as it was exported."))
    return int(text)


def _was(resource: SheetResource, existing: Any, version: int, columns: Sequence[Column]) -> dict[str, Any]:
    """The values of that version, from the history; nothing where it is not kept."""
    then = resource.as_it_was(existing, version)
    return {} if then is None else {column.name: column.stored(then) for column in columns}


def both_versions(resource: SheetResource, row: RunRow, subject: Any) -> dict[str, list[Any]]:
    """Field → (as it is here, as the import had left it), of a row that somebody had to do with since: what differs, or
    what the import wrote where nothing of the columns does."""
    left = resource.as_it_was(subject, row.memory["version"])
    wrote = {name: new for name, (_old, new) in row.memory.get("cells", {}).items()}
    both: dict[str, list[Any]] = {}
    for column in resource.columns:
        if column.can_import and not resource.is_of_round_trip(column) and (left is not None or column.name in wrote):
            here = column.stored(subject)
            both[column.name] = [here, wrote[column.name] if left is None else column.stored(left)]
    changed = {name: pair for name, pair in both.items() if pair[0] != pair[1]}
    return changed or {name: pair for name, pair in both.items() if name in wrote}
