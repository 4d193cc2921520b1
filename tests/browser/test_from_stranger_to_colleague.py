"""The whole way, as people walk it: a stranger applies, an admin lets them in, and one day ends it."""

from __future__ import annotations

import re

from playwright.sync_api import FilePayload, Page, expect

from people.enums import Status
from people.models import Employee
from tests.browser.conftest import OpenWindow
from tests.browser.steps import heading, mail_to, open_menu, path_in, sign_in
from tests.factories import people
from tests.people.test_values import picture
from tests.people.verbs import PASSWORD

ADA = "ada@example.com"
NEW_PASSWORD = "a longer walk by the lake"


def fill_in(page: Page, **changes: str) -> None:
    """The form to sign up, filled in well but for the changes."""
    typed = {"email": ADA, "password1": PASSWORD, "password2": PASSWORD, "first_name": "Ada", "last_name": "Byron"}
    for name, words in (typed | changes).items():
        page.locator(f"#id_{name}").fill(words)
    page.get_by_label("Department").select_option(label="IT Department")


def send_application(page: Page) -> None:
    page.get_by_role("button", name="Send the application").click()


def look_over(page: Page, *wrong: str) -> None:
    """The summary of what is wrong has the focus, leads into just these fields, and each says the same itself."""
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("There is a problem")
    assert page.title().startswith("Error: ")
    reached = set()
    for link in summary.get_by_role("link").all():
        sentence = link.inner_text()
        link.click()
        field = page.locator(":focus")
        expect(field).to_have_accessible_description(re.compile(re.escape(sentence)))
        expect(field).to_have_attribute("aria-invalid", "true")
        reached.add(field.get_attribute("name"))
    assert reached == set(wrong)


def a_file(content: bytes) -> FilePayload:
    return {"name": "me.png", "mimeType": "image/png", "buffer": content}


def applies_with_every_mistake_first(page: Page) -> None:
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="Sign up").click()
    send_application(page)
    look_over(page, "email", "password1", "password2", "first_name", "last_name", "department")
    fill_in(page, email="ada at example", password2="another one altogether", first_name=" ")
    send_application(page)
    look_over(page, "email", "password2", "first_name")
    # What the form took, the door looks at: a password everybody has, a name nobody can see, a file that is no picture.
    fill_in(page, password1="password", password2="password", first_name="\u200b")
    page.get_by_label("Picture").set_input_files(files=[a_file(b"<svg>")])
    send_application(page)
    look_over(page, "password1", "first_name", "image")
    expect(page.locator("#id_email")).to_have_value(ADA)
    expect(page.locator("#id_last_name")).to_have_value("Byron")
    expect(page.get_by_label("Department").locator("option:checked")).to_have_text("IT Department")
    expect(page.locator("#id_password1")).to_have_value("")
    assert not Employee.objects.filter(email=ADA).exists()


def applies(page: Page) -> None:
    fill_in(page)
    send_application(page)
    expect(heading(page, "Check your mail")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(ADA)


def proves_the_address(page: Page) -> None:
    page.goto(path_in(mail_to(ADA, about="Prove your address")))
    assert Employee.objects.get(email=ADA).emailaddress_set.get().verified is False, "a look proves nothing"
    page.get_by_role("button", name="Yes, this is my address").click()
    expect(heading(page, "Thank you, your address is proven")).to_be_visible()


def waits(page: Page) -> None:
    sign_in(page, ADA)
    expect(heading(page, "Your account waits for approval")).to_be_visible()
    page.goto("/my/profile/")
    expect(heading(page, "Sign in")).to_be_visible()


def is_approved_by(window: Page, boss: str) -> None:
    """The admin signs in, and gets to the application by the link in their mail."""
    window.goto(path_in(mail_to(boss, about="New application")))
    sign_in(window, boss, here=True)
    window.locator("#content").get_by_role("link", name="Approve").click()
    expect(window.get_by_role("button", name="Approve")).to_be_visible()
    assert Employee.objects.get(email=ADA).status == Status.PENDING, "a look approves nobody"
    window.get_by_role("button", name="Approve").click()
    expect(window.get_by_text("Ada Byron is approved, as Employee.")).to_be_visible()


def signs_in_as_a_colleague(page: Page) -> None:
    page.goto(path_in(mail_to(ADA, about="approved"), containing="/accounts/"))
    sign_in(page, ADA)
    expect(page.get_by_role("navigation", name="Main").locator("summary")).to_contain_text("Ada")


def shows_a_picture(page: Page) -> None:
    menu = open_menu(page)
    menu.get_by_role("link", name="My profile").click()
    sent = picture(width=40).read()
    page.get_by_label("Picture").set_input_files(files=[a_file(sent)])
    expect(page.get_by_role("img", name="The picture you chose")).to_be_visible()
    page.get_by_label("Middle name").fill("King")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Your profile is saved.")
    expect(page.locator("#id_middle_name")).to_have_value("King")
    with page.expect_response(re.compile("/picture/")) as shown:
        page.reload()
    assert shown.value.headers["content-type"] == "image/jpeg"
    widths = page.eval_on_selector_all("img.avatar", "images => images.map(image => image.naturalWidth)")
    assert widths == [8] * len(widths)
    assert widths, "the picture stands in the menu and in the form"


def changes_the_password(page: Page) -> None:
    page.get_by_role("main").get_by_role("link", name="Security").click()
    page.get_by_role("link", name="Change the password").click()
    page.get_by_label("Your password now").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New password again").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("status")).to_contain_text("Your password is changed.")
    assert "Your password" in mail_to(ADA, about="password").subject


def is_suspended(window: Page) -> None:
    person = Employee.objects.get(email=ADA)
    window.goto(f"/admin/people/employee/{person.pk}/change/")
    window.locator("#content").get_by_role("link", name="Suspend").click()
    window.get_by_role("button", name="Suspend").click()
    expect(window.get_by_text("Say why.").first).to_be_visible()
    window.get_by_label("Reason").fill("Left the house.")
    window.get_by_role("button", name="Suspend").click()
    expect(window.get_by_text("is suspended.")).to_be_visible()
    history = window.get_by_role("region", name="What happened")
    expect(history.get_by_role("listitem").first).to_contain_text("suspended the account.")
    expect(history.get_by_role("listitem").first).to_contain_text("Left the house.")


def is_out_by_the_next_click(page: Page) -> None:
    page.get_by_role("main").get_by_role("link", name="Profile").click()
    expect(heading(page, "Sign in")).to_be_visible()
    sign_in(page, ADA, NEW_PASSWORD)
    expect(heading(page, "Your account is suspended")).to_be_visible()
    assert mail_to(ADA, about="suspended")


def test_from_stranger_to_colleague_and_out_again(page: Page, open_window: OpenWindow) -> None:
    people.department()
    boss = people.admin(email="boss@example.com", raw_password=PASSWORD).email
    applies_with_every_mistake_first(page)
    applies(page)
    proves_the_address(page)
    waits(page)
    window = open_window()
    is_approved_by(window, boss)
    signs_in_as_a_colleague(page)
    shows_a_picture(page)
    changes_the_password(page)
    is_suspended(window)
    is_out_by_the_next_click(page)


def test_everything_works_without_scripts(open_window: OpenWindow) -> None:
    people.department()
    page = open_window(java_script_enabled=False)
    page.goto("/accounts/signup/")
    send_application(page)
    expect(page.get_by_role("alert").get_by_role("link")).to_have_count(6)
    assert page.get_by_role("button", name="Show password").count() == 0, "a button that could do nothing"
    applies(page)
    proves_the_address(page)
    waits(page)
