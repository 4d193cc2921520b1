"""A workbook, read member by member: memory holds a row at a time, however large it is.

openpyxl reads a whole row as a tree and keeps all texts of the workbook; a file made to harm (a million cells in a row,
a million different texts) would fill the memory before any limit is looked at. Its knowledge of dates is used.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from array import array
from collections.abc import Generator, Mapping
from contextlib import closing
from datetime import datetime
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import BinaryIO

from django.utils.translation import gettext as _
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_datetime, is_timedelta_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from jobs.spreadsheets.cells import SheetRow, Unreadable
from jobs.spreadsheets.kinds import DAMAGED
from jobs.spreadsheets.limits import Limits, size_of
from jobs.spreadsheets.xlsx_rows import RowHandler, unescape
from jobs.spreadsheets.xml_parts import CHUNK_BYTES, Budget, Handler, Part, damage_told, refuse_other_packing, walk

#: Texts up to this size stay in memory; more of them go to disk.
TEXTS_IN_MEMORY = 1 << 20
#: Twenty in each of a hundred thousand rows, no two alike.
MOST_TEXTS = 2_000_000
MOST_STYLES = 100_000
MOST_SHEETS = 1_000
#: Kinds of numbers, and how long the code of one may be in Excel. Telling what a long one means takes very long.
MOST_CODES = 10_000
MOST_CODE_CHARACTERS = 255

_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_OFFICE_DOCUMENT = "/officeDocument"


class Styles(Handler):
    """Which styles make a number a date: their places → "datetime", "date", "time" or "timedelta"."""

    def __init__(self) -> None:
        super().__init__()
        self.dates: dict[int, str] = {}
        self._codes: dict[int, str] = {}
        self._kinds: dict[str, str] = {}
        self._place = 0
        self._is_inside = False

    def begins(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "numFmt":
            code = attributes.get("formatCode", "")
            self._codes[int(attributes["numFmtId"])] = code if len(code) <= MOST_CODE_CHARACTERS else "General"
        elif name == "cellXfs":
            self._is_inside = True
        elif name == "xf" and self._is_inside:
            number = int(attributes.get("numFmtId", 0))
            code = self._codes.get(number) or BUILTIN_FORMATS.get(number, "")
            if code not in self._kinds:
                self._kinds[code] = "timedelta" if is_timedelta_format(code) else is_datetime(code) or ""
            if self._kinds[code]:
                self.dates[self._place] = self._kinds[code]
            self._place += 1
        if self._place > MOST_STYLES or len(self._codes) > MOST_CODES:
            raise Unreadable(str(DAMAGED))

    def ends(self, name: str) -> None:
        if name == "cellXfs":
            self._is_inside = False


class Texts(Handler):
    """The shared texts of a workbook by their place, read as far as they are asked for, and kept on disk when they are
    many. One that is too long for a cell is kept a character too long, so that the row is told. To be closed."""

    def __init__(self, member: Part | None, most_characters: int) -> None:
        super().__init__()
        self._kept: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(TEXTS_IN_MEMORY)  # noqa: SIM115  # see close
        self._ends = array("Q", [0])
        self._most = most_characters + 1
        self._read: list[bytes] = []
        self._pieces: list[str] = []
        self._length = 0
        self._is_text = self._is_reading = False
        self._walk = walk(member, self) if member else iter(())
        self._member = member

    def close(self) -> None:
        self._kept.close()
        if self._member:
            self._member.close()

    def __getitem__(self, place: int) -> str:
        if place < 0:
            raise IndexError(place)
        while place + 1 >= len(self._ends) and next(self._walk, self) is None:
            self._keep()
        begin, end = self._ends[place], self._ends[place + 1]  # IndexError: the file names a text it hasn't
        self._kept.seek(begin)
        return self._kept.read(end - begin).decode()

    def _keep(self) -> None:
        self._kept.seek(0, 2)
        self._kept.write(b"".join(self._read))
        self._read.clear()

    def begins(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "si":
            self._pieces, self._length, self._is_reading = [], 0, True
        elif name == "rPh":  # how it is spoken
            self._is_reading = False
        elif name == "t":
            self._is_text = True

    def says(self, text: str) -> None:
        if self._is_text and self._is_reading and self._length < self._most:
            self._pieces.append(text[: self._most - self._length])
            self._length += len(text)

    def ends(self, name: str) -> None:
        if name == "t":
            self._is_text = False
        elif name == "rPh":
            self._is_reading = True
        elif name == "si":
            self._read.append(unescape("".join(self._pieces)).encode("utf-8", "replace"))
            self._ends.append(self._ends[-1] + len(self._read[-1]))
            self.begin_anew()
            if len(self._ends) > MOST_TEXTS:
                raise Unreadable(str(DAMAGED))


class Relations(Handler):
    """What a part of the workbook refers to: identifier → (kind, place)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, tuple[str, str]] = {}

    def begins(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship" and len(self.found) < MOST_SHEETS:
            self.found[attributes.get("Id", "")] = (attributes.get("Type", ""), attributes.get("Target", ""))


class Workbook(Handler):
    """Names of the sheets that can be seen, with the identifiers of their places."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: dict[str, str] = {}
        self.epoch: datetime = CALENDAR_WINDOWS_1900

    def begins(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "workbookPr" and attributes.get("date1904", "0") in {"1", "true"}:
            self.epoch = CALENDAR_MAC_1904
        elif name == "sheet" and attributes.get("state", "visible") == "visible" and len(self.sheets) < MOST_SHEETS:
            place = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            self.sheets[attributes["name"]] = place


class XlsxFile:
    """The rows of one sheet. `sheets`: the names of those that can be chosen; `sheet`: the one that is read."""

    def __init__(self, file: BinaryIO, *, limits: Limits, sheet: str | None) -> None:
        self._file = file
        self._limits = limits
        #: For all that is read until the sheet is chosen: many empty ones may each ask for the last shared text.
        self._budget = Budget(
            limits.max_expanded_bytes,
            _("Too much of this file was read without a filled sheet. Take out the empty sheets, or save it as CSV."),
        )
        with damage_told(), zipfile.ZipFile(file) as archive:
            self._members = _members_of(archive, limits)
            book, places = self._book(archive)
            self._epoch = book.epoch
            self._styles = self._dates(archive, places)
            self._texts = next((place for kind, place in places.values() if kind.endswith("/sharedStrings")), "")
            found = {name: places[key] for name, key in book.sheets.items() if key in places}
        self._places = {name: place for name, (kind, place) in found.items() if kind.endswith("/worksheet")}
        if len({place.lower() for place in self._places.values()}) < len(self._places):
            raise Unreadable(
                _(
                    "Two sheets of this file are kept in the same place, so it is damaged. "
                    "Open it in your spreadsheet program and save it again."
                )
            )
        self.sheets = list(self._places)
        self.sheet = self._chosen(sheet)

    def _chosen(self, sheet: str | None) -> str:
        if sheet is None:
            filled = (name for name in self.sheets if self._is_filled(name))
            sheet = next(filled, None)
            if sheet is None:
                raise Unreadable(_("No sheet of this file has anything in it."))
        if sheet not in self._places:
            sentence = _("This file has no sheet “%(sheet)s” that can be seen. It has: %(sheets)s.")
            raise Unreadable(sentence % {"sheet": sheet[:100], "sheets": ", ".join(self.sheets)[:500]})
        return sheet

    def _is_filled(self, name: str) -> bool:
        with closing(self._rows(name)) as rows:
            return any(row.cells for row in islice(rows, self._limits.max_rows))

    def rows(self) -> Generator[SheetRow]:
        """Every row the sheet has, with its number; one without a value has no cells."""
        self._budget = Budget(self._limits.max_expanded_bytes, str(DAMAGED))
        return self._rows(self.sheet)

    def _rows(self, name: str) -> Generator[SheetRow]:
        with damage_told(), zipfile.ZipFile(self._file) as archive:
            texts = self._open(archive, self._texts) if self._texts.lower() in self._members else None
            with (
                closing(Texts(texts, self._limits.max_cell_characters)) as kept,
                closing(self._open(archive, self._places[name])) as member,
            ):
                handler = RowHandler(kept, self._styles, self._epoch, self._limits)
                for _piece in walk(member, handler):
                    yield from handler.taken()
                    if handler.is_over:
                        return

    def count(self) -> int:
        """Rows that the sheet has, blank ones too."""
        self._budget = Budget(self._limits.max_expanded_bytes, str(DAMAGED))
        found, rest, place = 0, b"", self._places[self.sheet]
        with damage_told(), zipfile.ZipFile(self._file) as archive, closing(self._open(archive, place)) as member:
            while chunk := member.read(CHUNK_BYTES):
                piece = rest + chunk
                cut = max(piece.rfind(b"<"), len(piece) - 64)  # a tag may go on in the next one
                found, rest = found + len(_ROW.findall(piece[:cut])), piece[cut:]
        return found + len(_ROW.findall(rest))

    # Parts

    def _open(self, archive: zipfile.ZipFile, place: str) -> Part:
        return Part(archive.open(self._members[place.lower()]), self._budget)

    def _read(self, archive: zipfile.ZipFile, place: str, handler: Handler) -> None:
        with closing(self._open(archive, place)) as member:
            for _piece in walk(member, handler):
                pass

    def _book(self, archive: zipfile.ZipFile) -> tuple[Workbook, dict[str, tuple[str, str]]]:
        top = self._relations(archive, "")
        main = next((place for kind, place in top.values() if kind.endswith(_OFFICE_DOCUMENT)), "xl/workbook.xml")
        book = Workbook()
        self._read(archive, main, book)
        return book, self._relations(archive, main)

    def _relations(self, archive: zipfile.ZipFile, of: str) -> dict[str, tuple[str, str]]:
        folder, name = posixpath.split(of)
        handler = Relations()
        self._read(archive, posixpath.join(folder, "_rels", f"{name}.rels"), handler)
        return {
            key: (kind, posixpath.normpath(posixpath.join("/", folder, place)).lstrip("/"))
            for key, (kind, place) in handler.found.items()
        }

    def _dates(self, archive: zipfile.ZipFile, places: dict[str, tuple[str, str]]) -> dict[int, str]:
        styles = Styles()
        place = next((place for kind, place in places.values() if kind.endswith("/styles")), "")
        if place.lower() in self._members:
            self._read(archive, place, styles)
        return styles.dates


def _members_of(archive: zipfile.ZipFile, limits: Limits) -> dict[str, zipfile.ZipInfo]:
    """By name in lower case and with slashes: some programs write them otherwise than they name them."""
    members = archive.infolist()
    # What they say is what can be read: the archive ends a member there.
    if sum(member.file_size for member in members) > limits.max_expanded_bytes:
        sentence = _("Unpacked, this file is larger than %(size)s. Split it into several files, or save it as CSV.")
        raise Unreadable(sentence % {"size": size_of(limits.max_expanded_bytes)})
    refuse_other_packing(members)
    return {member.filename.replace("\\", "/").lower(): member for member in members}
