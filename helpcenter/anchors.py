"""Names of places within a page, as they stand behind # in links."""

from __future__ import annotations

import unicodedata

#: Longer ones help nobody.
MOST = 200


def anchor_of(text: str) -> str:
    """The anchor that GitHub and most Markdown programs give a heading, so that old links keep leading there."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    kept = "".join(
        letter if letter.isalnum() or letter in "-_" else "-" if letter.isspace() else "" for letter in plain
    )
    return kept[:MOST].strip("-") or "section"


class Anchors:
    """Gives each heading of one page its own anchor: the second "Summary" becomes `summary-1`."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, text: str) -> str:
        wanted = free = anchor_of(text)
        number = 0
        while free in self._taken:
            number += 1
            free = f"{wanted}-{number}"
        self._taken.add(free)
        return free
