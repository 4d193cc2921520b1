"""From a template and a snapshot of data to the words of an e-mail.

Three files a message: `<template>_subject.txt`, `<template>.txt`, `<template>.html`. In the text files nothing is
escaped (they are no HTML), in the HTML file everything is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template import Context
from django.template.loader import get_template

from notifications import links
from notifications.models import SUBJECT_LENGTH

#: How the subjects of what is about no ticket begin, in brackets.
OUR_NAME = "SmartSupport"


@dataclass(frozen=True)
class Rendered:
    text: str
    html: str


def subject(template: str, data: Mapping[str, Any]) -> str:
    """The subject: one line, SUBJECT_LENGTH characters at most, and nothing in it that is not to be read."""
    return one_line(_render(f"{template}_subject.txt", data, autoescape=False))


def title(email_subject: str, number: str) -> str:
    """A subject within the house, without the tag that tells it apart in a mailbox: the number of what it is about, or
    our name."""
    for tag in (number, OUR_NAME):
        email_subject = email_subject.removeprefix(f"[{tag}] ")
    return email_subject


def body(template: str, data: Mapping[str, Any], *, email_subject: str) -> Rendered:
    """Text and HTML. Both templates also see `email_subject`, `site_url` and `site_host`."""
    context = {**data, "email_subject": email_subject}
    text = _render(f"{template}.txt", context, autoescape=False)
    # Blocks left empty leave their blank lines behind.
    text = re.sub(r"\n[ \t]*\n(?:[ \t]*\n)+", "\n\n", text.replace("\r\n", "\n")).strip() + "\n"
    return Rendered(text=text, html=_render(f"{template}.html", context, autoescape=True))


def one_line(words: str) -> str:
    """People's words as a header can hold them: a line break would begin a new header, and a bidi control would make
    the rest of the line read as something else."""
    spaced = "".join(_harmless(character) for character in words)
    line = " ".join(spaced.split())
    return line if len(line) <= SUBJECT_LENGTH else line[: SUBJECT_LENGTH - 1].rstrip() + "…"


_JOINERS = "\u200c\u200d"  # needed to write Persian, Hindi and composed emoji


def _harmless(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    # Cf are the invisible ones, bidi controls among them; Cs, half a surrogate pair, can't be encoded at all.
    return "" if category in {"Cf", "Cs"} and character not in _JOINERS else character


def _render(template_name: str, data: Mapping[str, Any], *, autoescape: bool) -> str:
    context = {"site_url": settings.SITE_URL.rstrip("/"), "site_host": links.host(), **data}
    # The loader's wrapper would escape by its engine's setting, also in the text files.
    return get_template(template_name).template.render(Context(context, autoescape=autoescape))  # type: ignore[attr-defined]
