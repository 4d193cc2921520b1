"""What a page of the help center says about itself to the search. The search itself: helpcenter/search/."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SearchDocument:
    """One thing that is found by itself: an article, or one question of an FAQ page.

    All of it plain text, without markup. `anchor` is where on the page it stands, without "#" ("": the page itself).
    """

    anchor: str
    title: str
    headings: str
    text: str
    url: str
    #: One or two sentences on what it is about.
    summary: str = ""
    #: Other words for it that people may look for, as editors wrote them.
    keywords: str = ""
