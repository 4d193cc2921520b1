"""A spreadsheet that somebody brings, read row by row.

    sheet = open_sheet(file, "people.csv")     # or Unreadable: what is wrong with the file, and what to do
    sheet.found.words()                        # "CSV, UTF-16, separated by semicolons, Windows line ends"
    for row in sheet.rows(after=1200): ...     # on from where one was; Unreadable when a limit is passed

Memory holds a row, not the file. Formulas that we made harmless (`neutral`) come back as they were.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import BinaryIO, Protocol

from django.utils.translation import gettext as _

from jobs.spreadsheets import csv_files, kinds
from jobs.spreadsheets.cells import Cell, SheetRow, Unreadable, is_blank
from jobs.spreadsheets.limits import Limits, count_of, size_of
from jobs.spreadsheets.xlsx_files import XlsxFile
from jobs.spreadsheets.xml_parts import damage_told

__all__ = ["Cell", "Found", "Sheet", "SheetRow", "Unreadable", "open_sheet"]

#: Rows that are looked at to find the header and how wide the table is.
SAMPLE_ROWS = 50
#: No more of them when they are this long together, but some in any case.
SAMPLE_CHARACTERS = 2_000_000
LEAST_SAMPLE_ROWS = 10


@dataclass(frozen=True)
class Found:
    """What the file turned out to be. `encoding`: Python's name of it; `delimiter`: "" for one column; what a format
    hasn't is "" or empty."""

    format: str
    encoding: str = ""
    delimiter: str = ""
    line_end: str = ""
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)

    def words(self) -> str:
        """For people: "CSV, UTF-16, separated by semicolons, Windows line ends"."""
        if self.format == "XLSX":
            return ", ".join([self.format, _("sheet “%(name)s”") % {"name": self.sheet}])
        return ", ".join([self.format, *csv_files.words_of(self.encoding, self.delimiter, self.line_end)])


class _Rows(Protocol):
    def rows(self) -> Generator[SheetRow]: ...

    def count(self) -> int: ...


class Sheet:
    """One table of a file: `header`, the titles of its columns ("" for one without), stands in row `header_number`."""

    def __init__(self, source: _Rows, found: Found, limits: Limits) -> None:
        self.found = found
        self._source, self._limits = source, limits
        with closing(_filled(source.rows(), limits, most=limits.max_rows + SAMPLE_ROWS)) as rows:
            sample = _sample_of(rows)
        header = _header_of(sample)
        if header is None:
            raise Unreadable(_("This file is empty."))
        self.header_number = header.number
        below = [row for row in sample if row.number > header.number]
        self.header = _titles(header, below, limits, is_ragged=found.format == "XLSX")
        if not below:
            raise Unreadable(_("There is nothing to load below the first filled row of this file."))

    def rows(self, after: int = 0) -> Iterator[SheetRow]:
        """The rows below the header with anything in them, whose number is greater than `after`. Raises Unreadable at
        the row that is one too many. One walk at a time."""
        with closing(
            _filled(self._source.rows(), self._limits, below=self.header_number, most=self._limits.max_rows)
        ) as rows:
            for row in rows:
                if row.number > max(after, self.header_number):
                    yield self._fitted(row)

    def count(self) -> int:
        """Rows below the header, blank ones counted; quick, and rather too many than too few. Raises Unreadable."""
        return max(self._source.count() - self.header_number, 0)

    def _fitted(self, row: SheetRow) -> SheetRow:
        """As wide as the header."""
        width, fault, is_csv = len(self.header), row.fault, self.found.format == "CSV"
        beyond = [at for at, cell in enumerate(row.cells[width:], width + 1) if not is_blank(cell)]
        # In a CSV a cell too many moves the others; in a workbook it is a note beside the table.
        if beyond and is_csv and not fault:
            fault = _("This row has %(cells)d cells, and the header has %(header)d: a quotation mark may be missing.")
            fault %= {"cells": beyond[-1], "header": width}
            # Nothing is lost on the way back to whoever mends it.
            row.cells[width - 1 :] = [self.found.delimiter.join(str(cell) for cell in row.cells[width - 1 :])]
        nothing: Cell = "" if is_csv else None
        cells = row.cells[:width]
        return SheetRow(row.number, cells + [nothing] * (width - len(cells)), fault)


def open_sheet(file: BinaryIO, name: str, *, limits: Limits | None = None, sheet: str | None = None) -> Sheet:
    """The table of a file, which must stay open as long as it is read. `sheet`: of a workbook, which one; by default
    the first that can be seen and has anything in it. Raises Unreadable."""
    limits = limits or Limits.of_settings()
    size = file.seek(0, 2)
    if not size:
        raise Unreadable(_("This file is empty."))
    if size > limits.max_bytes:
        sentence = _("This file is too large: at most %(most)s, and it has %(size)s. Split it into several files.")
        raise Unreadable(sentence % {"most": size_of(limits.max_bytes), "size": size_of(size)})
    with damage_told():
        is_workbook = kinds.format_of(file, name) == "XLSX"
    if is_workbook:
        book = XlsxFile(file, limits=limits, sheet=sheet)
        return Sheet(book, Found("XLSX", sheet=book.sheet, sheets=book.sheets), limits)
    text = csv_files.CsvFile(file, name, limits=limits)
    dialect = text.dialect
    return Sheet(text, Found("CSV", dialect.encoding, dialect.delimiter, dialect.line_end), limits)


def _filled(rows: Iterator[SheetRow], limits: Limits, *, most: int, below: int = 0) -> Generator[SheetRow]:
    """The rows with anything in them. Raises Unreadable when there are too many below that number, blank or not."""
    seen = 0
    for row in rows:
        seen += row.number > below
        if seen > most:
            sentence = _(
                "This file has more than %(most)s rows, blank ones counted. Split it into several files, or take out "
                "the blank rows."
            )
            raise Unreadable(sentence % {"most": count_of(limits.max_rows)})
        if row.cells:
            yield row


def _sample_of(rows: Iterator[SheetRow]) -> list[SheetRow]:
    sample: list[SheetRow] = []
    characters = 0
    for row in islice(rows, SAMPLE_ROWS + 1):
        sample.append(row)
        characters += sum(len(cell) for cell in row.cells if isinstance(cell, str))
        if characters > SAMPLE_CHARACTERS and len(sample) >= LEAST_SAMPLE_ROWS:
            break
    return sample


# The header


def _header_of(sample: list[SheetRow]) -> SheetRow | None:
    """The first row that has most of the table's columns: above it stand a title and remarks, with a cell or two."""
    counts = [sum(not is_blank(cell) for cell in row.cells) for row in sample]
    usual = sorted(counts)[len(counts) // 2] if counts else 0
    return next((row for row, count in zip(sample, counts, strict=True) if count * 2 > usual), None)


def _titles(header: SheetRow, below: list[SheetRow], limits: Limits, *, is_ragged: bool) -> list[str]:
    """One for every column that has a title or a value in the first rows. `is_ragged`: values may stand beyond it."""
    if header.fault:
        raise Unreadable(header.fault)
    most = max([len(header.cells), *(len(row.cells) for row in below)]) if is_ragged else len(header.cells)
    filled = [at for row in [header, *below] for at, cell in enumerate(row.cells[:most], 1) if not is_blank(cell)]
    width = max(filled)
    if width > limits.max_columns:
        sentence = _("This file has %(columns)s columns, and at most %(most)s can be read. Take out those not needed.")
        raise Unreadable(sentence % {"columns": count_of(width), "most": count_of(limits.max_columns)})
    titles = [_title(cell) for cell in header.cells[:width]]
    return titles + [""] * (width - len(titles))


def _title(cell: Cell) -> str:
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return "" if cell is None else " ".join(str(cell).split())
