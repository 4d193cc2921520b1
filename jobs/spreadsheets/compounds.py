"""What a file says in one column and we keep in several: it is taken apart as the file is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from jobs.spreadsheets.columns import Column, as_text

#: Characters of it in a sentence.
_SHOWN = 100


@dataclass(frozen=True)
class Compound:
    """A place for a column of the file, that is no column of ours. `fills`: those that it stands for; `parts` gives
    them, and perhaps others, which a column of their own overrules. `shared`: titles that mean it where no part has a
    column, and the part that is left where the others have one ("Vorname; Name")."""

    name: str
    title: str | Promise
    fills: tuple[str, ...]
    parts: Callable[[str], Mapping[str, str]]
    help: str | Promise = ""
    synonyms: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    #: As a column has them.
    required: bool = False
    looks_like: None = None
    choices: None = None
    value_synonyms: Mapping[str, str] = field(default_factory=dict)

    def taken_apart(self, cell: Any, columns: Mapping[str, Column]) -> tuple[dict[str, str], str]:
        """The cells of our columns, and in words how it was taken; "" where it can be taken in one way alone."""
        text = as_text(cell).strip() if cell is not None else ""
        if not text:
            return dict.fromkeys(self.fills, ""), ""
        found = dict(self.parts(text))
        if all(part and " " not in part for part in found.values()):
            return found, ""
        words = ", ".join(f"{columns[name].title} “{part[:_SHOWN]}”" for name, part in found.items() if part)
        return found, _("“%(whole)s” is taken as: %(parts)s.") % {"whole": text[:_SHOWN], "parts": words}


def without_doubles(
    found: Mapping[int, str], titles: Mapping[int, str], compounds: Sequence[Compound]
) -> dict[int, str]:
    """A guess in which nothing is said twice: where a part has its own column, the whole is not taken, or is the part
    that is left. titles: as `matching.plain` has them."""
    kept = dict(found)
    for compound in compounds:
        place = next((place for place, name in found.items() if name == compound.name), None)
        if place is None or not set(compound.fills) & set(found.values()):
            continue
        del kept[place]
        left = [name for name in compound.fills if name not in found.values()]
        if len(left) == 1 and titles[place] in compound.shared:
            kept[place] = left[0]
    return dict(sorted(kept.items()))
