"""The start page of the back office and a category's page, in a browser: axe, and the preview that follows."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from people.models import Employee
from tests.browser.conftest import OpenWindow
from tests.browser.looking import COLOURS, too_wide, violations
from tests.browser.stages import LONG
from tests.browser.steps import come_in
from tests.factories import people
from tests.factories.tickets import quick_ticket
from tickets.enums import FieldKind
from tickets.models import CategoryField, Ticket, TicketCategory

#: What Unfold's frame brings (test_accessibility_of_the_back_office).
UNFOLD = {"landmark-one-main", "region"}
PHONE = 390


@pytest.fixture
def boss(site: str) -> Employee:
    return people.admin(email="boss@example.com", first_name=LONG)


@pytest.fixture
def busy(boss: Employee) -> None:
    for state in ("New", "Open", "On Hold", "Resolved", "Closed", "Rejected", "Withdrawn"):
        made = quick_ticket(state, since=timezone.now() - dt.timedelta(days=2))
        Ticket.objects.filter(pk=made.pk).update(subject=LONG[:150], response_time=dt.timedelta(days=13, hours=23))


@pytest.fixture
def category(site: str) -> TicketCategory:
    made = TicketCategory.objects.create(name=LONG[:90], icon="tool", sub_categories=[LONG[:90]])
    for position, kind in enumerate(FieldKind):
        CategoryField.objects.create(
            category=made, key=f"field_{position}", label=f"{kind.label} {LONG[:60]}", kind=kind, position=position,
            choices=["One", "Two"] if kind == FieldKind.CHOICE else [], help=LONG[:100],
        )  # fmt: skip
    return made


def come_to(page: Page, site: str, boss: Employee, address: str) -> None:
    come_in(page, boss, site)
    page.goto(address)


def test_the_start_page_is_well_on_a_phone_and_a_desk(page: Page, site: str, boss: Employee, busy: None) -> None:
    come_to(page, site, boss, "/admin/")
    page.get_by_text("The numbers as a table").click()
    assert set(violations(page)) <= UNFOLD
    assert too_wide(page, PHONE) == []


def test_the_start_page_can_be_read_in_the_dark(open_window: OpenWindow, site: str, boss: Employee, busy: None) -> None:
    page = open_window(color_scheme="dark", reduced_motion="reduce")
    come_to(page, site, boss, "/admin/")
    assert violations(page, COLOURS) == {}


def test_each_number_is_reached_by_keyboard_and_leads_to_its_list(
    page: Page, site: str, boss: Employee, busy: None
) -> None:
    come_to(page, site, boss, "/admin/")
    page.get_by_role("link", name="Tickets to approve").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/tickets/ticket/?queue=waiting")


def test_a_category_is_well_on_a_phone_and_a_desk(
    page: Page, site: str, boss: Employee, category: TicketCategory
) -> None:
    come_to(page, site, boss, f"/admin/tickets/ticketcategory/{category.pk}/change/")
    for card in page.locator("summary.bo-field-summary").all():
        card.click()
    expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_be_visible()
    assert set(violations(page)) <= UNFOLD
    assert too_wide(page, PHONE) == []


def test_a_category_can_be_read_in_the_dark(
    open_window: OpenWindow, site: str, boss: Employee, category: TicketCategory
) -> None:
    page = open_window(color_scheme="dark", reduced_motion="reduce")
    come_to(page, site, boss, f"/admin/tickets/ticketcategory/{category.pk}/change/")
    for card in page.locator("summary.bo-field-summary").all():
        card.click()
    assert violations(page, COLOURS) == {}


def test_the_preview_follows_what_is_typed_and_saving_keeps_it(
    page: Page, site: str, boss: Employee, category: TicketCategory
) -> None:
    come_to(page, site, boss, f"/admin/tickets/ticketcategory/{category.pk}/change/")
    preview = page.frame_locator("iframe")
    page.get_by_label("Name", exact=True).fill("Rooms and keys")
    expect(preview.get_by_role("heading", name="Rooms and keys")).to_be_visible()
    page.get_by_role("button", name="Add a field").click()
    card = page.locator("[data-card]").last
    card.get_by_label("Label").fill("Which colour")
    card.get_by_label("Kind").select_option("choice")
    card.get_by_label("Choices").fill("Red\nGreen")
    expect(card.get_by_label("Today or later")).to_be_hidden()
    expect(preview.get_by_label("Which colour")).to_be_visible()
    card.get_by_role("button", name="Further up").click()
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("“Rooms and keys” is saved.")).to_be_visible()
    made = category.fields.get(label="Which colour")
    assert (made.key, made.choices) == ("which_colour", ["Red", "Green"])
    assert made.position < category.fields.get(key=f"field_{len(FieldKind) - 1}").position


def test_without_scripts_a_category_can_be_changed_too(
    open_window: OpenWindow, site: str, boss: Employee, category: TicketCategory
) -> None:
    page = open_window(java_script_enabled=False)
    come_to(page, site, boss, f"/admin/tickets/ticketcategory/{category.pk}/change/")
    page.get_by_label("Name", exact=True).fill("Plain")
    page.get_by_role("button", name="Add a field").click()
    expect(page.get_by_label("Label").last).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("“Plain” is saved.")).to_be_visible()
