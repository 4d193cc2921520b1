"""The Big List of Naughty Strings on a ticket: as comments, subjects, file names and words of a category they come back
as they were given, on the pages that show them and in the mails. In a browser: tests/browser/test_naughty_tickets.py.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from email.header import decode_header, make_header
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from audit.refusals import InvalidValues
from jobs import leases
from notifications.models import EmailNotification
from people.models import Employee
from tests.factories import files as factory
from tests.security.naughty import LIST, Seen
from tests.tickets.conftest import House, house
from tickets import conversation, files, lifecycle
from tickets.enums import FieldKind
from tickets.models import CategoryField, Ticket, TicketAttachment, TicketCategory

__all__ = ["house"]

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

STRINGS: list[str] = list(dict.fromkeys(json.loads(LIST.read_text(encoding="utf-8"))))
BLANK = "Write something here."
TWO_LINES = "The subject is one line: remove line breaks and control characters."
#: Directions of text, and what is not seen at all.
BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
NAME_MOST = 255
#: Of a subject a mail has at least so much.
SUBJECT_LEAST = 150
#: Most comments that a page shows.
A_PAGE = 300


@pytest.fixture(autouse=True)
def _storage_of_its_own(settings: Any, tmp_path: Path) -> None:
    own = {"BACKEND": "backoffice.storage.PrivateFiles", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": own}


class Within(HTMLParser):
    """The whole text of each element of a class, with what stands in elements within it."""

    VOID = frozenset({"img", "br", "input", "hr", "meta", "link", "use"})

    def __init__(self, page: str, css_class: str) -> None:
        super().__init__(convert_charrefs=True)
        self.css_class, self.depth = css_class, 0
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.VOID:
            return
        if self.depth:
            self.depth += 1
        elif self.css_class in (dict(attrs).get("class") or "").split():
            self.depth = 1
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.depth -= bool(self.depth)

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.texts[-1] += data


def page_of(person: Employee, address: str) -> str:
    client = Client()
    client.force_login(person)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def same(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def in_parts(given: list[str], most: int) -> Iterable[list[str]]:
    return (given[start : start + most] for start in range(0, len(given), most))


# Comments


def test_every_comment_comes_back_as_it_was_written(house: House) -> None:
    words = [each for each in STRINGS if each.strip()]
    assert len(words) > 500
    for part in in_parts(words, A_PAGE):
        ticket = house.in_progress()
        for each in part:
            conversation.comment(ticket, by=house.ana, comment=each)
        for person, address in [
            (house.ana, f"/my/tickets/{ticket.ticket_number}/?all=1"),
            (house.bea, f"/admin/tickets/ticket/{ticket.pk}/change/?all=1"),
        ]:
            shown = Within(page_of(person, address), "tl-words").texts
            assert [same(each) for each in shown] == [same(each) for each in part]


def test_a_comment_without_a_word_is_refused_with_its_sentence(house: House) -> None:
    client, ticket = Client(), house.in_progress()
    client.force_login(house.ana)
    blank = [each for each in STRINGS if not each.strip()]
    assert len(blank) >= 2
    for each in blank:
        answer = client.post(f"/my/tickets/{ticket.ticket_number}/comment/", {"comment": each})
        assert answer.status_code == 422
        assert BLANK in answer.content.decode()
    assert ticket.comments.count() == 0


# Subjects


def padded(text: str) -> str:
    """To the length that a subject must have, and may."""
    return f"{text[:190]} – asked"


def has_controls(text: str) -> bool:
    return any(unicodedata.category(each) == "Cc" for each in text)


KEPT = [padded(each) for each in STRINGS if not has_controls(padded(each).strip())]


def test_a_subject_with_controls_is_refused_with_its_sentence(house: House) -> None:
    refused = [padded(each) for each in STRINGS if padded(each) not in KEPT]
    assert len(refused) > 3
    category = house.category("Others")
    client = Client()
    client.force_login(house.ana)
    for each in refused:
        asked = {"category": category.pk, "subject": each, "description": "Some more words."}
        answer = client.post("/my/tickets/new/", asked)
        assert answer.status_code == 422, ascii(each)
        assert TWO_LINES in answer.content.decode(), ascii(each)
    assert Ticket.objects.count() == 0


@pytest.fixture
def submitted(house: House) -> list[Ticket]:
    assert len(KEPT) > 490
    category = house.category("Others")
    return [
        lifecycle.submit(by=house.ana, category=category, subject=each, description="Some more words.") for each in KEPT
    ]


def listed(person: Employee, address: str, css_class: str, pages: int) -> set[str]:
    found: set[str] = set()
    for number in range(1, pages + 1):
        found |= {same(each) for each in Within(page_of(person, address.format(number)), css_class).texts}
    return found


def test_every_subject_comes_back_in_both_lists_and_on_both_pages(house: House, submitted: list[Ticket]) -> None:
    expected = {same(each.strip()) for each in KEPT}
    mine = listed(house.ana, "/my/tickets/?tab=all&page={}", "mine-link", 27)
    assert expected - {each.removeprefix("News: ") for each in mine} == set()
    assert expected - listed(house.dora, "/admin/tickets/ticket/?queue=all&p={}", "bo-subject", 12) == set()
    for ticket, given in list(zip(submitted, KEPT, strict=True))[::7]:
        for person, address, css_class in [
            (house.ana, f"/my/tickets/{ticket.ticket_number}/", "ticket-subject"),
            (house.dora, f"/admin/tickets/ticket/{ticket.pk}/change/", "ws-subject"),
        ]:
            assert [same(each) for each in Within(page_of(person, address), css_class).texts] == [same(given.strip())]


def blanks_alike(text: str) -> str:
    """A header is one line: whatever separates words or lines is a blank there, and marks that nobody sees are none."""
    seen = "".join(each for each in same(text) if unicodedata.category(each) != "Cf")
    return " ".join(seen.split())


def test_every_subject_goes_into_one_line_of_a_mail_to_one_person(house: House, submitted: list[Ticket]) -> None:
    while leases.drain(EmailNotification).more:
        pass
    receipts = [each for each in mail.outbox if each.to == [house.ana.email]]
    assert len(receipts) == len(KEPT)
    names = None
    for receipt, ticket, given in zip(receipts, submitted, KEPT, strict=True):
        message = receipt.message()
        subject = str(make_header(decode_header(message["Subject"])))
        whole = blanks_alike(f"[{ticket.ticket_number}] Received: {given.strip()}")
        told = blanks_alike(subject)
        assert told == whole or (told.endswith("…") and len(told) > SUBJECT_LEAST and whole.startswith(told[:-1])), told
        assert not re.search("[\r\n\x0b\x0c\x85\u2028\u2029]", subject), ascii(given)
        assert message.get_all("To") == [house.ana.email]
        names = names or sorted(message.keys())
        assert sorted(message.keys()) == names, ascii(given)
    assert not {"Bcc", "Cc"} & set(names or [])


# Names of files


def last_part(text: str) -> str:
    """Without what nobody sees: the last segment of a path."""
    seen = [each for each in re.split(r"[/\\]", text)[-1] if unicodedata.category(each) not in {"Cc", "Cf", "Cs"}]
    return unicodedata.normalize("NFC", "".join(seen)).strip()


def shortened(name: str) -> str:
    """To what a file system holds, with the ending."""
    return name if len(name) <= NAME_MOST else name[: NAME_MOST - len(".txt")] + ".txt"


def bare(name: str) -> str:
    """Compared without what the house may take out or not: separators of lines."""
    return "".join(each for each in name if unicodedata.category(each) not in {"Zl", "Zp"}).strip()


def named_by(disposition: str) -> str:
    """The name in a header, as a browser reads it."""
    extended = re.search(r"filename\*=utf-8''([^;]+)", disposition)
    if extended:
        return unquote(extended[1])
    plain = re.search(r'filename="((?:[^"\\]|\\.)*)"', disposition)
    assert plain, disposition
    return re.sub(r"\\(.)", r"\1", plain[1])


FILE_NAMES = [f"{each}.txt" for each in STRINGS]
#: Without a letter, figure, punctuation mark or symbol: there would be nothing to choose it by in a list.
UNSEEN = [
    each
    for each in FILE_NAMES
    if not any(unicodedata.category(letter)[0] in "LNPS" for letter in last_part(each).removesuffix(".txt"))
]


def sent_as(name: str) -> SimpleUploadedFile:
    """Past what Django makes of a name: a browser may send anything."""
    upload = factory.upload("x.txt", b"Some words.")
    upload._name = name
    return upload


def test_a_file_name_that_nobody_can_see_is_refused_with_its_sentence(house: House) -> None:
    assert len(UNSEEN) > 1
    for each in UNSEEN:
        with pytest.raises(InvalidValues, match="This file's name can't be seen"):
            files.stage(sent_as(each), by=house.ana)


def test_every_file_name_comes_back_on_the_pages_and_in_the_header(house: House) -> None:
    client = Client()
    client.force_login(house.ana)
    for part in in_parts([each for each in FILE_NAMES if each not in UNSEEN], files.FILES_AT_ONCE):
        ticket = house.in_progress()
        staged = [files.stage(sent_as(each), by=house.ana) for each in part]
        conversation.attach(ticket, by=house.ana, files=staged)
        rows = list(TicketAttachment.objects.filter(ticket=ticket).order_by("pk"))
        for row, given in zip(rows, part, strict=True):
            assert bare(row.file_name) == bare(shortened(last_part(given))), ascii(given)
            assert not has_controls(row.file_name)
            assert not BIDI & set(row.file_name)
            answer = client.get(f"/attachments/{row.secure_token}/")
            b"".join(answer)  # type: ignore[arg-type]  # never asynchronous
            assert named_by(answer.headers["Content-Disposition"]) == row.file_name, ascii(given)
            assert answer.headers["Content-Disposition"].startswith("attachment")
        names = {row.file_name for row in rows}
        for person, address in [
            (house.ana, f"/my/tickets/{ticket.ticket_number}/"),
            (house.bea, f"/admin/tickets/ticket/{ticket.pk}/change/"),
        ]:
            assert names - set(Within(page_of(person, address), "file-name").texts) == set()


# Words of a category


def test_every_label_choice_and_help_comes_back_on_the_form_and_on_a_ticket(house: House) -> None:
    words = [each[:100] for each in STRINGS if each.strip() and not has_controls(each)]
    category = TicketCategory.objects.create(name="Anything at all", description=words[0])
    for number, each in enumerate(words):
        CategoryField.objects.create(
            category=category, key=f"k{number}", label=each, help=each, kind=FieldKind.CHOICE, choices=[each, "Other"],
            position=number,
        )  # fmt: skip
    page = page_of(house.ana, f"/my/tickets/new/?category={category.pk}")
    seen = Seen(page)
    assert [ascii(each) for each in words if not seen.says(each)] == []
    assert [ascii(each) for each in words if not seen.has_value(each)] == []
    assert {"onerror", "onload", "onclick"}.isdisjoint({name for _tag, *names in seen.elements for name in names})
    given = {f"k{number}": each for number, each in enumerate(words[:40])}
    try:
        ticket = lifecycle.submit(
            by=house.ana, category=category, subject="All of them", description="Some more words.", details=given
        )  # fmt: skip
    except InvalidValues as invalid:
        raise AssertionError(ascii(invalid.errors)) from invalid
    for person, address in [
        (house.ana, f"/my/tickets/{ticket.ticket_number}/"),
        (house.dora, f"/admin/tickets/ticket/{ticket.pk}/change/"),
    ]:
        shown = "\n".join(Seen(page_of(person, address)).words)
        assert [ascii(each) for each in words[:40] if each.strip() not in shown] == []
