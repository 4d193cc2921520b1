"""CSV as people have it: any usual encoding, delimiter and line end, found and named."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, TextIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.spreadsheets import encodings, kinds
from jobs.spreadsheets.cells import SheetRow, Unreadable, is_blank
from jobs.spreadsheets.limits import Limits, count_of
from jobs.spreadsheets.neutral import original

#: The delimiters looked for, and how they are called in "separated by …".
DELIMITERS = {
    ",": gettext_lazy("commas"),
    ";": gettext_lazy("semicolons"),
    "\t": gettext_lazy("tabs"),
    "|": gettext_lazy("vertical bars"),
}
LINE_ENDS = {
    "\r\n": gettext_lazy("Windows line ends"),
    "\n": gettext_lazy("Unix line ends"),
    "\r": gettext_lazy("old Mac line ends"),
    "": gettext_lazy("no line ends"),
}
_OF_ENDINGS = {"tsv": "\t", "tab": "\t", "psv": "|", "ssv": ";"}

SAMPLE_CHARACTERS = 1 << 16
SAMPLE_RECORDS = 200
#: Delimiters of one record, those within quotes too: many more than any table has, and few enough for the memory.
MOST_DELIMITERS = 100_000

#: Below this, what looks like a delimiter stands in the sentences of a single column.
LEAST_EVEN = 0.2
#: For the csv module, which must have one: of the characters that people don't write.
_NO_DELIMITER = "\x1f"
#: A first row with a quotation mark around each cell leaves no doubt.
_QUOTED_TITLES = re.compile(r'(?:"(?:[^"]|"")*"([,;\t|]))(?:"(?:[^"]|"")*"\1)*"(?:[^"]|"")*"[\r\n]')

#: Only delimiters that we know: some others, a blank above all, take the looking for quotation marks hours.
_NAMED = re.compile(rf"sep=([{re.escape(''.join(DELIMITERS))}])(\r\n|\r|\n)")

_UNCLOSED: Final = gettext_lazy(
    "A quotation mark opens in this row and is never closed: the rest of the file is in it."
)


@dataclass(frozen=True)
class Dialect:
    """`delimiter` is "" where there is one column; `skips_spaces`: between a delimiter and a quotation mark."""

    encoding: str
    delimiter: str
    line_end: str
    skips_spaces: bool
    #: The first line only names the delimiter, as Excel has it ("sep=;"), and is no row.
    names_delimiter: bool


class CsvFile:
    """The rows of one file. One walk through it at a time. `encoding` and `delimiter`: as somebody chose them."""

    def __init__(
        self, file: BinaryIO, name: str, *, limits: Limits, encoding: str | None = None, delimiter: str | None = None
    ) -> None:
        self._file = file
        self._limits = limits
        self.dialect = _dialect_of(file, name, encoding, delimiter)

    def rows(self) -> Generator[SheetRow]:
        """Every record with its number, blank ones too (without cells). Each is as wide as it stands there."""
        text = _text(self._file, self.dialect.encoding)
        try:
            yield from self._rows(text)
        finally:
            text.detach()  # it would close the file with itself

    def _rows(self, text: TextIO) -> Iterator[SheetRow]:
        if self.dialect.names_delimiter:
            text.readline()
        lines = _Lines(text, self.dialect.delimiter or _NO_DELIMITER)
        reader = csv.reader(lines, delimiter=lines.delimiter, skipinitialspace=self.dialect.skips_spaces)
        number = 0
        while True:
            number += 1
            lines.begin(number)
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                raise Unreadable(self._too_long(number)) from None
            fault = str(_UNCLOSED) if lines.is_cut else ""
            yield self._row(number, cells, fault)

    def _row(self, number: int, cells: list[str], fault: str) -> SheetRow:
        if all(is_blank(cell) for cell in cells):
            return SheetRow(number, [], fault)
        most = self._limits.max_cell_characters
        if sum(map(len, cells)) > most and (long := [at for at, cell in enumerate(cells) if len(cell) > most]):
            sentence = _("Cell %(cell)d of this row has more than %(most)s characters.")
            fault = fault or sentence % {"cell": long[0] + 1, "most": count_of(most)}
            cells = [cell[:most] for cell in cells]
        return SheetRow(number, [original(cell) if cell[:1] == "'" else cell for cell in cells], fault)

    def _too_long(self, number: int) -> str:
        sentence = _(
            "Row %(row)s has a cell of more than %(most)s characters. Perhaps a quotation mark opens there and is "
            "never closed."
        )
        return sentence % {"row": count_of(number), "most": count_of(self._limits.max_cell_characters)}

    def count(self) -> int:
        """Records, blank ones too."""
        return sum(1 for _row in self.rows())


class _Lines:
    """The lines of a text for the csv module, one record's at a time."""

    def __init__(self, text: TextIO, delimiter: str) -> None:
        self._text = text
        self.delimiter = delimiter
        self.begin(1)

    def begin(self, number: int) -> None:
        self._number, self._lines, self._delimiters = number, 0, 0
        #: The file ended while this record asked for another line: in quotes.
        self.is_cut = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline()
        if not line:
            self.is_cut = self._lines > 0
            raise StopIteration
        self._lines += 1
        self._delimiters += line.count(self.delimiter)
        if self._delimiters > MOST_DELIMITERS:
            sentence = _("Row %(row)s has more cells than any table: this is no CSV, or it is damaged.")
            raise Unreadable(sentence % {"row": count_of(self._number)})
        return line


def _text(file: BinaryIO, encoding: str) -> io.TextIOWrapper:
    file.seek(0)
    return io.TextIOWrapper(file, encoding=encoding, newline="")


# What the file is like


def _dialect_of(file: BinaryIO, name: str, chosen_encoding: str | None, delimiter: str | None) -> Dialect:
    encoding = encodings.encoding_of(file) if chosen_encoding is None else encodings.tried(file, chosen_encoding)
    text = _text(file, encoding)
    try:
        sample = text.read(SAMPLE_CHARACTERS)
        is_whole = not text.read(1)
    finally:
        text.detach()
    kinds.refuse_other_text(sample, name)
    named = _NAMED.match(sample)
    if named:
        sample = sample[named.end() :]
    if delimiter:
        _refuse_that_parts_nothing(sample, delimiter, is_whole=is_whole)
    elif delimiter is None:
        delimiter = named[1] if named else _delimiter_of(sample, name, is_whole=is_whole)
    return Dialect(
        encoding=encoding,
        delimiter=delimiter,
        line_end=_line_end_of(sample),
        skips_spaces=_skips_spaces(sample, delimiter, is_whole=is_whole),
        names_delimiter=bool(named),
    )


def _line_end_of(sample: str) -> str:
    """The most frequent one outside of quotes, in whose cells there may be others."""
    outside = "".join(sample.split('"')[0::2])
    found = Counter(re.findall(r"\r\n|\r|\n", outside))
    return found.most_common(1)[0][0] if found else ""


def _refuse_that_parts_nothing(sample: str, delimiter: str, *, is_whole: bool) -> None:
    if not any(len(cells) > 1 for cells in _records(sample, delimiter, is_whole=is_whole)):
        sentence = _("Nothing in the first rows of this file is separated by %(delimiter)s. Choose something else.")
        raise Unreadable(sentence % {"delimiter": DELIMITERS[delimiter]})


def _delimiter_of(sample: str, name: str, *, is_whole: bool) -> str:
    """The one that makes the most even table; "" for one column."""
    if quoted := _QUOTED_TITLES.match(sample):
        return quoted[1]
    usual = _OF_ENDINGS.get(kinds.ending_of(name), ",")
    records = {delimiter: _records(sample, delimiter, is_whole=is_whole) for delimiter in DELIMITERS}
    scores = {
        delimiter: _evenness(found, delimiter) * (1.1 if delimiter == usual else 1)
        for delimiter, found in records.items()
    }
    for delimiter, found in records.items():
        if not found:
            return delimiter  # parted by it, nothing is left
    best = max(scores, key=lambda delimiter: scores[delimiter])
    return best if scores[best] > LEAST_EVEN else ""


def _records(sample: str, delimiter: str, *, is_whole: bool, skips_spaces: bool = False) -> list[list[str]]:
    """The first records that are not blank; the last is left out where the sample may cut it."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, skipinitialspace=skips_spaces)
    found: list[list[str]] = []
    try:
        for cells in reader:
            found.append(cells)
            if len(found) > SAMPLE_RECORDS:
                break
    except csv.Error:
        is_whole = True  # what comes before is whole
    kept = found if is_whole or len(found) < 2 else found[:-1]
    return [cells for cells in kept if any(cell.strip() for cell in cells)]


def _evenness(records: list[list[str]], delimiter: str) -> float:
    """0 when it parts nothing. Else the share of records with the same number of cells; less where cells still hold
    another delimiter or half a quotation, or where the first row is of another width (text with commas below a header
    with semicolons)."""
    widths = Counter(map(len, records))
    parted = {width: number for width, number in widths.items() if width > 1}
    if not parted:
        return 0.0
    width = max(parted, key=lambda one: (parted[one], one))
    others = set(DELIMITERS) - {delimiter, ","}
    cells = [cell for record in records if len(record) == width for cell in record]
    clean = sum(1 for cell in cells if not others & set(cell) and cell.count('"') % 2 == 0) / len(cells)
    share = parted[width] / len(records)
    first = 1.0 if len(records[0]) == width else 0.7
    return share * (0.5 + clean / 2) * first * (1 + math.log2(width) / 10)


def _skips_spaces(sample: str, delimiter: str, *, is_whole: bool) -> bool:
    """Whether quotation marks stand behind blanks (`1, "6,000"`), which only counts when the table is evener so."""
    if not delimiter or not re.search(rf'{re.escape(delimiter)} +"(?!")', sample):
        return False
    plain, skipping = (
        _evenness(_records(sample, delimiter, is_whole=is_whole, skips_spaces=skips), delimiter)
        for skips in (False, True)
    )
    return skipping > plain


def words_of(encoding: str, delimiter: str, line_end: str) -> list[str]:
    """ "UTF-16", "separated by semicolons", "Windows line ends"."""
    parted = str(DELIMITERS.get(delimiter, f"“{delimiter}”"))
    return [
        encodings.NAMES.get(encoding, encoding),
        _("separated by %(delimiter)s") % {"delimiter": parted} if delimiter else _("one column"),
        str(LINE_ENDS.get(line_end, "")),
    ]
