"""Files on their way to a ticket: uploaded, kept for their owner, sent along, seen by who may see them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from audit.refusals import InvalidValues, Refused
from notifications.models import EmailNotification
from tests.factories import files as factory
from tests.factories import people
from tests.tickets.conftest import House
from tickets import conversation, files, lifecycle
from tickets.models import Scan, StagedFile, Ticket, TicketAttachment

pytestmark = pytest.mark.django_db


def sentences(invalid: pytest.ExceptionInfo[InvalidValues]) -> str:
    assert set(invalid.value.errors) == {"attachments"}
    return " ".join(invalid.value.errors["attachments"])


def content_of(row: StagedFile | TicketAttachment) -> bytes:
    with row.file.open("rb") as file:
        return file.read()


# Uploading


def test_a_file_that_is_uploaded_is_kept_as_it_is_under_a_name_that_says_nothing(house: House) -> None:
    for name, content in factory.FITTING.items():
        row = StagedFile.objects.get(pk=files.stage(factory.upload(f"C:\\new\\{name}"), by=house.ana).pk)
        assert (row.owner, row.file_name, row.file_size, row.is_stored) == (house.ana, name, len(content), True)
        assert content_of(row) == content
        assert row.file.name.startswith("tickets/")
        assert not set(name.split(".")) & set(row.file.name.replace("/", ".").split(".")[1:])


def test_the_kind_that_is_stored_is_ours_whatever_the_browser_says(house: House) -> None:
    upload = factory.upload("photo.jpg")
    upload.content_type = "text/html"
    assert files.stage(upload, by=house.ana).file_type == "image/jpeg"
    assert files.stage(factory.upload("figures.csv"), by=house.ana).file_type == "text/csv"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("tool.exe", b"MZ", "“tool.exe” is of a kind that can't be attached. We take pdf,"),
        ("page.html", b"<html>", "“page.html” is of a kind that can't be attached."),
        ("picture.svg", b"<svg/>", "“picture.svg” is of a kind that can't be attached."),
        ("noending", b"x", "“noending” is of a kind that can't be attached."),
        ("report.pdf", b"<html>", "“report.pdf” is not what its name says: what is in it is no PDF document."),
        ("empty.txt", b"", "“empty.txt” is empty."),
        ("long.txt", b"x" * 5000, "“long.txt” is too large: at most 2\xa0KB, and it has 4.9\xa0KB."),
        ("long.txt", b"x" * 2049, "“long.txt” is too large: at most 2\xa0KB."),
        ("\u202e\u200b", b"x", "A file without a name can't be taken."),
    ],
)
def test_what_can_not_be_taken_is_refused_with_a_sentence_that_names_it(
    house: House, settings: Any, name: str, content: bytes, words: str
) -> None:
    settings.ATTACHMENT_MAX_BYTES = 2048
    with pytest.raises(InvalidValues) as invalid:
        files.stage(factory.upload(name, content), by=house.ana)
    assert sentences(invalid).startswith(words)
    assert not StagedFile.objects.exists()


@pytest.mark.parametrize("status", ["Pending", "Rejected", "Suspended"])
def test_only_approved_people_upload(status: str) -> None:
    with pytest.raises(Refused):
        files.stage(factory.upload(), by=people.person(status))
    assert not StagedFile.objects.exists()


def test_one_person_keeps_only_so_much_that_is_not_sent(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "STAGED_FILES", 3)
    for _file in range(3):
        last = files.stage(factory.upload(), by=house.ana)
    with pytest.raises(InvalidValues) as invalid:
        files.stage(factory.upload(), by=house.ana)
    assert "Send or remove some of it first." in sentences(invalid)
    files.stage(factory.upload(), by=house.eve)  # others are not concerned
    assert files.discard(last.token, by=house.ana)
    files.stage(factory.upload(), by=house.ana)


def test_also_by_bytes(house: House, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES = 1024
    monkeypatch.setattr(files, "STAGED_BYTES", 2500)
    monkeypatch.setattr(files, "FILES_AT_ONCE", 2)
    for _file in range(2):
        files.stage(factory.upload(content=b"x" * 1000), by=house.ana)
    with pytest.raises(InvalidValues):
        files.stage(factory.upload(content=b"x" * 1000), by=house.ana)


def test_the_limits_are_said_before_and_are_those_that_hold(settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES = 10 * 1024**2
    expected = "Up to 10 files of 10\xa0MB each: pdf, doc, docx, xls, xlsx, csv, jpg, jpeg, png, gif, txt."
    assert files.limits_sentence() == expected
    assert files.accepted() == ".pdf,.doc,.docx,.xls,.xlsx,.csv,.jpg,.jpeg,.png,.gif,.txt"


def test_a_storage_that_does_not_take_it_says_so_and_leaves_no_file_that_could_be_sent(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_given: Any) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(default_storage, "_save", full)
    with pytest.raises(files.NotStored) as invalid:
        files.stage(factory.upload("notes.txt"), by=house.ana)
    assert sentences(invalid) == "“notes.txt” could not be stored just now. Try again in a minute."
    assert "did not take a file" in caplog.text
    with pytest.raises(InvalidValues):
        files.staged([StagedFile.objects.get().token], by=house.ana)


# Tokens


def test_tokens_stand_for_files_in_the_order_given_each_once(house: House) -> None:
    rows = [factory.staged(house.ana, f"{number}.txt") for number in range(4)]
    rows.reverse()
    tokens = [str(row.token) for row in rows]
    assert files.staged([*tokens, tokens[0], tokens[1].upper()], by=house.ana) == rows
    assert files.staged([], by=house.ana) == []


def test_what_is_not_ones_own_or_not_there_any_more_has_to_be_uploaded_again(house: House) -> None:
    mine = factory.staged(house.ana)
    refused: list[Any] = [
        factory.staged(house.eve).token,
        factory.staged(house.ana, is_stored=False).token,
        factory.staged(house.ana, created_at=timezone.now() - timedelta(hours=25)).token,
        uuid.uuid4(),
        "nothing",
        "",
        None,
        f"{mine.token}x",
        "' OR 1=1 --",
    ]
    for token in refused:
        with pytest.raises(InvalidValues) as invalid:
            files.staged([mine.token, token], by=house.ana)
        assert sentences(invalid).endswith("It has to be uploaded again.")


def test_more_tokens_than_may_be_sent_at_once_are_not_looked_up(house: House, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0), pytest.raises(InvalidValues):
        files.staged([str(uuid.uuid4()) for _token in range(1000)], by=house.ana)


def test_what_one_takes_back_is_gone_with_its_bytes_and_others_can_not(house: House) -> None:
    row = factory.staged(house.ana)
    assert not files.discard(row.token, by=house.eve)
    assert default_storage.exists(row.file.name)
    assert files.discard(row.token, by=house.ana)
    assert not files.discard(row.token, by=house.ana)
    assert not default_storage.exists(row.file.name)
    assert not StagedFile.objects.exists()


# Sent along


def test_files_come_with_the_submission(house: House) -> None:
    rows = [factory.staged(house.ana, "a.pdf"), factory.staged(house.ana, "b.png")]
    ticket = house.new(files=files.staged([row.token for row in rows], by=house.ana))
    made = list(ticket.attachments.all())
    assert [each.file_name for each in made] == ["a.pdf", "b.png"]
    assert [(each.file.name, each.uploaded_by, each.comment) for each in made] == [
        (row.file.name, house.ana, None) for row in rows
    ]
    assert not StagedFile.objects.exists()
    assert content_of(made[0]) == factory.PDF
    for each in made:
        history = each.history.get()
        assert (history.verb, history.history_user, history.actor_name) == ("attach", house.ana, "person")
    assert ticket.version == 1
    assert not {each.secure_token for each in made} & {row.token for row in rows}, "another address than the form's"


def test_files_come_with_a_comment_and_with_a_note(house: House) -> None:
    ticket = house.open()
    said = conversation.comment(ticket, by=house.ana, comment="See there.", files=[factory.staged(house.ana, "a.txt")])
    noted = conversation.comment(
        ticket, by=house.bea, comment="Ours.", is_internal=True, files=[factory.staged(house.bea, "b.txt")]
    )
    assert said.attachments.get().file_name == "a.txt"
    assert noted.attachments.get().file_name == "b.txt"
    assert Ticket.objects.get(pk=ticket.pk).version == ticket.version + 2


def test_files_come_by_themselves_and_the_other_side_is_told(house: House) -> None:
    ticket = house.in_progress()
    EmailNotification.objects.all().delete()
    made = conversation.attach(ticket, by=house.ana, files=[factory.staged(house.ana, "canary.txt")])
    assert [each.file_name for each in made] == ["canary.txt"]
    now = Ticket.objects.get(pk=ticket.pk)
    assert (now.version, now.history.latest("history_id").verb) == (ticket.version + 1, "attach")
    mail = EmailNotification.objects.get()
    assert (mail.recipient_email, mail.message) == (house.bea.email, "ticket_attached")
    assert "canary" not in str(mail.template_data)


def test_files_of_staff_are_news_to_the_requester_and_no_answer(house: House) -> None:
    ticket = house.new()
    conversation.attach(ticket, by=house.bea, files=[factory.staged(house.bea)])
    now = Ticket.objects.get(pk=ticket.pk)
    assert now.news_at is not None
    assert now.response_time is None


def test_without_a_file_there_is_nothing_to_attach(house: House) -> None:
    ticket = house.open()
    with pytest.raises(InvalidValues) as invalid:
        conversation.attach(ticket, by=house.ana, files=[])
    assert sentences(invalid) == "Choose a file."
    assert Ticket.objects.get(pk=ticket.pk).version == ticket.version


def test_a_file_is_sent_once(house: House) -> None:
    """Two forms with one file: both had read it while it was there."""
    given = [factory.staged(house.ana)]
    house.new(files=given)
    with pytest.raises(InvalidValues) as invalid:
        house.new(files=given)
    assert "uploaded again" in sentences(invalid)
    assert (Ticket.objects.count(), TicketAttachment.objects.count()) == (1, 1)


def test_somebody_elses_file_is_not_sent_whoever_hands_it_in(house: House) -> None:
    theirs = factory.staged(house.eve)
    ticket = house.open()
    for verb in (
        lambda: house.new(files=[theirs]),
        lambda: conversation.comment(ticket, by=house.ana, comment="Words", files=[theirs]),
        lambda: conversation.attach(ticket, by=house.ana, files=[theirs]),
    ):
        with pytest.raises(InvalidValues):
            verb()
    assert StagedFile.objects.get() == theirs
    assert not TicketAttachment.objects.exists()


def test_a_refused_form_leaves_everything_staged(house: House) -> None:
    given = [factory.staged(house.ana)]
    with pytest.raises(InvalidValues):
        house.new(files=given, subject="x")
    with transaction.atomic():
        house.new(files=given)
        transaction.set_rollback(True)
    assert files.staged([given[0].token], by=house.ana) == given
    assert content_of(given[0])
    house.new(files=given)


def test_ten_at_once_and_fifty_a_ticket(house: House) -> None:
    ticket = house.open()
    with pytest.raises(InvalidValues) as invalid:
        conversation.attach(ticket, by=house.ana, files=[factory.staged(house.ana) for _file in range(11)])
    assert sentences(invalid) == "At most 10 files at once. Send the others after these."
    for _send in range(5):
        conversation.attach(ticket, by=house.ana, files=[factory.staged(house.ana) for _file in range(10)])
    with pytest.raises(InvalidValues) as invalid:
        conversation.attach(ticket, by=house.bea, files=[factory.staged(house.bea)])
    assert sentences(invalid) == "A ticket holds at most 50 files, and this one has 50 already."
    assert ticket.attachments.count() == 50


def test_files_on_notes_take_no_room_that_the_requester_would_miss(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "FILES_OF_A_TICKET", 2)
    ticket = house.open()
    internal = [factory.staged(house.bea) for _file in range(2)]
    conversation.comment(ticket, by=house.bea, comment="Ours.", is_internal=True, files=internal)
    conversation.attach(ticket, by=house.ana, files=[factory.staged(house.ana) for _file in range(2)])
    for verb in (
        lambda: conversation.attach(ticket, by=house.ana, files=[factory.staged(house.ana)]),
        lambda: conversation.comment(
            ticket, by=house.bea, comment="Ours.", is_internal=True, files=[factory.staged(house.bea)]
        ),
    ):
        with pytest.raises(InvalidValues):
            verb()


@pytest.mark.parametrize("state", ["Rejected", "Withdrawn"])
def test_nothing_is_added_to_what_has_ended_and_the_file_stays_ones_own(house: House, state: str) -> None:
    ticket = house.new()
    if state == "Rejected":
        lifecycle.reject(ticket, by=house.dora, reason="No.")
    else:
        lifecycle.withdraw(ticket, by=house.ana)
    with pytest.raises(Refused) as refused:
        conversation.attach(ticket, by=house.ana, files=[factory.staged(house.ana)])
    assert refused.value.codes == {"state"}
    assert StagedFile.objects.count() == 1


# Seen


def test_who_may_see_which_files(house: House) -> None:
    ticket = house.open(files=[factory.staged(house.ana, "asked.txt")])
    conversation.comment(ticket, by=house.bea, comment="Public", files=[factory.staged(house.bea, "public.txt")])
    conversation.comment(
        ticket, by=house.bea, comment="Ours", is_internal=True, files=[factory.staged(house.bea, "internal.txt")]
    )
    expected = {
        house.ana: ["asked.txt", "public.txt"],
        house.bea: ["asked.txt", "public.txt", "internal.txt"],
        house.dora: ["asked.txt", "public.txt", "internal.txt"],
        house.cem: [],
        house.eve: [],
    }
    for person, names in expected.items():
        seen = files.visible_attachments(ticket, person)
        assert [each.file_name for each in seen] == names, person.first_name
    people.person("Suspended")
    assert not files.visible_attachments(ticket, people.coordinator(house.it, status="Suspended")).exists()


def test_staff_see_no_file_of_a_note_on_what_they_asked_for_themselves(house: House) -> None:
    ticket = house.open(by=house.bea)
    conversation.comment(ticket, by=house.dora, comment="Ours", is_internal=True, files=[factory.staged(house.dora)])
    assert not files.visible_attachments(ticket, house.bea).exists()
    assert files.visible_attachments(ticket, house.dora).count() == 1


def test_the_files_of_a_redacted_text_are_gone_with_their_bytes(
    house: House, django_capture_on_commit_callbacks: Any
) -> None:
    ticket = house.open(files=[factory.staged(house.ana, "stays.txt")])
    said = conversation.comment(ticket, by=house.ana, comment="A password", files=[factory.staged(house.ana)])
    key = said.attachments.get().file.name
    with django_capture_on_commit_callbacks(execute=True):
        conversation.redact(said, by=house.dora, reason="A password.")
    assert not default_storage.exists(key)
    for person in (house.ana, house.bea, house.dora):
        assert [each.file_name for each in files.visible_attachments(ticket, person)] == ["stays.txt"]
    assert default_storage.exists(ticket.attachments.get(comment=None).file.name)


def test_pages_learn_what_a_file_is_called_and_whether_it_can_be_had(house: House) -> None:
    ticket = house.new(files=[factory.staged(house.ana, "photo.PNG"), factory.staged(house.ana, "letter.docx")])
    photo, letter = ticket.attachments.all()
    assert (files.type_label(photo.file_name), files.type_label(letter.file_name)) == ("PNG picture", "Word document")
    assert (files.is_picture(photo), files.is_picture(letter)) == (True, False)
    assert (files.availability(photo), photo.is_available, photo.scan) == ("", True, Scan.UNCHECKED)
    photo.scan = Scan.WAITING
    assert (files.availability(photo), files.is_picture(photo)) == ("Being checked for viruses.", False)
    photo.scan = Scan.INFECTED
    assert files.availability(photo) == "A virus was found; the file was removed."
