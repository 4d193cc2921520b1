"""Markdown made into the blocks of an article: markdown-it reads it, nh3 cleans it, what is left becomes blocks.

Nothing that comes out holds more than the editor offers, so that an imported article can be edited like any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML

from helpcenter import blocks_of_html
from helpcenter.emoji import with_emoji
from helpcenter.words import plain

#: HTML in Markdown that is kept; the rest of it is text.
_TEXT_TAGS = [
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "hr",
    "i",
    "img",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
]
_TEXT_TAGS += ["h1", "h2", "h3", "h4", "h5", "h6", "s", "small", "span", "strong", "sub", "sup", "u", "ul"]
_TABLE_TAGS = ["caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr"]
_BOX_TAGS = ["dd", "details", "div", "dl", "dt", "section", "summary"]
_TAGS = frozenset({*_TEXT_TAGS, *_TABLE_TAGS, *_BOX_TAGS})
_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags={"script", "style", "iframe", "template", "noscript", "object"},
    attributes={
        "a": {"href"},
        "img": {"src", "alt"},
        "code": {"class"},
        "div": {"data-callout", "data-title"},
        "ol": {"start"},
    },
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel=None,
)
_TAG_NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9-]*)")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_NOTE = re.compile(r"^\[\^([^\]\s]{1,50})\]:[ \t]*(.*)$")
_NOTE_NAMED = re.compile(r"\[\^([^\]\s]{1,50})\](?!:)")


@dataclass(frozen=True)
class Target:
    """Where a link leads: a page of ours and a place on it, or an address; nothing: the link is dropped."""

    page: int | None = None
    anchor: str = ""
    address: str = ""


@dataclass(frozen=True)
class Written:
    """An article as it is stored: blocks as StreamField keeps them, and how it begins."""

    body: list[dict[str, Any]]
    beginning: str
    #: The words of each heading, and the anchor the file gave it ("": none).
    headings: list[tuple[str, str]]


class _Renderer(RendererHTML):
    """Of HTML that is none (a placeholder such as <project>), the words stay."""

    def html_inline(self, tokens: Sequence[Any], number: int, options: Any, env: Any) -> str:
        return _words_unless_known(tokens[number].content)

    def html_block(self, tokens: Sequence[Any], number: int, options: Any, env: Any) -> str:
        return _words_unless_known(tokens[number].content)


def _words_unless_known(html: str) -> str:
    named = {name.lower() for name in _TAG_NAME.findall(html)}
    unknown = named - _TAGS - {"script", "style", "iframe", "button", "center", "font", "figure", "figcaption", "input"}
    return html.replace("<", "&lt;").replace(">", "&gt;") if unknown and not named & _TAGS else html


def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}, renderer_cls=_Renderer).enable(["table", "strikethrough"])


def written(
    source: str,
    *,
    title: str,
    link: Callable[[str], Target],
    picture: Callable[[str, str], int | None],
) -> Written:
    """The blocks of one article. `link`: where an address leads; `picture`: the key of a picture by its source and its
    description, or None when there is none."""
    html = _CLEANER.clean(_reader().render(with_notes(with_emoji(source))))
    try:
        made = blocks_of_html.Maker(title=title, link=link, picture=picture).made(html)
    except RecursionError:
        # Thousands of boxes in one another: nobody wrote that by hand. The words stay.
        words = plain(html)
        return Written([{"type": "text", "value": f"<p>{escape(words)}</p>"}] if words else [], "", [])
    return Written(made.body, made.beginning, made.headings)


def with_notes(source: str) -> str:
    """Footnotes: each mention leads to a list at the end."""
    lines, notes, names = _notes_taken_out(source)
    if not notes:
        return source
    numbers = {name: number for number, name in enumerate(names, start=1)}
    text = _outside_code(
        "\n".join(lines),
        lambda part: _NOTE_NAMED.sub(lambda m: f"[[{numbers[m[1]]}]](#notes)" if m[1] in numbers else m[0], part),
    )
    listed = "\n".join(f"{numbers[name]}. {notes[name]}" for name in names)
    return f"{text}\n\n## Notes\n\n{listed}\n"


def _notes_taken_out(source: str) -> tuple[list[str], dict[str, str], list[str]]:
    kept: list[str] = []
    notes: dict[str, str] = {}
    current, fenced = "", False
    for line in source.split("\n"):
        fenced = fenced != bool(_FENCE.match(line))
        found = None if fenced else _NOTE.match(line)
        if found:
            current = found[1]
            notes[current] = found[2].strip()
        elif current and (not line.strip() or line.startswith(("    ", "\t"))):
            notes[current] = f"{notes[current]} {line.strip()}".strip()
        else:
            current = ""
            kept.append(line)
    return kept, notes, list(notes)


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    """Code is left as it is: what lies between fences or backquotes."""
    parts = re.split(r"(^ {0,3}```.*?^ {0,3}```[^\n]*$|`[^`\n]{1,500}`)", text, flags=re.DOTALL | re.MULTILINE)
    return "".join(part if number % 2 else change(part) for number, part in enumerate(parts))
