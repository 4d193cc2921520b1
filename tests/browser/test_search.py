"""The search box in a browser: by keyboard alone, without scripts, and as axe sees it."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenWindow
from tests.browser.looking import too_wide, violations_light_and_dark
from tests.browser.steps import lend_session
from tests.helpcenter.articles import article, faq, topic
from tests.tickets.conftest import House, house

__all__ = ["house"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shelf() -> None:
    equipment = topic("Equipment")
    article(
        "Borrowing a projector", "<p>Ask for a projector at the desk; bring it back the same day.</p>", above=equipment
    )
    article(
        "Projectors that flicker",
        "<p>Turn the projector off and on. Wolfeschlegelsteinhausenbergerdorff.</p>",
        above=equipment,
    )
    faq("Questions on rooms", [("Is there a projector in room 5?", "<p>Yes, on the ceiling.</p>")], above=equipment)


def box(page: Page):
    return page.get_by_role("main").get_by_role("combobox", name="Search the help center")


def test_suggestions_are_reached_and_chosen_by_keyboard(page: Page, shelf: None) -> None:
    page.goto("/")
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()
    expect(box(page)).to_have_attribute("aria-expanded", "false")
    page.keyboard.type("projec")
    options = page.get_by_role("option")
    expect(options).to_have_count(4)  # three, and the way to all results
    expect(page.locator("[data-search-said]").first).to_have_text(re.compile("^3 suggestions"))
    expect(options.first.locator("mark")).to_have_text("projector")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected=true]")
    expect(chosen).to_have_count(1)
    expect(box(page)).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "")
    expect(box(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(box(page)).to_have_value("projec")
    page.keyboard.press("ArrowDown")
    leads_to = chosen.get_attribute("href") or ""
    page.keyboard.press("Enter")
    page.wait_for_url(leads_to)


def test_enter_without_a_choice_leads_to_all_results(page: Page, shelf: None) -> None:
    page.goto("/")
    box(page).fill("projector flicker")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=projector+flicker")
    expect(page.get_by_role("link", name="Projectors that flicker")).to_be_visible()


def test_without_scripts_it_is_a_form(open_window: OpenWindow, shelf: None) -> None:
    page = open_window(java_script_enabled=False)
    page.goto("/")
    page.get_by_role("main").get_by_role("searchbox", name="Search the help center").fill("projector")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=projector")
    expect(page.get_by_role("heading", name="Is there a projector in room 5?")).to_be_visible()


def test_own_tickets_stand_in_a_group_of_their_own(page: Page, site: str, shelf: None, house: House) -> None:
    ticket = house.new(subject="The projector <b>flickers</b>")
    client = Client()
    client.force_login(house.ana)
    lend_session(page, client, site)
    page.goto("/")
    box(page).press_sequentially("projector")
    group = page.get_by_role("group", name="Your tickets")
    expect(group.get_by_role("option")).to_have_text(f"{ticket.subject}{ticket.ticket_number} · New")
    group.get_by_role("option").click()
    page.wait_for_url(f"**/my/tickets/{ticket.ticket_number}/")


def test_axe_finds_nothing_and_nothing_sticks_out(page: Page, shelf: None) -> None:
    found = {}
    for path in ("/search/?q=projector", "/search/?q=hovercraftt", "/search/"):
        page.goto(path)
        found[path] = (violations_light_and_dark(page), too_wide(page))
    page.goto("/")
    box(page).press_sequentially("projector")
    expect(page.get_by_role("listbox")).to_be_visible()
    found["suggestions"] = (violations_light_and_dark(page), too_wide(page))
    assert found == {each: ({}, []) for each in found}
