"""What somebody asks: its words as the index knows them, with typing errors mended and the last word still growing.

Four statements at most, however long the question; the question itself is cut (`LENGTH_MOST`, `WORDS_MOST`) before
anything looks at it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from django.db.models import Count, Q
from rapidfuzz.distance import OSA

from helpcenter.models import SearchEntry, SearchPosting, SearchWord
from helpcenter.search.synonyms import near_to
from helpcenter.search.weights import rarity
from helpcenter.search.words import Word, is_stop_word, stem, words

LENGTH_MOST = 200
#: Words that are looked for; a question of more finds nothing more.
WORDS_MOST = 12
#: Shorter words have too many neighbours to guess which one was meant.
MENDED_FROM, TWO_ERRORS_FROM, FIRST_LETTER = 5, 8, 8
#: From here on a guess is offered where nothing was found.
GUESSED_FROM = 4
#: A guess counts less than a word that was typed.
GUESSED, BEGUN, NEAR = 0.7, 0.8, 0.65
BEGINNINGS_LOOKED_AT, BEGINNINGS_MOST = 60, 8
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Slot:
    """One word of the question: the stems that answer to it, each with how sure it is (1: as typed)."""

    word: str
    stems: dict[str, float]


@dataclass(frozen=True)
class Question:
    text: str
    slots: list[Slot] = field(default_factory=list)
    #: Stem → what it is worth (`weights.rarity`).
    rarity: dict[str, float] = field(default_factory=dict)
    #: Typed → taken for.
    mended: dict[str, str] = field(default_factory=dict)

    @property
    def stems(self) -> set[str]:
        return {each for slot in self.slots for each in slot.stems}

    def worth(self, slot: Slot) -> float:
        return max((self.rarity[each] * sure for each, sure in slot.stems.items()), default=0.0)


def cut(text: str) -> str:
    return " ".join(text[:LENGTH_MOST].replace("\x00", " ").split())


def understand(text: str, *, is_growing: bool = False) -> Question:
    """`is_growing`: the last word may not be finished yet."""
    asked = cut(text)
    typed = list(words(asked))
    meant = _meant(typed)
    wanted = [word.form for word in meant]
    joined = _joined(typed)
    near = {form: near_to(form) for form in wanted}
    known = entries_with({stem(form) for form in [*wanted, *joined]}.union(*near.values()))
    total = SearchEntry.objects.count()
    mended = _mended([form for form in wanted if not known.get(stem(form))], known)
    slots = [_slot(form, mended, near[form]) for form in dict.fromkeys(wanted)]
    slots += [Slot(form, {stem(form): 1.0}) for form in joined if known.get(stem(form))]
    if is_growing and meant and meant[-1].end == len(asked) and text[len(text.rstrip()) :] == "":
        grown = _beginnings(wanted[-1], known)
        slots = [Slot(slot.word, {**grown, **slot.stems}) if slot.word == wanted[-1] else slot for slot in slots]
        mended = {typed: meant for typed, meant in mended.items() if typed != wanted[-1] or not grown}
    worth = {each: rarity(known.get(each, 0), total) for slot in slots for each in slot.stems}
    slots = [_weighed(slot, worth) for slot in slots]
    return Question(asked, [slot for slot in slots if slot.stems], worth, mended)


def _weighed(slot: Slot, worth: dict[str, float]) -> Slot:
    """Without what no entry has; and a word near to the typed one is never worth more for being the rarer one."""
    most = worth.get(stem(slot.word), 0.0)
    stems = {each: sure for each, sure in slot.stems.items() if worth[each]}
    if most:
        stems = {each: sure * min(1.0, most / worth[each]) if sure == NEAR else sure for each, sure in stems.items()}
    return Slot(slot.word, stems)


def entries_with(stems: Iterable[str]) -> dict[str, int]:
    """In how many entries each stands."""
    found = SearchPosting.objects.filter(stem__in=sorted(stems)).values_list("stem").annotate(Count("pk"))
    return dict(found.order_by("stem"))


def _meant(typed: list[Word]) -> list[Word]:
    """The words that tell what is looked for; where there are none (“about us”), all of them."""
    return ([word for word in typed if not is_stop_word(word.form)] or typed)[:WORDS_MOST]


def _joined(typed: list[Word]) -> list[str]:
    """“log in”, “pay roll”: two words that others write as one."""
    return list(dict.fromkeys(one.form + two.form for one, two in pairwise(typed[: 2 * WORDS_MOST])))


def _slot(form: str, mended: dict[str, str], near: frozenset[str]) -> Slot:
    typed = {stem(mended[form]): GUESSED} if form in mended else {stem(form): 1.0}
    return Slot(form, {**dict.fromkeys(sorted(near), NEAR), **typed})


# Typing errors


def errors_forgiven(form: str) -> int:
    if len(form) < MENDED_FROM or not form.isalpha():
        return 0
    return 1 if len(form) < TWO_ERRORS_FROM else 2


def _mended(unknown: list[str], known: dict[str, int], forgiven: dict[str, int] | None = None) -> dict[str, str]:
    """For each unknown word the one it most likely was meant to be. Adds to `known` what it learns. Two statements."""
    near = {form: (forgiven or {}).get(form, errors_forgiven(form)) for form in unknown}
    near = {form: most for form, most in near.items() if most}
    if not near:
        return {}
    looked_at = Q(pk__in=[])
    for form, most in near.items():
        looked_at |= Q(head__in=_heads(form), length__range=(len(form) - most, len(form) + most))
    vocabulary = list(SearchWord.objects.filter(looked_at).values_list("word", "stem"))
    found = {form: list(_nearest(form, most, vocabulary)) for form, most in near.items()}
    known.update(entries_with({each for candidates in found.values() for _rank, _word, each in candidates}))
    best = {
        form: min((*rank, -known.get(each, 0), word) for rank, word, each in candidates)[-1]
        for form, candidates in found.items()
        if candidates
    }
    return {form: str(word) for form, word in best.items()}


def _heads(form: str) -> list[str]:
    """How a word may begin that was mistyped so: one of its first two letters is right, be it in the other's place."""
    first, second = form[0], form[1]
    return sorted(
        {first + x for x in _LETTERS} | {x + first for x in _LETTERS} | {x + second for x in _LETTERS} | {form[1:3]}
    )


def _nearest(form: str, most: int, vocabulary: list[tuple[str, str]]) -> Iterator[tuple[tuple[int, bool], str, str]]:
    for word, its_stem in vocabulary:
        if abs(len(word) - len(form)) <= most:
            errors = OSA.distance(form, word, score_cutoff=most)
            # The first letter is rarely the wrong one: of short words, another first letter makes another word.
            if errors <= most and (word[0] == form[0] or len(form) >= FIRST_LETTER or word[:2] == form[1::-1]):
                yield (errors, word[0] != form[0]), word, its_stem


def likely_meant(question: Question) -> str:
    """The question with each unknown word in its likeliest spelling, be that a mere guess; "" for no idea."""
    typed = list(words(question.text))
    unknown = [word.form for word in _meant(typed) if len(word.form) >= GUESSED_FROM and word.form.isalpha()]
    known = entries_with({stem(form) for form in unknown})
    near = {form: 3 if len(form) >= TWO_ERRORS_FROM else 2 if len(form) >= MENDED_FROM else 1 for form in unknown}
    guesses = _mended([form for form in unknown if not known.get(stem(form))], known, near)
    text = question.text
    for word in reversed(typed):
        if word.form in guesses:
            text = text[: word.start] + guesses[word.form] + text[word.end :]
    return text if guesses else ""


# The word that is being typed


def _beginnings(form: str, known: dict[str, int]) -> dict[str, float]:
    """Stems of words that begin so, the most common ones. Adds to `known` what it learns. Two statements."""
    if len(form) < 2:
        return {}
    found = SearchWord.objects.filter(head=form[:2], word__startswith=form).order_by("length", "word")
    stems = dict.fromkeys(found.values_list("stem", flat=True)[:BEGINNINGS_LOOKED_AT])
    known.update(entries_with(stems))
    best = sorted(stems, key=lambda each: (-known.get(each, 0), each))[:BEGINNINGS_MOST]
    return dict.fromkeys(best, BEGUN)
