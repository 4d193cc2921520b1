"""Which column of a file is which of our fields: by its title, by other names it is known by, by what stands in it."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from rapidfuzz import fuzz

from jobs.spreadsheets import languages
from jobs.spreadsheets.cells import Cell, is_blank

#: How alike two titles must be (0 to 100) to be the same with a typing error; shorter ones must be the same.
ALIKE = 85
SHORTEST_ALIKE = 5
#: How sure a column must be of its values to be taken by them alone.
SURE = 0.8


class Column(Protocol):
    """`looks_like`: how sure one can be, from 0 to 1, that these values belong there. `choices`: the values there are,
    where they are few, with other words for them. `shared`: titles that go here unless another column has them."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> Any: ...
    @property
    def synonyms(self) -> tuple[str, ...]: ...
    @property
    def shared(self) -> tuple[str, ...]: ...
    @property
    def looks_like(self) -> Callable[[list[str]], float] | None: ...
    @property
    def choices(self) -> Callable[[], list[str]] | None: ...
    @property
    def value_synonyms(self) -> Mapping[str, str]: ...


def match(header: list[str], samples: Sequence[Sequence[Cell]], columns: Sequence[Column]) -> dict[int, str]:
    """The place of a column in the file → the field it is, for those that can be told; no field twice. `samples`: the
    first rows. Titles go before contents, and of two that are equally good the first is taken."""
    found: dict[int, str] = {}
    by_title = sorted(_by_title(header, samples, columns), key=lambda one: (-one[0], one[1], one[2]))
    _assign(found, by_title, header, columns)
    by_content = [one for one in _by_content(header, samples, columns) if one[0] >= SURE]
    # Two columns full of addresses, and no title that helps: whose is whose can't be told.
    alone = [one for one in by_content if not _has_rival(one, by_content, found, columns)]
    _assign(found, sorted(alone, key=lambda one: (-one[0], one[1], one[2])), header, columns)
    return dict(sorted(found.items()))


def known_titles(titles: Iterable[str], columns: Sequence[Column]) -> int:
    """How many of our columns these titles name, without a typing error."""
    theirs = {plain(title) for title in titles} - {""}
    return sum(not theirs.isdisjoint(_names(column)) for column in columns)


def shape_of(header: Sequence[str]) -> str:
    """A digest of the titles and their order, to know the next file of this shape again."""
    return hashlib.sha256("\x1f".join(plain(title) for title in header).encode()).hexdigest()


def plain(title: str) -> str:
    """A title without what people write in different ways: case, accents, blanks, punctuation."""
    apart = unicodedata.normalize("NFKD", title.casefold())
    return "".join(letter for letter in apart if letter.isalnum())


#: How good (0 to 100, or 0 to 1 by contents), the place in the file, the place among our columns.
_Pair = tuple[float, int, int]


def _assign(found: dict[int, str], pairs: Sequence[_Pair], header: list[str], columns: Sequence[Column]) -> None:
    for _score, place, which in pairs:
        if place not in found and columns[which].name not in found.values():
            found[place] = columns[which].name


def _by_title(header: list[str], samples: Sequence[Sequence[Cell]], columns: Sequence[Column]) -> Iterator[_Pair]:
    ours = [_names(column) for column in columns]
    exact = {known for names in ours for known in names}.union(*(column.shared for column in columns))
    for place, title in enumerate(header):
        theirs = plain(title)
        if not theirs:
            continue
        for which, names in enumerate(ours):
            if theirs in names:
                # Its own name before a synonym, so that "Priority" is not taken by a "Urgency, also Priority".
                yield 102.0 if theirs in names[:2] else 101.0, place, which
            elif theirs in columns[which].shared:
                yield 100.5, place, which
            elif (
                theirs not in exact
                and (score := _alike(theirs, names))
                and not _contradicts(columns[which], samples, place)
            ):
                yield score, place, which


def _names(column: Column) -> list[str]:
    """What it is called: its own names first."""
    known = (column.name, str(column.title), *column.synonyms, *languages.TITLES.get(column.name, ()))
    return [plain(name) for name in known]


def _alike(theirs: str, names: list[str]) -> float:
    """0 when too different."""
    if len(theirs) < SHORTEST_ALIKE:
        return 0
    return max(
        (fuzz.ratio(theirs, name, score_cutoff=ALIKE) for name in names if len(name) >= SHORTEST_ALIKE), default=0
    )


def _by_content(header: list[str], samples: Sequence[Sequence[Cell]], columns: Sequence[Column]) -> Iterator[_Pair]:
    likenesses = [(which, likeness) for which, column in enumerate(columns) if (likeness := _likeness(column))]
    for place in range(len(header)):
        if values := _values(samples, place):
            for which, likeness in likenesses:
                yield likeness(values), place, which


def _likeness(column: Column) -> Callable[[list[str]], float] | None:
    """How sure one can be of a column's values: by what it says itself, or by how many are among its choices."""
    if column.looks_like or not column.choices:
        return column.looks_like
    own = {choice.casefold() for choice in column.choices()}
    known = own | column.value_synonyms.keys()

    def share(values: list[str]) -> float:
        words = [value.casefold() for value in values]
        # Numbers may stand for anything, and other words than ours alone for something else.
        is_ours = any(word in own and not word.isdigit() for word in words)
        return sum(word in known for word in words) / len(words) if is_ours else 0.0

    return share


def _contradicts(column: Column, samples: Sequence[Sequence[Cell]], place: int) -> bool:
    values = _values(samples, place)
    return bool(values and column.looks_like and not column.looks_like(values))


def _has_rival(pair: _Pair, pairs: Sequence[_Pair], found: dict[int, str], columns: Sequence[Column]) -> bool:
    """Another column of the file is as good for the same field, though its title may have said that it is another
    ("Date of purchase" beside "Resolved" is no "Submitted"); or another field that is still free is for it."""
    score, place, which = pair
    taken = found.values()
    return any(
        other >= score
        and (
            (field == which and there != place)
            or (there == place and field != which and columns[field].name not in taken)
        )
        for other, there, field in pairs
    )


def _values(samples: Sequence[Sequence[Cell]], place: int) -> list[str]:
    cells = (row[place] for row in samples if place < len(row))
    return [str(cell).strip() for cell in cells if not is_blank(cell)]
