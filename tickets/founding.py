"""Tickets that come from elsewhere, many at a time: checked one by one, numbered and stored together.

`lifecycle.bring_in` and `bring_in_many` are the doors to it, `take_back` is the way out again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.actors import Actor, NamedActor
from audit.history import delete_many, insert_many, note
from audit.refusals import InvalidValues, Reason, Refused
from people.models import Employee
from tickets import door, rules, values
from tickets.models import Ticket, TicketCategory
from tickets.numbers import next_ticket_numbers


def checked(newcomers: Sequence[Mapping[str, Any]], *, by: Actor) -> list[Ticket | InvalidValues]:
    """Each as a ticket that is not stored yet, told of by note(), or what is wrong with it. Writes nothing."""
    now = timezone.now()
    people = _people_now(newcomers)
    _fetch_fields(newcomers)
    return [_checked(dict(newcomer), people, now, by) for newcomer in newcomers]


def _checked(given: dict[str, Any], people: Mapping[int, Employee], now: datetime, by: Actor) -> Ticket | InvalidValues:
    words = [given.pop(name, "") for name in ("subject", "description", "external_reference")]
    reason = given.pop("reason", "") or words[-1]
    known, errors = values.BroughtIn(now=now, **given), {}
    if isinstance(known.assignee, Employee):
        if known.assignee.pk not in people:
            return InvalidValues({"assignee": _("Choose an approved coordinator or System Admin.")})
        known = replace(known, assignee=people[known.assignee.pk])
    try:
        columns = values.brought_in(known, *words)
    except InvalidValues as invalid:
        errors = invalid.errors
    if own := rules.against_bring_in_own(by, known.requester, known.status):
        errors = {**errors, "status": [own[0].sentence]}
    if errors:
        return InvalidValues(errors)
    ticket = Ticket(employee=known.requester, update_date=now, **columns)
    note(ticket, by=by, verb="bring_in", reason=reason)
    return ticket


def _people_now(newcomers: Sequence[Mapping[str, Any]]) -> Mapping[int, Employee]:
    """The assignees as they are now: who works on something must be able to, whatever was read before."""
    named = {person.pk for given in newcomers if isinstance(person := given.get("assignee"), Employee)}
    return Employee.objects.in_bulk(named) if named else {}


def _fetch_fields(newcomers: Sequence[Mapping[str, Any]]) -> None:
    """The extra fields of all categories in one statement."""
    categories = [each for given in newcomers if isinstance(each := given.get("category"), TicketCategory) and each.pk]
    unique = {id(each): each for each in categories}
    if len(newcomers) > 1:
        prefetch_related_objects(list(unique.values()), "fields", "assigned_department")


def stored(outcome: Sequence[Ticket | InvalidValues], *, once: bool) -> list[Ticket | InvalidValues]:
    """Number the tickets among these in the order they are in, and store them with a history row each. Inside a
    transaction. `once`: but for those whose number elsewhere a ticket here has by now."""
    tickets = [each for each in outcome if isinstance(each, Ticket)]
    if not tickets:
        return list(outcome)
    # As late as may be: until the commit, the row of the sequence keeps other submitters waiting.
    numbers = next_ticket_numbers(tickets[0].update_date, len(tickets))
    for ticket, number in zip(tickets, numbers, strict=True):
        ticket.ticket_number = number
    # Only now: those who took numbers before us have committed, and those after us wait.
    here = references_here(ticket.external_reference for ticket in tickets) if once else set()
    told = [came_before() if isinstance(each, Ticket) and each.external_reference in here else each for each in outcome]
    insert_many([each for each in told if isinstance(each, Ticket)])
    return told


def references_here(references: Iterable[str]) -> set[str]:
    """Which of these numbers elsewhere tickets here have, whoever may see them."""
    wanted = {reference for reference in references if reference}
    if not wanted:
        return set()
    # The index holds the tickets that have one.
    found = Ticket.objects.exclude(external_reference="").filter(external_reference__in=wanted)
    return set(found.order_by().values_list("external_reference", flat=True))


def came_before() -> InvalidValues:
    """Said to whoever may not see that ticket, too."""
    return InvalidValues({"external_reference": _("A ticket of this number can't be brought in twice.")})


def brought_in_by(by: Actor, references: Iterable[str]) -> set[str]:
    """Of these numbers elsewhere, those of tickets here that this person brought in themselves."""
    wanted = {reference for reference in references if reference}
    if not wanted or isinstance(by, NamedActor):
        return set()
    here = Ticket.objects.exclude(external_reference="").filter(external_reference__in=wanted)
    theirs = Ticket.history.filter(id__in=here.values("pk"), history_type="+", verb="bring_in", history_user=by.pk)
    return set(theirs.order_by().values_list("external_reference", flat=True)) & wanted


def take_back(tickets: Sequence[Ticket], *, by: Actor, reasons: Sequence[str]) -> list[Refused | None]:
    """Delete tickets that came from elsewhere and that nobody touched since; see `lifecycle.take_back`."""
    rows = {row.pk: row for row in door.locked_all(tickets)}
    against = _against_taking_back(list(rows.values()))
    said: dict[int, Refused | None] = {}
    for ticket, reason in zip(tickets, reasons, strict=True):
        found = against[ticket.pk] if ticket.pk in rows else [rules.unseen()]
        said[ticket.pk] = Refused(found) if found else None
        if not found:
            note(rows[ticket.pk], by=by, verb="take_back", reason=reason)
    going = [row for key, row in rows.items() if said[key] is None]
    if not _deleted(going):
        for row in going:
            said[row.pk] = None if _deleted([row]) else Refused([_touched()])
    return [said[ticket.pk] for ticket in tickets]


def _against_taking_back(rows: Sequence[Ticket]) -> dict[int, list[Reason]]:
    """Whatever shows that somebody had to do with them since they came in. The version grows with every verb."""
    keys = [row.pk for row in rows]
    came_by = dict(Ticket.history.filter(id__in=keys, history_type="+").values_list("id", "verb"))
    against: dict[int, list[Reason]] = {}
    for row in rows:
        if came_by.get(row.pk) != "bring_in":
            against[row.pk] = [Reason("not_brought_in", _("This ticket did not come from elsewhere."))]
        else:
            against[row.pk] = [_touched()] if row.version > 1 else []
    return against


def _touched() -> Reason:
    return Reason("touched", _("Somebody has worked on this ticket since. It stays."))


def _deleted(rows: Sequence[Ticket]) -> bool:
    """False when something names one of them, such as a comment. One look at each table for all."""
    try:
        with transaction.atomic():
            delete_many(rows)
    except ProtectedError:
        return False
    return True
