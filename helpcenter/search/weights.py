"""How much a word weighs in an entry: BM25 over several fields (Robertson, Zaragoza: BM25F), as whole numbers.

Lengths are compared with fixed ones, not with today's average: what an entry weighs never depends on other entries, so
that publishing one page changes the index of that page alone. How rare a word is comes in when somebody asks.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass

from helpcenter.search.words import forms, is_stop_word, stem
from helpcenter.searching import SearchDocument

#: A word in the title says as much as two or three in a text of the usual length, and so on.
TITLE, KEYWORDS, HEADINGS, SUMMARY, TOPICS = 2.5, 2.0, 1.0, 1.5, 1.0
#: The first few headings with a word say what the last ones would.
HEADINGS_MOST = 3
USUAL_TEXT, USUAL_HEADINGS = 500, 40
#: Shorter texts count as this long: a word in a note of two lines is not worth more than one in a title.
SHORTEST_TEXT = 250
#: How far a longer text counts less for the same word (0: not at all, 1: fully).
LENGTH_COUNTS, HEADINGS_LENGTH_COUNTS = 0.85, 0.8
#: How soon more of the same word says nothing new.
SATURATION = 3.0
UNIT = 1000
#: Places kept of one word in one entry: enough to find where it stands beside others.
PLACES_MOST = 100
#: Words of a text that are read; longer ones are found by what they begin with.
TEXT_MOST = 50_000


@dataclass
class Weighed:
    """An entry's words by their stems: how much each weighs, where it stands in the text, in which forms."""

    weights: dict[str, int]
    places: dict[str, list[int]]
    forms: dict[str, list[str]]


def weigh(document: SearchDocument, topics: str = "") -> Weighed:
    """`topics`: the titles of the topics that it stands in."""
    told = {"title": document.title, "keywords": document.keywords, "headings": document.headings}
    told |= {"summary": document.summary, "topics": topics}
    read = {name: forms(text) for name, text in told.items()}
    text = forms(document.text)[:TEXT_MOST]
    counts = {name: Counter(stem(form) for form in found) for name, found in read.items()}
    places = _places(text)
    lengths = (len(text), len(read["headings"]))
    # Words such as “about” count in a title only, so that an article “About us” can be found.
    always = {*read["title"], *read["topics"]}
    known = {form for found in [text, *read.values()] for form in found if form in always or not is_stop_word(form)}
    by_stem: dict[str, list[str]] = defaultdict(list)
    for form in sorted(known):
        by_stem[stem(form)].append(form)
    weights = {each: _weight(each, counts, len(places.get(each, ())), lengths) for each in by_stem}
    return Weighed(
        weights,
        {each: found[:PLACES_MOST] for each, found in places.items()},
        {each: by_stem[each] for each in weights},
    )


def _places(text: list[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for place, form in enumerate(text):
        if not is_stop_word(form):
            found[stem(form)].append(place)
    return found


def _weight(each: str, counts: dict[str, Counter[str]], in_text: int, lengths: tuple[int, int]) -> int:
    text_length, headings_length = lengths
    long_text = 1 - LENGTH_COUNTS + LENGTH_COUNTS * max(text_length, SHORTEST_TEXT) / USUAL_TEXT
    long_headings = 1 - HEADINGS_LENGTH_COUNTS + HEADINGS_LENGTH_COUNTS * headings_length / USUAL_HEADINGS
    times = (
        TITLE * min(counts["title"][each], 2)
        + KEYWORDS * min(counts["keywords"][each], 1)
        + SUMMARY * min(counts["summary"][each], 1)
        + TOPICS * min(counts["topics"][each], 1)
        + HEADINGS * min(counts["headings"][each], HEADINGS_MOST) / long_headings
        + in_text / long_text
    )
    return round(UNIT * times * (SATURATION + 1) / (times + SATURATION))


def rarity(entries_with: int, entries: int) -> float:
    """What a word is worth that stands in so many of all entries. None has it: nothing."""
    return math.log(1 + (entries - entries_with + 0.5) / (entries_with + 0.5)) if entries_with else 0.0
