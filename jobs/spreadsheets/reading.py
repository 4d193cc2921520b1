"""A spreadsheet that somebody brings, read row by row.

    sheet = open_sheet(file, "people.csv")     # or Unreadable: what is wrong with the file, and what to do
    sheet.found.words()                        # "CSV, UTF-16, separated by semicolons, Windows line ends"
    for row in sheet.rows(after=1200): ...     # on from where one was; Unreadable when a limit is passed

Memory holds a row, not the file. Formulas that we made harmless (`neutral`) come back as they were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from itertools import islice
from typing import Any, BinaryIO, Final, Protocol

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from jobs.spreadsheets import csv_files, kinds
from jobs.spreadsheets.cells import Cell, SheetRow, Unreadable, is_blank
from jobs.spreadsheets.limits import Limits, count_of, size_of
from jobs.spreadsheets.xlsx_files import XlsxFile
from jobs.spreadsheets.xml_parts import damage_told

__all__ = ["Cell", "Chosen", "Found", "Sheet", "SheetRow", "Unreadable", "open_sheet"]

#: Rows that are looked at to find the header and how wide the table is.
SAMPLE_ROWS = 50
#: No more of them when they are this long together, but some in any case.
SAMPLE_CHARACTERS = 2_000_000
LEAST_SAMPLE_ROWS = 10
#: Of those the first are shown, to choose the header among them. The guessed one is always there: see `_header_of`.
FIRST_ROWS = 30


@dataclass(frozen=True)
class Chosen:
    """How a file is to be read, where somebody said so; None is how it seems best. `header`: the number of the row with
    the titles, 0 where no row has them."""

    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header: int | None = None


AS_IT_SEEMS: Final = Chosen()


@dataclass(frozen=True)
class Found:
    """What the file turned out to be. `encoding`: Python's name of it; `delimiter`: "" for one column; `header`: see
    `Chosen`; what a format hasn't is "" or empty."""

    format: str
    encoding: str = ""
    delimiter: str = ""
    line_end: str = ""
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)
    #: None in what was kept by an older version.
    header: int | None = None

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Found:
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in kept.items() if name in known})

    def chosen(self) -> Chosen:
        """To read the file once more as it was."""
        is_text = self.format == "CSV"
        return Chosen(
            self.sheet or None,
            self.encoding or None if is_text else None,
            self.delimiter if is_text else None,
            self.header,
        )

    def words(self) -> str:
        """For people: "CSV, UTF-16, separated by semicolons, Windows line ends"."""
        if self.format == "XLSX":
            words = [_("sheet “%(name)s”") % {"name": self.sheet}]
        else:
            words = csv_files.words_of(self.encoding, self.delimiter, self.line_end)
        if self.header == 0:
            words.append(_("no titles"))
        elif self.header not in {None, 1}:
            words.append(_("titles in row %(row)s") % {"row": count_of(self.header or 0)})
        return ", ".join([self.format, *words])


class _Rows(Protocol):
    def rows(self) -> Generator[SheetRow]: ...

    def count(self) -> int: ...


class Sheet:
    """One table of a file: `header`, the titles of its columns ("" for one without), stands in row `header_number`.
    `first`: the first rows with anything in them, as they are, the header among them."""

    def __init__(self, source: _Rows, found: Found, limits: Limits, header: int | None = None) -> None:
        self._source, self._limits = source, limits
        with closing(_filled(source.rows(), limits, most=limits.max_rows + SAMPLE_ROWS)) as rows:
            sample = _sample_of(rows)
        if not sample:
            raise Unreadable(_("This file is empty."))
        titles = _header_of(sample) if header is None else _chosen_header(sample, header)
        self.header_number = titles.number
        self.found = replace(found, header=titles.number)
        below = [row for row in sample if row.number > titles.number]
        if not below:
            raise Unreadable(_nothing_below(header))
        self.header = _titles(titles, below, limits, is_ragged=found.format == "XLSX")
        self.first = sample[:FIRST_ROWS]

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


def open_sheet(file: BinaryIO, name: str, *, limits: Limits | None = None, chosen: Chosen = AS_IT_SEEMS) -> Sheet:
    """The table of a file, which must stay open as long as it is read. Of a workbook by default the first sheet that
    can be seen and has anything in it. Raises Unreadable, also for what was chosen and does not fit the file."""
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
        book = XlsxFile(file, limits=limits, sheet=chosen.sheet)
        return Sheet(book, Found("XLSX", sheet=book.sheet, sheets=book.sheets), limits, chosen.header)
    text = csv_files.CsvFile(file, name, limits=limits, encoding=chosen.encoding, delimiter=chosen.delimiter)
    dialect = text.dialect
    return Sheet(text, Found("CSV", dialect.encoding, dialect.delimiter, dialect.line_end), limits, chosen.header)


def _filled(rows: Iterator[SheetRow], limits: Limits, *, most: int, below: int = 0) -> Generator[SheetRow]:
    """The rows with anything in them. Raises Unreadable when there are too many below that number, blank or not, or
    when all cells so far have too many characters."""
    seen = characters = 0
    for row in rows:
        seen += row.number > below
        if seen > most:
            sentence = _(
                "This file has more than %(most)s rows, blank ones counted. Split it into several files, or take out "
                "the blank rows."
            )
            raise Unreadable(sentence % {"most": count_of(limits.max_rows)})
        if row.cells:
            characters += _characters_of(row)
            if characters > limits.max_characters:
                raise Unreadable(_too_full(row.number, limits))
            yield row


def _characters_of(row: SheetRow) -> int:
    return sum(len(cell) if isinstance(cell, str) else len(str(cell)) for cell in row.cells if cell is not None)


def _too_full(number: int, limits: Limits) -> str:
    sentence = _(
        "Up to row %(row)s the cells of this file have more than %(most)s characters together. "
        "Split it into several files."
    )
    return sentence % {"row": count_of(number), "most": count_of(limits.max_characters)}


def _sample_of(rows: Iterator[SheetRow]) -> list[SheetRow]:
    sample: list[SheetRow] = []
    characters = 0
    for row in islice(rows, SAMPLE_ROWS + 1):
        sample.append(row)
        characters += _characters_of(row)
        if characters > SAMPLE_CHARACTERS and len(sample) >= LEAST_SAMPLE_ROWS:
            break
    return sample


# The header


def _header_of(sample: list[SheetRow]) -> SheetRow:
    """The first row that has most of the table's columns: above it stand a title and remarks, with a cell or two."""
    counts = [sum(not is_blank(cell) for cell in row.cells) for row in sample]
    usual = sorted(counts)[len(counts) // 2]
    return next(row for row, count in zip(sample, counts, strict=True) if count * 2 > usual)


def _chosen_header(sample: list[SheetRow], number: int) -> SheetRow:
    if number == 0:
        return SheetRow(0, [])
    found = next((row for row in sample if row.number == number), None)
    if found is None:
        sentence = _("Row %(row)s is blank, or too far down to have the titles. Choose another row.")
        raise Unreadable(sentence % {"row": count_of(number)})
    return found


def _nothing_below(chosen: int | None) -> str:
    if chosen is None:
        return _("There is nothing to load below the first filled row of this file.")
    return _("There is nothing to load below row %(row)s. Choose another row.") % {"row": count_of(chosen)}


def _titles(header: SheetRow, below: list[SheetRow], limits: Limits, *, is_ragged: bool) -> list[str]:
    """One for every column that has a title or a value in the first rows. `is_ragged`: values may stand beyond it. Of
    a header that is no row each column is called by its letter."""
    if header.fault:
        raise Unreadable(header.fault)
    widths = Counter(len(row.cells) for row in below)
    most = len(header.cells) if header.number else widths.most_common(1)[0][0]
    most = max(most, *widths) if is_ragged else most
    filled = [at for row in [header, *below] for at, cell in enumerate(row.cells[:most], 1) if not is_blank(cell)]
    width = max(filled)
    if width > limits.max_columns:
        sentence = _("This file has %(columns)s columns, and at most %(most)s can be read. Take out those not needed.")
        raise Unreadable(sentence % {"columns": count_of(width), "most": count_of(limits.max_columns)})
    if not header.number:
        return [_("Column %(letter)s") % {"letter": get_column_letter(at)} for at in range(1, width + 1)]
    titles = [title_of(cell) for cell in header.cells[:width]]
    return titles + [""] * (width - len(titles))


def title_of(cell: Cell) -> str:
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return "" if cell is None else " ".join(str(cell).split())
