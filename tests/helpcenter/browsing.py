"""A page's form as a browser without scripts reads it: what it would send, and with which button."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

Sent = dict[str, list[str]]


class _Reader(HTMLParser):
    """Collects the fields of the form that has `marker` among its attributes (any form: "")."""

    def __init__(self, marker: str) -> None:
        super().__init__()
        self.marker, self.depth = marker, 0
        self.sent: Sent = {}
        self.buttons: list[dict[str, Any]] = []
        self.textarea: str | None = None
        self.select: str | None = None
        self.in_template = 0

    def put(self, name: str | None, value: str | None) -> None:
        if name:
            self.sent.setdefault(name, []).append(value or "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and (not self.marker or self.marker in given):
            self.depth = 1
        self.in_template += tag == "template"
        if not self.depth or self.in_template:
            return
        if tag == "input" and given.get("type") != "file":
            if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
                self.put(given.get("name"), given.get("value"))
        elif tag == "button" and given.get("type") == "submit":
            self.buttons.append(given)
        elif tag == "textarea":
            self.textarea = given.get("name") or ""
            self.sent.setdefault(self.textarea, []).append("")
        elif tag == "select":
            self.select, self.first, self.chosen = given.get("name") or "", None, None
        elif tag == "option" and self.select is not None:
            self.first = given.get("value") if self.first is None else self.first
            self.chosen = given.get("value") if "selected" in given else self.chosen

    def handle_data(self, data: str) -> None:
        if self.textarea is not None and not self.in_template:
            self.sent[self.textarea][-1] += data

    def handle_endtag(self, tag: str) -> None:
        self.in_template -= tag == "template"
        if tag == "form":
            self.depth = 0
        elif tag == "textarea" and self.textarea is not None:
            # A browser drops the line end right after the tag.
            words = self.sent[self.textarea].pop()
            self.put(self.textarea, words.removeprefix("\n"))
            self.textarea = None
        elif tag == "select" and self.select is not None:
            self.put(self.select, self.chosen if self.chosen is not None else self.first)
            self.select = None


def read(response: Any, marker: str = "data-asking") -> _Reader:
    """Its text with one kind of line end, as browsers read a page."""
    reader = _Reader(marker)
    reader.feed(response.content.decode().replace("\r\n", "\n").replace("\r", "\n"))
    reader.close()
    return reader


def fields(response: Any, marker: str = "data-asking") -> Sent:
    """What the form would send, without the buttons and the token against forgery."""
    return {name: values for name, values in read(response, marker).sent.items() if name != "csrfmiddlewaretoken"}


def text(response: Any) -> str:
    return response.content.decode()
