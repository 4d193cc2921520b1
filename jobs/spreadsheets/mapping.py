"""How the columns of a file are taken: guessed, corrected by hand, and applied to its rows.

{"columns": {"3": "email"}, "values": {"status": {"Solved": "Resolved"}}, "fixed": {"category": "Others"},
 "options": {"approve": true}}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from audit.reading import Unfit
from audit.refusals import InvalidValues
from jobs.spreadsheet_models import ColumnMemory, Spreadsheet
from jobs.spreadsheets.columns import as_text
from jobs.spreadsheets.matching import match, shape_of
from jobs.spreadsheets.resources import SheetResource

_WORDS_OF_A_FIELD = 200


def memory_of(sheet: Spreadsheet) -> ColumnMemory | None:
    """How whoever loads it took columns of this shape the last time."""
    theirs = ColumnMemory.objects.filter(person=sheet.uploaded_by_id)
    return theirs.filter(kind=sheet.kind, shape=shape_of(sheet.header)).first()


def guessed(resource: SheetResource, sheet: Spreadsheet) -> dict[str, Any]:
    """As for the last file of this shape; else by the titles and what stands below them."""
    known = {column.name for column in resource.columns if column.can_import}
    memory = memory_of(sheet)
    if memory is not None:
        columns = {index: name for index, name in memory.mapping.get("columns", {}).items() if name in known}
        return {"columns": columns, "values": memory.mapping.get("values", {}), "fixed": {}}
    samples = [cells for _number, cells in sheet.sample]
    found = match(sheet.header, samples, [column for column in resource.columns if column.can_import])
    return {"columns": {str(index): name for index, name in sorted(found.items())}, "values": {}, "fixed": {}}


def checked(resource: SheetResource, sheet: Spreadsheet, mapping: Mapping[str, Any], *, by: Any) -> dict[str, Any]:
    """The mapping, of known parts alone. Raises InvalidValues for what is missing in it, all at once."""
    known = {column.name: column for column in resource.columns if column.can_import}
    errors: dict[str, list[str]] = {}
    columns: dict[str, str] = {}
    for index, name in (mapping.get("columns") or {}).items():
        if name not in known or not str(index).isdigit() or int(index) >= len(sheet.header):
            errors[f"column-{index}"] = [_("There is no such column.")]
        elif name in columns.values():
            sentence = _("Two columns can't both go to “%(title)s”. Choose one of them.")
            errors[f"column-{index}"] = [sentence % {"title": known[name].title}]
        else:
            columns[str(int(index))] = name
    fixed = _fixed(resource, mapping, set(columns.values()), errors)
    has_key = resource.key_column and resource.key_column in columns.values()
    for name, column in known.items():
        # A file that came from here names its rows by their key, and need not carry everything.
        if (
            column.required
            and not has_key
            and name not in columns.values()
            and name not in fixed
            and name not in errors
        ):
            errors[name] = [_("“%(title)s” is needed. Choose its column.") % {"title": column.title}]
    if errors:
        raise InvalidValues(errors)
    allowed = {option.name for option in resource.options_for(by)}
    options = {name: bool(value) for name, value in (mapping.get("options") or {}).items() if name in allowed}
    values = {name: _words(words) for name, words in (mapping.get("values") or {}).items() if name in known}
    return {"columns": columns, "values": values, "fixed": fixed, "options": options}


def _fixed(
    resource: SheetResource, mapping: Mapping[str, Any], taken: set[str], errors: dict[str, list[str]]
) -> dict[str, Any]:
    """One value for all rows, where no column says it."""
    fixed: dict[str, Any] = {}
    columns = {column.name: column for column in resource.columns if column.can_import}
    for name, value in (mapping.get("fixed") or {}).items():
        if name not in columns or name in taken or value in ("", None) or resource.is_of_round_trip(columns[name]):
            continue
        try:
            fixed[name] = columns[name].read(value)
        except Unfit as unfit:
            errors[name] = [str(unfit)]
    return fixed


def _words(words: Mapping[str, Any]) -> dict[str, str]:
    return {str(given): str(meant) for given, meant in list(words.items())[:_WORDS_OF_A_FIELD]}


@dataclass(frozen=True)
class Taken:
    """A mapping at work: the cells of a row of the file → the cells of our fields."""

    columns: Sequence[tuple[int, str]]
    values: Mapping[str, Mapping[str, str]]
    fixed: Mapping[str, Any]

    @classmethod
    def of(cls, resource: SheetResource, mapping: Mapping[str, Any]) -> Taken:
        columns = [(int(index), name) for index, name in mapping["columns"].items() if name in resource.fields_by_name]
        return cls(columns, mapping.get("values") or {}, mapping.get("fixed") or {})

    def cells(self, cells: Sequence[Any]) -> dict[str, Any]:
        taken = dict(self.fixed)
        for index, name in self.columns:
            value = cells[index] if index < len(cells) else None
            words = self.values.get(name)
            if words and value is not None:
                value = words.get(as_text(value).strip(), value)
            taken[name] = value
        return taken
