"""The Big List of Naughty Strings, as names; and what a page makes of a name."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

from audit.reading import Unfit
from people import values
from people.enums import NAME_LENGTH

LIST = Path(__file__).resolve().parents[1] / "data" / "naughty-strings" / "blns.json"


def all_of_them() -> list[str]:
    """Each once, as long as a name may be."""
    found = json.loads(LIST.read_text(encoding="utf-8"))
    return list(dict.fromkeys(each[: NAME_LENGTH[1]] for each in found))


def stored(typed: str) -> str | None:
    """What the door makes of a name; None when it refuses it."""
    try:
        return values.name(typed)
    except Unfit:
        return None


def kept() -> list[str]:
    """Those that the door takes, as it stores them."""
    return list(dict.fromkeys(name for each in all_of_them() if (name := stored(each)) is not None))


def refused() -> list[str]:
    return [each for each in all_of_them() if stored(each) is None]


class Seen(HTMLParser):
    """A page as a browser reads it: its elements with the names of their attributes, its words, its values."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, ...]] = []
        self.words: list[str] = []
        self.values: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, *sorted(name for name, _value in attrs)))
        self.values += [value for _name, value in attrs if value]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def says(self, words: str) -> bool:
        """Whole, and between two tags: a name that became an element, or lost a part, is not found."""
        return any(words in each for each in self.words)

    def has_value(self, words: str) -> bool:
        return words in self.values
