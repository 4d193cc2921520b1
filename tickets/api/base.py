"""What the views of one ticket share: which it is, and what a key needs for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from audit.refusals import InvalidValues
from people.api.base import View
from people.enums import Scope
from people.pages import limits
from tickets.api import etags
from tickets.api.reading import ticket_for

_TOO_MUCH = gettext_lazy(
    "You have added more to your tickets within an hour than we take from one person. You can send this %(wait)s."
)
#: JSON as everywhere, and forms, since JSON holds no files.
WITH_FILES = [*api_settings.DEFAULT_PARSER_CLASSES, MultiPartParser]


class TicketView(View):
    @cached_property
    def ticket(self) -> Any:
        """The one of the address. Raises Http404."""
        return ticket_for(self.by, self.kwargs["ticket_number"])

    @property
    def is_own(self) -> bool:
        return self.ticket.employee_id == self.by.pk

    def scopes_for_key(self, request: Request) -> Collection[str]:
        """To follow up on what one asked for is part of asking; the rest is work."""
        if request.method in SAFE_METHODS:
            return (Scope.READ,)
        return (Scope.SUBMIT, Scope.WORK) if self.is_own and self.is_follow_up else (Scope.WORK,)

    #: Whether it is what who asked for a ticket does with it.
    is_follow_up = True

    def detail(self, number: str, status: int = 200) -> Response:
        data = etags.shown(ticket_for(self.by, number), self.by)
        return Response(data, status=status, headers={"ETag": etags.etag_of(data)})


@contextmanager
def counted(request: Request, ticket: Any) -> Iterator[None]:
    """What who asked for a ticket adds to it, as on their pages. Raises TooOften."""
    if ticket.employee_id != request.user.pk:
        yield
        return
    with limits.counted(request._request, "comment_ticket", _TOO_MUCH):
        yield


@contextmanager
def named_as_in_json() -> Iterator[None]:
    """What the door finds wrong with an extra field, under the name that it has in JSON."""
    try:
        yield
    except InvalidValues as invalid:
        errors = {
            f"dynamic_data{name.removeprefix('details').replace('-', '.', 1)}"
            if name.startswith("details")
            else name: said
            for name, said in invalid.errors.items()
        }
        raise InvalidValues(errors) from invalid
