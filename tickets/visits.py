"""What a requester has seen of their tickets, and what is news to them."""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, QuerySet, Value, When

from people.models import Employee
from tickets.models import Ticket, TicketVisit

#: Beyond this a count of news says nothing more.
COUNTED_MOST = 99


def with_news(tickets: QuerySet[Ticket], person: Employee) -> QuerySet[Any]:
    """The same, each with `is_unread`: somebody else did something after `person` last looked at it."""
    seen = TicketVisit.objects.filter(ticket=OuterRef("pk"), person=person, seen_at__gte=OuterRef("news_at"))
    is_unread = Case(
        When(Q(news_at__isnull=False) & ~Exists(seen), then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    return tickets.annotate(is_unread=is_unread)


def unread_count(person: Employee) -> int:
    """How many of their own tickets have news; one statement, COUNTED_MOST + 1 at most."""
    seen = TicketVisit.objects.filter(ticket=OuterRef("pk"), person=person, seen_at__gte=OuterRef("news_at"))
    unread = Ticket.objects.filter(~Exists(seen), employee=person, news_at__isnull=False).order_by()
    return unread.values("pk")[: COUNTED_MOST + 1].count()


def seen(ticket: Ticket, person: Employee) -> None:
    """They have looked at it, as it was read. One statement, and two windows at once make one row.

    Up to the last news that the row had, and not up to now: what somebody else is writing in this moment, with an
    earlier time and a later commit, would be read by nobody.
    """
    upto = ticket.news_at or ticket.submit_date
    TicketVisit.objects.bulk_create(
        [TicketVisit(ticket=ticket, person=person, seen_at=upto)],
        update_conflicts=True,
        unique_fields=["ticket", "person"],
        update_fields=["seen_at"],
    )


def by_news() -> Any:
    """Newest first by what the requester may know: never `update_date`, which internal notes move."""
    return Case(When(news_at__isnull=False, then=F("news_at")), default=F("submit_date")).desc()
