"""On step 2: how the file is read – which sheet, which row has the titles, in which encoding – shown and corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.refusals import Refused
from jobs.spreadsheet_models import Spreadsheet
from jobs.spreadsheets import encodings, importing, tables
from jobs.spreadsheets.cells import Unreadable
from jobs.spreadsheets.csv_files import DELIMITERS
from jobs.spreadsheets.pages import access
from jobs.spreadsheets.reading import Chosen, Found

#: As a form has them: a tab does not survive in every browser.
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "none": ""}
_NOTHING = gettext_lazy("nothing: there is one column")
_MOST_DIGITS = 7


@dataclass(frozen=True)
class Choice:
    value: str
    words: str | Promise
    is_taken: bool


@dataclass(frozen=True)
class FirstRow:
    """A row that may have the titles."""

    number: int
    cells: Sequence[str]
    is_taken: bool


def how_read(sheet: Spreadsheet, *, is_open: bool) -> dict[str, Any]:
    """For the template. Opened at once where the guess may be wrong: the first filled row is not the one with the
    titles, or nothing but the letters told the encoding."""
    found = Found.of(sheet.found)
    rows = [
        FirstRow(number, [cell for cell in cells if cell] if _is_lone(cells) else cells, number == found.header)
        for number, cells in sheet.found.get(tables.FIRST, [])
    ]
    is_text = found.format == "CSV"
    has_doubt = bool(rows) and found.header != rows[0].number
    has_doubt |= len(found.sheets) > 1 or (is_text and not encodings.NAMES[found.encoding].startswith("UTF"))
    return {
        "rows": rows,
        "has_no_titles": found.header == 0,
        "sheets": [Choice(name, name, name == found.sheet) for name in found.sheets] if len(found.sheets) > 1 else [],
        "encodings": _encodings(found.encoding) if is_text else [],
        "delimiters": [
            Choice(name, DELIMITERS.get(sign, _NOTHING), sign == found.delimiter) for name, sign in _DELIMITERS.items()
        ]
        if is_text
        else [],
        "is_open": is_open or has_doubt,
    }


def _is_lone(cells: Sequence[str]) -> bool:
    """A heading, which may have the whole width."""
    return sum(map(bool, cells)) == 1


def _encodings(found: str) -> list[Choice]:
    offered = dict(encodings.OFFERED)
    taken = _as_offered(found)
    offered.setdefault(taken, gettext_lazy("all languages"))  # UTF-32 is taken where it is found
    return [Choice(name, f"{encodings.NAMES[name]} ({where})", name == taken) for name, where in offered.items()]


def _as_offered(encoding: str) -> str:
    """Several forms of one encoding are offered once."""
    return next((name for name in encodings.OFFERED if encodings.NAMES[name] == encodings.NAMES[encoding]), encoding)


class ReadingPages:
    """For the admin of imports."""

    def table_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Read the file so, and guess its columns anew."""
        sheet, _resource = access.sheet_for(request, pk)
        chosen = _chosen(request.POST, Found.of(sheet.found))
        address = reverse("admin:jobs_spreadsheet_columns", args=[pk])
        try:
            importing.read_again(sheet, chosen, by=access.by(request))
        except Unreadable as unreadable:
            messages.error(request, _("It stays as it was. %(why)s") % {"why": unreadable.sentence})
        except Refused as refused:
            access.say(request, refused)
            return redirect(address)
        return redirect(f"{address}?reading")


def _chosen(posted: Mapping[str, str], found: Found) -> Chosen:
    """What is not posted stays. Another sheet, encoding or delimiter makes other rows: then the row of the titles is
    only taken where another one was chosen than before."""
    before = found.chosen()
    sheet = posted.get("sheet", before.sheet)
    if sheet is not None and sheet not in found.sheets:
        raise Http404
    encoding, delimiter = before.encoding, before.delimiter
    if encoding is not None:
        name = posted.get("encoding", _as_offered(encoding))
        if name not in encodings.OFFERED and name != encoding:
            raise Http404
        encoding = encoding if name == _as_offered(encoding) else name
        if "delimiter" in posted:
            if posted["delimiter"] not in _DELIMITERS:
                raise Http404
            delimiter = _DELIMITERS[posted["delimiter"]]
    header = _row_number(posted["header"]) if "header" in posted else before.header
    is_other = (sheet, encoding, delimiter) != (before.sheet, before.encoding, before.delimiter)
    return Chosen(sheet, encoding, delimiter, None if is_other and header == before.header else header)


def _row_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise Http404
    return int(text)
