"""The documentation of the API as axe sees it. What its list of calls, which is Swagger UI's, brings stands here, word
for word, and may only become less: what is not listed fails, and what is listed and gone fails too."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import too_wide, violations_light_and_dark

#: It takes itself for a page: a <main> within ours, which can only be called something else.
KNOWN = {"aria-allowed-role"}
READY = 60_000


def come(page: Page) -> None:
    page.goto("/api/docs/")
    expect(page.locator(".opblock").first).to_be_visible(timeout=READY)


@pytest.mark.parametrize("call", ["", "tickets-tickets", "tickets-tickets_submit", "me-me_partial_update"])
def test_nothing_is_wrong_but_what_swagger_brings(page: Page, site: str, call: str) -> None:
    come(page)
    if call:
        block = page.locator(f'.opblock[id="operations-{call}"]')
        block.locator(".opblock-summary-control").click()
        block.get_by_role("button", name="Try it out").click()
        expect(block.get_by_role("button", name="Execute")).to_be_visible()
    found = violations_light_and_dark(page)
    assert {rule: where for rule, where in found.items() if rule not in KNOWN} == {}
    assert set(found) == KNOWN, "it is well by now: take it from the list"
    assert {line.partition("<")[2][:21] for line in found["aria-allowed-role"]} == {'main id="operations" '}
    assert too_wide(page) == []


def test_a_call_is_opened_and_its_example_reached_by_keyboard(page: Page, site: str) -> None:
    come(page)
    control = page.locator(".opblock-post .opblock-summary-control").first
    control.focus()
    page.keyboard.press("Enter")
    expect(control).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".opblock.is-open pre").first).to_have_attribute("tabindex", "0")
