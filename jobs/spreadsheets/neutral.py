"""Texts that a spreadsheet program would take for a formula, made harmless by an apostrophe in front, and back again.

A cell of somebody's own words that begins with = would else run when a colleague opens the export. The apostrophe is
what people put there by hand; in a CSV the program shows it. `original` is the exact inverse of `neutral`, also for
texts that already begin with apostrophes; a text that needs none is left as it is ("'tis" stays "'tis").
"""

from __future__ import annotations

import re

ESCAPE = "'"

#: What begins a formula in some program or other, after blanks too; the full-width forms are taken as the plain ones
#: by programs set to Chinese or Japanese. A tab or line end at the front would move the rest into another cell.
_BEGINS_FORMULA = r"(?:[\t\r\n]|\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])"
_NEEDS_ESCAPE = re.compile(rf"{ESCAPE}*{_BEGINS_FORMULA}")
_IS_ESCAPED = re.compile(rf"{ESCAPE}+{_BEGINS_FORMULA}")


def neutral(text: str) -> str:
    """The text as it goes into a file."""
    return ESCAPE + text if _NEEDS_ESCAPE.match(text) else text


def original(text: str) -> str:
    """The text as it was before `neutral`."""
    return text[1:] if text[:1] == ESCAPE and _IS_ESCAPED.match(text) else text
