"""Error pages as axe sees them, in both looks, light and dark."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.looking import too_wide, violations, violations_light_and_dark
from tests.browser.steps import come_in
from tests.factories import people


@pytest.fixture(autouse=True)
def _addresses_that_go_wrong(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.backoffice.error_urls"


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("/nowhere/", "There is nothing here"),
        ("/denies/", "This is not open to you"),
        ("/suspects/", "We could not read that"),
        ("/admin/suspects/", "We could not read that"),
    ],
)
def test_a_page_in_the_look_of_the_help_center_is_well(page: Page, address: str, title: str) -> None:
    page.goto(address)
    assert page.get_by_role("heading", level=1).inner_text() == title
    assert violations_light_and_dark(page) == {}
    assert too_wide(page) == []


def test_a_page_for_a_fault_of_ours_is_well(page: Page, client: Any) -> None:
    client.raise_request_exception = False
    answer = client.get("/breaks/")
    page.goto("/nowhere/")
    page.set_content(answer.content.decode())  # a 500 that a browser gets counts as a fault here
    assert page.get_by_role("heading", level=1).inner_text() == "Something broke on our side"
    assert violations_light_and_dark(page) == {}
    assert too_wide(page) == []


def test_in_the_back_office_it_brings_nothing_wrong_of_its_own(page: Page, site: str) -> None:
    come_in(page, people.admin(), site)
    page.goto("/admin/nowhere/")
    assert set(violations(page)) <= {"landmark-one-main", "region"}
    assert too_wide(page, 390) == []
