"""The help center in a browser: axe finds nothing on any kind of page, links open what they name, and editors write,
preview and upload under the policy that `/cms/` has.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from helpcenter.models import ArticleFeedback, ArticlePage, HelpImage
from tests.browser.looking import too_wide, violations_light_and_dark
from tests.browser.steps import sign_in
from tests.factories import people
from tests.helpcenter import writing
from tests.people.verbs import PASSWORD

PAGES = ["/", "/computers/", "/computers/network/", "/computers/questions/", "/computers/vpn/"]


def filled() -> ArticlePage:
    """A topic with an article of every block, an FAQ page, and a topic within it."""
    topic = writing.topic(summary="Signing in, e-mail and what to do when something does not work.")
    article = writing.article(
        topic, summary="Two clicks from anywhere.", body=writing.every_block(writing.picture()), keywords="tunnel"
    )
    writing.article(topic, "E-mail", "e-mail", summary="On every device.")
    writing.article(writing.topic("Network", "network", under=topic), "Cables", "cables")
    answers = {"How long?": "<p>Until <b>tomorrow</b>.</p>", "How much?": "<p>Nothing.</p>", "Who?": "<p>We.</p>"}
    writing.faq(topic, answers)
    return article


@pytest.mark.parametrize("address", PAGES)
def test_axe_finds_nothing_and_a_phone_shows_all_of_it(page: Page, address: str) -> None:
    filled()
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    for question in page.locator("details[data-question]").all():
        question.evaluate("each => each.open = true")
    assert violations_light_and_dark(page) == {}
    assert too_wide(page) == []


def test_a_link_to_a_question_opens_it(page: Page) -> None:
    filled()
    page.goto("/computers/questions/#how-much")
    expect(page.get_by_text("Nothing.")).to_be_visible()
    expect(page.get_by_text("tomorrow")).to_be_hidden()
    page.get_by_role("group").filter(has_text="How long?").locator("summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("tomorrow")).to_be_visible()


def test_a_reader_says_what_was_missing_without_a_script(open_window: object) -> None:
    filled()
    page: Page = open_window(java_script_enabled=False)  # type: ignore[operator]
    page.goto("/computers/vpn/")
    page.get_by_role("button", name="No").click()
    page.get_by_label("What was missing or wrong?").fill("No word on Linux.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("region", name="Thank you")).to_be_visible()
    assert [word.reason for word in ArticleFeedback.objects.all()] == ["No word on Linux."]


def test_an_editor_writes_previews_and_uploads_without_a_fault(page: Page, tmp_path: Path) -> None:
    article = filled()
    editor = people.person(is_help_center_editor=True, raw_password=PASSWORD)
    sign_in(page, editor.email)
    page.goto(f"/cms/pages/{article.pk}/edit/")
    page.locator("#id_title").fill("By shield")
    page.get_by_role("button", name="Toggle preview").click()
    frame = page.frame_locator("iframe[title='Preview']").last
    expect(frame.get_by_role("heading", level=1)).to_have_text("By shield")
    page.locator("[data-w-dropdown-target='toggle']").last.click()
    page.get_by_role("button", name="Publish").last.click()
    expect(page.get_by_text("published").first).to_be_visible()
    assert ArticlePage.objects.get(pk=article.pk).title == "By shield"
    path = tmp_path / "shield.png"
    path.write_bytes(writing.png("red"))
    page.goto("/cms/images/multiple/add/")
    page.locator("input[type=file]").first.set_input_files(path)
    expect(page.locator(".status-msg.success")).to_be_visible()
    assert HelpImage.objects.count() == 2
