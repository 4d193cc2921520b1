"""Where the links in a folder of Markdown lead: to which file, now or under an older address, and where in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote, urljoin, urlsplit

from helpcenter.anchors import Anchors
from helpcenter.folders import SourceFile
from helpcenter.markdown import Target, Written

_ELSEWHERE = ("http:", "https:", "mailto:", "tel:")
_REDIRECTS_MOST = 3


class Places:
    """The addresses of all files, and the headings within each. `topics`: folder (with slashes) → its page."""

    def __init__(self, files: Iterable[SourceFile], pages: dict[str, int], topics: dict[str, int]) -> None:
        self._pages = pages
        self._topics = topics
        self._files: dict[str, SourceFile] = {}
        self._anchors: dict[str, dict[str, str]] = {}
        files = list(files)
        for file in files:
            for address in file.older_addresses:
                self._files.setdefault(_key(address), file)
        # Where a file lies now counts more than where another once was.
        self._files.update({_key(file.address): file for file in files})

    def note_headings(self, file: SourceFile, article: Written) -> None:
        anchors, known = Anchors(), self._anchors.setdefault(file.path, {})
        for words, own in article.headings:
            anchor = anchors.take(words)
            for name in (anchor, own):
                known.setdefault(_loose(name), anchor)

    def target(self, address: str, file: SourceFile) -> tuple[Target, str]:
        """Where a link in a file leads, and what is wrong with it ("": nothing)."""
        if address.startswith(_ELSEWHERE):
            return Target(address=address), ""
        if address.startswith("//"):
            return Target(), f"the link to {address} names no protocol; its words stay"
        parts = urlsplit(address)
        there = self._file_at(parts.path, file) if parts.path else file
        topic = self._topics.get(_key(parts.path)) if there is None else None
        if topic is not None:
            return Target(page=topic), ""
        if there is None:
            return Target(), f"the link to {address} leads to nothing in the folder; its words stay"
        return self._place(there, unquote(parts.fragment), is_here=there is file and not parts.path, address=address)

    def _place(self, there: SourceFile, name: str, *, is_here: bool, address: str) -> tuple[Target, str]:
        anchor = self._anchors.get(there.path, {}).get(_loose(name), "") if name else ""
        problem = (
            f"the link to {address} names a place that is not there; it leads to the page"
            if name and not anchor
            else ""
        )
        if is_here:
            return Target(address=f"#{anchor}" if anchor else ""), problem.replace(
                "it leads to the page", "its words stay"
            )
        return Target(page=self._pages[there.path], anchor=anchor), problem

    def _file_at(self, path: str, file: SourceFile) -> SourceFile | None:
        base = f"/{file.path}" if path.endswith(".md") else file.address
        found = self._files.get(_key(urljoin(base, re.sub(r"/{2,}", "/", path))))
        for _step in range(_REDIRECTS_MOST):
            gone_to = found.meta.get("redirect_to") if found else None
            if found is None or found.text.strip() or not isinstance(gone_to, str) or gone_to.startswith(_ELSEWHERE):
                break
            found = self._files.get(_key(urlsplit(gone_to).path)) or found
        return found


def _key(path: str) -> str:
    """However it is written: with or without the ending, slashes, capitals."""
    plain = re.sub(r"(?:index|readme)?\.(?:md|html?)$", "", unquote(path), flags=re.IGNORECASE)
    return re.sub(r"/{2,}", "/", plain).strip("/").lower()


def _loose(name: str) -> str:
    """Programs make anchors differently: "you've" is `youve`, or `you-ve`."""
    return re.sub(r"[\W_]+", "", name.lower())
