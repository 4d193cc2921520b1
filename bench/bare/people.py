"""The people and tickets of the floor: as many as ours. Runs in the probe with the bare settings."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from bench import filling
from bench.bare.models import Article, Comment, Department, Ticket
from bench.filling import Kind

PEOPLE = 500
DEPARTMENTS = 10
COMMENTS_A_TICKET = 2
KINDS = [Kind(Ticket), Kind(Comment, per_ticket=COMMENTS_A_TICKET)]


def fill(*, originals: int, before: int, after: int) -> None:
    """From `before` tickets to `after`."""
    if not before:
        make_originals(originals)
        before = originals
        filling.free_keys(KINDS)
    filling.multiply(KINDS, originals=originals, before=before, after=after)
    filling.settle()


def make_originals(count: int) -> None:
    chance = filling.chance(0)
    Department.objects.bulk_create(Department(name=f"Department {n}") for n in range(1, DEPARTMENTS + 1))
    User.objects.bulk_create(User(username=f"person{n}", password="!", is_active=True) for n in range(1, PEOPLE + 1))
    users, departments = list(User.objects.order_by("pk")), list(Department.objects.order_by("pk"))
    tickets = [_ticket(number, users, departments, chance) for number in range(1, count + 1)]
    Ticket.objects.bulk_create(tickets)
    authors = [(ticket, user) for ticket in tickets for user in (ticket.employee, users[0])]
    Comment.objects.bulk_create(
        Comment(pk=key, ticket=ticket, user=user, comment="We shall look at it today.", created_at=ticket.update_date)
        for key, (ticket, user) in enumerate(authors, start=1)
    )


def _ticket(number: int, users: list[User], departments: list[Department], chance: random.Random) -> Ticket:
    submitted = timezone.now() - filling.STEP * chance.random()
    thing = filling.RARE_WORD if number % filling.RARE_EVERY == 1 else "printer"
    return Ticket(
        pk=number,
        subject=f"The {thing} in room {chance.randint(1, 99)} does not work",
        description="Since this morning the printer is not as it should be. " * chance.randint(1, 6),
        status=chance.choice(["New", "Open", "In Progress", "Closed", "Closed", "Closed"]),
        priority=chance.choice(["Critical", "High", "Medium", "Low"]),
        department=chance.choice(departments),
        employee=chance.choice(users),
        assigned_to=chance.choice(users),
        submit_date=submitted,
        update_date=submitted + timedelta(hours=1),
    )


# What the cases take


def signed_in() -> User:
    return User.objects.order_by("pk")[0]


def requesters() -> Iterator[User]:
    return itertools.cycle(list(User.objects.order_by("pk")))


def department() -> Department:
    return Department.objects.order_by("pk")[0]


def new_tickets(count: int) -> list[Ticket]:
    employee, place = signed_in(), department()
    return Ticket.objects.bulk_create(
        Ticket(subject="A ticket to be changed", description="It waits.", employee=employee, department=place)
        for _ in range(count)
    )


def ticket_with_comments(count: int) -> Ticket:
    ticket, author = Ticket.objects.get(pk=1), signed_in()
    more = count - Comment.objects.filter(ticket=ticket).count()
    Comment.objects.bulk_create(Comment(ticket=ticket, user=author, comment="We look at it.") for _ in range(more))
    return ticket


def article() -> str:
    """Its address; made when it is asked for first."""
    found, _made = Article.objects.get_or_create(
        slug="printer", defaults={"title": filling.ARTICLE_TITLE, "html": filling.ARTICLE_HTML}
    )
    return f"/articles/{found.slug}/"
