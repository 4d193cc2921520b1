"""A canary for each owner: whoever looks at everything the API answers finds their own and no other; and looking
changes nothing. safety.md "Who may"."""

from __future__ import annotations

import json
from typing import Any

import pytest

from people.models import Employee
from tests.api.program import Program
from tests.factories import files, people
from tests.security.test_get_changes_nothing import changed, let_go, tables
from tests.tickets.conftest import House
from tickets import conversation, lifecycle
from tickets.models import Ticket, TicketAttachment

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

#: Who asked → in which category, so that each is of another department; in every text of theirs stands their bird.
BIRDS = {"ana": ("wren", "IT Support"), "cem": ("finch", "HR Request"), "dora": ("heron", "IT Support")}
NOTE = "quokka"
#: Whoever looks → whose birds they may find, and on whose tickets notes.
MAY = {
    "ana": ({"wren"}, set()),
    "bea": ({"wren", "heron"}, {"wren", "heron"}),
    "cem": ({"finch"}, set()),
    "dora": ({"wren", "finch", "heron"}, {"wren", "finch"}),
    "eve": (set(), set()),
}


def asked(house: House, who: str) -> Ticket:
    by: Employee = getattr(house, who)
    bird, category = BIRDS[who]
    boss = house.dora if who != "dora" else _second_admin()
    ticket = lifecycle.submit(
        by=by, category=house.category(category), subject=f"Feeder of the {bird}", description=f"The {bird} is hungry.",
        files=[files.staged(by, f"{bird}.txt")],
    )  # fmt: skip
    conversation.comment(ticket, by=by, comment=f"A {bird} sings.", files=[files.staged(by, f"{bird}-2.txt")])
    conversation.comment(
        ticket, by=boss, comment=f"{NOTE} on {bird}", is_internal=True, files=[files.staged(boss, f"{NOTE}-{bird}.txt")]
    )
    return ticket


def _second_admin() -> Employee:
    return Employee.objects.filter(email="boss@example.com").first() or people.admin(email="boss@example.com")


def everything(program: Program, tickets: list[Ticket]) -> dict[str, str]:
    """Whatever there is to look at, by lists, filters, searches, and by addresses that one could guess."""
    words = [*(bird for bird, _category in BIRDS.values()), NOTE, "feeder", "sings", tickets[0].ticket_number, "ana"]
    orders = ("update_date", "-update_date", "priority", "ticket_number")
    addresses = [
        "me/", "categories/", "departments/", "employees/", "tickets/", "tickets/?page_size=1", "tickets/?status=New",
        "tickets/?assigned_to=none", "tickets/?department=IT+Department&department=Human+Resources",
        *(f"tickets/?search={word}" for word in words), *(f"tickets/?ordering={order}" for order in orders),
        "tickets/?updated_since=2020-01-01T00:00:00Z",
    ]  # fmt: skip
    for ticket in tickets:
        addresses += [f"tickets/{ticket.ticket_number}/{each}" for each in ("", "comments/", "attachments/")]
    addresses += [f"attachments/{row.secure_token}/download/" for row in TicketAttachment.objects.all()]
    found = {}
    for address in addresses:
        answer = program.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        let_go(answer)
        assert answer.status_code in {200, 403, 404}, address
        found[address] = f"{answer.headers} {body.decode(errors='replace')}"
    return found


@pytest.mark.parametrize("who", sorted(MAY))
def test_everybody_finds_their_own_and_nobody_elses(house: House, who: str) -> None:
    tickets = [asked(house, each) for each in sorted(BIRDS)]
    program = Program(getattr(house, who))
    before = tables()
    answers = everything(program, tickets)
    assert changed(before) == []
    birds, notes = MAY[who]
    for bird, _category in BIRDS.values():
        has = [address for address, said in answers.items() if bird in said]
        assert bool(has) == (bird in birds), (bird, has)
        noted = [
            address for address, said in answers.items() if f"{NOTE} on {bird}" in said or f"{NOTE}-{bird}" in said
        ]
        assert bool(noted) == (bird in notes), (bird, noted)


def test_nobody_finds_nothing(house: House) -> None:
    tickets = [asked(house, each) for each in sorted(BIRDS)]
    program = Program(None)
    for address in (
        "tickets/",
        f"tickets/{tickets[0].ticket_number}/",
        "categories/",
        "departments/",
        "employees/",
        "me/",
    ):
        answer: Any = program.get(address)
        assert answer.status_code == 401
        assert set(json.loads(answer.content)) == {"error", "details", "reasons"}
