"""The piece of a text that shows why it was found, the found words marked.

Pieces of text, never HTML: templates and scripts escape each by itself and put our own <mark> around it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from helpcenter.models import SearchWord
from helpcenter.search.questions import Question
from helpcenter.search.words import is_stop_word, words

#: Letters of an excerpt, about two lines; and how far into a text is looked for its best place.
LENGTH, LOOKED_AT = 180, 60_000
#: Letters before the first hit, so that it reads as a sentence.
_BEFORE = 40
#: Places that are weighed against each other; a long text may have thousands.
PLACES_MOST = 300


@dataclass(frozen=True)
class Piece:
    """A run of letters, marked or not."""

    text: str
    is_hit: bool


def forms_of(question: Question) -> frozenset[str]:
    """Every form in which the articles have the words asked for: “approving” for “approved”. One statement."""
    known = SearchWord.objects.filter(stem__in=sorted(question.stems)).values_list("word", flat=True)
    return frozenset(known) | {slot.word for slot in question.slots}


def best(summary: str, text: str, hits: Collection[str]) -> list[Piece]:
    """About two lines: the summary, unless a piece of the text has more of what was asked for."""
    in_text, start = _best_start(text, hits)
    in_summary = len({word.form for word in words(summary) if word.form in hits})
    return marked(summary, hits) if summary and in_summary >= in_text else _cut(text, start, hits)


def _best_start(text: str, hits: Collection[str]) -> tuple[int, int]:
    """How many different words the best piece has, and where it begins.

    Looked for as they are written: to read a whole text word by word would take longer than all the rest of a search.
    """
    if not hits:
        return 0, 0
    any_of_them = "|".join(re.escape(form) for form in sorted(hits, key=lambda form: (-len(form), form)))
    places = list(re.finditer(rf"\b(?:{any_of_them})\b", text[:LOOKED_AT], re.IGNORECASE))[:PLACES_MOST]
    best, start = 0, 0
    for at, place in enumerate(places):
        near = (other for other in places[at : at + 40] if other.end() - place.start() <= LENGTH * 3 // 4)
        inside = len({other[0].lower() for other in near})
        if inside > best:
            best, start = inside, place.start()
    return best, start


def _cut(text: str, start: int, hits: Collection[str]) -> list[Piece]:
    """`LENGTH` letters of the text from a little before `start`, whole words only."""
    begin = text.rfind(" ", 0, max(start - _BEFORE, 0)) + 1
    begin = begin if start - begin < LENGTH // 2 else start
    end = begin + LENGTH
    if end < len(text):
        end = max(text.rfind(" ", start, end), begin + LENGTH // 2)
    before = [Piece("… ", is_hit=False)] if begin else []
    after = [Piece(" …", is_hit=False)] if end < len(text.rstrip()) else []
    return [*before, *marked(text[begin:end].rstrip(), hits), *after]


def marked(text: str, hits: Collection[str]) -> list[Piece]:
    """All of a text, cut where the hits are."""
    pieces: list[Piece] = []
    done = 0
    for word in words(text):
        if word.form in hits and not (is_stop_word(word.form) and len(hits) > 1):
            pieces += [Piece(text[done : word.start], is_hit=False), Piece(text[word.start : word.end], is_hit=True)]
            done = word.end
    return [piece for piece in [*pieces, Piece(text[done:], is_hit=False)] if piece.text]


def as_text(pieces: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in pieces)
