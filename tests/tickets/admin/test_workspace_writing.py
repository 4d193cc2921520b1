"""Replies and internal notes from a ticket's page: what goes to whom, and that nothing typed gets lost."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from audit.actors import WORKFLOW
from audit.refusals import InvalidValues
from jobs import once
from notifications.models import EmailNotification
from people import lifecycle as people_lifecycle
from people.models import Employee
from tests.factories import people
from tests.security.naughty import Seen, all_of_them
from tests.tickets.admin.looking import address, look
from tests.tickets.conftest import House
from tickets import conversation, files, lifecycle, uploading
from tickets.enums import COMMENT_LENGTH
from tickets.models import StagedFile, Ticket, TicketComment

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\r"
    b"IDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


def text_file(name: str = "log.txt", words: bytes = b"It says: error 42.") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, words)


def send(client: Client, person: Employee, ticket: Ticket, **posted: Any) -> Any:
    client.force_login(person)
    return client.post(address(ticket, "comment"), posted)


def box(shown: str, name: str) -> str:
    return shown.partition(f'data-box-form="{name}"')[2].partition("</form>")[0]


def text_in(shown: str, name: str) -> str:
    found = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", box(shown, name), re.DOTALL)
    assert found
    return html.unescape(found[1])


def test_the_two_boxes_say_what_they_are(client: Client, house: House) -> None:
    shown = look(client, house.bea, house.in_progress())
    assert "Send to Ana" in box(shown, "reply")
    assert f"{house.ana.get_full_name()} reads this" in box(shown, "reply")
    assert "Add internal note" in box(shown, "note")
    assert "Internal note – the requester does not see this" in box(shown, "note")
    assert 'id="ws-box-reply" value="reply" autocomplete="off" checked' in shown


def test_a_reply_is_read_by_the_requester_and_mailed(client: Client, house: House) -> None:
    ticket = house.in_progress()
    answer = send(client, house.bea, ticket, comment="Try another\r\nplug.", is_internal="0")
    said = TicketComment.objects.get()
    assert (said.comment, said.is_internal, said.user) == ("Try another\nplug.", False, house.bea)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{address(ticket)}#comment-{said.pk}"
    assert "Your reply is there. Ana" in client.get(address(ticket)).content.decode()
    assert EmailNotification.objects.get(message="ticket_commented").recipient == house.ana


def test_a_note_is_for_the_staff_alone(client: Client, house: House) -> None:
    ticket = house.in_progress()
    send(client, house.dora, ticket, comment="canary-61", is_internal="1")
    assert TicketComment.objects.get().is_internal
    assert {mail.recipient for mail in EmailNotification.objects.filter(message="ticket_noted")} == {house.bea}
    assert "canary-61" in look(client, house.bea, ticket)
    assert "canary-61" not in str(EmailNotification.objects.filter(recipient=house.ana).values())


def test_a_reply_to_somebody_who_is_gone_says_that_they_are_not_mailed(client: Client, house: House) -> None:
    ticket = house.in_progress()
    people_lifecycle.suspend(house.ana, by=house.dora, reason="Left.")
    send(client, house.bea, ticket, comment="Done.")
    assert "is not told: the account is not in use" in client.get(address(ticket)).content.decode()


@pytest.mark.parametrize("name", ["note", "reply"])
@pytest.mark.parametrize("text", ["", " \n ", "x" * (COMMENT_LENGTH[1] + 1)], ids=["empty", "blank", "too long"])
def test_what_can_not_be_taken_comes_back_in_its_box(client: Client, house: House, name: str, text: str) -> None:
    ticket = house.in_progress()
    answer = send(client, house.bea, ticket, comment=text, is_internal="1" if name == "note" else "0")
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert text_in(shown, name) == text
    assert text_in(shown, "reply" if name == "note" else "note") == ""
    assert 'aria-invalid="true"' in box(shown, name)
    assert f'id="ws-box-{name}" value="{name}" autocomplete="off" checked' in shown
    assert "<title>" in shown
    assert "Error:" in shown.partition("<title>")[2].partition("</title>")[0]
    assert not TicketComment.objects.exists()


def test_a_reply_to_what_ended_meanwhile_comes_back_to_be_copied(client: Client, house: House) -> None:
    ticket = house.open()
    lifecycle.reject(ticket, by=house.dora, reason="We have none.")
    answer = send(client, house.bea, ticket, comment="I look at it tomorrow.")
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert text_in(shown, "reply") == "I look at it tomorrow."
    assert "can&#x27;t be commented on" in box(shown, "reply")
    assert "Send to" not in box(shown, "reply")
    # Notes are always possible, and the only box of who comes anew.
    assert 'data-box-form="note"' in shown
    assert box(look(client, house.bea, ticket), "reply") == ""


def test_a_double_click_says_it_once(client: Client, house: House) -> None:
    ticket = house.in_progress()
    once_only = token(client, house.bea, ticket)
    first = send(client, house.bea, ticket, comment="Try again.", once=once_only)
    second = send(client, house.bea, ticket, comment="Try again.", once=once_only)
    assert first.headers["Location"] == second.headers["Location"]
    assert TicketComment.objects.count() == 1
    # Whoever goes back and writes something else means it.
    send(client, house.bea, ticket, comment="And again.", once=once_only)
    assert TicketComment.objects.count() == 2


def token(client: Client, person: Employee, ticket: Ticket) -> str:
    found = re.search(r'name="once" value="([0-9a-f]{32})"', look(client, person, ticket))
    assert found
    return found[1]


def test_a_double_click_with_a_file_leaves_no_file_behind(client: Client, house: House) -> None:
    ticket = house.in_progress()
    once_only = token(client, house.bea, ticket)
    for _click in range(3):
        answer = send(client, house.bea, ticket, comment="See this.", once=once_only, attachments=[text_file()])
        assert answer.status_code == 302
    assert TicketComment.objects.get().attachments.count() == 1
    assert not StagedFile.objects.exists()


def test_a_reply_that_broke_off_can_be_sent_again_at_once(
    client: Client, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = house.in_progress()
    once_only = token(client, house.bea, ticket)
    monkeypatch.setattr(once, "PATIENCE", 0.0)
    with monkeypatch.context() as broken:
        broken.setattr(uploading, "of", _full_disk)
        with pytest.raises(OSError, match="No space left"):
            send(client, house.bea, ticket, comment="Try again.", once=once_only)
    assert send(client, house.bea, ticket, comment="Try again.", once=once_only).status_code == 302
    assert TicketComment.objects.get().comment == "Try again."


def _full_disk(request: Any) -> Any:
    raise OSError("No space left on device")


def test_what_is_still_being_sent_comes_back_with_its_words(
    client: Client, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = house.in_progress()
    monkeypatch.setattr(once, "turn", lambda request, what: once.Turn(is_taken=True))
    answer = send(client, house.bea, ticket, comment="Try again.", attachments=[text_file()])
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert text_in(shown, "reply") == "Try again."
    assert "This is being sent already" in box(shown, "reply")
    assert "log.txt" in box(shown, "reply")
    assert not TicketComment.objects.exists()


@pytest.mark.parametrize("word", ["1", "ON", "True", "true", "yes", " Yes "])
def test_every_word_for_internal_is_a_note(client: Client, house: House, word: str) -> None:
    ticket = house.in_progress()
    assert send(client, house.bea, ticket, comment="canary-63", is_internal=word).status_code == 302
    assert TicketComment.objects.get().is_internal
    assert not EmailNotification.objects.filter(message="ticket_commented").exists()


@pytest.mark.parametrize("word", ["", "0", "False", "no", "off"])
def test_every_word_for_public_is_a_reply(client: Client, house: House, word: str) -> None:
    ticket = house.in_progress()
    assert send(client, house.bea, ticket, comment="For Ana.", is_internal=word).status_code == 302
    assert not TicketComment.objects.get().is_internal


@pytest.mark.parametrize("words", [["2"], ["internal"], ["ja"], ["None"], ["1", "0"], ["0", "1"], ["0", "?"]], ids=str)
def test_what_is_neither_is_not_sent_and_waits_in_the_box_that_nobody_else_reads(
    client: Client, house: House, words: list[str]
) -> None:
    ticket = house.in_progress()
    answer = send(client, house.bea, ticket, comment="canary-64", is_internal=words, attachments=[text_file()])
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert text_in(shown, "note") == "canary-64"
    assert "log.txt" in box(shown, "note")
    assert "whether this is a reply or an internal note" in box(shown, "note")
    assert not TicketComment.objects.exists()
    assert not EmailNotification.objects.filter(message__in=["ticket_commented", "ticket_noted"]).exists()


def test_on_ones_own_ticket_it_waits_in_the_only_box_there_is(client: Client, house: House) -> None:
    ticket = house.new(by=house.dora)
    answer = send(client, house.dora, ticket, comment="Any news?", is_internal="maybe")
    assert answer.status_code == 422
    assert text_in(answer.content.decode(), "reply") == "Any news?"


def test_a_comment_needs_no_version(client: Client, house: House) -> None:
    ticket = house.in_progress()
    look(client, house.bea, ticket)
    lifecycle.reprioritise(ticket, by=house.dora, priority="High", reason="Boss.")
    assert send(client, house.bea, ticket, comment="Still fits.").status_code == 302


def test_looking_at_its_address_leads_to_the_ticket_and_says_nothing(client: Client, house: House) -> None:
    ticket = house.in_progress()
    client.force_login(house.bea)
    answer = client.get(address(ticket, "comment"), {"comment": "By a link"})
    assert answer.headers["Location"] == address(ticket)
    assert not TicketComment.objects.exists()


# Files


def test_files_go_with_a_reply_without_a_script(client: Client, house: House) -> None:
    ticket = house.in_progress()
    sent = [text_file(), SimpleUploadedFile("screen.png", PNG)]
    assert send(client, house.bea, ticket, comment="See these.", attachments=sent).status_code == 302
    said = TicketComment.objects.get()
    assert sorted(said.attachments.values_list("file_name", flat=True)) == ["log.txt", "screen.png"]
    shown = look(client, house.bea, ticket)
    picture = said.attachments.get(file_name="screen.png")
    assert f'src="/attachments/{picture.secure_token}/?inline=1"' in shown
    assert not StagedFile.objects.exists()


def test_files_uploaded_before_go_with_a_note_and_only_staff_sees_them(client: Client, house: House) -> None:
    ticket = house.in_progress()
    staged = files.stage(text_file("canary-62.txt"), by=house.bea)
    send(client, house.bea, ticket, comment="For us.", is_internal="1", uploads=[str(staged.token)])
    attachment = TicketComment.objects.get().attachments.get()
    assert "canary-62.txt" in look(client, house.dora, ticket)
    client.force_login(house.ana)
    assert client.get(f"/attachments/{attachment.secure_token}/").status_code == 404


def test_files_without_a_word_are_attached(client: Client, house: House) -> None:
    ticket = house.in_progress()
    assert send(client, house.bea, ticket, comment="  ", attachments=[text_file()]).status_code == 302
    assert ticket.attachments.get().comment is None
    assert not TicketComment.objects.exists()
    # A note has a text.
    answer = send(client, house.bea, ticket, comment="", is_internal="1", attachments=[text_file()])
    assert answer.status_code == 422
    assert ticket.attachments.count() == 1


def test_files_are_kept_when_something_else_is_wrong(client: Client, house: House) -> None:
    ticket = house.in_progress()
    sent = [text_file("kept.txt"), SimpleUploadedFile("bad.exe", b"MZ")]
    answer = send(client, house.bea, ticket, comment="Both.", attachments=sent)
    shown = box(answer.content.decode(), "reply")
    assert answer.status_code == 422
    assert text_in(answer.content.decode(), "reply") == "Both."
    assert "“bad.exe” is of a kind that can&#x27;t be attached." in shown
    kept = StagedFile.objects.get()
    assert f'name="uploads" value="{kept.token}"' in shown
    assert send(client, house.bea, ticket, comment="Both.", uploads=[str(kept.token)]).status_code == 302
    assert ticket.attachments.get().file_name == "kept.txt"


def test_a_file_of_somebody_else_is_not_there(client: Client, house: House) -> None:
    ticket = house.in_progress()
    theirs = files.stage(text_file("canary-63.txt"), by=house.dora)
    answer = send(client, house.bea, ticket, comment="Mine?", uploads=[str(theirs.token), "no token"])
    assert answer.status_code == 422
    assert "canary-63" not in answer.content.decode()
    assert not ticket.attachments.exists()


# What people write


@pytest.mark.slow
@pytest.mark.parametrize("half", [0, 1])
def test_naughty_strings_stay_words(client: Client, house: House, half: int) -> None:
    ticket = house.in_progress()
    conversation.comment(ticket, by=house.bea, comment="Plain, see https://example.com", is_internal=True)
    plain = {element[0] for element in Seen(look(client, house.bea, ticket)).elements}
    # A page shows no more than it would take for all of them at once.
    taken = [text for text in all_of_them()[half::2] if noted(house, ticket, text)]
    assert len(taken) > 200
    seen = Seen(look(client, house.bea, ticket, all="1"))
    said = "".join(seen.words)
    # A browser shows one kind of line end.
    lost = [text for text in taken if text.replace("\r\n", "\n").replace("\r", "\n") not in said]
    assert lost == []
    assert {element[0] for element in seen.elements} == plain
    assert not [element for element in seen.elements if any(name.startswith("on") for name in element[1:])]


def noted(house: House, ticket: Ticket, text: str) -> bool:
    try:
        conversation.comment(ticket, by=house.bea, comment=text, is_internal=True)
    except InvalidValues:
        return False
    return True


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "\u202etest\u202e", "ﬃ 田中さん 🐵", "../../etc/passwd%00"]
)
def test_a_naughty_reply_comes_back_whole(client: Client, house: House, text: str) -> None:
    ticket = house.in_progress()
    assert send(client, house.bea, ticket, comment=text).status_code == 302
    assert TicketComment.objects.get().comment == text
    assert html.escape(text) in look(client, house.bea, ticket)


def test_a_naughty_subject_stays_words(client: Client, house: House) -> None:
    for nasty in (
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(2)>',
        "{{ settings.SECRET_KEY }}",
        "{% debug %}",
    ):
        ticket = house.new(subject=nasty, description=f"{nasty} and more of it")
        shown = look(client, house.dora, ticket)
        assert "<script>alert(1)" not in shown
        assert "<img src=x" not in shown
        assert html.escape(nasty) in shown


def test_a_comment_of_the_workflow_system_has_its_name(client: Client, house: House) -> None:
    ticket = house.in_progress()
    conversation.comment(ticket, by=WORKFLOW, comment="Part ordered.", is_internal=True)
    shown = look(client, house.bea, ticket)
    assert "Part ordered." in shown
    assert "workflow system" in shown


def test_the_first_answer_stops_the_clock(client: Client, house: House) -> None:
    ticket = house.new()
    send(client, people.admin(), ticket, comment="We look at it.")
    now = Ticket.objects.get(pk=ticket.pk)
    assert now.response_time is not None
