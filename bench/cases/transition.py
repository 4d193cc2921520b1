"""A change of state: with lock, rules, history and e-mail rows, against one conditional UPDATE."""

from __future__ import annotations

from collections.abc import Callable

from bench.cases.case import BARE, OURS, Case, Page, in_python, over_http


def approve_ours(count: int) -> Callable[[], object]:
    """Into the queue of the department: the requester and each of its coordinators are told."""
    from bench import ours
    from tickets import lifecycle

    waiting, admin = iter(ours.new_tickets(count)), ours.admin()

    def approve() -> object:
        ticket = next(waiting)
        return lifecycle.approve(ticket, by=admin, priority="High", department=ticket.department)

    return approve


def start_ours(count: int) -> Callable[[], object]:
    """By the assignee; nobody is told."""
    from bench import ours
    from tickets import lifecycle

    assigned = iter(ours.assigned_tickets(count))

    def start() -> object:
        ticket = next(assigned)
        return lifecycle.start(ticket, by=ticket.assigned_to)

    return start


def change_bare(count: int) -> Callable[[], object]:
    from bench.bare import people
    from bench.bare.models import Ticket, change_state

    tickets = iter(people.new_tickets(count))

    def change() -> object:
        return change_state(next(tickets).pk, before=Ticket.NEW, after=Ticket.OPEN)

    return change


def change_bare_by_post(count: int) -> list[Page]:
    from bench.bare import people

    return [Page(f"/tickets/{ticket.pk}/approve/", method="POST", status=302) for ticket in people.new_tickets(count)]


def start_ours_by_post(count: int) -> list[Page]:
    """The button of the ticket's page."""
    from bench import ours

    tickets = ours.assigned_tickets(count)
    return [Page(f"/admin/tickets/ticket/{ticket.pk}/start/", method="POST", status=302) for ticket in tickets]


CASES = [
    Case(
        name="transition",
        title="start, by POST",
        ours=over_http(OURS, start_ours_by_post),
        bare=over_http(BARE, change_bare_by_post),
        goal=5,
    ),
    *(
        Case(
            name="transition",
            title=f"{verb}, in Python",
            ours=in_python(OURS, function),
            bare=in_python(BARE, change_bare),
            floor=over_http(BARE, change_bare_by_post),
            goal=5,
        )
        for verb, function in (("approve", approve_ours), ("start", start_ours))
    ),
]
