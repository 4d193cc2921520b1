"""The table of a file as it is noted when the file comes in: how it is read, its titles and its first rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from math import isfinite
from typing import Any

from jobs.spreadsheet_models import Spreadsheet
from jobs.spreadsheets import mapping as mappings
from jobs.spreadsheets.cells import Cell
from jobs.spreadsheets.columns import as_text
from jobs.spreadsheets.matching import known_titles
from jobs.spreadsheets.reading import AS_IT_SEEMS, Chosen, Sheet, open_sheet, title_of
from jobs.spreadsheets.resources import SheetResource

SAMPLE_ROWS = 50
SAMPLE_CHARACTERS = 500
#: In `Spreadsheet.found`: the first rows of the file, [number, cells], cut to what is looked at.
FIRST = "first"
PREVIEW_CELLS, PREVIEW_CHARACTERS = 12, 60


def opened_well(file: Any, name: str, resource: SheetResource, chosen: Chosen = AS_IT_SEEMS) -> Sheet:
    """Where nobody said which row has the titles, and another than the guessed one has more that we know, that one."""
    opened = open_sheet(file, name, chosen=chosen)
    if chosen.header is not None:
        return opened
    known = {row.number: known_titles(map(title_of, row.cells), resource.targets) for row in opened.first[:-1]}
    best = max(known, key=lambda number: known[number], default=0)
    if known.get(best, 0) <= max(1, known.get(opened.header_number, 0)):
        return opened
    return open_sheet(file, name, chosen=replace(opened.found.chosen(), header=best))


def note(sheet: Spreadsheet, opened: Sheet, resource: SheetResource) -> None:
    """What the file's table is, and how its columns would be taken."""
    sheet.found = {**asdict(opened.found), FIRST: [[row.number, _preview(row.cells)] for row in opened.first]}
    sheet.header = [str(kept(title)) for title in opened.header]
    sheet.sample = [[row.number, [_cut(kept(cell)) for cell in row.cells]] for row in _first(opened)]
    sheet.estimated_rows = opened.count()
    sheet.mapping = mappings.guessed(resource, sheet)


def _first(opened: Sheet) -> list[Any]:
    found = []
    for row in opened.rows():
        found.append(row)
        if len(found) == SAMPLE_ROWS:
            break
    return found


def _preview(cells: Sequence[Cell]) -> list[str]:
    """A row as far as it is looked at to tell the titles from the rest."""
    return [str(kept(title_of(cell)))[:PREVIEW_CHARACTERS] for cell in cells[:PREVIEW_CELLS]]


def _cut(cell: Any) -> Any:
    """A sample is looked at; a page of text in each of its cells would be megabytes in a row of the database."""
    return cell[:SAMPLE_CHARACTERS] if isinstance(cell, str) else cell


def kept(cell: Cell) -> Any:
    """A cell as JSON holds it on both databases."""
    if cell is None or isinstance(cell, bool | int):
        return cell
    if isinstance(cell, float):
        return cell if isfinite(cell) else str(cell)
    return storable(as_text(cell))


def storable(text: str) -> str:
    """Without NUL and halves of characters, which PostgreSQL refuses."""
    if text.isascii():
        return text.replace("\x00", "")
    return "".join("\ufffd" if "\ud800" <= each <= "\udfff" else each for each in text if each != "\x00")
