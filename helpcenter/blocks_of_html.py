"""Clean HTML taken apart into the blocks of an article."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, Tag

from helpcenter.words import plain

_BOXES = {"div", "section", "details", "dl", "span"}
_LISTS = {"ul", "ol"}
_INLINE = {"strong": "b", "b": "b", "em": "i", "i": "i", "code": "code", "kbd": "code"}
_BLOCKS = {
    "p",
    "ul",
    "ol",
    "blockquote",
    "pre",
    "table",
    "div",
    "dl",
    "details",
    "section",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
}
#: "> [!NOTE]" as GitHub has it.
_GITHUB = re.compile(r"^\s*\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*", re.IGNORECASE)
_GITHUB_TONES = {"note": "info", "tip": "tip", "important": "info", "warning": "warning", "caution": "danger"}
_OWN_ANCHOR = re.compile(r"\s*\{:?\s*#([\w:.-]{1,100})[^}]{0,100}\}\s*$")
_HIGHEST, _DEEPEST = 2, 4
_BEGINNING_MOST = 220


@dataclass
class Maker:
    """Makes the blocks of one article. See `helpcenter.markdown.written`."""

    title: str
    link: Callable[[str], Any]
    picture: Callable[[str, str], int | None]
    body: list[dict[str, Any]] = field(default_factory=list)
    beginning: str = ""
    headings: list[tuple[str, str]] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)
    _levels: dict[int, int] = field(default_factory=dict)

    def made(self, html: str) -> Maker:
        soup = BeautifulSoup(html, "html.parser")
        self._levels = _levels_of(soup, self.title)
        self._all(soup.children)
        self._close()
        return self

    # Blocks

    def _all(self, nodes: Iterable[PageElement]) -> None:
        loose: list[PageElement] = []
        for node in nodes:
            if isinstance(node, Tag) and node.name in _BLOCKS | {"hr"}:
                self._loose(loose)
                self._block(node)
            elif isinstance(node, Tag | NavigableString):
                loose.append(node)
        self._loose(loose)

    def _loose(self, nodes: list[PageElement]) -> None:
        """Text that stands in no paragraph gets one."""
        self._paragraph(list(nodes))
        nodes.clear()

    def _block(self, node: Tag) -> None:
        name = node.name
        if name[0] == "h" and name[1:].isdecimal():
            self._heading(node)
        elif name == "p":
            self._paragraph(node.contents)
        elif name in _LISTS:
            self._add(self.listed(node))
        elif name == "pre":
            self._code(node)
        elif name == "table":
            self._table(node)
        elif name == "hr":
            self._add("<hr/>")
        elif name == "blockquote":
            self._quote(node)
        elif node.get("data-callout"):
            self._callout(str(node["data-callout"]), str(node.get("data-title", "")), node)
        elif name == "details":
            self._fold(node)
        else:
            self._all(node.children)

    def _add(self, html: str) -> None:
        if html:
            self._text.append(html)

    def _close(self) -> None:
        if self._text:
            self.body.append({"type": "text", "value": "".join(self._text)})
            self._text.clear()

    def _other(self, kind: str, value: Any) -> None:
        self._close()
        self.body.append({"type": kind, "value": value})

    def _heading(self, node: Tag) -> None:
        given = self.inline(node.contents).strip()
        own, words = _OWN_ANCHOR.search(given), _OWN_ANCHOR.sub("", given)
        level = self._levels.get(int(node.name[1]), _HIGHEST)
        if not plain(words) or plain(words).lower() == self.title.lower():
            return
        if level == _HIGHEST:
            # One block a part: short texts are easier to edit.
            self._close()
        self.headings.append((plain(words), own[1] if own else ""))
        self._add(f"<h{level}>{words}</h{level}>")

    def _paragraph(self, nodes: list[PageElement]) -> None:
        pictures = [node for node in nodes if isinstance(node, Tag) and node.name == "img"]
        if pictures and not "".join(_texts(node for node in nodes if node not in pictures)).strip():
            for picture in pictures:
                self._picture(picture)
            return
        words = self.inline(nodes).strip()
        if plain(words):
            self._add(f"<p>{words}</p>")
            if not self.beginning:
                self.beginning = _cut(plain(words))

    def _picture(self, node: Tag) -> None:
        described = str(node.get("alt", "")).strip()
        key = self.picture(str(node.get("src", "")), described)
        if key is None:
            self._add(f"<p><i>{escape(described)}</i></p>" if described else "")
            return
        image = {"image": key, "decorative": not described, "alt_text": described[:255]}
        self._other("picture", {"image": image, "caption": ""})

    def _code(self, node: Tag) -> None:
        inner = node.find("code")
        classes = inner.get("class") if isinstance(inner, Tag) else None
        language = next((str(name)[9:] for name in classes or [] if str(name).startswith("language-")), "")
        self._other("code", {"language": language[:30], "code": node.get_text().rstrip("\n")})

    def _quote(self, node: Tag) -> None:
        found = _GITHUB.match(node.get_text())
        if found:
            self._callout(_GITHUB_TONES[found[1].lower()], "", node, without=found[0].strip())
            return
        words = "<br/>".join(self.lines(node))
        self._add(f"<blockquote>{words}</blockquote>" if words else "")

    def _callout(self, kind: str, title: str, node: Tag, *, without: str = "") -> None:
        text = self.simple(node)
        if without:
            text = text.replace(escape(without), "", 1).replace("<p><br/>", "<p>", 1)
        self._other("callout", {"kind": kind, "title": title.strip()[:120], "text": text})

    def _fold(self, node: Tag) -> None:
        """What can be folded elsewhere is open here, under a heading: it is found and printed."""
        summary = node.find("summary", recursive=False)
        if isinstance(summary, Tag):
            words = self.inline(summary.contents).strip()
            self._add(f"<p><b>{plain(words) and escape(plain(words))}</b></p>" if plain(words) else "")
            summary.extract()
        self._all(list(node.children))

    def _table(self, node: Tag) -> None:
        rows = [list(row.find_all(["th", "td"])) for row in node.find_all("tr")]
        rows = [row for row in rows if row]
        if not rows:
            return
        has_head = all(cell.name == "th" for cell in rows[0]) and len(rows) > 1
        head = [plain(self.inline(cell.contents)) for cell in rows[0]] if has_head else []
        width = max(len(row) for row in rows)
        cells = [[self.cell(cell) for cell in row] + [""] * (width - len(row)) for row in rows[int(has_head) :]]
        columns = [{"type": "text", "heading": name[:255]} for name in [*head, *[""] * (width - len(head))]]
        caption = node.find("caption")
        self._other(
            "table",
            {
                "columns": columns,
                "rows": [{"values": row} for row in cells],
                "caption": caption.get_text(" ", strip=True)[:255] if isinstance(caption, Tag) else "",
            },
        )

    # Text

    def inline(self, nodes: Iterable[PageElement]) -> str:
        """Running text, with what it may hold: bold, italic, code, links, line breaks."""
        return "".join(self._word(node) for node in nodes)

    def _word(self, node: PageElement) -> str:
        if isinstance(node, NavigableString):
            return escape(re.sub(r"\s+", " ", str(node)), quote=False)
        if not isinstance(node, Tag):
            return ""
        if node.name == "br":
            return "<br/>"
        if node.name == "img":
            return escape(str(node.get("alt", "")), quote=False)
        inner = self.inline(node.contents)
        if node.name == "a":
            return self._link(str(node.get("href", "")), inner)
        as_tag = _INLINE.get(node.name)
        return f"<{as_tag}>{inner}</{as_tag}>" if as_tag and inner.strip() else inner

    def _link(self, address: str, inner: str) -> str:
        target = self.link(address) if address else None
        if target is None or not plain(inner):
            return inner
        if target.page is not None:
            anchor = f' data-anchor="{escape(target.anchor)}"' if target.anchor else ""
            return f'<a linktype="page" id="{target.page}"{anchor}>{inner}</a>'
        return f'<a href="{escape(target.address)}">{inner}</a>' if target.address else inner

    def listed(self, node: Tag) -> str:
        start = str(node.get("start", ""))
        begins = f' start="{start}"' if node.name == "ol" and start.isdecimal() and start != "1" else ""
        items = "".join(self._item(item) for item in node.find_all("li", recursive=False))
        return f"<{node.name}{begins}>{items}</{node.name}>" if items else ""

    def _item(self, node: Tag) -> str:
        within = [child for child in node.children if isinstance(child, Tag) and child.name in _LISTS]
        words = "<br/>".join(self.lines(node, leave=within))
        lists = "".join(self.listed(child) for child in within)
        return f"<li>{words}{lists}</li>" if words or lists else ""

    def lines(self, node: Tag, *, leave: list[Tag] | None = None) -> list[str]:
        """The paragraphs of a box that can hold only one: each a line. Code and tables become lines, too."""
        found: list[str] = []
        loose: list[PageElement] = []
        for child in [*node.children, None]:
            if child is not None and not (isinstance(child, Tag) and child.name in _BLOCKS):
                loose.append(child)
                continue
            found.append(self.inline(loose).strip())
            loose.clear()
            if isinstance(child, Tag) and child not in (leave or []):
                found += self._lines_of_block(child)
        return [line for line in found if line]

    def _lines_of_block(self, node: Tag) -> Iterator[str]:
        if node.name == "pre":
            yield from (f"<code>{escape(line, quote=False)}</code>" for line in node.get_text().rstrip().split("\n"))
        elif node.name == "table":
            for row in node.find_all("tr"):
                yield " – ".join(self.inline(cell.contents).strip() for cell in row.find_all(["th", "td"]))
        elif node.name in _LISTS:
            yield from (f"• {self.inline(item.contents).strip()}" for item in node.find_all("li"))
        elif node.name in {"p", *(f"h{level}" for level in range(1, 7))}:
            yield self.inline(node.contents).strip()
        else:
            yield from self.lines(node)

    def cell(self, node: Tag) -> str:
        words = "<br/>".join(self.lines(node))
        return f"<p>{words}</p>" if words else ""

    def simple(self, node: Tag) -> str:
        """The text of a callout: paragraphs and lists."""
        found = []
        for child in node.children:
            if isinstance(child, Tag) and child.name in _LISTS:
                found.append(self.listed(child))
            elif isinstance(child, Tag) and child.name in _BLOCKS:
                found += [f"<p>{line}</p>" for line in self._lines_of_block(child)]
            elif plain(words := self._word(child).strip()):
                found.append(f"<p>{words}</p>")
        return "".join(found)


def _levels_of(soup: BeautifulSoup, title: str) -> dict[int, int]:
    """The levels that headings have in the file → those they get: from h2 down, none left out."""
    headings = soup.find_all([f"h{level}" for level in range(1, 7)])
    used = sorted({int(each.name[1]) for each in headings if each.get_text(strip=True).lower() != title.lower()})
    return {level: min(_HIGHEST + number, _DEEPEST) for number, level in enumerate(used)}


def _texts(nodes: Iterable[PageElement]) -> Iterator[str]:
    for node in nodes:
        yield node.get_text() if isinstance(node, Tag | NavigableString) else ""


def _cut(text: str) -> str:
    """How an article begins, as its summary: whole sentences if they fit, or whole words."""
    if len(text) <= _BEGINNING_MOST:
        return text
    start = text[:_BEGINNING_MOST]
    sentence = max(start.rfind(end) for end in (". ", "! ", "? "))
    return start[: sentence + 1] if sentence > _BEGINNING_MOST // 3 else f"{start.rsplit(' ', 1)[0].rstrip(' ,;:–-')}…"
