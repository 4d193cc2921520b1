"""The requester's pages of tickets, as axe sees them: in every state, light and dark, on a phone and on a desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from people.models import Employee
from tests.browser.looking import too_wide, violations_light_and_dark
from tests.browser.stages import LONG
from tests.browser.steps import come_in
from tests.factories import people
from tests.factories.tickets import quick_ticket, ticket
from tickets import conversation, lifecycle
from tickets.enums import Status
from tickets.models import TicketCategory


def somebody() -> Employee:
    return people.person(first_name=LONG, last_name=LONG, department=people.department())


def list_of_all(person: Employee) -> str:
    for state in Status.values:
        quick_ticket(state, requester=person)
    lifecycle.approve(
        ticket("New", requester=person), by=people.admin(), priority="Critical", department=people.department()
    )
    return "/my/tickets/?tab=all"


def list_of_nothing(person: Employee) -> str:
    return "/my/tickets/"


def search_without_result(person: Employee) -> str:
    quick_ticket(requester=person)
    return "/my/tickets/?q=zebra"


def with_conversation(person: Employee) -> str:
    working = people.coordinator(people.department(), first_name=LONG)
    made = ticket("In Progress", requester=person, assignee=working)
    conversation.comment(made, by=working, comment="Look at https://example.com/help\n\n" + "word " * 200)
    conversation.comment(made, by=person, comment="I did.")
    lifecycle.hold(made, by=working, reason="A part is on its way.")
    return f"/my/tickets/{made.ticket_number}/"


def with_costs(person: Employee) -> str:
    made = lifecycle.submit(
        by=person, category=TicketCategory.objects.get(name="Budget Proposal"), subject="Chairs",
        description="Twelve of them, please.",
        details={
            "performance_start_date": "2027-01-01", "performance_end_date": "2027-02-01", "requested_budget": "24.00",
            "cost_items": [{"description": LONG * 3, "quantity": 12, "unit_cost": "2.00"}],
        },
    )  # fmt: skip
    return f"/my/tickets/{made.ticket_number}/"


def reason_page(person: Employee) -> str:
    return f"/my/tickets/{quick_ticket('Open', requester=person).ticket_number}/withdraw/"


STATES: list[Callable[[Employee], str]] = [
    list_of_all, list_of_nothing, reason_page, search_without_result, with_conversation, with_costs,
]  # fmt: skip


@pytest.mark.parametrize("come_to", STATES, ids=lambda way: way.__name__)
def test_axe_finds_nothing_and_a_phone_shows_all_of_it(
    page: Page, site: str, come_to: Callable[[Employee], str]
) -> None:
    person = somebody()
    path = come_to(person)
    come_in(page, person, site)
    page.goto(path)
    assert violations_light_and_dark(page) == {}
    assert too_wide(page) == []


@pytest.mark.parametrize("state", sorted(Status.values))
def test_in_every_state_axe_finds_nothing(page: Page, site: str, state: str) -> None:
    person = somebody()
    made = ticket(state, requester=person)
    come_in(page, person, site)
    page.goto(f"/my/tickets/{made.ticket_number}/")
    page.locator(".do-not summary").click()
    assert violations_light_and_dark(page) == {}
    assert too_wide(page) == []


def test_what_comes_back_with_errors_is_as_well(page: Page, site: str) -> None:
    person = somebody()
    come_in(page, person, site)
    page.goto(f"/my/tickets/{quick_ticket('Open', requester=person).ticket_number}/")
    page.get_by_role("button", name="Send").click()
    assert page.title().startswith("Error: ")
    assert violations_light_and_dark(page) == {}
    assert too_wide(page) == []
