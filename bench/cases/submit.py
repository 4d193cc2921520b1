"""Submitting a ticket: with number, checks, history and e-mail rows, against one INSERT."""

from __future__ import annotations

from collections.abc import Callable

from bench.cases.case import BARE, OURS, Case, Page, in_python, over_http

SUBJECT = "The printer on the third floor is jammed"
DESCRIPTION = "It says “paper jam in tray two”, but there is no paper in it. We tried to switch it off and on again."


def submit_ours(count: int) -> Callable[[], object]:
    from bench import ours
    from tickets import lifecycle

    requesters, category = ours.requesters(), ours.category("IT Support")
    details = {"asset_name": "Printer 3F", "location": "Third floor"}

    def submit() -> object:
        return lifecycle.submit(
            by=next(requesters),
            category=category,
            sub_category="Hardware",
            subject=SUBJECT,
            description=DESCRIPTION,
            details=details,
        )

    return submit


def submit_bare(count: int) -> Callable[[], object]:
    from bench.bare import people
    from bench.bare.models import Ticket

    requesters, department = people.requesters(), people.department()

    def submit() -> object:
        return Ticket.objects.create(
            employee=next(requesters), department=department, subject=SUBJECT, description=DESCRIPTION
        )

    return submit


def submit_bare_by_post(count: int) -> list[Page]:
    from bench.bare import people

    form = {"subject": SUBJECT, "description": DESCRIPTION, "department": str(people.department().pk)}
    return [Page("/tickets/new/", method="POST", form=form, status=302)] * count


def submit_ours_by_post(count: int) -> list[Page]:
    """The form of the help center, by a System Admin: on their own ticket they are a requester like any other."""
    from bench import ours

    form = {
        "category": str(ours.category("IT Support").pk),
        "sub_category": "Hardware",
        "subject": SUBJECT,
        "description": DESCRIPTION,
        "details-asset_name": "Printer 3F",
        "details-location": "Third floor",
    }
    return [Page("/my/tickets/new/", method="POST", form=form, status=303)] * count


CASES = [
    Case(
        name="submit",
        title="submit, by POST",
        ours=over_http(OURS, submit_ours_by_post),
        bare=over_http(BARE, submit_bare_by_post),
        goal=4,
    ),
    Case(
        name="submit",
        title="submit, in Python",
        ours=in_python(OURS, submit_ours),
        bare=in_python(BARE, submit_bare),
        floor=over_http(BARE, submit_bare_by_post),
        goal=4,
    ),
]
