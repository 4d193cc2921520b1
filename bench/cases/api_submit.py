"""Submitting over the API, whole: token, limits, body, number, checks, history, e-mail rows and the answer in detail,
against a view that does one INSERT."""

from __future__ import annotations

from itertools import islice

from bench.cases.case import BARE, OURS, Case, Page, over_http
from bench.cases.submit import DESCRIPTION, SUBJECT, submit_bare_by_post


def submit_by_program(count: int) -> list[Page]:
    """By as many people as there are, in turns: nobody sends more in an hour than one person may."""
    from bench import ours
    from people import tokens

    asked = {
        "category": "IT Support", "sub_category": "Hardware", "subject": SUBJECT, "description": DESCRIPTION,
        "dynamic_data": {"asset_name": "Printer 3F", "location": "Third floor"},
    }  # fmt: skip
    held: dict[int, str] = {}
    pages = []
    for person in islice(ours.requesters(), count):
        token = held.get(person.pk) or held.setdefault(person.pk, tokens.start(person)["access"])
        headers = {"Authorization": f"Bearer {token}"}
        pages.append(
            Page(
                "/api/tickets/",
                method="POST",
                json=asked,
                headers=headers,
                status=201,
                has=[SUBJECT],
                is_signed_in=False,
            )
        )
    return pages


CASES = [
    Case(
        name="api",
        title="POST /api/tickets/",
        ours=over_http(OURS, submit_by_program),
        bare=over_http(BARE, submit_bare_by_post),
        goal=4,
        statements_goal=40,
    )
]
