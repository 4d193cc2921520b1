"""What is done with a ticket: POST /api/tickets/TX0001/<verb>/, through the same doors as the pages' buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from audit.refusals import StaleVersion
from people.api.base import KEY_HEADERS
from people.api.bodies import Body, nothing_given
from people.api.serializers import first_sentences
from tickets import lifecycle, rules
from tickets import verbs as pages
from tickets.api import bodies, etags
from tickets.api.base import TicketView, named_as_in_json
from tickets.api.reading import ticket_for
from tickets.api.serializers import TicketDetailSerializer
from tickets.models import Ticket

#: Of changes that come in the same moment, this often an edit is made over another's.
_TRIES = 5


def edit(ticket: Any, *, by: Any, expected_version: int | None, **asked: Any) -> Ticket:
    """Change what was asked, while nobody has decided. What you leave out stays as it is."""
    reason = asked.pop("reason", "")
    nothing_given(asked)
    if expected_version is not None:
        return _edited(ticket, asked, by=by, reason=reason, expected_version=expected_version)
    for _try in range(_TRIES):
        try:
            return _edited(ticket, asked, by=by, reason=reason, expected_version=ticket.version)
        except StaleVersion:
            ticket = ticket_for(by, ticket.ticket_number)
    raise StaleVersion  # of what: for who asked for it, versions would count internal notes


def _edited(ticket: Any, asked: dict[str, Any], *, by: Any, reason: str, expected_version: int) -> Ticket:
    names = ("subject", "description", "sub_category", "dynamic_data", "scheduled_date")
    values = {name: getattr(ticket, name) for name in names} | asked
    details = values.pop("dynamic_data")
    with named_as_in_json():
        return lifecycle.edit(
            ticket, by=by, details=details, reason=reason, expected_version=expected_version, **values
        )


@dataclass(frozen=True)
class TicketVerb:
    """`is_follow_up`: what who asked for a ticket does with it."""

    call: Callable[..., Ticket]
    takes: type[Body]
    is_follow_up: bool = False
    only_given: bool = False


VERBS: Mapping[str, TicketVerb] = {
    "edit": TicketVerb(edit, bodies.Edit, is_follow_up=True, only_given=True),
    "approve": TicketVerb(pages.approve, bodies.Approve),
    "reject": TicketVerb(lifecycle.reject, bodies.WithReason),
    "claim": TicketVerb(lifecycle.claim, bodies.Nothing),
    "assign": TicketVerb(pages.assign, bodies.Assign),
    "start": TicketVerb(lifecycle.start, bodies.Nothing),
    "hold": TicketVerb(lifecycle.hold, bodies.Hold),
    "resume": TicketVerb(lifecycle.resume, bodies.Nothing),
    "resolve": TicketVerb(lifecycle.resolve, bodies.Resolve),
    "close": TicketVerb(lifecycle.close, bodies.WithReasonForRequester, is_follow_up=True),
    "reopen": TicketVerb(lifecycle.reopen, bodies.WithReason, is_follow_up=True),
    "withdraw": TicketVerb(lifecycle.withdraw, bodies.WithReasonForRequester, is_follow_up=True),
    "reprioritise": TicketVerb(lifecycle.reprioritise, bodies.Reprioritise),
    "transfer": TicketVerb(lifecycle.transfer, bodies.Transfer),
}


class DoWithTicket(TicketView):
    """`verb` is set by `view_of`."""

    verb = ""

    @property
    def is_follow_up(self) -> bool:  # type: ignore[override]
        return VERBS[self.verb].is_follow_up

    def post(self, request: Request, ticket_number: str) -> Response:
        ticket, verb = self.ticket, VERBS[self.verb]
        asked = verb.takes.read(request.data, only_given=verb.only_given)

        def do(row: Any, expected_version: int | None) -> str:
            return verb.call(row, by=self.by, expected_version=expected_version, **asked).ticket_number

        return self.once(lambda _nothing: etags.as_read(request, ticket, do), self._shown)

    def _shown(self, number: str) -> Response:
        """The ticket as it is now; nothing, when it is none of theirs any more (transferred to others)."""
        is_seen = rules.visible_to(self.by).filter(ticket_number=number).exists()
        return self.detail(number) if is_seen else Response(status=204)


def view_of(verb: str) -> Any:
    """The view of a verb, with documentation of its own."""
    made: Any = type(f"{verb.capitalize()}Ticket", (DoWithTicket,), {"verb": verb})
    documented = extend_schema(
        request=VERBS[verb].takes,
        responses={
            200: TicketDetailSerializer,
            204: OpenApiResponse(description="Done; and with it the ticket went where you don't see it."),
        },
        parameters=[etags.IF_MATCH, *KEY_HEADERS],
        summary=f"{verb.capitalize()} a ticket",
        description=first_sentences(edit if verb == "edit" else getattr(lifecycle, verb)),
        operation_id=f"tickets_{verb}",
    )
    return extend_schema_view(post=documented)(made).as_view()
