"""The steps that every change of a ticket takes, in this order (architecture.md "What every verb does"):

atomic → lock and re-read the row, and who asks → rules → version → (the verb's own work) → save with
version + 1 and a history row → e-mail and webhook rows are part of the same transaction. Only `lifecycle` and
`conversation` pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from audit.actors import Actor, NamedActor
from audit.events import refusals_noted
from audit.history import note
from audit.refusals import Refused, StaleVersion, refuse
from people.models import Employee
from tickets import rules, webhooks
from tickets.models import Ticket


@dataclass
class Passage:
    """What a verb works on: the locked row, who asks (as they are now), and when it is. `reason` goes into history."""

    ticket: Ticket
    by: Actor
    now: datetime
    reason: str = ""


@contextmanager
def passing(ticket: Ticket, verb: str, *, by: Actor, expected_version: int | None = None) -> Iterator[Passage]:
    """Lock, ask, let the verb work, save. Raises Refused (and puts it on the record) or StaleVersion."""
    with refusals_noted(verb, by=by, about=ticket), transaction.atomic():
        row = locked(ticket)
        by = locked_actor(by)
        if not rules.relations(row, by):
            raise Refused([rules.unseen()])
        # Before the version: who may not do it at all learns nothing of what others did, such as internal notes.
        refuse(rules.CHECKS[verb](row, by))
        if expected_version is not None and row.version != expected_version:
            raise StaleVersion(row)
        passage = Passage(row, by, timezone.now())
        yield passage
        row.update_date = passage.now
        if verb in rules.NEWS and getattr(by, "pk", None) != row.employee_id:
            row.news_at = passage.now
        note(row, by=by, verb=verb, reason=passage.reason)
        row.save()
        webhooks.happened(verb, row, by=by)


def anew(by: Actor) -> Actor:
    """Who asks, as they are now: a long run or request must not outlive a suspension."""
    return by if by is None or isinstance(by, NamedActor) else Employee.objects.filter(pk=by.pk).first()


def locked_actor(by: Actor) -> Actor:
    """The same under their lock, taken after the ticket's: a suspension that commits while we wait for the ticket
    counts, and one that comes later waits for us. People's door locks no tickets, so the two can't wait for each other.
    """
    if by is None or isinstance(by, NamedActor):
        return by
    return Employee.objects.select_for_update(no_key=True).filter(pk=by.pk).first()


def locked_all(tickets: Iterable[Ticket]) -> list[Ticket]:
    """These tickets, under their locks in the order of the keys."""
    rows = Ticket.objects.select_for_update(of=("self",))
    return list(rows.filter(pk__in=[ticket.pk for ticket in tickets]).order_by("pk"))


def locked(ticket: Ticket) -> Ticket:
    """The row under its lock. On SQLite the immediate transaction is that lock."""
    rows = Ticket.objects.select_for_update(of=("self",)).select_related(
        "employee", "assigned_to", "department", "category"
    )
    found = rows.filter(pk=ticket.pk).first()
    if found is None:
        raise Refused([rules.unseen()])
    return found
