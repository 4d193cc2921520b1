"""How pages show what people wrote on a ticket, and its files."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeData

from tickets import files, visits
from tickets.models import TicketAttachment

register = template.Library()

#: Longer than browsers and servers take; such a "link" is a text.
LINK_LENGTH = 2_000
#: One character class and no alternatives: looking for addresses takes as long as the text is, never longer. Blanks,
#: quotes, brackets, controls and the invisible marks that turn the direction of text end an address.
_ADDRESS = re.compile(
    r"(?<!\w)https?://[^\s<>\"'`{}|\\^\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+", re.IGNORECASE
)
#: What ends a sentence and no address; a closing bracket only where its opening one is not part of the address.
_AFTER = ".,;:!?…*_~"
_BRACKETS = {")": "(", "]": "["}


@register.filter
def linked(text: object) -> SafeData:
    """Escaped text in which http(s) addresses are links; the words themselves stay byte for byte.

    To be shown with `white-space: pre-wrap`. No other scheme, and no address that hides its host behind a name and @.
    """
    text = str(text or "")
    pieces, end = [], 0
    for found in _ADDRESS.finditer(text):
        address = _without_end(found.group())
        if _can_be_followed(address):
            pieces += [format_html("{}", text[end : found.start()]), _link(address)]
            end = found.start() + len(address)
    return format_html_join("", "{}", ((piece,) for piece in [*pieces, format_html("{}", text[end:])]))


def _link(address: str) -> SafeData:
    return format_html('<a href="{}" rel="nofollow noopener noreferrer">{}</a>', address, address)


def _without_end(address: str) -> str:
    # Longer ones are no links at all; they must not cost more than that.
    while address and len(address) <= LINK_LENGTH:
        last = address[-1]
        if last not in _AFTER and not (last in _BRACKETS and address.count(last) > address.count(_BRACKETS[last])):
            break
        address = address[:-1]
    return address


def _can_be_followed(address: str) -> bool:
    if len(address) > LINK_LENGTH:
        return False
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:  # [ without ], and the like
        return False


@register.filter
def is_picture(attachment: TicketAttachment) -> bool:
    """Shows itself in the page."""
    return files.is_picture(attachment)


@register.filter
def why_not_available(attachment: TicketAttachment) -> str:
    """A sentence where a file can't be downloaded (yet); "" where it can."""
    return files.availability(attachment)


@register.simple_tag(takes_context=True)
def unread_tickets(context: Any) -> int:
    """How many of the reader's own tickets have news; asked only where the page knows who reads."""
    person = context.get("user")
    return visits.unread_count(person) if person is not None and person.is_authenticated else 0
