"""Which entries answer a question, best first (docs/decisions/0015).

The database picks the entries whose words weigh most (sums of whole numbers: the same everywhere); of these few it is
looked at closer, here: in which form the words stand there, and how near to each other. Nothing is kept between two
questions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from django.db.models import Case, F, IntegerField, QuerySet, Sum, Value, When

from helpcenter.models import SearchEntry, SearchPosting
from helpcenter.search.questions import Question
from helpcenter.search.weights import UNIT

#: Entries looked at closer: nobody pages further.
CANDIDATES = 100
#: Words of a text within which they are beside each other, and how much that adds.
NEAR, NEARNESS = 10, 1.0
#: A word in another form than asked for (“excellence” for “excel”) counts less.
OTHER_FORM = 0.7
#: Entries so far behind the first have little to do with it.
WORTH_SHOWING = 0.25
_SHARES = 100


@dataclass(frozen=True)
class Hit:
    entry_id: int
    score: float


#: Entry → stem → (weight, places, forms).
Postings = dict[int, dict[str, tuple[int, str, str]]]


def rank(question: Question, entries: QuerySet[SearchEntry]) -> list[Hit]:
    """The entries among `entries` that answer, best first. Two statements."""
    candidates = _candidates(question, entries)
    if not candidates:
        return []
    postings = _postings(candidates, question.stems)
    scores = {entry: _score(question, postings[entry]) for entry in candidates}
    least = max(scores.values()) * WORTH_SHOWING
    hits = [Hit(entry, round(score, 6)) for entry, score in scores.items() if score >= least]
    return sorted(hits, key=lambda hit: (-hit.score, hit.entry_id))


def _candidates(question: Question, entries: QuerySet[SearchEntry]) -> list[int]:
    shares = _shares(question)
    if not shares:
        return []
    each = [When(stem=stem, then=Value(share)) for stem, share in sorted(shares.items())]
    total = Sum(F("weight") * Case(*each, default=Value(0), output_field=IntegerField()))
    found = SearchPosting.objects.filter(stem__in=sorted(shares), entry__in=entries)
    ranked = found.values("entry").annotate(total=total).order_by("-total", "entry")
    return [row["entry"] for row in ranked[:CANDIDATES]]


def _shares(question: Question) -> dict[str, int]:
    """Stem → what it is worth, as a whole number."""
    shares: dict[str, int] = {}
    for slot in question.slots:
        for stem, sure in slot.stems.items():
            shares[stem] = max(shares.get(stem, 1), round(_SHARES * question.rarity[stem] * sure))
    return shares


def _postings(entries: Iterable[int], stems: Iterable[str]) -> Postings:
    found: Postings = defaultdict(dict)
    rows = SearchPosting.objects.filter(entry__in=list(entries), stem__in=sorted(stems))
    for entry, stem, weight, places, forms in rows.values_list("entry", "stem", "weight", "places", "forms"):
        found[entry][stem] = (weight, places, forms)
    return found


# One entry


def _score(question: Question, postings: dict[str, tuple[int, str, str]]) -> float:
    words = 0.0
    places: list[tuple[int, int, float]] = []
    for number, slot in enumerate(question.slots):
        best = 0.0
        for stem, sure in slot.stems.items():
            if stem in postings:
                weight, where, forms = postings[stem]
                as_meant = 1.0 if sure < 1 or _is_as_asked(slot.word, forms.split()) else OTHER_FORM
                worth = question.rarity[stem] * sure
                best = max(best, worth * as_meant * weight / UNIT)
                places += [(int(place), number, worth) for place in where.split()]
        words += best
    return words + NEARNESS * _nearness(sorted(places))


def _is_as_asked(word: str, forms: list[str]) -> bool:
    """One or many of a thing is the same thing."""
    return word in forms or f"{word}s" in forms or (word.endswith("s") and word[:-1] in forms)


def _nearness(places: list[tuple[int, int, float]]) -> float:
    """What the words are worth that stand beside each other at the best place of the text: (place, word, worth)."""
    best = 0.0
    for at, (start, _word, _worth) in enumerate(places):
        together: dict[int, float] = {}
        for place, word, worth in islice(places, at, None):
            if place - start > NEAR:
                break
            together[word] = max(together.get(word, 0.0), worth)
        if len(together) > 1:
            best = max(best, sum(together.values()))
    return best
