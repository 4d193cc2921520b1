"""What a requester does on their ticket's page: say something, add files, withdraw, close, reopen."""

from __future__ import annotations

import json
import re
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from unittest.mock import Mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from jobs import once
from people.models import Employee
from tests.factories.tickets import ticket
from tests.helpcenter.following import as_person, page, path_of
from tests.security.naughty import LIST
from tests.tickets.conftest import House
from tickets import files, lifecycle, rules
from tickets.enums import COMMENT_LENGTH, Status
from tickets.models import StagedFile, Ticket, TicketAttachment, TicketComment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


def picture(name: str = "screen.png") -> SimpleUploadedFile:
    drawn = BytesIO()
    Image.new("RGB", (2, 2)).save(drawn, "PNG")
    return SimpleUploadedFile(name, drawn.getvalue(), "image/png")


def staged(by: Employee, name: str = "screen.png") -> StagedFile:
    return files.stage(picture(name), by=by)


class Textareas(HTMLParser):
    """The texts in a page's text areas, by name, as a browser has them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: dict[str, str] = {}
        self._name = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "textarea":
            self._name = dict(attrs).get("name") or "unsent"
            self.texts[self._name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            # The line break right after the tag belongs to the tag.
            self.texts[self._name] = self.texts[self._name].removeprefix("\n")
            self._name = ""

    def handle_data(self, data: str) -> None:
        if self._name:
            self.texts[self._name] += data


def state(ticket: Ticket) -> str:
    return Ticket.objects.get(pk=ticket.pk).status


# Saying something


def test_a_comment_stands_on_the_page_and_the_others_are_told(house: House):
    mine = house.in_progress()
    answer = as_person(house.ana).post(path_of(mine, "comment"), {"comment": "Any news?\r\n  I wait."})
    said = TicketComment.objects.get()
    assert (said.comment, said.user, said.is_internal) == ("Any news?\n  I wait.", house.ana, False)
    assert (answer.status_code, answer["Location"]) == (302, f"{path_of(mine)}#comment-{said.pk}")
    assert "Any news?\n  I wait." in page(house.ana, path_of(mine))


def test_no_field_of_the_form_makes_it_an_internal_note_or_anybody_elses(house: House):
    mine = house.in_progress()
    given = {"comment": "Public.", "is_internal": "on", "user": house.bea.pk, "by": house.bea.pk, "status": "Closed"}
    as_person(house.ana).post(path_of(mine, "comment"), given)
    said = TicketComment.objects.get()
    assert (said.is_internal, said.user, state(mine)) == (False, house.ana, "In Progress")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Write something here."),
        (" \n\t ", "Write something here."),
        ("\nfirst line is empty" + "x" * COMMENT_LENGTH[1], "This is too long"),
        ("a\x00b", "can't be stored (NUL)"),
    ],
    ids=["blank", "empty", "long", "nul"],
)
def test_what_is_refused_comes_back_with_all_of_it_and_the_reason(house: House, text: str, sentence: str):
    mine = house.open()
    answer = as_person(house.ana).post(path_of(mine, "comment"), {"comment": text})
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert Textareas(shown).texts["comment"] == text
    assert "There is a problem" in shown
    assert unescape(shown).count(sentence) == 2, "in the summary and at the field"
    assert "Error:" in shown
    assert not TicketComment.objects.exists()


def test_what_was_typed_while_the_ticket_ended_can_be_copied(house: House):
    mine = house.new()
    lifecycle.reject(mine, by=house.dora, reason="No.")
    answer = as_person(house.ana).post(path_of(mine, "comment"), {"comment": "\nI have <more> to say."})
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "can't be commented on" in unescape(shown)
    assert Textareas(shown).texts["unsent"] == "\nI have <more> to say."
    assert not TicketComment.objects.exists()


@pytest.mark.slow
def test_every_naughty_string_comes_back_as_it_was_typed(house: House):
    mine, client = house.open(), as_person(house.ana)
    strings = [each for each in json.loads(LIST.read_text(encoding="utf-8")) if each.strip() and "\x00" not in each]
    assert len(strings) > 400
    sent = [f"{each}\n{number}" for number, each in enumerate(strings)]
    for each in sent:
        assert client.post(path_of(mine, "comment"), {"comment": each}).status_code == 302
    shown = client.get(path_of(mine) + "?all=1").content.decode()
    found = [
        unescape(re.sub(r"</?a\b[^>]*>", "", words))
        for words in re.findall(r'<div class="tl-words">(.*?)</div>', shown, re.DOTALL)
    ]
    most = len(found)
    assert most > 400
    assert [each.replace("\r\n", "\n") for each in found] == [
        each.replace("\r\n", "\n").replace("\r", "\n") for each in sent[-most:]
    ]


def test_sent_twice_it_is_said_once(house: House):
    mine, client = house.open(), as_person(house.ana)
    given = {"comment": "Once.", "once": once.token()}
    first, second = client.post(path_of(mine, "comment"), given), client.post(path_of(mine, "comment"), given)
    assert first["Location"] == second["Location"]
    assert TicketComment.objects.count() == 1
    client.post(path_of(mine, "comment"), given | {"comment": "Other words."})
    client.post(path_of(mine, "comment"), {"comment": "Once.", "once": once.token()})
    assert TicketComment.objects.count() == 3


def test_after_a_refusal_the_same_form_can_be_sent_again(house: House):
    mine, client, token = house.open(), as_person(house.ana), once.token()
    assert client.post(path_of(mine, "comment"), {"comment": "", "once": token}).status_code == 422
    assert client.post(path_of(mine, "comment"), {"comment": "", "once": token}).status_code == 422
    assert client.post(path_of(mine, "comment"), {"comment": "Now.", "once": token}).status_code == 302


def test_a_form_whose_files_could_not_be_kept_can_be_sent_again_at_once(house: House, monkeypatch):
    mine, client, given = house.open(), as_person(house.ana), {"comment": "It smokes.", "once": once.token()}
    with monkeypatch.context() as broken:
        broken.setattr("tickets.uploading.of", Mock(side_effect=OSError("The disk is full")))
        with pytest.raises(OSError, match="The disk is full"):
            client.post(path_of(mine, "comment"), given)
    monkeypatch.setattr(once, "PATIENCE", 0)
    assert client.post(path_of(mine, "comment"), given).status_code == 302
    assert TicketComment.objects.get().comment == "It smokes."


def test_who_waits_too_long_for_the_first_click_keeps_what_they_wrote(house: House, monkeypatch):
    mine, client = house.open(), as_person(house.ana)
    given = {"comment": "It <smokes>.", "once": once.token()}
    monkeypatch.setattr(once, "PATIENCE", 0)
    with monkeypatch.context() as taken:
        taken.setattr("jobs.once.cache.add", lambda *args, **kwargs: False)
        answer = client.post(path_of(mine, "comment"), {**given, "attachments": picture()})
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "This is being sent already." in unescape(shown)
    assert Textareas(shown).texts["comment"] == "It <smokes>."
    assert "screen.png" in shown
    assert f'name="once" value="{given["once"]}"' in shown, "should the first one get there, this is the same form"
    assert not TicketComment.objects.exists()
    assert client.post(path_of(mine, "comment"), given).status_code == 302


# Files


def test_files_come_with_a_comment_uploaded_before_or_within_the_form(house: House):
    mine, early = house.open(), staged(house.ana, "early.png")
    answer = as_person(house.ana).post(
        path_of(mine, "comment"),
        {"comment": "See these.", "uploads": [early.token], "attachments": [picture("late.png")]},
    )
    assert answer.status_code == 302
    said = TicketComment.objects.get()
    assert {file.file_name for file in said.attachments.all()} == {"early.png", "late.png"}
    text = page(house.ana, path_of(mine))
    for file in said.attachments.all():
        assert text.count(f'href="/attachments/{file.secure_token}/"') == 2, "in the conversation, and among the files"
        assert f'src="/attachments/{file.secure_token}/?inline=1"' in text


@pytest.mark.parametrize("verb", ["attach", "comment"])
def test_files_without_a_word_are_added_by_themselves(house: House, verb: str):
    mine = house.open()
    given = {"comment": " ", "attachments": [picture("a.png"), picture("b.png")]}
    assert as_person(house.ana).post(path_of(mine, verb), given).status_code == 302
    assert not TicketComment.objects.exists()
    assert [file.comment for file in TicketAttachment.objects.all()] == [None, None]
    assert f"{house.ana.get_full_name()} added 2 files." in page(house.ana, path_of(mine))


def test_a_file_that_is_refused_loses_neither_the_words_nor_the_other_files(house: House):
    mine = house.open()
    bad = SimpleUploadedFile("run.exe", b"MZ", "image/png")
    answer = as_person(house.ana).post(
        path_of(mine, "comment"), {"comment": "See these.", "attachments": [picture("good.png"), bad]}
    )
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "run.exe" in shown
    assert Textareas(shown).texts["comment"] == "See these."
    kept = re.findall(r'name="uploads" value="([^"]+)"', shown)
    assert kept == [str(StagedFile.objects.get().token)]
    as_person(house.ana).post(path_of(mine, "comment"), {"comment": "See these.", "uploads": kept})
    assert TicketComment.objects.get().attachments.get().file_name == "good.png"


def test_somebody_elses_upload_cannot_be_sent_along(house: House):
    mine, foreign = house.open(), staged(house.eve)
    given = {"comment": "Mine?", "uploads": [foreign.token]}
    assert as_person(house.ana).post(path_of(mine, "comment"), given).status_code == 422
    assert not TicketAttachment.objects.exists()
    assert StagedFile.objects.filter(pk=foreign.pk, owner=house.eve).exists()


# Withdraw, close, reopen


@pytest.mark.parametrize(
    ("verb", "given", "from_state", "to_state"),
    [
        ("close", {}, "Resolved", "Closed"),
        ("reopen", {"reason": "It is back."}, "Closed", "Open"),
        ("reopen", {"reason": "It is back."}, "Resolved", "Open"),
        ("withdraw", {"reason": "Bought one."}, "On Hold", "Withdrawn"),
        ("withdraw", {}, "New", "Withdrawn"),
    ],
)
def test_a_verb_has_a_page_that_changes_nothing_and_is_done_by_sending_it(
    verb: str, given: dict, from_state: str, to_state: str
):
    mine = ticket(from_state)
    client = as_person(mine.employee)
    asked = client.get(path_of(mine, verb))
    assert asked.status_code == 200
    assert state(mine) == from_state
    assert ("<textarea" in asked.content.decode()) == (verb != "close")
    answer = client.post(path_of(mine, verb), given)
    assert (answer.status_code, answer["Location"]) == (302, path_of(mine))
    assert state(mine) == to_state
    text = unescape(client.get(path_of(mine)).content.decode())
    assert "notice-success" in text
    assert given.get("reason", "") in text


@pytest.mark.parametrize("from_state", sorted(Status.values))
@pytest.mark.parametrize("verb", ["close", "reopen", "withdraw"])
def test_what_the_state_does_not_allow_leads_back_with_the_reason(verb: str, from_state: str):
    mine = ticket(from_state)
    against = rules.CHECKS[verb](mine, mine.employee)
    for method in ("get", "post"):
        client = as_person(mine.employee)
        if not against and method == "post":
            continue
        answer = getattr(client, method)(path_of(mine, verb), {"reason": "Because."} if method == "post" else {})
        assert (answer.status_code == 200) == (not against)
        assert state(mine) == from_state
        if against:
            assert answer["Location"] == path_of(mine)
            assert str(against[0]) in unescape(client.get(path_of(mine)).content.decode())


def test_a_reason_that_is_missing_or_too_long_comes_back_on_its_page(house: House):
    mine, client = house.resolved(), as_person(house.ana)
    for reason, sentence in {"": "Write something here.", "x" * 5_001: "This is too long"}.items():
        answer = client.post(path_of(mine, "reopen"), {"reason": reason})
        assert answer.status_code == 422
        shown = answer.content.decode()
        assert shown.count(sentence) == 2
        assert Textareas(shown).texts["reason"] == reason
    assert state(mine) == "Resolved"


def test_a_second_click_is_told_and_changes_nothing(house: House):
    mine, client = house.resolved(), as_person(house.ana)
    client.post(path_of(mine, "close"))
    version = Ticket.objects.get(pk=mine.pk).version
    client.post(path_of(mine, "close"))
    assert Ticket.objects.get(pk=mine.pk).version == version
    assert "can't be closed" in unescape(client.get(path_of(mine)).content.decode())


def test_reading_the_addresses_of_comments_leads_to_the_page(house: House):
    mine = house.open()
    for verb in ("attach", "comment"):
        assert as_person(house.ana).get(path_of(mine, verb))["Location"] == f"{path_of(mine)}#reply"


def test_a_form_from_elsewhere_is_refused(house: House):
    mine = house.resolved()
    client = Client(enforce_csrf_checks=True)
    client.force_login(house.ana)
    for verb in ("attach", "close", "comment", "reopen", "withdraw"):
        assert client.post(path_of(mine, verb), {"comment": "x", "reason": "x"}).status_code == 403
    assert state(mine) == "Resolved"


def test_who_is_suspended_meanwhile_does_nothing_any_more(house: House):
    mine, client = house.open(), as_person(house.ana)
    Employee.objects.filter(pk=house.ana.pk).update(status="Suspended", is_active=False)
    answer = client.post(path_of(mine, "comment"), {"comment": "Still here?"})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    assert not TicketComment.objects.exists()
