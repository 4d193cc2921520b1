"""Tickets for tests, in any state.

ticket("On Hold", assignee=coordinator())     # through the door: with its history and its mails
quick_ticket("On Hold")                       # the same columns at once, where only the result matters
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.actors import SYSTEM
from audit.history import note
from people.models import Department, Employee
from tests.factories import people
from tickets import lifecycle
from tickets.enums import ENDED_STATUSES, SOLVED_STATUSES, STOPPED_CLOCK_STATUSES, Priority, Status
from tickets.models import Ticket, TicketCategory, TicketComment
from tickets.numbers import next_ticket_number

SUBJECT = "The printer on the third floor"
DESCRIPTION = "It prints everything in green since this morning."

Step = Callable[[Ticket, Employee, "Employee | None"], Ticket]


def category(department: Department | None = None, name: str = "", **fields: Any) -> TicketCategory:
    """A kind of request without extra fields; one for each department, and one without."""
    name = name or f"Anything for {department or 'anybody'}"
    return TicketCategory.objects.get_or_create(name=name, defaults={"assigned_department": department, **fields})[0]


def _approve(ticket: Ticket, admin: Employee, assignee: Employee | None) -> Ticket:
    return lifecycle.approve(
        ticket, by=admin, priority=Priority.MEDIUM, department=ticket.department, assignee=assignee
    )


def _start(ticket: Ticket, admin: Employee, assignee: Employee | None) -> Ticket:
    return lifecycle.start(ticket, by=admin)


def _hold(ticket: Ticket, admin: Employee, assignee: Employee | None) -> Ticket:
    return lifecycle.hold(ticket, by=admin, reason="A part is on its way.")


def _resolve(ticket: Ticket, admin: Employee, assignee: Employee | None) -> Ticket:
    return lifecycle.resolve(ticket, by=admin, resolution="A new drum.")


def _close(ticket: Ticket, admin: Employee, assignee: Employee | None) -> Ticket:
    return lifecycle.close(ticket, by=ticket.employee)


def _reject(ticket: Ticket, admin: Employee, assignee: Employee | None) -> Ticket:
    return lifecycle.reject(ticket, by=admin, reason="We have no such printer.")


def _withdraw(ticket: Ticket, admin: Employee, assignee: Employee | None) -> Ticket:
    return lifecycle.withdraw(ticket, by=ticket.employee)


#: The verbs that lead from New into each state. An assignee comes with the approval.
WAYS: dict[str, list[Step]] = {
    Status.NEW: [],
    Status.OPEN: [_approve],
    Status.IN_PROGRESS: [_approve, _start],
    Status.ON_HOLD: [_approve, _hold],
    Status.RESOLVED: [_approve, _resolve],
    Status.CLOSED: [_approve, _resolve, _close],
    Status.REJECTED: [_reject],
    Status.WITHDRAWN: [_withdraw],
}


def ticket(
    state: str = Status.NEW,
    *,
    department: Department | None = None,
    requester: Employee | None = None,
    assignee: Employee | None = None,
    admin: Employee | None = None,
) -> Ticket:
    """A ticket that went through the door. `admin`: who decided; by default one who is made for it."""
    department = department or people.department()
    made = lifecycle.submit(
        by=requester or people.person(), category=category(department), subject=SUBJECT, description=DESCRIPTION
    )
    way = WAYS[state]
    if assignee is not None and way and way[0] is not _approve:
        way = [_approve, *way]
    if way:
        admin = admin or people.admin()
    for step in way:
        made = step(made, admin, assignee)
    return made


def quick_ticket(
    state: str = Status.NEW,
    *,
    department: Department | None = None,
    requester: Employee | None = None,
    assignee: Employee | None = None,
    since: datetime | None = None,
    **columns: Any,
) -> Ticket:
    """A ticket in a state, written at once: no mails, one history row. `since`: when it came into that state."""
    department = department or people.department()
    since = since or timezone.now()
    row = Ticket(
        employee=requester or people.person(),
        category=category(department),
        priority=Priority.MEDIUM,
        department=department,
        assigned_to=assignee,
        status=state,
        update_date=since,
        **{"subject": SUBJECT, "description": DESCRIPTION}
        | _clocks(state, since, answered=assignee is not None)
        | columns,
    )
    with transaction.atomic():
        row.ticket_number = next_ticket_number(since)
        note(row, by=SYSTEM, verb="submit")
        row.save()
    return row


def _clocks(state: str, since: datetime, *, answered: bool) -> dict[str, Any]:
    """Submitted a day before; each column set exactly in the states where the door sets it."""
    day = timedelta(days=1)
    answered = answered or state not in (Status.NEW, Status.WITHDRAWN)
    return {
        "submit_date": since - day,
        "response_time": timedelta(hours=1) if answered else None,
        "clock_stopped_at": since if state in STOPPED_CLOCK_STATUSES else None,
        "resolution_time": day if state in SOLVED_STATUSES else None,
        "resolution": "A new drum." if state in SOLVED_STATUSES else "",
        "time_closed": since if state in ENDED_STATUSES else None,
        "rejection_reason": "We have no such printer." if state == Status.REJECTED else "",
    }


def comment(
    ticket: Ticket, *, by: Employee, text: str = "Have a look, please.", internal: bool = False
) -> TicketComment:
    """Something that was said on it, written at once."""
    return TicketComment.objects.create(ticket=ticket, user=by, comment=text, is_internal=internal)
