"""Tickets: the list, asking for something, and one of them with what can be done."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from people.api.base import KEY_HEADERS, View
from people.api.bodies import refuse_unknown
from people.api.serializers import page_of
from people.enums import Scope
from people.pages import limits
from tickets import lifecycle
from tickets.api import bodies, etags, files, listing
from tickets.api.base import WITH_FILES, TicketView, named_as_in_json
from tickets.api.reading import ticket_for
from tickets.api.serializers import TicketDetailSerializer, TicketSerializer
from tickets.forms import DETAILS, RequestForm
from tickets.models import Ticket, TicketCategory

_TOO_MANY = gettext_lazy(
    "You have sent more requests within an hour than we take from one person. You can send this one %(wait)s."
)


class Tickets(View):
    parser_classes = WITH_FILES
    key_scopes = {"GET": Scope.READ, "POST": Scope.SUBMIT}

    @extend_schema(
        responses=page_of(TicketSerializer), parameters=listing.PARAMETERS, summary="Tickets", operation_id="tickets"
    )
    def get(self, request: Request) -> Response:
        """What you may see, the newest first."""
        return listing.page(request)

    @extend_schema(
        request={"application/json": bodies.Submit, "multipart/form-data": bodies.SubmitForm},
        responses={201: TicketDetailSerializer},
        parameters=KEY_HEADERS,
        summary="Ask for something",
        operation_id="tickets_submit",
    )
    def post(self, request: Request) -> Response:
        """Priority and department come from the category. With files: as a form."""
        is_form = isinstance(request.data, QueryDict)
        submit = self._of_form() if is_form else self._of_json()

        def work(given: Any) -> str:
            with limits.counted(request._request, "submit_ticket", _TOO_MANY):
                return submit(given).ticket_number

        return self.once(work, self._made, around=files.staged(request) if is_form else nullcontext([]))

    def _of_json(self) -> Callable[[Any], Ticket]:
        asked = bodies.Submit.read(self.request.data)
        asked["details"] = asked.pop("dynamic_data")

        def submit(_files: Any) -> Ticket:
            with named_as_in_json():
                return lifecycle.submit(by=self.by, **asked)

        return submit

    def _of_form(self) -> Callable[[Any], Ticket]:
        """By the page's own form: what it makes of the names of extra fields is the same here."""
        given = self.request.POST
        refuse_unknown(given, bodies.SubmitForm().fields, prefix=DETAILS)
        category = bodies.Submit().fields["category"].read(given.get("category"))
        if not isinstance(category, TicketCategory):
            lifecycle_values = {"subject": given.get("subject", ""), "description": given.get("description", "")}
            return lambda _files: lifecycle.submit(by=self.by, category=category, **lifecycle_values)
        asked = RequestForm(category, given).asked()
        asked["sub_category"] = given.get("sub_category", "")
        return lambda staged: lifecycle.submit(by=self.by, category=category, files=staged, **asked)

    def _made(self, number: str) -> Response:
        data = etags.shown(ticket_for(self.by, number), self.by)
        headers = {"ETag": etags.etag_of(data), "Location": f"{self.request.path}{number}/"}
        return Response(data, status=201, headers=headers)


class OneTicket(TicketView):
    @extend_schema(
        responses={200: TicketDetailSerializer, 304: OpenApiResponse(description="It is as you have it.")},
        parameters=[etags.IF_NONE_MATCH],
        summary="A ticket",
        operation_id="ticket",
    )
    def get(self, request: Request, ticket_number: str) -> Response:
        """With `actions`: every verb, whether you may do it now, and why not. The ETag is of what you see."""
        answer = self.detail(ticket_number)
        known = request.headers.get("If-None-Match")
        if known is not None and etags.is_among(answer["ETag"], known):
            return Response(status=304, headers={"ETag": answer["ETag"]})
        return answer
