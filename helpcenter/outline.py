"""A page taken apart: its pieces as they are shown, its headings to be linked, and what it gives to the search."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from helpcenter.anchors import Anchors
from helpcenter.searching import SearchDocument
from helpcenter.words import Cleaned, Links, address_of, plain

_HEADING = re.compile(r"<h([234])>(.*?)</h\1>", re.DOTALL)
#: The table of contents goes this deep; fewer entries than this need none.
DEEPEST_IN_CONTENTS, FEWEST_CONTENTS = 3, 2
_SAME_WORDS = 80


@dataclass(frozen=True)
class Heading:
    level: int
    text: str
    anchor: str


@dataclass(frozen=True)
class Piece:
    """One block, ready for its template: `kind` chooses it, `value` is the block's, `words` its cleaned texts."""

    kind: str
    value: Any
    words: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Shown:
    pieces: list[Piece]
    headings: list[Heading]

    def begins_with(self, summary: str) -> bool:
        """Whether the first words are those of the summary: nobody wants to read them twice."""
        first = [plain(piece.words["text"]) for piece in self.pieces[:2] if piece.kind == "text"]
        return bool(summary) and any(text.startswith(summary.rstrip("…. ")[:_SAME_WORDS]) for text in first)

    @property
    def contents(self) -> list[Heading]:
        """The table of contents; empty where the page is too short for one."""
        found = [heading for heading in self.headings if heading.level <= DEEPEST_IN_CONTENTS]
        return found if len(found) >= FEWEST_CONTENTS else []


class _Headings:
    """Gives the headings of one page their anchors, and levels without gaps: below h1 comes h2, below that h3."""

    def __init__(self) -> None:
        self.found: list[Heading] = []
        self._anchors = Anchors()
        self._level = 1

    def marked(self, text: Cleaned) -> Cleaned:
        return Cleaned(_HEADING.sub(self._mark, text))

    def _mark(self, match: re.Match[str]) -> str:
        words = plain(match[2])
        if not words:
            return ""
        self._level = min(int(match[1]), self._level + 1)
        heading = Heading(self._level, words, self._anchors.take(words))
        self.found.append(heading)
        return f'<h{heading.level} id="{heading.anchor}" tabindex="-1">{match[2]}</h{heading.level}>'


def shown(body: Any, user: Any) -> Shown:
    """The body of an article as it is shown to somebody. One query for all its links."""
    links, headings = Links(texts_of(body), user), _Headings()
    pieces = [_piece(block, links, headings) for block in body]
    return Shown(pieces, headings.found)


def _piece(block: Any, links: Links, headings: _Headings) -> Piece:
    kind, value = block.block_type, block.value
    if kind == "text":
        return Piece(kind, value, {"text": headings.marked(links.shown(value.source))})
    if kind == "callout":
        return Piece(kind, value, {"text": links.shown(value["text"].source)})
    if kind == "steps":
        return Piece(kind, value, {"steps": [(links.shown(s["text"].source), s["image"]) for s in value["steps"]]})
    if kind == "table":
        rows = [[links.shown(cell.value.source) for cell in row] for row in value.rows]
        return Piece(kind, value, {"rows": rows, "head": [column["heading"] for column in value.columns]})
    return Piece(kind, value)


def texts_of(body: Any) -> Iterator[str]:
    """Every piece of rich text in an article's body, as it lies in the database."""
    for block in body:
        value = block.value
        if block.block_type == "text":
            yield value.source
        elif block.block_type == "callout":
            yield value["text"].source
        elif block.block_type == "steps":
            yield from (step["text"].source for step in value["steps"])
        elif block.block_type == "table":
            yield from (cell.value.source for row in value.rows for cell in row)


@dataclass(frozen=True)
class Question:
    question: str
    anchor: str
    answer: Cleaned


def questions(page: Any, user: Any) -> list[Question]:
    """The questions of an FAQ page, each with the anchor it was given."""
    blocks = [block.value for block in page.questions]
    links, anchors = Links([value["answer"].source for value in blocks], user), Anchors()
    return [
        Question(
            value["question"], anchors.take(value["anchor"] or value["question"]), links.shown(value["answer"].source)
        )
        for value in blocks
    ]


# For the search


def documents(page: Any) -> list[SearchDocument]:
    """What a page says about itself. A topic and an article are one each; an FAQ page is one, and each question too."""
    url = address_of(page.url_path)
    if hasattr(page, "questions"):
        own = SearchDocument(
            anchor="", title=page.title, headings="", text="", url=url, summary=page.summary, keywords=page.keywords
        )
        return [own, *_answers(page, url)]
    text = " ".join(_plain_texts(page.body)) if hasattr(page, "body") else ""
    found = [heading for source in (texts_of(page.body) if text else []) for heading in _HEADING.finditer(source)]
    return [
        SearchDocument(
            anchor="",
            title=page.title,
            headings="\n".join(plain(heading[2]) for heading in found),
            text=text,
            url=url,
            summary=page.summary,
            keywords=getattr(page, "keywords", ""),
        )
    ]


def _answers(page: Any, url: str) -> Iterator[SearchDocument]:
    anchors = Anchors()
    for block in page.questions:
        value = block.value
        anchor = anchors.take(value["anchor"] or value["question"])
        text = plain(value["answer"].source)
        yield SearchDocument(anchor=anchor, title=value["question"], headings="", text=text, url=f"{url}#{anchor}")


def _plain_texts(body: Any) -> Iterator[str]:
    """In the order in which a reader meets them: an excerpt may show several together."""
    for block in body:
        yield from _words_beside(block)
        yield from (plain(_HEADING.sub(lambda heading: _ended(heading[2]), source)) for source in texts_of([block]))


def _words_beside(block: Any) -> Iterator[str]:
    value = block.value
    if block.block_type == "callout":
        yield _ended(value["title"])
    if block.block_type == "code":
        yield value["code"]
    elif block.block_type == "picture":
        yield f"{value['image'].contextual_alt_text or ''} {value['caption']}" if value["image"] else ""
    elif block.block_type == "table":
        yield " ".join(column["heading"] for column in value.columns)


def _ended(title: str) -> str:
    """A title before running text; without a mark at its end the two would read as one sentence."""
    return f"{title}{'' if not title or title.rstrip()[-1:] in '.:?!…' else '.'} "
