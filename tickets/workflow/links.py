"""Addresses under which the workflow system may fetch one file, for a quarter of an hour: /files/<signed>/.

The address is the key, so it opens exactly one thing and soon nothing: what it is for, and which file, are signed with
the time. No key of ours or of theirs stands in it. Made anew at each attempt; never stored (`without_links`).
"""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

from django.core import signing
from django.db.models import Q, QuerySet
from django.urls import reverse

from notifications.links import absolute
from people.models import Employee
from tickets.models import TicketAttachment

GOOD_FOR = timedelta(minutes=15)
_SALT = "tickets.workflow.links"
ATTACHMENT, PICTURE = "attachment", "picture"
#: Ours have about 90 characters; nothing computes with longer ones.
_MOST = 300
_LINK = re.compile(r"/files(?:/|\\/|%2F)[A-Za-z0-9_\-:%.]{24,}", re.IGNORECASE)


def to_attachment(attachment: TicketAttachment) -> str:
    return _address([ATTACHMENT, attachment.pk])


def to_picture(person: Employee) -> str | None:
    """None for who has none."""
    return _address([PICTURE, person.pk, _fingerprint(person)]) if person.image else None


def attachment_of(signed: str) -> TicketAttachment | None:
    """The file that may be fetched under this address; None for one that is forged, over, for something else, or whose
    file may not be handed out (any more). Files on internal notes never are."""
    given = _read(signed, ATTACHMENT, 2)
    if given is None:
        return None
    found = of_public(Q(pk=given[1])).select_related("ticket").first()
    return found if found is not None and found.is_available else None


def person_of(signed: str) -> Employee | None:
    """Whose picture may be fetched under this address; not another one that they have by now."""
    given = _read(signed, PICTURE, 3)
    found = Employee.objects.filter(pk=given[1]).first() if given else None
    return found if given and found is not None and found.image and _fingerprint(found) == given[2] else None


def of_public(which: Q) -> QuerySet[TicketAttachment]:
    """Of these files those that are not on an internal note and not on a text that was redacted."""
    seen = Q(comment=None) | Q(comment__is_internal=False, comment__redacted_at=None)
    return TicketAttachment.objects.filter(which, seen)


def without_links(text: str) -> str:
    """The text with "…" in place of signed addresses: an answer may repeat what was sent."""
    return _LINK.sub("/files/…", text)


def _address(what: list[str | int]) -> str:
    return absolute(reverse("workflow_file", args=[signing.dumps(what, salt=_SALT)]))


def _read(signed: str, purpose: str, length: int) -> list | None:
    if len(signed) > _MOST:
        return None
    try:
        what = signing.loads(signed, salt=_SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        return None
    return what if isinstance(what, list) and len(what) == length and what[0] == purpose else None


def _fingerprint(person: Employee) -> str:
    return hashlib.sha256(str(person.image.name).encode()).hexdigest()[:16]
