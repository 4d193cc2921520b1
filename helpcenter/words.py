"""What editors and imports wrote, as it is shown: links led to where pages are now, everything else cleaned.

Wagtail's own filter marks what lies in the database as harmless. Here it passes a list of what may be shown first, so
that nothing ever stored – typed, posted past the editor, imported – can run or load anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from urllib.parse import quote

import nh3
from django.urls import reverse
from wagtail.models import Page
from wagtail.rich_text.rewriters import extract_attrs

from helpcenter import seeing

#: What running text is made of.
TAGS = frozenset(
    {"p", "h2", "h3", "h4", "b", "strong", "i", "em", "a", "ul", "ol", "li", "code", "blockquote", "br", "hr", "sup"}
)
_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags={"script", "style", "iframe", "template", "noscript"},
    attributes={"a": {"href"}, "ol": {"start"}},
    url_schemes={"http", "https", "mailto", "tel"},
    # Said of every link: whoever is led elsewhere must not reach back into this window.
    link_rel="noopener",
)
_TEXT_ONLY = nh3.Cleaner(tags=set(), clean_content_tags={"script", "style", "iframe", "template", "noscript"})
_LINK = re.compile(r"<a(\s[^<>]{0,4000})>")
_BLOCK_ENDS = re.compile(r"</(?:p|h[1-6]|li|blockquote|td|th|tr|pre)>|<br ?/?>|<hr ?/?>")
_BLANKS = re.compile(r"\s+")


class Cleaned(str):
    """HTML that `cleaned` has been over. Templates show it as it is; what is made of it is an ordinary text again."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def cleaned(html: str) -> Cleaned:
    return Cleaned(_CLEANER.clean(html))


def plain(html: str) -> str:
    """The text alone, on one line; words of two paragraphs don't grow together."""
    spaced = _BLOCK_ENDS.sub(lambda end: f"{end[0]} ", html)
    return _BLANKS.sub(" ", unescape(_TEXT_ONLY.clean(spaced))).strip()


def address_of(url_path: str) -> str:
    """The address of a page by its place in the tree (`Page.url_path`), which begins with the home page's slug."""
    return reverse("wagtail_serve", args=[url_path.split("/", 2)[2]])


class Links:
    """The links of all texts of one page, found with one query. A page that the reader may not see is no link."""

    def __init__(self, sources: Iterable[str], user: object) -> None:
        wanted = {int(key) for source in sources for key in _page_ids(source)}
        seen = seeing.visible_pages(Page.objects.filter(pk__in=wanted), user) if wanted else Page.objects.none()
        paths = seen.values_list("pk", "url_path") if wanted else []
        self._addresses = {key: address_of(url_path) for key, url_path in paths}

    def shown(self, source: str) -> Cleaned:
        return cleaned(_LINK.sub(self._led, source))

    def _led(self, found: re.Match[str]) -> str:
        attributes = extract_attrs(found[1])
        if attributes.get("linktype") != "page":
            return found[0]
        key = attributes.get("id", "")
        address = self._addresses.get(int(key)) if key.isdecimal() else None
        anchor = quote(attributes.get("data-anchor", ""))
        return f'<a href="{address}{f"#{anchor}" if anchor else ""}">' if address else "<a>"


def _page_ids(source: str) -> Iterable[str]:
    for found in _LINK.finditer(source):
        attributes = extract_attrs(found[1])
        if attributes.get("linktype") == "page" and attributes.get("id", "").isdecimal():
            yield attributes["id"][:18]
