"""The rows of a worksheet, out of its XML."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import NamedTuple, Protocol

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import from_excel, from_ISO8601

from jobs.spreadsheets.cells import Cell, SheetRow, Unreadable
from jobs.spreadsheets.limits import XLSX_ROW_CHARACTERS, Limits, count_of
from jobs.spreadsheets.neutral import original
from jobs.spreadsheets.xml_parts import Handler

#: The most columns that the format has; each may be there without a value.
MOST_CELLS = 16_384
#: The last row that the format has.
MOST_ROWS = 1_048_576
#: A longer text is not even passed over.
MOST_CHARACTERS = 4_000_000

#: Not null bytes and halves of a character, which no database takes.
_ESCAPED = re.compile("_x(?!0000|[Dd][89A-Fa-f])([0-9A-Fa-f]{4})_")


def unescape(text: str) -> str:
    """Characters that XML can't hold stand as _x000D_ in a workbook."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class SharedTexts(Protocol):
    def __getitem__(self, place: int) -> str: ...


class _Shared(NamedTuple):
    """A text named by its place, and looked up when its row is handed out: a piece of XML may hold thousands."""

    place: int


class RowHandler(Handler):
    """Gathers rows; `taken` hands out those that are whole. `is_over`: no row comes any more."""

    def __init__(self, texts: SharedTexts, dates: Mapping[int, str], epoch: datetime, limits: Limits) -> None:
        super().__init__()
        self._texts, self._dates, self._epoch, self._limits = texts, dates, epoch, limits
        self._rows: deque[tuple[int, dict[int, Cell | _Shared], str]] = deque()
        self.is_over = False
        self._number = self._column = 0
        self._values: dict[int, Cell | _Shared] | None = None
        self._fault = ""
        self._pieces: list[str] = []
        self._length = 0
        self._is_text = self._has_value = self._has_formula = False
        self._kind, self._style = "n", 0

    def taken(self) -> Iterator[SheetRow]:
        while self._rows:
            yield self._row(*self._rows.popleft())

    def _row(self, number: int, values: dict[int, Cell | _Shared], fault: str) -> SheetRow:
        cells: list[Cell] = []
        characters = 0
        for column, value in sorted(values.items()):
            found = self._texts[value.place] if isinstance(value, _Shared) else value
            if found == "":
                continue
            if column > self._limits.max_columns:
                raise Unreadable(self._too_wide(number))
            if isinstance(found, str):
                if len(found) > self._limits.max_cell_characters:
                    fault = fault or self._too_long(number, column)
                    found = found[: self._limits.max_cell_characters]
                found = original(found)
                characters += len(found)
                if characters > XLSX_ROW_CHARACTERS:
                    raise Unreadable(self._too_full(number))
            cells.extend([None] * (column - 1 - len(cells)))
            cells.append(found)
        return SheetRow(number, cells, fault)

    def begins(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "c" and self._values is not None:
            self._begin_cell(attributes)
        elif name in {"v", "t"}:
            self._is_text = self._has_value = True
        elif name == "f":
            self._has_formula = True
        elif name == "row":
            self._number = max(_row_number(attributes.get("r", "")), self._number + 1)
            if self._number > MOST_ROWS:
                raise Unreadable(_too_far())
            self._values, self._column, self._fault, self._cells = {}, 0, "", 0
        elif name == "rPh":
            self._is_spoken = True

    _is_spoken = False
    _cells = 0

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        place = attributes.get("r")
        self._column = column_of(place) if place else self._column + 1
        self._kind = attributes.get("t", "n")
        self._style = int(attributes.get("s") or 0)
        self._pieces, self._length = [], 0
        self._has_value = self._has_formula = False
        self._cells += 1
        if self._cells > MOST_CELLS:
            raise Unreadable(self._too_wide(self._number))

    def says(self, text: str) -> None:
        if self._is_text and not self._is_spoken:
            if self._length <= self._limits.max_cell_characters:
                self._pieces.append(text)
            self._length += len(text)
            if self._length > MOST_CHARACTERS:
                raise Unreadable(self._too_long(self._number, self._column))

    def ends(self, name: str) -> None:
        if name in {"v", "t"}:
            self._is_text = False
        elif name == "c" and self._values is not None:
            self._end_cell(self._values)
        elif name == "row" and self._values is not None:
            self._rows.append((self._number, self._values, self._fault))
            self._values = None
            self.begin_anew()
        elif name == "rPh":
            self._is_spoken = False
        elif name == "sheetData":
            self.is_over = True

    def _end_cell(self, values: dict[int, Cell | _Shared]) -> None:
        if not self._has_value:
            if self._has_formula:
                sentence = _(
                    "The result of the formula in %(cell)s is not in the file. Open it, save it, and try again."
                )
                self._fault = self._fault or sentence % {"cell": self._name()}
            return
        value = self._value("".join(self._pieces))
        if value is None or value == "":
            return
        if not isinstance(value, _Shared) and self._column > self._limits.max_columns:
            raise Unreadable(self._too_wide(self._number))
        if isinstance(value, str) and self._length > self._limits.max_cell_characters:
            self._fault = self._fault or self._too_long(self._number, self._column)
            value = value[: self._limits.max_cell_characters]
        values[self._column] = value

    def _value(self, text: str) -> Cell | _Shared:
        if self._kind == "s":
            return _Shared(int(text))
        if self._kind in {"inlineStr", "str"}:
            return unescape(text)
        if self._kind == "b":
            return text.strip() in {"1", "true"}
        if self._kind == "e":
            return text  # "#REF!", as the program shows it
        if self._kind == "d":
            return _of_iso(text.strip())
        return self._number_of(text.strip())

    def _number_of(self, text: str) -> Cell:
        if not text:
            return None
        number = int(text) if len(text) < 16 and text.lstrip("-").isdecimal() else float(text)
        kind = self._dates.get(self._style)
        if not kind:
            return int(number) if isinstance(number, float) and _is_whole(number) else number
        try:
            found = from_excel(number, self._epoch, timedelta=kind == "timedelta")
        except (OverflowError, ValueError):
            return number  # no day that a calendar has
        return found.date() if kind == "date" and isinstance(found, datetime) else found

    def _name(self) -> str:
        return f"{get_column_letter(self._column)}{self._number}"

    def _too_long(self, number: int, column: int) -> str:
        sentence = _("Cell %(cell)s has more than %(most)s characters.")
        most = count_of(self._limits.max_cell_characters)
        return sentence % {"cell": f"{get_column_letter(column)}{number}", "most": most}

    def _too_wide(self, number: int) -> str:
        sentence = _("Row %(row)s has more than %(most)s columns. Take out those that are not needed.")
        return sentence % {"row": count_of(number), "most": count_of(self._limits.max_columns)}

    def _too_full(self, number: int) -> str:
        sentence = _("The cells of row %(row)s have more than %(most)s characters together. Shorten their texts.")
        return sentence % {"row": count_of(number), "most": count_of(XLSX_ROW_CHARACTERS)}


def _row_number(given: str) -> int:
    """0 for none. Not the number itself where it is beyond any row: it may have thousands of digits."""
    if not (given.isascii() and given.isdigit()):
        return 0
    return int(given) if len(given) <= len(str(MOST_ROWS)) else MOST_ROWS + 1


def _too_far() -> str:
    sentence = _(
        "A row of this file says that it comes after row %(most)s, the last that a workbook can have. "
        "Open it in your spreadsheet program and save it again."
    )
    return sentence % {"most": count_of(MOST_ROWS)}


def column_of(place: str) -> int:
    """ "C7" → 3."""
    column = 0
    for letter in place[:4].upper():
        if not "A" <= letter <= "Z":
            break
        column = column * 26 + ord(letter) - 64
    if not 0 < column <= MOST_CELLS:
        raise ValueError(place)
    return column


def _is_whole(number: float) -> bool:
    return number.is_integer() and abs(number) < 2**53


def _of_iso(text: str) -> datetime | date | time | str:
    try:
        found = from_ISO8601(text)
    except ValueError:
        return text
    return found if isinstance(found, datetime | date | time) else text
