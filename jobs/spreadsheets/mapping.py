"""How the columns of a file are taken: guessed, corrected by hand, and applied to its rows.

{"columns": {"3": "email"}, "values": {"status": {"Solved": "Resolved"}}, "fixed": {"category": "Others"},
 "options": {"approve": true}}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from audit.reading import Unfit
from audit.refusals import InvalidValues
from jobs.spreadsheet_models import ColumnMemory, Spreadsheet
from jobs.spreadsheets.columns import Column, as_text
from jobs.spreadsheets.compounds import Compound, without_doubles
from jobs.spreadsheets.matching import match, plain, shape_of
from jobs.spreadsheets.resources import SheetResource

_WORDS_OF_A_FIELD = 200


def memory_of(sheet: Spreadsheet) -> ColumnMemory | None:
    """How whoever loads it took columns of this shape the last time."""
    theirs = ColumnMemory.objects.filter(person=sheet.uploaded_by_id)
    return theirs.filter(kind=sheet.kind, shape=shape_of(sheet.header)).first()


def guessed(resource: SheetResource, sheet: Spreadsheet) -> dict[str, Any]:
    """As for the last file of this shape; else by the titles and what stands below them."""
    known = {target.name for target in resource.targets}
    memory = memory_of(sheet)
    if memory is not None:
        columns = {index: name for index, name in memory.mapping.get("columns", {}).items() if name in known}
        return {"columns": columns, "values": memory.mapping.get("values", {}), "fixed": {}}
    samples = [cells for _number, cells in sheet.sample]
    titles = {index: plain(title) for index, title in enumerate(sheet.header)}
    found = without_doubles(match(sheet.header, samples, resource.targets), titles, resource.compounds)
    return {"columns": {str(index): name for index, name in found.items()}, "values": {}, "fixed": {}}


def checked(resource: SheetResource, sheet: Spreadsheet, mapping: Mapping[str, Any], *, by: Any) -> dict[str, Any]:
    """The mapping, of known parts alone. Raises InvalidValues for what is missing in it, all at once."""
    known = {target.name: target for target in resource.targets}
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
    given = _given(resource, columns, errors)
    fixed = _fixed(resource, mapping, given, errors)
    has_key = resource.key_column and resource.key_column in columns.values()
    for name, column in known.items():
        # A file that came from here names its rows by their key, and need not carry everything.
        if column.required and not has_key and name not in given and name not in fixed and name not in errors:
            errors[name] = [_("“%(title)s” is needed. Choose its column.") % {"title": column.title}]
    if errors:
        raise InvalidValues(errors)
    allowed = {option.name for option in resource.options_for(by)}
    options = {name: bool(value) for name, value in (mapping.get("options") or {}).items() if name in allowed}
    values = {name: _words(words) for name, words in (mapping.get("values") or {}).items() if name in known}
    return {"columns": columns, "values": values, "fixed": fixed, "options": options}


def _given(resource: SheetResource, columns: Mapping[str, str], errors: dict[str, list[str]]) -> set[str]:
    """The fields that some column of the file gives; one that two give is said."""
    given, titles = set(columns.values()), {column.name: column.title for column in resource.columns}
    parts: set[str] = set()
    for compound in resource.compounds:
        for index in [index for index, name in columns.items() if name == compound.name]:
            parts |= set(compound.fills)
            if both := [titles[name] for name in compound.fills if name in given]:
                sentence = _("“%(whole)s” gives “%(part)s” too. Choose one of the two columns.")
                errors[f"column-{index}"] = [sentence % {"whole": compound.title, "part": both[0]}]
    return given | parts


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


def _only_exported(columns: Iterable[Column], header: Sequence[str], taken: set[int]) -> list[tuple[int, str]]:
    """What a file of ours carries and no file changes. It is looked at all the same: whoever changed such a cell has to
    hear that nothing comes of it."""
    names = {plain(str(column.title)): column.name for column in columns if not column.can_import}
    found: dict[str, int] = {}
    for index, title in enumerate(header):
        if index not in taken and (name := names.get(plain(title))):
            found.setdefault(name, index)
    return [(index, name) for name, index in found.items()]


@dataclass(frozen=True)
class Taken:
    """A mapping at work: the cells of a row of the file → the cells of our fields."""

    columns: Sequence[tuple[int, str]]
    values: Mapping[str, Mapping[str, str]]
    fixed: Mapping[str, Any]
    compounds: Sequence[tuple[int, Compound]]
    known: Mapping[str, Column]

    @classmethod
    def of(cls, resource: SheetResource, mapping: Mapping[str, Any], header: Sequence[str]) -> Taken:
        known = resource.fields_by_name
        columns = [(int(index), name) for index, name in mapping["columns"].items() if name in known]
        if resource.key_column in mapping["columns"].values():
            columns += _only_exported(known.values(), header, {index for index, _name in columns})
        places = {name: int(index) for index, name in mapping["columns"].items()}
        compounds = [(places[each.name], each) for each in resource.compounds if each.name in places]
        return cls(columns, mapping.get("values") or {}, mapping.get("fixed") or {}, compounds, known)

    def cells(self, cells: Sequence[Any]) -> tuple[dict[str, Any], list[str]]:
        """And what is to be said of them."""
        taken, said = dict(self.fixed), []
        for index, compound in self.compounds:
            parts, sentence = compound.taken_apart(cells[index] if index < len(cells) else None, self.known)
            taken |= parts
            said += [sentence] if sentence else []
        for index, name in self.columns:
            value = cells[index] if index < len(cells) else None
            words = self.values.get(name)
            if words and value is not None:
                value = words.get(as_text(value).strip(), value)
            taken[name] = value
        return taken, said
