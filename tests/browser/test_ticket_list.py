"""The list of tickets in a browser: filters over the list, many at once, and how it looks and reads everywhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from jobs import leases
from jobs.models import Run
from people.models import Employee
from tests.browser.conftest import OpenWindow
from tests.browser.looking import COLOURS, too_wide, violations
from tests.browser.stages import LONG
from tests.browser.steps import come_in
from tests.factories import people
from tests.factories.tickets import quick_ticket
from tests.people.verbs import PASSWORD
from tickets.models import Ticket

LIST = "/admin/tickets/ticket/"
#: What Unfold's frame brings (test_accessibility_of_the_back_office.py), and nothing of ours.
FRAME = {"landmark-one-main", "region"}
#: A small phone, a phone, a tablet lying down, with the sidebar, a desk.
WIDTHS = (320, 390, 1024, 1280, 1440)


@pytest.fixture
def boss(site: str) -> Employee:
    return people.admin(email="boss@example.com", first_name="Boss", raw_password=PASSWORD)


def many_tickets(boss: Employee) -> list[Ticket]:
    """One in each state, as long as they may be."""
    ada = people.person(first_name=LONG, last_name=LONG)
    columns = {"requester": ada, "scheduled_date": timezone.localdate() - timedelta(days=2)}
    made = [
        quick_ticket(state, assignee=None if state == "New" else boss, **columns)
        for state in ("New", "Open", "In Progress", "On Hold", "Resolved", "Closed", "Rejected", "Withdrawn")
    ]
    for priority, ticket in zip(("Critical", "High", "Medium", "Low") * 2, made, strict=True):
        Ticket.objects.filter(pk=ticket.pk).update(priority=priority, subject=f"{LONG} {LONG}"[:200])
    return made


def test_three_tickets_are_ticked_planned_and_claimed(page: Page, boss: Employee, site: str) -> None:
    free = [quick_ticket("Open") for _each in range(3)]
    come_in(page, boss, site)
    page.goto(f"{LIST}?queue=unassigned")
    for ticket in free[:2]:
        page.get_by_label(f"Tick {ticket.ticket_number}").check()
    expect(page.get_by_text("2 tickets ticked")).to_be_visible()
    page.get_by_label("What to do with those ticked").select_option(label="Claim")
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_role("heading", name="Nothing has happened yet. This is the plan.")).to_be_visible()
    rows = page.get_by_role("region", name="Row by row").get_by_role("listitem")
    expect(rows.filter(has_text=free[0].ticket_number)).to_contain_text("Mail to")
    page.get_by_role("button", name="Apply to the 2 that can").click()
    expect(page.get_by_text("It is being done")).to_be_visible()
    run = Run.objects.get()
    assert leases.claim(run)
    leases.work(run)
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    states = dict(Ticket.objects.values_list("ticket_number", "status"))
    assert [states[ticket.ticket_number] for ticket in free] == ["In Progress", "In Progress", "Open"]


def test_filters_open_over_the_list_and_are_taken_away_by_their_chip(page: Page, boss: Employee, site: str) -> None:
    quick_ticket("Open")
    held = quick_ticket("On Hold")
    come_in(page, boss, site)
    page.goto(f"{LIST}?queue=all")
    page.get_by_role("link", name="Filters", exact=True).click()
    dialog = page.get_by_role("dialog", name="Filters")
    dialog.get_by_label("On Hold").focus()
    page.keyboard.press("Space")
    dialog.get_by_role("button", name="Show these").click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(held.ticket_number)
    page.get_by_role("link", name="State: On Hold").click()
    expect(rows).to_have_count(2)


def test_the_next_step_is_taken_without_leaving_the_list(page: Page, boss: Employee, site: str) -> None:
    first, second = quick_ticket("New"), quick_ticket("New")
    come_in(page, boss, site)
    page.goto(LIST)
    page.get_by_role("link", name=f"Approve {first.ticket_number}").click()
    page.get_by_role("dialog", name="Approve").get_by_role("button", name="Approve").click()
    expect(page.get_by_text(f"{first.ticket_number} is approved")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody")).to_contain_text(second.ticket_number)


QUERIES = ["?queue=all", "?queue=mine&q=nothing", "?queue=waiting", "filters/"]


@pytest.mark.parametrize("query", QUERIES)
def test_nothing_is_wrong_but_what_unfold_brings_and_every_width_shows_all_of_it(
    page: Page, boss: Employee, site: str, query: str
) -> None:
    many_tickets(boss)
    come_in(page, boss, site)
    page.goto(f"{LIST}{query}")
    assert {rule: where for rule, where in violations(page).items() if rule not in FRAME} == {}
    assert {width: out for width in WIDTHS if (out := too_wide(page, width))} == {}


@pytest.mark.parametrize("query", QUERIES)
def test_in_the_dark_everything_can_be_read(open_window: OpenWindow, boss: Employee, site: str, query: str) -> None:
    many_tickets(boss)
    page = open_window(color_scheme="dark", reduced_motion="reduce")
    come_in(page, boss, site)
    page.goto(f"{LIST}{query}")
    assert violations(page, COLOURS) == {}
