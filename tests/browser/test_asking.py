"""Asking for something in a browser: files that are dropped, items that add up, nothing lost, all of it by keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from people.models import Employee
from tests.browser.looking import too_wide, violations_light_and_dark
from tests.browser.steps import come_in, heading
from tests.factories import people
from tests.factories.tickets import category as make_category
from tickets.enums import FieldKind
from tickets.models import CategoryField, StagedFile, Ticket, TicketAttachment, TicketCategory

DROP = """([zone, files]) => {
    const transfer = new DataTransfer();
    for (const [name, words] of files) transfer.items.add(new File([words], name, {type: "text/plain"}));
    for (const kind of ["dragenter", "dragover", "drop"])
        document.querySelector(zone).dispatchEvent(
            new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));
}"""


@pytest.fixture(autouse=True)
def _storage_of_its_own(tmp_path: Path, settings: Any) -> None:
    own = {"BACKEND": "backoffice.storage.PrivateFiles", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": own}


@pytest.fixture
def ana(page: Page, site: str) -> Employee:
    person = people.person(first_name="Ana", email="ana@example.com")
    come_in(page, person, site)
    return person


@pytest.fixture
def everything() -> TicketCategory:
    """A category with a field of each kind."""
    made = make_category(people.department(), name="Everything there is", description="One of each.", icon="tool")
    made.sub_categories = ["Large", "Small"]
    made.save()
    for position, kind in enumerate(FieldKind.values):
        key = "requested_budget" if kind == FieldKind.MONEY else f"k{position}"
        CategoryField.objects.create(
            category=made, key=key, label=f"Some {kind}", kind=kind, position=position, help="What to write there.",
            choices=["Red", "Green"] if kind == FieldKind.CHOICE else [],
        )  # fmt: skip
    return made


def send(page: Page) -> None:
    page.get_by_role("main").get_by_role("button", name="Send", exact=True).last.click()


def open_form(page: Page, category: TicketCategory) -> None:
    page.goto("/my/tickets/new/")
    page.get_by_role("link", name=category.name).click()
    page.wait_for_url("**/?category=*")  # whole: what is dropped before the script is there is dropped on nobody


def drop(page: Page, *files: tuple[str, str], on: str = "[data-uploads-zone]") -> None:
    page.evaluate(DROP, [on, list(files)])


def text_file(name: str, words: bytes = b"words") -> Any:
    return {"name": name, "mimeType": "text/plain", "buffer": words}


def rows(page: Page) -> Any:
    return page.locator("[data-upload]")


def test_files_are_dropped_taken_back_and_go_along_and_an_error_loses_nothing(page, ana, everything):
    open_form(page, everything)
    page.get_by_label("Subject").fill("No")
    page.get_by_label("Description").fill("Two lines\nof words")
    drop(page, ("one.txt", "1"), ("two.txt", "22"))
    expect(page.locator(".upload.is-done")).to_have_count(2)
    drop(page, ("three.txt", "333"), on="h1")
    expect(page.locator(".upload.is-done")).to_have_count(3)
    page.get_by_role("button", name="Remove two.txt").click()
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_role("button", name="Remove three.txt")).to_be_focused()
    send(page)
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Subject: This is too short").click()
    expect(page.get_by_label("Subject")).to_be_focused()
    expect(page.get_by_label("Description")).to_have_value("Two lines\nof words")
    expect(rows(page)).to_have_count(2)
    page.get_by_label("Subject").fill("Long enough")
    send(page)
    expect(heading(page, "Your ticket is on its way")).to_be_visible()
    ticket = Ticket.objects.get()
    expect(page.get_by_text(ticket.ticket_number, exact=True)).to_be_visible()
    assert sorted(TicketAttachment.objects.values_list("file_name", flat=True)) == ["one.txt", "three.txt"]
    assert not StagedFile.objects.exists()


def test_a_file_that_can_t_be_taken_says_so_at_once_and_holds_the_form_until_it_is_removed(page, ana, everything):
    open_form(page, everything)
    page.get_by_label("Subject").fill("With a program")
    page.get_by_label("Description").fill("It can't be taken.")
    page.locator("#id_attachments").set_input_files([text_file("<b>run.exe"), text_file("empty.txt", b"")])
    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_contain_text("We don’t take files of this kind: “<b>run.exe”.")
    expect(rows(page).last).to_contain_text("“empty.txt” is empty.")
    send(page)
    expect(page.locator("[data-uploads-said]")).to_contain_text("could not be uploaded")
    expect(page.get_by_role("button", name="Remove <b>run.exe")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Remove empty.txt").press("Enter")
    expect(page.locator("#id_attachments")).to_be_focused()
    send(page)
    expect(heading(page, "Your ticket is on its way")).to_be_visible()


def test_a_form_that_is_sent_early_waits_for_its_files(page, ana, everything):
    open_form(page, everything)
    page.get_by_label("Subject").fill("Sent too early")
    page.get_by_label("Description").fill("While a file is on its way.")
    held: list[Any] = []
    page.route("**/my/uploads/", lambda route: held.append(route))
    drop(page, ("slow.txt", "words"))
    expect(page.get_by_role("progressbar")).to_be_visible()
    send(page)
    expect(page.locator("[data-uploads-said]")).to_contain_text("sent as soon as they are there")
    assert not Ticket.objects.exists()
    held[0].continue_()
    expect(heading(page, "Your ticket is on its way")).to_be_visible()
    assert TicketAttachment.objects.get().file_name == "slow.txt"


def test_a_picture_is_pasted_while_one_writes(page, ana, everything):
    open_form(page, everything)
    page.get_by_label("Description").focus()
    page.evaluate(
        """() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File(["x"], "note.txt", {type: "text/plain"}));
            document.activeElement.dispatchEvent(
                new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true, cancelable: true}));
        }"""
    )
    expect(page.locator(".upload.is-done")).to_have_count(1)
    page.evaluate("window.onbeforeunload = null")


def test_cost_items_add_up_and_fill_in_the_budget(page, ana, everything):
    open_form(page, everything)
    budget, total = page.get_by_label("Some money"), page.locator("[data-items-total]")
    page.get_by_label("What", exact=True).fill("Desk")
    page.get_by_label("Quantity").fill("3")
    page.get_by_label("Unit cost").fill("0.10")
    expect(total).to_have_text("0.30")
    expect(budget).to_have_value("0.30")
    page.get_by_role("button", name="Add another item").press("Enter")
    second = page.get_by_role("group", name="Item 2")
    expect(second.get_by_label("What")).to_be_focused()
    second.get_by_label("Quantity").fill("1")
    second.get_by_label("Unit cost").fill("99.9")
    expect(budget).to_have_value("100.20")
    budget.fill("7")
    expect(page.locator("[data-items-note]")).to_contain_text("The items add up to 100.20.")
    second.get_by_role("button", name="Remove this item").click()
    expect(page.get_by_role("group", name="Item 2")).to_have_count(0)
    expect(total).to_have_text("0.30")
    page.get_by_label("Subject").fill("A desk, please")
    page.get_by_label("Description").fill("For the new colleague.")
    budget.fill("0.30")
    expect(page.locator("[data-items-note]")).to_have_text("")
    send(page)
    expect(heading(page, "Your ticket is on its way")).to_be_visible()
    assert Ticket.objects.get().dynamic_data["requested_budget"] == "0.30"


def test_all_of_it_goes_by_keyboard(page, ana, everything):
    page.goto("/my/tickets/new/")
    page.get_by_role("link", name=everything.name).press("Enter")
    page.get_by_label("What it is about").focus()
    page.keyboard.press("L")
    for typed in ("Typed by keyboard", "All of this was typed."):
        page.keyboard.press("Tab")
        page.keyboard.type(typed)
    page.get_by_label("Subject").press("Enter")
    expect(heading(page, "Your ticket is on its way")).to_be_visible()
    ticket = Ticket.objects.get()
    assert (ticket.subject, ticket.sub_category) == ("Typed by keyboard", "Large")


def test_a_double_click_makes_one_ticket(page, ana, everything):
    open_form(page, everything)
    page.get_by_label("Subject").fill("Clicked twice")
    page.get_by_label("Description").fill("As some people do.")
    page.get_by_role("main").get_by_role("button", name="Send", exact=True).last.dblclick()
    expect(heading(page, "Your ticket is on its way")).to_be_visible()
    assert Ticket.objects.count() == 1


def test_who_leaves_with_words_in_the_form_is_asked_and_who_wrote_nothing_is_not(page, ana, everything):
    asked = "() => !window.dispatchEvent(new Event('beforeunload', {cancelable: true}))"
    open_form(page, everything)
    assert not page.evaluate(asked)
    page.get_by_label("Subject").press_sequentially("W")
    assert page.evaluate(asked)
    # Another kind is a step of the same form.
    page.get_by_role("button", name="Ask for something else").click()
    expect(heading(page, "What do you need?")).to_be_visible()
    assert not page.evaluate(asked)
    page.get_by_role("button", name="Everything there is").click()
    expect(page.get_by_label("Subject")).to_have_value("W")
    assert page.evaluate(asked)
    page.evaluate("document.querySelector('form[data-asking]').dispatchEvent(new Event('asking:solved'))")


SUGGESTED = [
    {"title": "A <b>dead</b> laptop", "url": "/help/laptop/", "excerpt": "Hold the <i>button</i>."},
    {"title": "Another", "url": "/help/other/", "excerpt": ""},
]


def test_articles_that_may_answer_appear_while_the_subject_is_typed(page, ana, everything):
    page.route("**/search/suggest/**", lambda route: route.fulfill(json={"articles": SUGGESTED, "tickets": []}))
    open_form(page, everything)
    box = page.locator("[data-answers]")
    expect(box).to_be_hidden()
    page.get_by_label("Subject").press_sequentially("dead laptop")
    link = box.get_by_role("link", name="A <b>dead</b> laptop")
    expect(link).to_be_visible()
    expect(link).to_have_attribute("target", "_blank")
    expect(box).to_contain_text("Hold the <i>button</i>.")
    expect(page.locator("[data-answers-said]")).to_have_text("2 articles may answer this.")
    assert violations_light_and_dark(page) == {}
    page.get_by_label("Subject").fill("")
    expect(box).to_be_hidden()
    page.evaluate("document.querySelector('form[data-asking]').dispatchEvent(new Event('asking:solved'))")


def pages(page: Page, everything: TicketCategory) -> Any:
    """Each page of asking in its states, by its name."""
    page.goto("/my/tickets/new/")
    yield "categories"
    open_form(page, everything)
    yield "form"
    page.get_by_label("Subject").fill("x" * 200)
    page.get_by_label("Some integer").fill("many")
    page.get_by_label("What", exact=True).fill("W" * 60)
    drop(page, (f"{'long' * 50}.txt", "1"), ("bad.exe", "1"))
    expect(page.locator(".upload.is-done")).to_have_count(1)
    yield "filled in"
    page.get_by_role("button", name="Remove bad.exe").click()
    send(page)
    expect(page.locator(".error-summary")).to_be_visible()
    yield "errors"
    page.get_by_label("Some integer").fill("1")
    page.get_by_role("group", name="Item 1").get_by_label("What").fill("")
    page.get_by_label("Description").fill("Enough words for this.")
    send(page)
    expect(heading(page, "Your ticket is on its way")).to_be_visible()
    yield "submitted"
    page.goto(f"/my/tickets/{Ticket.objects.get().ticket_number}/edit/")
    yield "edit"


def test_axe_finds_nothing_on_any_of_the_pages_and_a_phone_shows_all_of_it(page, ana, everything):
    found = {}
    for name in pages(page, everything):
        found[name] = (violations_light_and_dark(page), too_wide(page))
    assert found == dict.fromkeys(found, ({}, []))
    assert len(found) == 6


def test_without_scripts_it_all_works_too(open_window, site, everything):
    page = open_window(java_script_enabled=False)
    come_in(page, people.person(), site)
    open_form(page, everything)
    page.get_by_label("Subject").fill("No")
    page.get_by_label("Description").fill("There is no script here.")
    page.get_by_label("Choose files").set_input_files(text_file("a.txt"))
    page.get_by_role("button", name="Add another item").click()
    expect(page.get_by_label("What", exact=True)).to_have_count(1)
    expect(page.get_by_label("Keep “a.txt”")).to_be_checked()
    send(page)
    expect(page.locator(".error-summary")).to_contain_text("Subject: This is too short")
    page.get_by_label("Subject").fill("Long enough")
    send(page)
    expect(heading(page, "Your ticket is on its way")).to_be_visible()
    assert TicketAttachment.objects.get().file_name == "a.txt"
