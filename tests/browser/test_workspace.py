"""A ticket's page in a browser: writing, verbs, keyboard, phone, dark, and without a script."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from people.models import Employee
from tests.browser.conftest import OpenWindow
from tests.browser.looking import COLOURS, too_wide, violations
from tests.browser.stages import LONG
from tests.browser.steps import come_in
from tests.factories import people
from tests.tickets.admin.looking import address
from tickets import conversation, lifecycle
from tickets.models import Ticket, TicketCategory, TicketComment

#: What Unfold brings (test_accessibility_of_the_back_office.py).
OF_UNFOLD = {"landmark-one-main", "region"}
PHONE = 320


@pytest.fixture
def ana(site: str) -> Employee:
    return people.person(email="ana@example.com", first_name="Ana")


@pytest.fixture
def bea(site: str) -> Employee:
    return people.coordinator(people.department(), email="bea@example.com", first_name="Bea")


@pytest.fixture
def dora(site: str) -> Employee:
    return people.admin(email="dora@example.com", first_name="Dora")


def asked(by: Employee, **given: object) -> Ticket:
    department = people.department()
    category = TicketCategory.objects.get_or_create(name="Anything", defaults={"assigned_department": department})[0]
    words = {"subject": "Laptop is dead", "description": "It does not start since this morning."}
    return lifecycle.submit(by=by, category=category, **{**words, **given})  # type: ignore[arg-type]  # words alone


@pytest.fixture
def ticket(ana: Employee, bea: Employee, dora: Employee) -> Ticket:
    approved = lifecycle.approve(asked(ana), by=dora, priority="Medium", department=people.department())
    return lifecycle.claim(approved, by=bea)


def said() -> list[tuple[str, bool]]:
    return list(TicketComment.objects.order_by("pk").values_list("comment", "is_internal"))


def test_a_reply_and_a_note_are_written_by_keyboard(page: Page, ticket: Ticket, bea: Employee, site: str) -> None:
    come_in(page, bea, site)
    page.goto(address(ticket))
    reply, note = page.get_by_label("Ana", exact=False).and_(page.locator("#reply-text")), page.locator("#note-text")
    expect(reply).to_be_visible()
    expect(note).to_be_hidden()
    page.get_by_role("link", name="Reply").click()
    expect(reply).to_be_focused()
    page.keyboard.type("Try another plug.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Your reply is there")).to_be_visible()
    page.get_by_role("radio", name="Reply").focus()
    page.keyboard.press("ArrowRight")
    expect(note).to_be_visible()
    expect(reply).to_be_hidden()
    page.keyboard.press("Tab")
    expect(note).to_be_focused()
    page.keyboard.type("The battery is old.")
    page.get_by_role("button", name="Add internal note").click()
    expect(page.get_by_text("Your note is there")).to_be_visible()
    expect(page.get_by_role("article", name="Bea").filter(has_text="The battery is old.")).to_contain_text(
        "Internal note"
    )
    assert said() == [("Try another plug.", False), ("The battery is old.", True)]


def test_files_go_along_and_what_was_refused_comes_back(page: Page, ticket: Ticket, bea: Employee, site: str) -> None:
    come_in(page, bea, site)
    page.goto(address(ticket))
    box = page.locator("[data-box-form=reply]")
    box.locator("input[type=file]").set_input_files(
        [{"name": "log.txt", "mimeType": "text/plain", "buffer": b"Error 42."}]
    )
    expect(box.get_by_text("log.txt").first).to_be_visible()
    # A file of one box is none of the other's.
    expect(page.locator("[data-box-form=note] [data-upload]")).to_have_count(0)
    box.locator("textarea").fill("x" * 20_000)
    box.locator("textarea").evaluate("text => { text.removeAttribute('maxlength'); text.value += 'y'; }")
    box.get_by_role("button", name="Send to Ana").click()
    expect(box.get_by_text("This is too long").first).to_be_visible()
    expect(box.locator("textarea")).to_have_value("x" * 20_000 + "y")
    expect(box.get_by_text("log.txt").first).to_be_visible()
    box.locator("textarea").fill("See the log.")
    box.get_by_role("button", name="Send to Ana").click()
    expect(page.get_by_text("Your reply is there")).to_be_visible()
    assert list(ticket.attachments.values_list("file_name", "comment__comment")) == [("log.txt", "See the log.")]


def test_a_verb_opens_over_the_page_and_is_done(page: Page, ticket: Ticket, bea: Employee, site: str) -> None:
    come_in(page, bea, site)
    page.goto(address(ticket))
    page.get_by_role("link", name="Resolve").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Resolution").fill("A new battery.")
    dialog.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("is resolved. Now Ana")).to_be_visible()
    expect(page.locator(".ws-head .pill-resolved")).to_be_visible()


def test_who_comes_second_reads_it_in_the_form_that_they_open(
    page: Page, ticket: Ticket, bea: Employee, dora: Employee, site: str
) -> None:
    come_in(page, bea, site)
    page.goto(address(ticket))
    lifecycle.reprioritise(ticket, by=dora, priority="High", reason="The boss waits.")
    page.get_by_role("link", name="Resolve").click()
    expect(page.get_by_role("dialog").get_by_text("changed the priority from Medium to High")).to_be_visible()


def test_menus_open_and_close_by_keyboard(page: Page, ticket: Ticket, bea: Employee, site: str) -> None:
    come_in(page, bea, site)
    page.goto(address(ticket))
    more = page.locator(".ws-more > summary")
    more.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Transfer").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".ws-more")).not_to_have_attribute("open", "")
    expect(more).to_be_focused()


def test_without_a_script_both_can_be_written(
    open_window: OpenWindow, ticket: Ticket, bea: Employee, site: str
) -> None:
    page = open_window(java_script_enabled=False)
    come_in(page, bea, site)
    page.goto(address(ticket))
    page.locator("label[for=ws-box-note]").click()
    page.locator("#note-text").fill("Without a script.")
    page.locator("#id_attachments_note").set_input_files(
        [{"name": "log.txt", "mimeType": "text/plain", "buffer": b"Error 42."}]
    )
    page.get_by_role("button", name="Add internal note").click()
    expect(page.get_by_text("Your note is there")).to_be_visible()
    assert said() == [("Without a script.", True)]
    assert ticket.attachments.get().file_name == "log.txt"
    page.get_by_role("link", name="Resolve").click()
    expect(page.get_by_label("Resolution")).to_be_visible()


# How it looks


def a_lively_ticket(page: Page, ana: Employee, bea: Employee, dora: Employee) -> Ticket:
    for number in range(3):
        asked(ana, subject=f"{LONG} {number}"[:200])
    ticket = asked(ana, subject=LONG[:200], description=f"{LONG}\n\nhttps://example.com/{LONG}")
    ticket = lifecycle.approve(ticket, by=dora, priority="Critical", department=people.department())
    Ticket.objects.filter(pk=ticket.pk).update(scheduled_date=timezone.localdate() - dt.timedelta(days=2))
    ticket = lifecycle.claim(Ticket.objects.get(pk=ticket.pk), by=bea)
    conversation.comment(ticket, by=ana, comment=f"Any news? {LONG}")
    conversation.comment(ticket, by=bea, comment=f"For us: {LONG}", is_internal=True)
    return lifecycle.hold(ticket, by=bea, reason=f"Waits for {LONG}.")


def the_workspace(page: Page, ana: Employee, bea: Employee, dora: Employee) -> None:
    page.goto(address(a_lively_ticket(page, ana, bea, dora)))
    page.get_by_text("What changed").first.click()
    expect(page.get_by_text("Look for similar tickets")).to_have_count(0)


def a_note_that_came_back(page: Page, ana: Employee, bea: Employee, dora: Employee) -> None:
    page.goto(address(a_lively_ticket(page, ana, bea, dora)))
    page.locator("label[for=ws-box-note]").click()
    page.get_by_role("button", name="Add internal note").click()
    expect(page.get_by_text("Write something here.")).to_be_visible()


def the_menu(page: Page, ana: Employee, bea: Employee, dora: Employee) -> None:
    page.goto(address(a_lively_ticket(page, ana, bea, dora)))
    page.locator(".ws-more > summary").click()


def ones_own(page: Page, ana: Employee, bea: Employee, dora: Employee) -> None:
    page.goto(address(asked(dora)))


def an_edit(page: Page, ana: Employee, bea: Employee, dora: Employee) -> None:
    page.goto(address(asked(ana, subject=LONG[:200]), "edit"))
    page.get_by_label("Subject").fill("x")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="There is a problem").first).to_be_visible()


def the_record(page: Page, ana: Employee, bea: Employee, dora: Employee) -> None:
    page.goto(address(a_lively_ticket(page, ana, bea, dora), "history"))


def coming_second(page: Page, ana: Employee, bea: Employee, dora: Employee) -> None:
    ticket = a_lively_ticket(page, ana, bea, dora)
    page.goto(f"{address(ticket, 'resolve')}?version=2")
    expect(page.get_by_text("This ticket has changed since you opened it")).to_be_visible()


PAGES = [a_note_that_came_back, an_edit, coming_second, ones_own, the_menu, the_record, the_workspace]
ComeTo = Callable[[Page, Employee, Employee, Employee], None]


@pytest.mark.parametrize("come_to", PAGES, ids=lambda way: way.__name__)
def test_nothing_is_wrong_and_a_phone_shows_all_of_it(
    page: Page, ana: Employee, bea: Employee, dora: Employee, site: str, come_to: ComeTo
) -> None:
    come_in(page, dora, site)
    come_to(page, ana, bea, dora)
    assert {rule: where for rule, where in violations(page).items() if rule not in OF_UNFOLD} == {}
    assert too_wide(page, PHONE) == []


@pytest.mark.parametrize("come_to", PAGES, ids=lambda way: way.__name__)
def test_in_the_dark_everything_can_be_read(
    open_window: OpenWindow, ana: Employee, bea: Employee, dora: Employee, site: str, come_to: ComeTo
) -> None:
    page = open_window(color_scheme="dark", reduced_motion="reduce")
    come_in(page, dora, site)
    come_to(page, ana, bea, dora)
    assert violations(page, COLOURS) == {}
