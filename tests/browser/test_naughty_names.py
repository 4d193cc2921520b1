"""Names that want to be more than words, in a real browser. The windows are watched: a script that runs would open a
dialog or break, a picture would be asked for. All names, without a browser: tests/security/test_naughty_names.py.
"""

from __future__ import annotations

import re

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from people import lifecycle
from people.models import Employee
from tests.browser.steps import come_in
from tests.factories import people
from tests.security.naughty import kept

KEPT = kept()
#: What could end up as an element, an attribute, an expression of a template or a script.
HOSTILE = [name for name in KEPT if re.search(r"[<>&\"'`{(]|javascript:", name)]
#: As many as a history shows, three names a row.
A_HISTORY = 29
#: Initials are drawn; a letter that no picture may hold would leave a hole.
BROKEN_PICTURES = "all => all.filter(image => image.complete && !image.naturalWidth).map(image => image.src)"


@pytest.fixture
def boss(site: str) -> Employee:
    return people.admin(email="boss@example.com", first_name="Boss")


def in_threes(names: list[str]) -> list[list[str]]:
    found = [names[start : start + 3] for start in range(0, len(names), 3)]
    found[-1] += names[: 3 - len(found[-1])]
    return found


def as_read(name: str) -> str:
    """As a browser shows it: runs of spaces are one."""
    return re.sub(r"[ \t\n\r\f]+", " ", name)


def test_the_list_of_people_shows_all_of_them(page: Page, boss: Employee, site: str) -> None:
    with transaction.atomic():
        for name in KEPT:
            people.person(first_name=name, last_name="Byron")
    come_in(page, boss, site)
    shown: list[str] = []
    number = 0
    while len(shown) <= len(KEPT):
        number += 1
        page.goto(f"/admin/people/employee/?tab=all&p={number}")
        names = page.locator("table a[href$='/change/']").all_text_contents()
        assert names
        assert page.eval_on_selector_all("table img.avatar", BROKEN_PICTURES) == []
        shown += names
    assert {as_read(f"{name} Byron") for name in KEPT} == {as_read(name) for name in shown if "Byron" in name}


def test_the_page_of_a_person_shows_them_in_its_history(page: Page, boss: Employee, site: str) -> None:
    assert len(HOSTILE) > 200
    come_in(page, boss, site)
    threes = in_threes(HOSTILE)
    for start in range(0, len(threes), A_HISTORY):
        person = people.person()
        person.save()
        for first, middle, last in threes[start : start + A_HISTORY]:
            lifecycle.edit_profile(person, by=boss, first_name=first, middle_name=middle, last_name=last)
        page.goto(f"/admin/people/employee/{person.pk}/change/")
        words = page.locator("main, #main, body").first.text_content() or ""
        for name in [name for three in threes[start : start + A_HISTORY] for name in three]:
            assert as_read(name) in as_read(words), name


@pytest.mark.parametrize("three", in_threes([name for name in HOSTILE if "<" in name and "alert" in name][:18]))
def test_ones_own_pages_and_the_admins_form_show_them(page: Page, boss: Employee, site: str, three: list[str]) -> None:
    first, middle, last = three
    person = people.admin(first_name=first, middle_name=middle, last_name=last)
    come_in(page, person, site)
    for address in ("/", "/my/profile/", "/my/profile/security/", f"/admin/people/employee/{boss.pk}/suspend/"):
        page.goto(address)
        if not address.startswith("/admin/"):
            expect(page.locator(".menu-name")).to_have_text(as_read(first))
    page.goto("/my/profile/")
    for field, name in {"first_name": first, "middle_name": middle, "last_name": last}.items():
        expect(page.locator(f"#id_{field}")).to_have_value(name)
    page.goto(f"/admin/people/employee/{person.pk}/end-sessions/")
    assert as_read(last) in as_read(page.locator("body").text_content() or "")
