"""From text to words, and from words to what is compared: one form for all forms of a word, one spelling for two.

The same functions read the articles and the questions, so that a rule that bends a word does so on both sides. All of
it is general English. A word keeps where it stood (`Word.start`, `Word.end`), for marking it in an excerpt.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import snowballstemmer

#: Longer runs of letters are no words (keys, tokens); they are cut, so that no row grows with them.
LENGTH_MOST = 40

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_APOSTROPHES = str.maketrans("", "", "'’")

#: Words that every text has: they tell nothing of what somebody looks for.
_COMMON = """
a about above after again against all almost already also although always am among an and another any anybody anyone
anything are arent as at away be because been before being below between both but by came can cannot cant could
couldnt did didnt do does doesnt doing done dont down during each either else enough even ever every everybody
everyone everything few for from further gave get gets getting give given gives go goes going gone gonna got gotta had
hadnt has hasnt have havent having he hed hello help her here hers herself hes hey hi him himself his how however i id
if ill im in instead into is isnt it its itself ive just keep keeps kind know lets like made make makes making many
may maybe me mean might mine more most much must my myself need needed needs never no nobody nor not nothing now of
off oh ok okay on once one ones only or other others our ours ourselves out over own per perhaps please put quite
rather really said same saw say says see seem seems shall she should shouldnt since so some somebody somehow someone
something somewhere still such sure take taken takes tell than thank thanks that thats the their theirs them
themselves then there theres these they theyd theyre theyve thing things think this those though through thru to today
together told too took toward towards trying under until up upon us use used uses using very via wanna want wanted
wants was wasnt way we wed well went were werent what whatever whats when whenever where wherever whether which while
who whoever whom whose why will with within without wont would wouldnt yes yet you youd youll your youre yours
yourself youve
"""
STOP_WORDS = frozenset(_COMMON.split())

#: British and American spellings that no rule below covers.
_SPELLINGS = {
    "aeroplane": "airplane",
    "aluminium": "aluminum",
    "analyse": "analyze",
    "analysed": "analyzed",
    "analysing": "analyzing",
    "cheque": "check",
    "cheques": "checks",
    "cosy": "cozy",
    "defence": "defense",
    "enrol": "enroll",
    "enrolment": "enrollment",
    "fulfil": "fulfill",
    "fulfilment": "fulfillment",
    "grey": "gray",
    "instalment": "installment",
    "judgement": "judgment",
    "kerb": "curb",
    "licence": "license",
    "licences": "licenses",
    "manoeuvre": "maneuver",
    "mould": "mold",
    "offence": "offense",
    "plough": "plow",
    "practise": "practice",
    "pretence": "pretense",
    "programme": "program",
    "programmes": "programs",
    "pyjamas": "pajamas",
    "sceptical": "skeptical",
    "skilful": "skillful",
    "storey": "story",
    "tyre": "tire",
    "tyres": "tires",
    "wilful": "willful",
}
#: Ending → ending, British to American. Too wide here and there (“promise” → “promize”): on both sides, so no harm.
_SPELLING_RULES = [
    (re.compile(r"(?<=[a-z]{3})is(e|ed|es|er|ers|ing|ation|ations|able)$"), r"iz\1"),
    (re.compile(r"(?<=[a-z]{3})ys(e|ed|es|er|ers|ing)$"), r"yz\1"),
    (re.compile(r"(?<=[a-z]{2}[^aeiou])our(s|ed|ing|ite|ites|able|al|less|ful|hood|hoods)?$"), r"or\1"),
    (re.compile(r"(?<=[a-z]{2}[^aeiou])tre(s|d)?$"), r"ter\1"),
    (re.compile(r"(?<=[a-z]{3})ogue(s)?$"), r"og\1"),
    (re.compile(r"(?<=[aeiou][a-z][aeiou])ll(ed|ing|er|ers|ation|ations|or|ors)$"), r"l\1"),
    (re.compile(r"(?<=[aeiou][a-z]{2}[aeiou])ll(ed|ing|er|ers|ation|ations|or|ors)$"), r"l\1"),
]
#: Forms of common verbs and nouns that no ending tells.
_IRREGULAR = {
    word: base
    for base, words in {
        "begin": "began begun",
        "bring": "brought",
        "break": "broke broken",
        "build": "built",
        "buy": "bought",
        "catch": "caught",
        "choose": "chose chosen",
        "drive": "drove driven",
        "eat": "ate eaten",
        "fall": "fell fallen",
        "find": "found",
        "forget": "forgot forgotten",
        "freeze": "froze frozen",
        "hear": "heard",
        "hold": "held",
        "leave": "left",
        "lend": "lent",
        "lose": "lost",
        "meet": "met",
        "pay": "payed paid",
        "person": "people",
        "child": "children",
        "man": "men",
        "woman": "women",
        "run": "ran",
        "sell": "sold",
        "send": "sent",
        "speak": "spoke spoken",
        "spend": "spent",
        "steal": "stole stolen",
        "teach": "taught",
        "throw": "threw thrown",
        "wake": "woke woken",
        "wear": "wore worn",
        "win": "won",
        "write": "wrote written",
    }.items()
    for word in words.split()
}


class Word(NamedTuple):
    """A word of a text: as it is compared (`form`: small, without accents and apostrophes), and where it stands."""

    form: str
    start: int
    end: int


def words(text: str) -> Iterator[Word]:
    for found in _WORD.finditer(text):
        yield Word(_form(found[0]), found.start(), found.end())


def forms(text: str) -> list[str]:
    return [word.form for word in words(text)]


def is_stop_word(form: str) -> bool:
    return form in STOP_WORDS


# Few words make up most of any text. Bounded, of text alone: the same for every organisation.
@lru_cache(maxsize=20_000)
def stem(form: str) -> str:
    """What all forms of a word have in common: “approving”, “approved”, “approves” → “approv”."""
    base = _IRREGULAR.get(form, form)
    base = _SPELLINGS.get(base, base)
    for ending, instead in _SPELLING_RULES:
        base = ending.sub(instead, base)
    # A stemmer of one's own each time: the library's keeps its state in itself, and threads share this function.
    return snowballstemmer.stemmer("english").stemWord(base)[:LENGTH_MOST]


@lru_cache(maxsize=20_000)
def _form(written: str) -> str:
    plain = written.casefold()
    if plain.endswith(("'s", "’s")):
        plain = plain[:-2]
    plain = unicodedata.normalize("NFKD", plain.translate(_APOSTROPHES))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))[:LENGTH_MOST]
