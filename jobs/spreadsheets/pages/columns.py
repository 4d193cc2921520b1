"""Step 2: which column of the file goes where, one value for all rows where a needed column is missing, and what the
file's words stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from openpyxl.utils import get_column_letter

from audit.reading import Unfit
from audit.refusals import InvalidValues, Refused
from jobs.spreadsheet_models import Spreadsheet
from jobs.spreadsheets import importing
from jobs.spreadsheets.columns import Column, as_text
from jobs.spreadsheets.pages import access, showing
from jobs.spreadsheets.pages.reading import how_read
from jobs.spreadsheets.resources import SheetResource

#: First values of a column that are shown, and how much of each.
EXAMPLES, EXAMPLE_LENGTH = 3, 120
#: A field with more words that nobody knows is no choice of a few: its column is the wrong one.
MOST_WORDS = 60
WORD_LENGTH = 200
#: Of those that a check refused.
ROWS_LOOKED_THROUGH = 5_000

Errors = Mapping[str, list[str]]


@dataclass(frozen=True)
class ColumnShown:
    """A column of the file. `field` is the name of where it goes, "" for not taken."""

    index: int
    letter: str
    header: str
    examples: list[str]
    field: str
    help: str
    errors: list[str]

    @property
    def without_name(self) -> str:
        return _("(no name)")


@dataclass(frozen=True)
class Missing:
    """A field that no column goes to. `choices` is None where anything can be written."""

    field: str
    title: str
    choices: list[str] | None
    value: str
    errors: list[str]
    required: bool


@dataclass(frozen=True)
class Word:
    text: str
    chosen: str


@dataclass(frozen=True)
class Unknown:
    """A field of few values, and the words in the file that are none of them."""

    field: str
    title: str
    choices: list[str]
    words: list[Word]


class Matching:
    """The columns of a file with a mapping: the stored one, or what was just posted."""

    def __init__(self, sheet: Spreadsheet, resource: SheetResource, mapping: Mapping[str, Any]) -> None:
        self.sheet, self.resource, self.mapping = sheet, resource, mapping
        self.goes: dict[int, str] = {int(index): name for index, name in mapping.get("columns", {}).items()}
        self.fields = resource.targets
        self.by_name = {column.name: column for column in self.fields}

    def shown(self, errors: Errors) -> list[ColumnShown]:
        found = []
        for index, header in enumerate(self.sheet.header):
            name = self.goes.get(index, "")
            column = self.by_name.get(name)
            found.append(
                ColumnShown(
                    index,
                    get_column_letter(index + 1),
                    str(header or ""),
                    self._examples(index),
                    name,
                    str(column.help) if column else "",
                    list(errors.get(f"column-{index}", [])),
                )
            )
        return found

    def _examples(self, index: int) -> list[str]:
        found: dict[str, None] = {}
        for value in self._sampled(index):
            found[value[:EXAMPLE_LENGTH]] = None
            if len(found) == EXAMPLES:
                break
        return list(found)

    def _sampled(self, index: int) -> Iterator[str]:
        """Values of a column in the first rows, as text, without the empty ones."""
        for _number, cells in self.sheet.sample:
            text = as_text(cells[index]).strip() if index < len(cells) and cells[index] is not None else ""
            if text:
                yield text

    def missing(self, errors: Errors) -> list[Missing]:
        fixed = self.mapping.get("fixed", {})
        taken = set(self.goes.values())
        taken |= {part for each in self.resource.compounds if each.name in taken for part in each.fills}
        # A file that came from here names its rows by their key, and need not carry everything.
        is_of_ours = self.resource.key_column in taken
        return [
            Missing(
                column.name,
                str(column.title),
                self.choices[column.name] if column.choices else None,
                str(fixed.get(column.name, "")),
                list(errors.get(column.name, [])),
                column.required and not is_of_ours,
            )
            for column in self.fields
            if isinstance(column, Column) and column.name not in taken and not self.resource.is_of_round_trip(column)
        ]

    @cached_property
    def choices(self) -> dict[str, list[str]]:
        """Asked for once: some come from the database."""
        return {column.name: list(column.choices()) for column in self.fields if column.choices}

    def unknown(self) -> list[Unknown]:
        meant, found = self.mapping.get("values", {}), []
        for index, name in sorted(self.goes.items()):
            column = self.by_name.get(name)
            if not isinstance(column, Column) or name not in self.choices:
                continue
            known = meant.get(name, {})
            words = dict.fromkeys(known)
            words |= dict.fromkeys(text for text in self._values(index) if self._is_unknown(column, text))
            if words and len(words) <= MOST_WORDS:
                shown = [Word(text, known.get(text, "")) for text in words]
                found.append(Unknown(name, str(column.title), self.choices[name], shown))
        return found

    def _values(self, index: int) -> list[str]:
        """In the first rows, and in those that the last check refused for it."""
        refused = self._refused_words.get(self.goes[index], ())
        return list(dict.fromkeys(text[:WORD_LENGTH] for text in [*self._sampled(index), *refused]))

    @cached_property
    def _refused_words(self) -> dict[str, set[str]]:
        if self.sheet.run is None:
            return {}
        found: dict[str, set[str]] = {}
        for cells, errors in showing.refused_for_words(self.sheet.run, self.choices, ROWS_LOOKED_THROUGH):
            for name in errors.keys() & self.choices.keys():
                if text := as_text(cells.get(name) or ""):
                    found.setdefault(name, set()).add(text)
        return {name: set(sorted(words)[:MOST_WORDS]) for name, words in found.items()}

    def _is_unknown(self, column: Column, text: str) -> bool:
        choices = self.choices[column.name]
        try:
            return column.read(text, choices=choices) not in choices
        except Unfit:
            return True


def posted_mapping(request: HttpRequest, sheet: Spreadsheet) -> dict[str, Any]:
    """What was posted, as a mapping; what the page does not ask for stays as it is."""
    columns: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    fixed: dict[str, str] = {}
    for name, value in request.POST.items():
        given, head = str(value).replace("\x00", ""), name.partition("-")[0]
        rest = name[len(head) + 1 :]
        if (
            head == "column"
            and given
            and rest.isascii()
            and rest.isdigit()
            and len(rest) < 6
            and int(rest) < len(sheet.header)
        ):
            columns[str(int(rest))] = given
        elif head == "fixed" and given.strip():
            fixed[rest] = given.strip()
        elif head == "value" and given and (word := request.POST.get(f"word-{rest}", "")):
            values.setdefault(rest.rpartition("-")[0], {})[word.replace("\x00", "")] = given
    return {**sheet.mapping, "columns": columns, "values": values, "fixed": fixed}


class ColumnPages:
    """For the admin of imports."""

    admin_site: Any

    def columns_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows how the columns would be taken; POST takes them so, and has every row checked."""
        sheet, resource = access.sheet_for(request, pk)
        if access.step_of(sheet) == "result":
            return redirect("admin:jobs_spreadsheet_result", pk)
        if request.method != "POST":
            return self._columns_page(request, Matching(sheet, resource, sheet.mapping), {})
        mapping = posted_mapping(request, sheet)
        try:
            importing.mapped(sheet, mapping, by=access.by(request))
            importing.check(sheet, by=access.by(request))
        except InvalidValues as invalid:
            errors = {name: list(map(str, said)) for name, said in invalid.errors.items()}
            return self._columns_page(request, Matching(sheet, resource, mapping), errors)
        except Refused as refused:
            access.say(request, refused)
            return redirect(access.page_of(sheet))
        return redirect("admin:jobs_spreadsheet_check", pk)

    def _columns_page(self, request: HttpRequest, matching: Matching, errors: Errors) -> TemplateResponse:
        sheet = matching.sheet
        rows = sheet.estimated_rows
        lacking = matching.missing(errors)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Which column goes where?"),
            "opts": Spreadsheet._meta,
            "steps": access.steps("columns", sheet),
            "sheet": sheet,
            "reading": how_read(sheet, is_open="reading" in request.GET),
            "found": showing.found_words(sheet),
            "rows_words": ngettext("about %(n)s row", "about %(n)s rows", rows) % {"n": f"{rows:,}"},
            "remembered": "" if errors else showing.remembered_words(sheet),
            "problems": [(_place(name, matching), said) for name, sentences in errors.items() for said in sentences],
            "columns": matching.shown(errors),
            "fields": matching.fields,
            "missing": [each for each in lacking if each.required],
            "others": [each for each in lacking if not each.required],
            "others_open": any(each.value or each.errors for each in lacking if not each.required),
            "values": matching.unknown(),
        }
        return TemplateResponse(request, "jobs/admin/spreadsheets/columns.html", context, status=422 if errors else 200)


def _place(name: str, matching: Matching) -> str:
    """The id of the control that an error is about."""
    if name.startswith("column-"):
        return name
    index = next((index for index, field_name in matching.goes.items() if field_name == name), None)
    return f"fixed-{name}" if index is None else f"column-{index}"
