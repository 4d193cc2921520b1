"""Every page of people, as axe sees it: nothing wrong on ours, light and dark, on a phone and on a desk; and nothing is
wider than a narrow window. Those who look at the pages have long names, as some people do.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import too_wide, violations_light_and_dark
from tests.browser.stages import OURS, Stage
from tests.factories import people


@pytest.mark.parametrize("come_to", OURS, ids=lambda way: way.__name__)
def test_on_our_pages_axe_finds_nothing_and_a_phone_shows_all_of_it(
    page: Page, site: str, come_to: Callable[[Stage], None]
) -> None:
    people.department()
    come_to(Stage(page, site))
    expect(page.get_by_role("heading", level=1)).to_have_text(OURS[come_to])
    assert page.title().startswith("Error: ") == ("error" in come_to.__name__)
    assert violations_light_and_dark(page) == {}
    assert too_wide(page) == []


def test_what_is_wrong_with_a_page_would_be_noticed(page: Page, site: str) -> None:
    page.goto("/")
    page.evaluate("document.querySelector('h1').insertAdjacentHTML('afterend', '<img src=\"/static/site/mark.svg\">')")
    page.evaluate("document.querySelector('h1').style.color = '#ddd'")
    page.evaluate("document.querySelector('h1').style.whiteSpace = 'nowrap'")
    found = violations_light_and_dark(page)
    assert {"image-alt", "color-contrast"} <= set(found)
    assert too_wide(page)
