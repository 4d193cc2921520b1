"""Our side: five hundred people and their tickets, and what the cases take. Runs in the probe with our settings.

The rows are made past the door, which is allowed to data that lives as long as a measurement; the columns are what the
verbs would have written, and every constraint holds them to it.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.db import connection, models
from django.utils import timezone

from bench import filling
from bench.filling import Kind
from people.enums import STAFF_ROLES, Role
from people.enums import Status as PersonStatus
from people.models import Department, Employee, NumberSequence
from tickets.enums import (
    ENDED_STATUSES,
    SOLVED_STATUSES,
    STOPPED_CLOCK_STATUSES,
    WORKING_STATUSES,
    Priority,
    Status,
)
from tickets.models import Ticket, TicketCategory, TicketComment

PEOPLE = 500
ADMINS = 3
COORDINATORS_A_DEPARTMENT = 3
COMMENTS_A_TICKET = 2
#: How many of a hundred tickets are in each state.
SHARES = {
    Status.NEW: 5,
    Status.OPEN: 10,
    Status.IN_PROGRESS: 10,
    Status.ON_HOLD: 5,
    Status.RESOLVED: 8,
    Status.CLOSED: 55,
    Status.REJECTED: 4,
    Status.WITHDRAWN: 3,
}
THINGS = ("printer", "laptop", "projector", "invoice", "badge", "account", "desk", "contract", "phone", "heating")
TROUBLES = ("does not work", "is needed by Monday", "was lost", "makes a noise", "must be renewed", "is too slow")
PLACES = ("third floor", "warehouse", "front desk", "meeting room", "branch office", "canteen", "archive")

_NUMBER = """'TX' || lpad(("id" + {step})::text, greatest(4, length(("id" + {step})::text)), '0')"""
KINDS = [
    Kind(Ticket, columns={"ticket_number": _NUMBER}),
    Kind(Ticket.history.model, per_ticket=2, columns={"id": '"id" + {step}', "ticket_number": _NUMBER}),
    Kind(TicketComment, per_ticket=COMMENTS_A_TICKET),
    Kind(TicketComment.history.model, per_ticket=COMMENTS_A_TICKET, columns={"id": '"id" + 2 * ({step})'}),
]


# The house


def fill(*, originals: int, before: int, after: int) -> None:
    """From `before` tickets to `after`. The first time also the people, and `originals` tickets by the models."""
    if not before:
        make_people()
        made = [ticket_of(number, filling.chance(number)) for number in range(1, originals + 1)]
        keep(made)
        before = originals
        filling.free_keys(KINDS)
        NumberSequence.objects.update_or_create(name="ticket", defaults={"last": filling.FREE_KEYS})
    filling.multiply(KINDS, originals=originals, before=before, after=after)
    filling.settle()


def make_people() -> None:
    chance = filling.chance(0)
    departments = list(Department.objects.order_by("pk"))
    made = [_person(number, departments, chance) for number in range(1, PEOPLE + 1)]
    Employee.objects.bulk_create(made)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=person, email=person.email, verified=True, primary=True) for person in made
    )
    groups = {group.name: group for group in Group.objects.all()}
    Membership = Employee.groups.through  # noqa: N806 - a class
    Membership.objects.bulk_create(Membership(employee=person, group=groups[person.role]) for person in made)
    NumberSequence.objects.update_or_create(name="company ID", defaults={"last": PEOPLE})


def _person(number: int, departments: list[Department], chance: random.Random) -> Employee:
    coordinators_end = ADMINS + COORDINATORS_A_DEPARTMENT * len(departments)
    role = (
        Role.SYSTEM_ADMIN
        if number <= ADMINS
        else Role.TICKET_COORDINATOR
        if number <= coordinators_end
        else Role.EMPLOYEE
    )
    return Employee(
        email=f"person{number}@example.com",
        company_id=f"MA{number:04d}",
        first_name=chance.choice(["Ana", "Chen", "Elena", "Kofi", "Lars", "Mina", "Omar", "Priya"]),
        last_name=f"{chance.choice(['Berg', 'Costa', 'Diallo', 'Kim', 'Novak', 'Silva'])}{number}",
        department=departments[number % len(departments)],
        role=role,
        status=PersonStatus.APPROVED,
        is_active=True,
        is_staff=role in STAFF_ROLES,
        password="!" + "x" * 40,
    )


# Tickets


def ticket_of(number: int, chance: random.Random) -> Ticket:
    """One of the house; every second open one waits for somebody to take it."""
    status = chance.choices(list(SHARES), weights=list(SHARES.values()))[0]
    return _ticket(number, chance, status, is_assigned=status != Status.OPEN or chance.random() < 0.5)


def _ticket(number: int, chance: random.Random, status: str, *, is_assigned: bool) -> Ticket:
    """One ticket as the verbs would have left it; its key is its number."""
    category = chance.choice([found for found in _categories() if found.assigned_department_id])
    submitted = timezone.now() - filling.STEP * chance.random()
    ended = submitted + (timezone.now() - submitted) * chance.random()
    has_assignee = is_assigned and status in WORKING_STATUSES + SOLVED_STATUSES
    place, thing = chance.choice(PLACES), chance.choice(THINGS)
    return Ticket(
        id=number,
        ticket_number=f"TX{number:04d}",
        employee=chance.choice(_employees()),
        subject=f"The {_rarely(number) or thing} in the {place} {chance.choice(TROUBLES)}",
        description=f"Since this morning the {thing} in the {place} is not as it should be. " * chance.randint(1, 6),
        category=category,
        priority=chance.choice(Priority.values),
        department=category.assigned_department,
        status=status,
        assigned_to=chance.choice(_coordinators()) if has_assignee else None,
        submit_date=submitted,
        update_date=ended,
        **_clocks(status, submitted, ended),
    )


def _rarely(number: int) -> str:
    return filling.RARE_WORD if number % filling.RARE_EVERY == 1 else ""


def _clocks(status: str, submitted: dt.datetime, ended: dt.datetime) -> dict[str, Any]:
    return {
        "response_time": None if status == Status.NEW else (ended - submitted) / 2,
        "resolution_time": ended - submitted if status in SOLVED_STATUSES else None,
        "clock_stopped_at": ended if status in STOPPED_CLOCK_STATUSES else None,
        "time_closed": ended if status in ENDED_STATUSES else None,
        "resolution": "It was mended." if status in SOLVED_STATUSES else "",
        "rejection_reason": "We do not do this." if status == Status.REJECTED else "",
    }


def keep(tickets: list[Ticket]) -> None:
    """Store them, each with its history (made, then its last change) and its comments with theirs."""
    Ticket.objects.bulk_create(tickets)
    _number_and_store(Ticket.history.model, [row for ticket in tickets for row in _history_of(ticket)])
    comments = [_comment(ticket, at) for ticket in tickets for at in range(COMMENTS_A_TICKET)]
    _number_and_store(TicketComment, comments)
    records = [_record(comment, "+", comment.created_at, "comment", comment.user_id) for comment in comments]
    _number_and_store(TicketComment.history.model, records)


def _number_and_store(model: type[models.Model], rows: list[Any]) -> None:
    # Keys in the order of the tickets: a copy's comments and records then lie as far from it as the original's.
    for key, row in enumerate(rows, start=1):
        row.pk = key
    model._base_manager.bulk_create(rows, batch_size=1000)


def _history_of(ticket: Ticket) -> list[models.Model]:
    changed_by = ticket.assigned_to_id or _admins()[0].pk
    return [
        _record(ticket, "+", ticket.submit_date, "submit", ticket.employee_id),
        _record(ticket, "~", ticket.update_date, "approve", changed_by),
    ]


def _record(row: Any, kind: str, when: dt.datetime, verb: str, person: int) -> models.Model:
    model = type(row).history.model
    tracked = {field.attname: getattr(row, field.attname) for field in model.tracked_fields}
    return model(**tracked, history_type=kind, history_date=when, verb=verb, history_user_id=person)


def _comment(ticket: Ticket, at: int) -> TicketComment:
    by = ticket.employee_id if at % 2 == 0 else ticket.assigned_to_id or _admins()[0].pk
    moment = ticket.submit_date + (ticket.update_date - ticket.submit_date) * (at + 1) / (COMMENTS_A_TICKET + 1)
    words = ["I have tried to switch it off and on again.", "Thank you, we shall look at it today."][at % 2]
    return TicketComment(ticket=ticket, user_id=by, comment=words, created_at=moment, updated_at=moment)


# What the cases take


def _people(role: str) -> list[Employee]:
    if role not in _found:
        _found[role] = list(Employee.objects.filter(role=role).order_by("pk"))
    return _found[role]


def _categories() -> list[TicketCategory]:
    if "categories" not in _found:
        _found["categories"] = list(TicketCategory.objects.select_related("assigned_department").order_by("pk"))
    return _found["categories"]


#: A probe serves one house; asking for its people again for each ticket would take longer than making the tickets.
_found: dict[str, list[Any]] = {}


def _employees() -> list[Employee]:
    return _people(Role.EMPLOYEE)


def _coordinators() -> list[Employee]:
    return _people(Role.TICKET_COORDINATOR)


def _admins() -> list[Employee]:
    return _people(Role.SYSTEM_ADMIN)


def admin() -> Employee:
    """A System Admin who is no superuser: their rights come from the group and are looked up."""
    return _admins()[0]


signed_in = admin


def requesters() -> Iterator[Employee]:
    return itertools.cycle(_employees())


def category(name: str) -> TicketCategory:
    return TicketCategory.objects.get(name=name)


def new_tickets(count: int) -> list[Ticket]:
    return _further_tickets(count, Status.NEW)


def assigned_tickets(count: int) -> list[Ticket]:
    """Open ones; `assigned_to` is loaded."""
    return _further_tickets(count, Status.OPEN)


def ticket_with_comments(count: int) -> Ticket:
    """The first of the house, and as many comments were written on it."""
    ticket = Ticket.objects.get(pk=1)
    more = count - TicketComment.objects.filter(ticket=ticket).count()
    TicketComment.objects.bulk_create(_comment(ticket, at % COMMENTS_A_TICKET) for at in range(more))
    return ticket


def article() -> str:
    """The address of a page of the help center that strangers may read; made when it is asked for first."""
    from django.utils.text import slugify
    from wagtail.rich_text import RichText

    from helpcenter.models import ArticlePage, HomePage, TopicPage

    if not TopicPage.objects.exists():
        topic = HomePage.objects.get().add_child(instance=TopicPage(title="Equipment", slug="equipment"))
        page = ArticlePage(title=filling.ARTICLE_TITLE, slug=slugify(filling.ARTICLE_TITLE))
        page.body = [("text", RichText(filling.ARTICLE_HTML))]
        topic.add_child(instance=page).save_revision().publish()
    return str(ArticlePage.objects.get().url)


def _further_tickets(count: int, status: str) -> list[Ticket]:
    """Beside those of the house, so that a measurement finds as many as it needs in the state that it needs."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('tickets_ticket', 'id')) FROM generate_series(1, %s)", [count]
        )
        keys = [row[0] for row in cursor.fetchall()]
    made = [_ticket(key, filling.chance(key), status, is_assigned=True) for key in keys]
    for ticket in made:
        ticket.ticket_number = f"B{ticket.pk}"
    Ticket.objects.bulk_create(made)
    return made
