"""A name in one cell, taken apart for a spreadsheet that has no column for each part."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy

from jobs.spreadsheets.compounds import Compound
from people.enums import Suffix

_SUFFIXES: Final = {str(suffix).casefold().rstrip("."): str(suffix) for suffix in Suffix.values}


def parts(name: str) -> dict[str, str]:
    """ "Elena Maria Rossi" and "Rossi, Elena Maria" → Elena Maria and Rossi; "Martin King, Jr." has a suffix too."""
    said, suffix = " ".join(name.split()), ""
    before, _comma, last_word = said.replace(",", ", ").rpartition(" ")
    if before and (suffix := _SUFFIXES.get(last_word.casefold().rstrip("."), "")):
        said = before.rstrip(" ,")
    last, comma, first = said.partition(",")
    if not comma:
        first, _blank, last = said.rpartition(" ")
    found = {"first_name": first.strip(), "last_name": last.strip()}
    return found | ({"suffix": suffix} if suffix else {})


FULL_NAME: Final = Compound(
    name="full_name",
    title=gettext_lazy("Full name"),
    help=gettext_lazy(
        "First and last name in one cell. The last word is the last name, or all that stands before a comma."
    ),
    synonyms=("name and surname", "display name", "employee name", "complete name"),
    shared=("name", "nom", "nombre"),
    fills=("first_name", "last_name"),
    parts=parts,
)
