"""An article's body as Markdown, where Markdown can say it: what `helpcenter.markdown` reads as the very same body.

Pictures, steps, tables, boxes and links to pages are more than it can say here; such a body has no Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from typing import Any

from helpcenter.markdown import Target, Written, written

_ELSEWHERE = ("http:", "https:", "mailto:", "tel:")
_SIGNS = re.compile(r"([\\`*_\[\]<>&~|#])")
#: What begins a list or a heading: a sign, or a number with one behind it.
_BEGINNING = re.compile(r"^(\s*\d*)([-+=]|(?<=\d)[.)])")
_INLINE = {"b": "**", "i": "*"}
_HEADINGS = {"h2": "## ", "h3": "### ", "h4": "#### "}


class _Unsayable(Exception):
    """Something that has no Markdown here."""


def read(source: str, title: str) -> Written:
    """Markdown of a cell: links lead elsewhere or nowhere, pictures stay behind."""

    def link(address: str) -> Target:
        return Target(address=address) if address.startswith(_ELSEWHERE) else Target()

    return written(source, title=title, link=link, picture=lambda source, described: None)


def said(body: Iterable[Mapping[str, Any]], title: str) -> str | None:
    """The Markdown of a stored body; None where it can't say all of it."""
    blocks = [{"type": block["type"], "value": block["value"]} for block in body]
    try:
        text = "\n\n".join(_block(block) for block in blocks)
    except _Unsayable:
        return None
    return text if read(text, title).body == blocks else None


def _block(block: Mapping[str, Any]) -> str:
    value = block["value"]
    if block["type"] == "text":
        writer = _Writer()
        writer.feed(value)
        writer.close()
        return "\n\n".join(writer.paragraphs)
    if block["type"] == "code" and "```" not in value["code"]:
        return f"```{value['language']}\n{value['code']}\n```"
    raise _Unsayable


class _Writer(HTMLParser):
    """Running text, as the editor and the reader of Markdown leave it: well formed, of few tags."""

    def __init__(self) -> None:
        super().__init__()
        self.paragraphs: list[str] = []
        self.text = ""
        self.lists: list[int | None] = []
        self.quotes = 0
        self.links: list[str] = []
        self.in_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _INLINE:
            self.text += _INLINE[tag]
        elif tag == "a" and list(given) == ["href"]:
            self.links.append(str(given["href"]))
            self.text += "["
        elif tag == "code" and not given:
            self.in_code = True
            self.text += "`"
        elif tag in {"ul", "ol"} and not given:
            self._end()
            self.lists.append(1 if tag == "ol" else None)
        elif tag == "li" and self.lists:
            self._end()
            self.text = self._mark()
        elif tag == "blockquote":
            self.quotes += 1
        elif tag in _HEADINGS:
            self.text = _HEADINGS[tag]
        elif tag == "br":
            self.text = f"{self.text.rstrip()}\\\n"
        elif tag != "p" or given:
            raise _Unsayable

    def handle_endtag(self, tag: str) -> None:
        if tag in _INLINE:
            self.text += _INLINE[tag]
        elif tag == "a":
            self.text += f"]({self.links.pop()})"
        elif tag == "code":
            self.in_code = False
            self.text += "`"
        elif tag in {"ul", "ol"}:
            self._end()
            self.lists.pop()
        elif tag == "blockquote":
            self._end()
            self.quotes -= 1
        elif tag != "br":
            self._end()

    def handle_data(self, data: str) -> None:
        if self.in_code:
            if "`" in data:
                raise _Unsayable
            self.text += data
            return
        escaped = _SIGNS.sub(r"\\\1", data)
        at_beginning = not self.text.strip()
        self.text += _BEGINNING.sub(r"\1\\\2", escaped, count=1) if at_beginning else escaped.lstrip("\n")

    def _mark(self) -> str:
        indent = "   " * (len(self.lists) - 1)
        number = self.lists[-1]
        if number is None:
            return f"{indent}- "
        self.lists[-1] = number + 1
        return f"{indent}{number}. "

    def _end(self) -> None:
        if not self.text.strip():
            self.text = ""
            return
        line = f"> {self.text}" if self.quotes else self.text
        # The entries of a list belong together.
        if self.lists and self.paragraphs and self.paragraphs[-1].lstrip()[:1] in {"-", *"0123456789"}:
            self.paragraphs[-1] += f"\n{line}"
        else:
            self.paragraphs.append(line)
        self.text = ""
