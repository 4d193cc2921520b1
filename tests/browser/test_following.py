"""Following one's ticket in a browser: reading it, answering with a file, saying that it is not solved, by keyboard."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenWindow
from tests.browser.looking import too_wide
from tests.browser.steps import come_in, heading
from tests.factories import people
from tests.factories.tickets import quick_ticket, ticket
from tickets import conversation, lifecycle
from tickets.models import Ticket, TicketAttachment, TicketComment


@pytest.fixture(autouse=True)
def _own_storage(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def picture(width: int = 40) -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (width, 30), (30, 120, 120)).save(drawn, "PNG")
    return drawn.getvalue()


def path_of(made: Ticket) -> str:
    return f"/my/tickets/{made.ticket_number}/"


def test_from_the_list_to_the_ticket_to_an_answer_with_a_file(page: Page, site: str) -> None:
    working = people.coordinator(people.department(), first_name="Bea")
    made = ticket("In Progress", assignee=working)
    conversation.comment(made, by=working, comment="Could you send a photo?")
    come_in(page, made.employee, site)
    page.goto("/")
    navigation = page.get_by_role("navigation", name="Main")
    expect(navigation.get_by_role("link", name="My tickets")).to_contain_text("1")
    navigation.get_by_role("link", name="My tickets").click()
    page.get_by_role("link", name=f"News: {made.subject}").click()
    expect(heading(page, made.subject)).to_be_visible()
    expect(page.get_by_text("Could you send a photo?")).to_be_visible()
    expect(navigation.locator(".news-count")).to_have_count(0)

    page.get_by_label("Your reply").fill("Here it is.\n\nThank you!")
    page.get_by_text("Add files").click()
    page.get_by_label("Choose files").set_input_files(
        {"name": "photo.png", "mimeType": "image/png", "buffer": picture()}
    )
    expect(page.get_by_text("“photo.png” is uploaded.")).to_be_attached()
    page.get_by_role("button", name="Send").click()
    said = page.get_by_role("article", name=f"{made.employee.get_full_name()} wrote.")
    expect(said).to_contain_text("Here it is.")
    expect(said.get_by_role("link", name="photo.png")).to_be_visible()
    assert said.locator("img.file-preview").evaluate("image => image.decode().then(() => image.naturalWidth)") == 40
    assert TicketComment.objects.filter(user=made.employee).count() == 1
    assert TicketAttachment.objects.get().comment.comment == "Here it is.\n\nThank you!"


def test_not_solved_and_back_again_by_keyboard_alone(page: Page, site: str) -> None:
    made = ticket("Resolved")
    come_in(page, made.employee, site)
    page.goto(path_of(made))
    expect(page.get_by_role("heading", name="We think this is solved. Is it?")).to_be_visible()
    page.get_by_role("link", name="No, it is not").focus()
    page.keyboard.press("Enter")
    expect(heading(page, "Reopen the ticket")).to_be_visible()
    page.get_by_label("What is not solved?").focus()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("What is not solved?")).to_be_focused()
    page.keyboard.type("It is green again.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status")).to_contain_text("Your ticket is open again.")
    expect(page.get_by_text("It is green again.")).to_be_visible()
    lifecycle.resolve(made, by=people.admin(), resolution="Another drum.")
    page.reload()
    page.get_by_role("button", name="Yes, it is solved").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Your ticket is closed.")
    assert Ticket.objects.get(pk=made.pk).status == "Closed"


def test_control_and_enter_send_once_however_often_they_are_pressed(page: Page, site: str) -> None:
    made = ticket("Open")
    come_in(page, made.employee, site)
    page.goto(path_of(made))
    box = page.get_by_label("Your reply")
    box.fill("Only once.")
    box.evaluate(
        """box => { for (let n = 0; n < 5; n++) box.dispatchEvent(
            new KeyboardEvent("keydown", {key: "Enter", ctrlKey: true, bubbles: true, cancelable: true})) }"""
    )
    expect(page.get_by_role("article")).to_have_count(1)
    assert TicketComment.objects.count() == 1


def test_without_a_script_it_works_as_well(open_window: OpenWindow, site: str) -> None:
    page = open_window(java_script_enabled=False)
    made = ticket("Open")
    come_in(page, made.employee, site)
    page.goto(path_of(made))
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("Write something here.")
    page.get_by_label("Your reply").fill("Without a script.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("article")).to_contain_text("Without a script.")
    page.get_by_role("link", name="Withdraw").click()
    page.get_by_role("button", name="Withdraw the ticket").click()
    expect(page.get_by_role("status")).to_contain_text("Your ticket is withdrawn.")


@pytest.mark.parametrize("width", [320, 390, 1280, 1440])
def test_the_pages_fit_and_on_a_phone_the_reply_is_within_the_thumbs_reach(page: Page, site: str, width: int) -> None:
    made = ticket("In Progress", assignee=people.coordinator(people.department()))
    quick_ticket("Resolved", requester=made.employee)
    for number in range(12):
        conversation.comment(made, by=made.employee, comment=f"{'Long' * 60} https://example.com/{'x' * 200} {number}")
    come_in(page, made.employee, site)
    for path in ("/my/tickets/?tab=all", path_of(made), path_of(made) + "withdraw/"):
        page.goto(path)
        assert too_wide(page, width) == []
    page.goto(path_of(made))
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate("scrollTo(0, document.querySelector('.tl').getBoundingClientRect().top + scrollY)")
    box = page.get_by_role("button", name="Send").bounding_box()
    assert box is not None
    assert (box["y"] + box["height"] <= 800) == (width < 896)


def test_what_takes_the_focus_is_not_hidden_behind_the_reply(page: Page, site: str) -> None:
    made = ticket("Open")
    for number in range(10):
        conversation.comment(made, by=made.employee, comment=f"See https://example.com/{number}")
    come_in(page, made.employee, site)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(path_of(made))
    page.get_by_role("link", name="My tickets").last.focus()
    for _ in range(14):
        page.keyboard.press("Tab")
        hidden = page.evaluate(
            """() => {
                const box = document.querySelector(".reply");
                const now = document.activeElement;
                if (box.contains(now)) return false;
                return now.getBoundingClientRect().bottom > box.getBoundingClientRect().top
                    && now.getBoundingClientRect().top < box.getBoundingClientRect().bottom;
            }"""
        )
        assert not hidden, page.evaluate("document.activeElement.outerHTML")
