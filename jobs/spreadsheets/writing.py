"""Spreadsheets written row by row: CSV as Excel opens it with a double click, XLSX with real types.

Text that a program would take for a formula is made harmless (`neutral`) in both, and read back as it was. A time goes
in as it is here, in the site's zone and to the second: people know no milliseconds. A CSV says the offset as well. A
workbook knows no zones, so only the hour that comes twice when clocks go back is a text there, with its offset.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from jobs.spreadsheets.cells import Cell
from jobs.spreadsheets.limits import count_of
from jobs.spreadsheets.neutral import neutral

#: Of the format.
XLSX_CELL_CHARACTERS = 32_767
XLSX_ROWS = 1_048_576

PIECE_CHARACTERS = 1 << 16
#: Rows whose cells say how wide a column is drawn, and its bounds in characters.
WIDTH_ROWS = 100
NARROWEST, WIDEST = 10, 60

#: What XML can't hold, or would change; and what already looks like such an escape.
_TO_ESCAPE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


class Unwritable(Exception):
    """A value that the format can't hold. `sentence` says which, and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class SheetOut:
    """One sheet of a workbook. Rows may be an iterator, and need not be equally long."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[Any]]


def as_written(value: Any) -> Cell:
    """The value as a file holds it and reading gives it back (in a CSV, as text): times in the site's zone, to the
    second. What has no cell of its own kind goes as its text."""
    if isinstance(value, datetime):
        local = _local(value)
        return _with_offset(local) if _comes_twice(local) else local.replace(tzinfo=None)
    if isinstance(value, time):
        return value.replace(tzinfo=None, microsecond=0)
    if isinstance(value, timedelta):
        return timedelta(seconds=int(value.total_seconds()))
    if isinstance(value, float | Decimal) and not math.isfinite(value):
        return str(value)
    if value is None or type(value) in {str, int, float, bool, Decimal, date}:
        return value
    return str(value)


def _local(value: datetime) -> datetime:
    """As it is on our clocks."""
    return (timezone.localtime(value) if timezone.is_aware(value) else value).replace(microsecond=0)


def _with_offset(local: datetime) -> str:
    return local.isoformat(sep=" ")


def _comes_twice(local: datetime) -> bool:
    """Whether our clocks show this time twice, for they go back."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


# CSV


def csv_pieces(rows: Iterable[Sequence[Any]], header: Sequence[str]) -> Iterator[bytes]:
    """A CSV in pieces as it is made: UTF-8 with the mark that Excel knows it by, commas, Windows line ends."""
    kept = io.StringIO(newline="")
    # What is quoted is never parted: in a single column, a comma of a sentence looks like a delimiter.
    writer = csv.writer(kept, quoting=csv.QUOTE_ALL if len(header) == 1 else csv.QUOTE_MINIMAL)
    yield codecs.BOM_UTF8
    for row in _with_header(header, rows):
        writer.writerow([_csv_text(value) for value in row])
        if kept.tell() > PIECE_CHARACTERS:
            yield kept.getvalue().encode("utf-8", "replace")
            kept.seek(0)
            kept.truncate()
    yield kept.getvalue().encode("utf-8", "replace")


def write_csv(rows: Iterable[Sequence[Any]], header: Sequence[str], out: IO[bytes]) -> None:
    for piece in csv_pieces(rows, header):
        out.write(piece)


def _with_header(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    yield [str(title) for title in header]
    yield from rows


def _csv_text(value: Any) -> str:
    """A number stays one: -5 is no formula."""
    cell = _with_offset(_local(value)) if isinstance(value, datetime) else as_written(value)
    if cell is None:
        return ""
    if isinstance(cell, str):
        return neutral(cell)
    if isinstance(cell, bool):
        return _("yes") if cell else _("no")
    if isinstance(cell, Decimal):
        return format(cell, "f")
    return str(cell)


# XLSX


def write_xlsx(sheets: Iterable[SheetOut], out: IO[bytes]) -> None:
    """A workbook, its rows going to disk as they come. Raises Unwritable for a text or a list that XLSX has no room
    for: cutting it would lose words without a sign."""
    book, is_whole = Workbook(write_only=True), False
    try:
        for sheet in sheets:
            _write_sheet(book, sheet)
        is_whole = True
    finally:
        # Only saving takes the library's temporary files away, also of what was broken off.
        if is_whole:
            book.save(out)
        elif book.worksheets:
            with TemporaryFile() as nowhere:
                book.save(nowhere)


def _write_sheet(book: Workbook, sheet: SheetOut) -> None:
    title = re.sub(r"[\[\]:*?/\\]", " ", sheet.title).strip("' ")[:31]
    written = book.create_sheet(title or _("Sheet"))
    rows = iter(sheet.rows)
    first = list(islice(rows, WIDTH_ROWS))
    written.freeze_panes = "A2"
    for column, width in enumerate(_widths(sheet.header, first), 1):
        written.column_dimensions[get_column_letter(column)].width = width
    written.append([_heading(written, name) for name in sheet.header])
    for number, row in enumerate(_chained(first, rows), 2):
        refuse_too_many(number - 1)
        written.append([_xlsx_cell(written, value, number, column) for column, value in enumerate(row)])


def refuse_too_many(rows: int) -> None:
    """Before the first is written. Raises Unwritable."""
    if rows >= XLSX_ROWS:
        sentence = _("An XLSX holds %(most)s rows, and this list has more. Take CSV instead.")
        raise Unwritable(sentence % {"most": count_of(XLSX_ROWS)})


def _chained(first: list[Sequence[Any]], rest: Iterator[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    yield from first
    yield from rest


def _widths(header: Sequence[str], first: list[Sequence[Any]]) -> list[int]:
    columns = max([len(header), *map(len, first)])
    widths = [NARROWEST] * columns
    for row in [header, *first]:
        for column, value in enumerate(row):
            longest = max(map(len, str(as_written(value) or "").splitlines()), default=0)
            widths[column] = min(max(widths[column], longest + 2), WIDEST)
    return widths


def _heading(sheet: Any, name: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, escaped(neutral(str(name))))
    cell.data_type = "s"
    cell.font = Font(bold=True)
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell


def _xlsx_cell(sheet: Any, value: Any, number: int, column: int) -> Any:
    cell = as_written(value)
    if not isinstance(cell, str):
        return float(cell) if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) >= 2**53 else cell
    text = escaped(neutral(cell))
    if len(text) > XLSX_CELL_CHARACTERS:
        sentence = _(
            "The text in row %(row)s, column %(column)s is longer than the %(most)s characters that a cell of an XLSX "
            "holds. Take CSV instead."
        )
        where = {"row": count_of(number), "column": get_column_letter(column + 1)}
        raise Unwritable(sentence % {**where, "most": count_of(XLSX_CELL_CHARACTERS)})
    if text not in ERROR_CODES:
        return text or None
    written = WriteOnlyCell(sheet, text)
    written.data_type = "s"  # "#N/A" is a text here, not an error of Excel's
    return written


def escaped(text: str) -> str:
    """Characters that XML can't hold, as a workbook writes them (_x000B_)."""
    return _TO_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
