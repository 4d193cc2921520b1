"""A ticket's ETag, and changes that are made only to what their caller has read.

The ETag is made of what the caller is shown, and of nothing else. So it is another for who asked for a ticket and for
its staff, and an internal note changes it for those alone who may read it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from audit.refusals import StaleVersion
from people.models import Employee
from tickets import rules
from tickets.api.reading import Beside, ticket_for
from tickets.api.serializers import TicketDetailSerializer
from tickets.models import Ticket

T = TypeVar("T")
#: Of notes that come just now, each may hold up a requester's call once more.
_TRIES = 5
#: Stands for none: no ticket ever has it.
_NO_VERSION = 0
_LENGTH = 1_000

IF_MATCH = OpenApiParameter(
    "If-Match",
    {"type": "string", "maxLength": _LENGTH, "pattern": "^[ -~]*$"},
    OpenApiParameter.HEADER,
    description="The ETag that you read: done only if nothing that you may see has changed since (else 412).",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    {"type": "string", "maxLength": _LENGTH, "pattern": "^[ -~]*$"},
    OpenApiParameter.HEADER,
    description="The ETag that you have: 304 without a body if that is how it is still.",
)


class Changed(StaleVersion):
    """`etag` and, for staff, `version` of the ticket as it is now."""

    def __init__(self, ticket: Ticket, by: Employee, etag: str) -> None:
        self.etag = etag
        # A version counts internal notes too.
        super().__init__(ticket if rules.is_staff_on(ticket, by) else None)


def shown(ticket: Any, by: Employee) -> dict[str, Any]:
    """The ticket in detail."""
    return TicketDetailSerializer(ticket, context={"beside": Beside.of_one(ticket, by)}).data


def etag_of(data: dict[str, Any]) -> str:
    return f'"{hashlib.sha256(JSONRenderer().render(data)).hexdigest()[:32]}"'


def is_among(etag: str, given: str) -> bool:
    """Whether a header names it. The mark of a weak one is looked over: proxies that pack answers put it on."""
    named = [each.strip().removeprefix("W/") for each in given[:_LENGTH].split(",")]
    return "*" in named or etag in named


def as_read(request: Request, ticket: Any, do: Callable[[Any, int | None], T]) -> T:
    """`do(ticket, expected_version)`; with `If-Match` only to what was read. Raises Changed, and whatever `do` does."""
    wanted = request.headers.get("If-Match")
    if wanted is None:
        return do(ticket, None)
    by: Any = request.user
    for _try in range(_TRIES):
        etag = etag_of(shown(ticket, by))
        try:
            # Also when it is another by now: who may not do it at all hears that first, from the door.
            return do(ticket, ticket.version if is_among(etag, wanted) else _NO_VERSION)
        except StaleVersion:
            if not is_among(etag, wanted):
                raise Changed(ticket, by, etag) from None
        # Something was done in this very moment: whether it is anything to them, the next look tells.
        ticket = ticket_for(by, ticket.ticket_number)
    raise Changed(ticket, by, etag_of(shown(ticket, by)))
