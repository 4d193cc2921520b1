"""The main job as people walk it: a stranger signs up, reads, asks with two files; an admin approves, a coordinator
works on it, and the one who asked has the last word. Every mail, the history, the word of the state on every page."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone
from playwright.sync_api import FilePayload, Locator, Page, expect

from notifications.models import EmailNotification
from people.models import Department
from tests.browser.conftest import OpenWindow
from tests.browser.steps import deliver, heading, path_in, sign_in
from tests.browser.test_from_stranger_to_colleague import (
    ADA,
    applies,
    is_approved_by,
    proves_the_address,
    signs_in_as_a_colleague,
)
from tests.factories import people
from tests.factories.files import PDF
from tests.helpcenter import articles
from tests.people.verbs import PASSWORD
from tickets.models import Ticket

pytestmark = pytest.mark.django_db(transaction=True)

BOSS, CORA, HEAD = "boss@example.com", "cora@example.com", "head.of.assets@example.org"
SUBJECT = "A projector for the open day"
NOTE = "Between us: the new one is broken, take the old one."
NOTES_OF_ADA = "Größe: 2 m\r\nHall 3".encode()


@pytest.fixture(autouse=True)
def _storage_of_its_own(tmp_path: Path, settings: Any) -> None:
    own = {"BACKEND": "backoffice.storage.PrivateFiles", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": own}


@dataclass
class House:
    """A window for each of the three, once they have come in."""

    ada: Page
    boss: Page
    cora: Page

    @property
    def ticket(self) -> Ticket:
        return Ticket.objects.get()

    def shows(self, state: str) -> None:
        """The same word on every page that shows the state: whoever looks, and wherever."""
        ticket = self.ticket
        assert ticket.status == state
        mine = f"/my/tickets/{ticket.ticket_number}/"
        pages = {self.ada: [mine, "/my/tickets/?tab=all", "/search/?q=projector"]}
        if state in {"Open", "In Progress", "On Hold", "Resolved"}:
            pages[self.ada].append("/")
        if state != "New":
            pages[self.ada].append(f"{mine}submitted/")
        for window in (self.boss, self.cora) if state != "New" else (self.boss,):
            pages[window] = [f"/admin/tickets/ticket/{ticket.pk}/change/", "/admin/tickets/ticket/?queue=all"]
        shown = {}
        for window, addresses in pages.items():
            for address in addresses:
                window.goto(address)
                shown[address] = sorted(set(window.locator(".pill").all_inner_texts()))
        assert shown == {address: [state] for address in shown}
        suggested = self.ada.request.get(f"/search/suggest/?q={ticket.ticket_number}").json()["tickets"]
        assert [(each["number"], each["status_label"]) for each in suggested] == [(ticket.ticket_number, state)]


def told() -> set[tuple[str, str]]:
    """To whom a mail goes out now, and what its subject says before the ticket's own."""
    sent = deliver()
    subjects = [re.fullmatch(r"\[TX\d{4}] (.+): " + re.escape(SUBJECT), each.subject) for each in sent]
    found = [(each.to, subject and subject[1]) for each, subject in zip(sent, subjects, strict=True)]
    assert len(found) == len({(*to, words) for to, words in found}), found
    return {(", ".join(to), words or "?") for to, words in found}


def letter(address: str, about: str) -> EmailMessage:
    """The newest that went to somebody with this in its subject."""
    return [each for each in mail.outbox if each.to == [address] and about in each.subject][-1]


# Ada


def looks_for_it_and_reads(page: Page) -> None:
    page.goto("/")
    page.get_by_role("main").get_by_role("combobox", name="Search the help center").fill("borrowed projectors")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=*")
    page.get_by_role("link", name="Borrowing a projector").click()
    expect(heading(page, "Borrowing a projector")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("bring it back the same day")


def two_files() -> list[FilePayload]:
    return [
        {"name": "plan of the hall.pdf", "mimeType": "application/pdf", "buffer": PDF},
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": NOTES_OF_ADA},
    ]


def asks_with_two_files(page: Page) -> str:
    """From the article on. Answers the number."""
    page.get_by_role("main").get_by_role("link", name="Ask for help").click()
    page.get_by_role("link", name="Asset Check Out").click()
    page.get_by_label("What it is about").select_option(label="Projector")
    page.get_by_label("Subject").fill(SUBJECT)
    page.get_by_label("Description").fill("For two hundred guests.\n\nA bright one, please.")
    page.get_by_label("Device").fill("Projector")
    page.get_by_label("Where you will use it").fill("Hall 3")
    page.get_by_label("You bring it back on").fill((timezone.localdate() + dt.timedelta(days=9)).isoformat())
    page.get_by_label("Choose files").set_input_files(two_files())
    expect(page.locator(".upload.is-done")).to_have_count(2)
    page.get_by_role("main").get_by_role("button", name="Send", exact=True).last.click()
    expect(heading(page, "Your ticket is on its way")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("An administrator decides")
    number = Ticket.objects.get().ticket_number
    expect(page.get_by_text(number, exact=True)).to_be_visible()
    return number


def fetches_the_files(page: Page) -> None:
    """Just as they were sent, also for the coordinator."""
    names = re.compile("plan of the hall.pdf|notes.txt")
    links = page.get_by_role("list", name="Files").get_by_role("link", name=names).all()
    addresses = {link.get_attribute("href") or "" for link in links}
    assert len(addresses) == 2
    assert {page.request.get(address).body() for address in addresses} == {PDF, NOTES_OF_ADA}


def says_that_it_is_not_solved(page: Page) -> None:
    page.goto(path_in(letter(ADA, "Resolved"), containing="/my/tickets/"))
    expect(page.get_by_role("main")).to_contain_text("It stands in hall 3.")
    page.get_by_role("link", name="No, it is not").click()
    page.get_by_label("What is not solved?").fill("It stays dark.")
    page.get_by_role("button", name="Reopen the ticket").click()
    expect(page.get_by_role("status")).to_contain_text("Your ticket is open again.")


def says_that_it_is_solved(page: Page, number: str) -> None:
    page.goto(f"/my/tickets/{number}/")
    page.get_by_role("button", name="Yes, it is solved").click()
    expect(page.get_by_role("status")).to_contain_text("Your ticket is closed.")


# The staff


def does(window: Page, verb: str, done: str, **answers: str) -> None:
    """By its button on the ticket's page, and the form that opens over it."""
    window.get_by_role("group", name="What can be done").get_by_role("link", name=verb, exact=True).first.click()
    dialog = window.get_by_role("dialog")
    for label, words in answers.items():
        dialog.get_by_label(label).fill(words)
    dialog.get_by_role("button", name=verb, exact=True).click()
    expect(window.get_by_text(done)).to_be_visible()


def writes_a_note(window: Page) -> None:
    window.get_by_role("link", name="Note", exact=True).click()
    window.locator("#note-text").fill(NOTE)
    window.get_by_role("button", name="Add internal note").click()
    expect(window.get_by_text("Your note is there")).to_be_visible()


def workspace(ticket: Ticket) -> str:
    return f"/admin/tickets/ticket/{ticket.pk}/change/"


# What is left of it


def entries(part: Locator) -> list[str]:
    """What a timeline says, one line an entry, without the times."""
    return [" ".join(each.split()) for each in part.locator(".tl-sentence, article").all_inner_texts()]


def tells_in_order(page: Page, title: str, expected: list[str]) -> None:
    region = page.get_by_role("region", name=title)
    shown = entries(region)
    assert len(shown) == len(expected), shown
    for said, words in zip(shown, expected, strict=True):
        assert words in said, shown


STORY = [
    "Ada Byron submitted the ticket.",
    "Boss Hopper approved it: it is with Asset Management now.",
    "Cora Lamarr took it on.",
    NOTE,
    "Cora Lamarr put it on hold.",
    "Cora Lamarr took it off hold: work goes on.",
    "Cora Lamarr resolved it.",
    "Ada Byron reopened it.",
    "Cora Lamarr resolved it.",
    "Ada Byron said that it is solved, and closed it.",
]


def a_house() -> Department:
    people.department()
    assets = people.department("Asset Management")
    Department.objects.filter(pk=assets.pk).update(head_email=HEAD)
    people.admin(email=BOSS, first_name="Boss", last_name="Hopper", raw_password=PASSWORD)
    people.coordinator(assets, email=CORA, first_name="Cora", last_name="Lamarr", raw_password=PASSWORD)
    people.coordinator(people.department(), email="elsewhere@example.com")
    text = "<p>Ask for a projector; bring it back the same day.</p>"
    articles.article("Borrowing a projector", text, above=articles.topic("Equipment"))
    return assets


def becomes_a_colleague(page: Page, boss: Page) -> None:
    page.goto("/accounts/signup/")
    applies(page)
    proves_the_address(page)
    is_approved_by(boss, BOSS)
    signs_in_as_a_colleague(page)
    deliver()


def asks_and_is_let_in(house: House) -> str:
    """Answers the number."""
    looks_for_it_and_reads(house.ada)
    number = asks_with_two_files(house.ada)
    assert told() == {(ADA, "Received"), (BOSS, "To approve")}
    house.ada.get_by_role("link", name="See the ticket").click()
    fetches_the_files(house.ada)
    house.shows("New")
    house.boss.goto(path_in(letter(BOSS, "To approve"), containing="/admin/"))
    does(house.boss, "Approve", f"{number} is approved, and waits in Asset Management.")
    assert told() == {(ADA, "Approved"), (CORA, "Waiting for you"), (HEAD, "Waiting for you")}
    return number


def is_worked_on(house: House, number: str) -> None:
    """By a coordinator of the department, from the mail on."""
    cora = house.cora
    cora.goto(path_in(letter(CORA, "Waiting for you"), containing="/admin/"))
    sign_in(cora, CORA, here=True)
    expect(cora.get_by_role("heading", name=SUBJECT, exact=True)).to_be_visible()
    deliver()  # the first sign-in of hers is told to her
    house.shows("Open")
    cora.goto(workspace(house.ticket))
    does(cora, "Claim", f"{number} is yours now.")
    assert told() == {(ADA, "In good hands")}
    writes_a_note(cora)
    assert told() == set(), "who wrote it is who would be told"
    fetches_the_files(cora)
    house.shows("In Progress")
    cora.goto(workspace(house.ticket))
    does(cora, "Put on hold", f"{number} is on hold.", Reason="The lamp is on its way.")
    assert told() == {(ADA, "On hold")}
    house.shows("On Hold")
    cora.goto(workspace(house.ticket))
    does(cora, "Resume", f"{number} is in progress again.")
    assert told() == {(ADA, "Going on")}
    does(cora, "Resolve", f"{number} is resolved.", Resolution="It stands in hall 3.")
    assert told() == {(ADA, "Resolved")}
    house.shows("Resolved")


def is_ended_by_who_asked(house: House, number: str) -> None:
    says_that_it_is_not_solved(house.ada)
    assert told() == {(CORA, "Reopened")}
    house.shows("Open")
    house.cora.goto(path_in(letter(CORA, "Reopened"), containing="/admin/"))
    does(house.cora, "Resolve", f"{number} is resolved.", Resolution="Now with the lamp.")
    assert told() == {(ADA, "Resolved")}
    says_that_it_is_solved(house.ada, number)
    assert told() == {(CORA, "Closed")}
    house.shows("Closed")


def test_the_main_job_from_the_sign_up_to_the_last_word(open_window: OpenWindow) -> None:
    a_house()
    house = House(open_window(), open_window(), open_window())
    becomes_a_colleague(house.ada, house.boss)
    number = asks_and_is_let_in(house)
    is_worked_on(house, number)
    is_ended_by_who_asked(house, number)
    for window in (house.boss, house.cora):
        window.goto(workspace(house.ticket))
        tells_in_order(window, "Conversation and history", STORY)
    house.ada.goto(f"/my/tickets/{number}/")
    tells_in_order(house.ada, "What happened since", [words for words in STORY if words != NOTE])
    assert NOTE not in house.ada.content()
    assert not [each.subject for each in mail.outbox if NOTE in each.body]
    assert set(EmailNotification.objects.values_list("status", flat=True)) == {"done"}, "nothing is left unsent"
