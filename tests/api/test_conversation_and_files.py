"""Comments, notes and files over the API: said, listed, fetched, and hidden where they are not for somebody."""

from __future__ import annotations

from typing import Any

import pytest

from audit.models import AuditEvent
from tests.api.program import Program, codes, details
from tests.factories import files
from tests.tickets.conftest import House
from tickets import conversation
from tickets.models import StagedFile, TicketAttachment, TicketComment

pytestmark = pytest.mark.django_db


NOBODYS = "00000000-0000-4000-8000-000000000000"


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_comment_is_said_and_read_by_both_sides(house: House) -> None:
    number = house.in_progress().ticket_number
    said = Program(house.bea).post(f"tickets/{number}/comments/", {"comment": "Is it plugged in?"})
    assert said.status_code == 201, said.content
    assert said.json() | {"id": 0, "created_at": "", "updated_at": ""} == {
        "id": 0, "created_at": "", "updated_at": "", "redacted_at": None, "actor": "person", "attachments": [],
        "user": {"company_id": house.bea.company_id, "name": house.bea.get_full_name(), "email": house.bea.email},
        "comment": "Is it plugged in?", "is_internal": False,
    }  # fmt: skip
    assert Program(house.ana).get(f"tickets/{number}/comments/").json()["results"] == [said.json()]


def test_a_note_is_for_staff_alone_also_its_file(house: House) -> None:
    ticket = house.in_progress()
    address = f"tickets/{ticket.ticket_number}/"
    staff, asker = Program(house.bea), Program(house.ana)
    note = staff.post(f"{address}comments/", {"comment": "She is new here.", "is_internal": True})
    assert (note.status_code, note.json()["is_internal"]) == (201, True)
    form = {"comment": "See the file.", "is_internal": "true", "attachments": files.upload("hidden.txt")}
    with_file = staff.form(f"{address}comments/", form)
    assert [each["file_name"] for each in with_file.json()["attachments"]] == ["hidden.txt"]
    assert len(staff.get(f"{address}comments/").json()["results"]) == 2
    assert asker.get(f"{address}comments/").json()["results"] == []
    assert asker.get(f"{address}attachments/").json()["results"] == []
    token = TicketAttachment.objects.get().secure_token
    hidden, missing = (asker.get(f"attachments/{each}/download/") for each in (token, NOBODYS))
    assert (hidden.status_code, hidden.json()) == (404, missing.json())
    assert body_of(staff.get(f"attachments/{token}/download/")) == files.content_for("hidden.txt")


def test_who_asked_writes_no_note(house: House) -> None:
    number = house.in_progress().ticket_number
    answer = Program(house.ana).post(f"tickets/{number}/comments/", {"comment": "Mine.", "is_internal": True})
    assert (answer.status_code, codes(answer)) == (403, ["own_ticket"])
    assert not TicketComment.objects.exists()


@pytest.mark.parametrize("value", ["maybe", 1, 0, None, [], "true"])
def test_nobody_guesses_whether_it_is_a_note(house: House, value: Any) -> None:
    number = house.in_progress().ticket_number
    answer = Program(house.bea).post(f"tickets/{number}/comments/", {"comment": "Well?", "is_internal": value})
    assert set(details(answer)) == {"is_internal"}
    assert not TicketComment.objects.exists()


def test_a_form_says_yes_in_its_words_and_no_other(house: House) -> None:
    number, program = house.in_progress().ticket_number, Program(house.bea)
    for word, is_internal in (("on", True), ("0", False), ("", False)):
        said = program.form(f"tickets/{number}/comments/", {"comment": "So.", "is_internal": word})
        assert said.json()["is_internal"] is is_internal, word
    assert set(details(program.form(f"tickets/{number}/comments/", {"comment": "So.", "is_internal": "oui"})))


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"comment"}), ({"comment": " "}, {"comment"}), ({"comment": 7}, {"comment"}),
        ({"comment": "\ud800"}, {"comment"}), ({"comment": "x" * 20_001}, {"comment"}),
        ({"comment": "Well.", "user": "MA0001"}, {"user"}), ({"comment": "Well.", "attachments": []}, {"attachments"}),
    ],
)  # fmt: skip
def test_what_can_not_be_said_is_not_said(house: House, body: Any, wrong: set[str]) -> None:
    number = house.in_progress().ticket_number
    assert set(details(Program(house.ana).post(f"tickets/{number}/comments/", body))) == wrong


def test_a_text_that_was_taken_away_is_away_with_its_files(house: House) -> None:
    ticket = house.in_progress()
    said = conversation.comment(ticket, by=house.ana, comment="My password is owl.", files=[files.staged(house.ana)])
    conversation.redact(said, by=house.dora, reason="A password.")
    address = f"tickets/{ticket.ticket_number}/"
    [shown] = Program(house.bea).get(f"{address}comments/").json()["results"]
    assert (shown["comment"], shown["attachments"], shown["redacted_at"] is None) == ("", [], False)
    assert Program(house.bea).get(address).json()["attachments"] == []


# Files


def test_files_are_added_listed_and_fetched_and_each_fetch_is_counted(house: House) -> None:
    address, program = f"tickets/{house.in_progress().ticket_number}/", Program(house.ana)
    made = program.form(f"{address}attachments/", {"attachments": [files.upload("plan.pdf"), files.upload("a.png")]})
    assert made.status_code == 201, made.content
    listed = program.get(f"{address}attachments/").json()["results"]
    assert listed == made.json()
    assert [each["file_name"] for each in listed] == ["plan.pdf", "a.png"]
    assert listed[0]["url"].endswith(f"/api/attachments/{listed[0]['id']}/download/")
    for accepted in ("*/*", "application/pdf", "application/json"):
        answer = program.get(f"attachments/{listed[0]['id']}/download/", accept=accepted)
        assert (answer.status_code, body_of(answer)) == (200, files.PDF)
    assert answer["Content-Disposition"] == 'attachment; filename="plan.pdf"'
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "private, no-store"
    assert TicketAttachment.objects.get(file_name="plan.pdf").download_count == 3
    assert AuditEvent.objects.filter(kind="downloaded", actor=house.ana).count() == 3


def test_who_may_not_see_the_ticket_fetches_nothing(house: House) -> None:
    ticket = house.in_progress()
    conversation.attach(ticket, by=house.ana, files=[files.staged(house.ana)])
    token = TicketAttachment.objects.get().secure_token
    for person in (house.eve, house.cem):
        assert Program(person).get(f"attachments/{token}/download/").status_code == 404
    assert Program(None).get(f"attachments/{token}/download/").status_code == 401
    assert TicketAttachment.objects.get().download_count == 0


@pytest.mark.parametrize(("scan", "status"), [("infected", 410), ("waiting", 503)])
def test_a_file_with_a_virus_is_gone_and_one_that_is_checked_comes_later(house: House, scan: str, status: int) -> None:
    conversation.attach(house.in_progress(), by=house.ana, files=[files.staged(house.ana)])
    TicketAttachment.objects.update(scan=scan)
    answer = Program(house.ana).get(f"attachments/{TicketAttachment.objects.get().secure_token}/download/")
    assert (answer.status_code, set(answer.json())) == (status, {"error", "details", "reasons"})
    assert ("Retry-After" in answer) == (status == 503)
    assert TicketAttachment.objects.get().download_count == 0


def test_files_that_can_not_be_taken_leave_nothing(house: House) -> None:
    address, program = f"tickets/{house.in_progress().ticket_number}/attachments/", Program(house.ana)
    given: list[Any] = [
        {"attachments": [files.upload(), files.upload("page.html", b"<p>")]},
        {"attachments": files.upload("photo.png", b"no picture")},
        {"attachments": [files.upload() for _each in range(11)]},
        {"attachments": files.upload(), "comment": "With words."},
        {"file": files.upload()},
        {},
    ]
    for each in given:
        assert details(program.form(address, each)), each
    assert details(program.post(address, {"attachments": "text"}))
    closed = f"tickets/{house.open().ticket_number}/"
    assert program.post(f"{closed}withdraw/").status_code == 200
    answer = program.form(f"{closed}attachments/", {"attachments": files.upload()})
    assert (answer.status_code, codes(answer)) == (409, ["state"])
    assert (TicketAttachment.objects.count(), StagedFile.objects.count()) == (0, 0)


def test_a_storage_that_is_down_is_said_as_such(house: House, monkeypatch: Any) -> None:
    def down(*given: Any, **more: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("backoffice.storage.PrivateFiles.save_as", down)
    address = f"tickets/{house.in_progress().ticket_number}/attachments/"
    answer = Program(house.ana).form(address, {"attachments": files.upload()})
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "could not be stored" in answer.json()["details"]["attachments"][0]


def test_who_asked_adds_as_much_in_an_hour_as_on_the_pages(house: House, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"comment_ticket": "1/h/user", "upload_file": "9/h/user"}
    address = f"tickets/{house.in_progress().ticket_number}/"
    asker, staff = Program(house.ana), Program(house.bea)
    assert asker.post(f"{address}comments/", {"comment": ""}).status_code == 422, "what was refused does not count"
    assert asker.post(f"{address}comments/", {"comment": "One."}).status_code == 201
    late = asker.form(f"{address}attachments/", {"attachments": files.upload()})
    assert (late.status_code, codes(late)) == (429, ["too_often"])
    assert 3500 < int(late["Retry-After"]) <= 3600
    assert StagedFile.objects.count() == 0
    for _each in range(3):
        assert staff.post(f"{address}comments/", {"comment": "Staff."}).status_code == 201
