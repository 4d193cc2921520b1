"""Signing in as people do it: with the keyboard alone, with a second factor, and out again."""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from people import second_factor
from people.models import Employee
from tests.browser.conftest import OpenWindow
from tests.browser.steps import come_in, heading, mail_to, open_menu, sign_in, sign_out
from tests.factories import people
from tests.people.verbs import PASSWORD


@pytest.fixture
def ada(site: str) -> Employee:
    return people.person(email="ada@example.com", first_name="Ada", raw_password=PASSWORD)


def code_of(secret: str, *, steps_on: int = 0) -> str:
    """What the app on the phone shows."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps_on))


def focused(page: Page) -> str:
    """What a screen reader would say of where the focus is."""
    return page.evaluate(
        """() => {
            const on = document.activeElement;
            return on.getAttribute("aria-label") || on.labels?.[0]?.innerText || on.innerText || on.tagName;
        }"""
    ).strip()


def tab_to(page: Page, words: str) -> None:
    """Tab until the focus is there; it must be visible wherever it goes."""
    passed = []
    for _step in range(25):
        page.keyboard.press("Tab")
        passed.append(focused(page))
        # A field may leave the ring to the box that it stands in.
        ring = page.evaluate(
            """() => {
                const rings = [document.activeElement, document.activeElement.parentElement]
                    .map((each) => getComputedStyle(each).outlineStyle);
                return rings.find((each) => each !== "none") ?? "none";
            }"""
        )
        assert ring != "none", f"nobody sees that the focus is on “{passed[-1]}”"
        if passed[-1] == words:
            return
    raise AssertionError(f"the Tab key does not come to “{words}”: {passed}")


def test_one_signs_in_and_out_with_the_keyboard_alone(page: Page, ada: Employee) -> None:
    page.goto("/")
    tab_to(page, "Skip to the content")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    tab_to(page, "Sign in to ask for help")
    page.keyboard.press("Enter")
    expect(heading(page, "Sign in")).to_be_visible()
    tab_to(page, "E-mail")
    page.keyboard.type(ada.email)
    tab_to(page, "Password")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.locator("#id_login")).to_have_value(ada.email)
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    tab_to(page, "Stay signed in on this device")
    page.keyboard.press("Space")
    tab_to(page, "Sign in")
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Main").locator("summary")).to_contain_text("Ada")
    signs_out_with_the_keyboard(page)


def signs_out_with_the_keyboard(page: Page) -> None:
    page.wait_for_load_state()  # the script that closes the menu is there
    menu = page.get_by_role("navigation", name="Main")
    for _step in range(10):
        page.keyboard.press("Tab")
        if menu.locator("summary:focus").count():
            break
    page.keyboard.press("Enter")
    expect(menu.get_by_role("link", name="My profile")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu.get_by_role("link", name="My profile")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()
    page.keyboard.press("Space")
    tab_to(page, "Sign out")
    page.keyboard.press("Enter")
    expect(menu.get_by_role("link", name="Sign in")).to_be_visible()


def test_a_password_is_shown_on_demand_and_hidden_before_it_is_sent(page: Page, ada: Employee) -> None:
    page.goto("/accounts/login/")
    field = page.locator("#id_password")
    field.fill("a secret")
    page.get_by_role("button", name="Show password").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide password").click()
    expect(field).to_have_attribute("type", "password")
    page.get_by_role("button", name="Show password").click()
    page.get_by_label("E-mail").fill(ada.email)
    field.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(field).to_have_attribute("type", "password")


def test_nothing_of_a_sign_in_is_left_where_scripts_can_read_it(page: Page, ada: Employee) -> None:
    sign_in(page, ada.email)
    expect(page.get_by_role("navigation", name="Main").locator("summary")).to_contain_text("Ada")
    for address in ("/", "/my/profile/", "/my/profile/security/"):
        page.goto(address)
        assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
        assert "smartsupport_session" not in page.evaluate("document.cookie")
    assert {cookie["name"] for cookie in page.context.cookies()} >= {"smartsupport_session", "smartsupport_known"}


def test_the_second_factor_is_set_up_and_then_asked_for(
    page: Page, ada: Employee, open_window: OpenWindow, settings: Any
) -> None:
    settings.MFA_TOTP_TOLERANCE = 1  # a half minute that ends while the test runs is no fault
    sign_in(page, ada.email)
    secret, codes = sets_it_up(page)
    assert mail_to(ada.email, about="second factor")
    sign_out(page)
    comes_in_by_the_app(page, ada, secret)
    comes_in_by_a_recovery_code(open_window(), ada, codes[0])
    stranger = open_window()
    sign_in(stranger, ada.email)
    stranger.get_by_label("Code").fill(codes[0])
    stranger.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(stranger.get_by_role("alert")).to_be_focused()
    stranger.goto("/my/profile/")
    expect(heading(stranger, "Now the code from your app")).to_be_visible()


def sets_it_up(page: Page) -> tuple[str, list[str]]:
    page.goto("/my/profile/security/")
    page.get_by_role("link", name="Set it up").click()
    expect(heading(page, "Is it you?")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(heading(page, "Set up the second factor")).to_be_visible()
    assert page.eval_on_selector("img.qr", "image => image.naturalWidth") > 0
    secret = page.locator("#secret").inner_text().replace(" ", "").replace("\n", "")
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert page.locator("#secret").inner_text().replace(" ", "").replace("\n", "") == secret, "the app has it already"
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Turn it on").click()
    expect(heading(page, "Your recovery codes")).to_be_visible()
    codes = page.locator("#recovery-codes li").all_inner_texts()
    assert len(set(codes)) == 10
    page.reload()
    assert not set(codes) & set(page.locator("main").inner_text().split()), "they are shown once"
    return secret, codes


def comes_in_by_the_app(page: Page, ada: Employee, secret: str) -> None:
    sign_in(page, ada.email)
    expect(heading(page, "Now the code from your app")).to_be_visible()
    # The code of this half minute was used to set it up; one may be a little ahead.
    page.get_by_label("Code").fill(code_of(secret, steps_on=1))
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("navigation", name="Main").locator("summary")).to_contain_text("Ada")


def comes_in_by_a_recovery_code(page: Page, ada: Employee, code: str) -> None:
    sign_in(page, ada.email)
    page.get_by_label("Code").fill(code)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("navigation", name="Main").locator("summary")).to_contain_text("Ada")
    page.goto("/my/profile/security/")
    expect(page.get_by_text("9 recovery codes are left.")).to_be_visible()


def test_signing_out_elsewhere_leaves_this_window_and_ends_the_other(
    page: Page, ada: Employee, site: str, open_window: OpenWindow
) -> None:
    other = open_window()
    come_in(page, ada, site)
    come_in(other, ada, site)
    for window in (page, other):
        window.goto("/my/profile/security/")
        expect(heading(window, "Your account")).to_be_visible()
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(page.get_by_role("status")).to_contain_text("You are signed out everywhere else.")
    other.reload()
    expect(heading(other, "Sign in")).to_be_visible()
    assert second_factor.recovery_codes_left(ada) == 0


def test_the_back_office_is_closed_to_employees_and_says_so(page: Page, ada: Employee, site: str) -> None:
    come_in(page, ada, site)
    page.goto("/admin/")
    expect(heading(page, "This is not for your account")).to_be_visible()
    assert open_menu(page).get_by_role("link", name="Back office").count() == 0
