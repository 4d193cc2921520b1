"""Tickets as somebody may know them: the rows, and what stands beside them, in a fixed number of questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.http import Http404

from people.models import Employee
from tickets import conversation, queries, rules
from tickets import files as kept
from tickets.models import Ticket, TicketAttachment, TicketComment

_RELATED = ("employee", "assigned_to", "department", "category")
#: No number is longer.
_NUMBER_LENGTH = 32


def tickets_for(by: Employee) -> QuerySet[Any]:
    """What they may see, each with `known_update`: internal notes move `update_date`, and would tell who asked for the
    ticket of themselves. To them it is the last thing done that they may know of."""
    last = Subquery(_known_changes(OuterRef("pk")).values("history_date")[:1])
    known = Case(
        When(rules.only_asked_by(by), then=Coalesce(last, F("submit_date"))),
        default=F("update_date"),
    )
    return rules.visible_to(by).annotate(known_update=known).select_related(*_RELATED)


def ticket_for(by: Employee, number: str) -> Any:
    """One of them. Raises Http404, also for what no database could be asked for."""
    is_one = len(number) <= _NUMBER_LENGTH and number.isascii() and number.isprintable()
    rows = rules.visible_to(by).filter(ticket_number=number).select_related(*_RELATED).order_by()
    ticket: Any = rows.first() if is_one else None
    if ticket is None:
        raise Http404
    # As above, by questions that are quicker for one.
    ticket.known_update = ticket.update_date
    if not rules.is_staff_on(ticket, by):
        ticket.known_update = _known_changes(ticket.pk).values_list("history_date", flat=True).first()
        ticket.known_update = ticket.known_update or ticket.submit_date
    return ticket


def _known_changes(key: Any) -> QuerySet[Any]:
    """What was done to a ticket that its requester may know of, the last first."""
    done = Ticket.history.model.objects.filter(id=key, verb__in=queries.SEEN_BY_REQUESTER)
    return done.order_by("-history_date", "-history_id")


@dataclass(frozen=True)
class Beside:
    """Of tickets that somebody may see: how many comments of each they may read, and its files that they may know."""

    by: Employee
    comments: dict[int, int] = field(default_factory=dict)
    attachments: dict[int, list[TicketAttachment]] = field(default_factory=dict)

    @classmethod
    def of(cls, tickets: Sequence[Ticket], by: Employee) -> Beside:
        keys = [ticket.pk for ticket in tickets]
        said = TicketComment.objects.filter(ticket__in=keys).exclude(rules.notes_hidden_from(by)).order_by()
        counted = said.values_list("ticket").annotate(Count("pk"))
        found: dict[int, list[TicketAttachment]] = {}
        files = TicketAttachment.objects.filter(Q(comment=None) | Q(comment__redacted_at=None), ticket__in=keys)
        files = files.exclude(rules.notes_hidden_from(by, "comment__")).select_related("uploaded_by")
        for each in files.order_by("upload_date", "pk"):
            found.setdefault(each.ticket_id, []).append(each)
        return cls(by, dict(counted), found)

    @classmethod
    def of_one(cls, ticket: Ticket, by: Employee) -> Beside:
        """The same of one, by the questions of its page, which are quicker."""
        files = kept.visible_attachments(ticket, by).select_related("uploaded_by").order_by("upload_date", "pk")
        count = conversation.visible_comments(ticket, by).order_by().count()
        return cls(by, {ticket.pk: count}, {ticket.pk: list(files)})
