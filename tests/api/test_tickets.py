"""GET and POST /api/tickets/, and one of them: the shape, who sees what, and what is refused."""

from __future__ import annotations

import datetime as dt
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from people.models import Employee
from tests.api.program import Program, details
from tests.factories import files, people
from tests.tickets.conftest import DESCRIPTION, House
from tickets import conversation, lifecycle
from tickets.models import StagedFile, Ticket

pytestmark = pytest.mark.django_db

NEW = {"category": "Others", "subject": "A second screen", "description": "For the new colleague in the corner."}
SHAPE = {
    "ticket_number", "subject", "description", "category", "sub_category", "dynamic_data", "scheduled_date",
    "priority", "department", "status", "employee", "assigned_to", "external_assignee", "external_reference",
    "submit_date", "update_date", "time_closed", "response_time", "resolution_time", "rejection_reason", "resolution",
    "resume_date", "version", "comments_count", "attachments",
}  # fmt: skip


def named(person: Employee) -> dict[str, str]:
    return {"company_id": person.company_id, "name": person.get_full_name(), "email": person.email}


# One ticket


def test_a_ticket_has_the_names_of_the_domain_and_says_who_it_is_about(house: House) -> None:
    ticket = house.resolved()
    Ticket.objects.filter(pk=ticket.pk).update(response_time=timedelta(minutes=2), resolution_time=timedelta(hours=1.5))
    shown = Program(house.bea).get(f"tickets/{ticket.ticket_number}/").json()
    assert set(shown) == {*SHAPE, "actions"}
    assert shown["employee"] == named(house.ana)
    assert shown["assigned_to"] == named(house.bea)
    assert (shown["category"], shown["department"]) == ("IT Support", "IT Department")
    assert (shown["response_time"], shown["resolution_time"]) == (120, 5400)
    assert dt.datetime.fromisoformat(shown["submit_date"]) == ticket.submit_date
    assert shown["submit_date"].endswith("Z")
    assert (shown["version"], shown["status"], shown["resolution"]) == (ticket.version, "Resolved", "New battery.")


def test_actions_name_every_verb_and_say_why_not(house: House) -> None:
    ticket = house.in_progress()
    of_bea = Program(house.bea).get(f"tickets/{ticket.ticket_number}/").json()["actions"]
    of_ana = Program(house.ana).get(f"tickets/{ticket.ticket_number}/").json()["actions"]
    assert of_bea["resolve"] == {"allowed": True, "reasons": []}
    assert of_bea["approve"]["allowed"] is False
    assert [reason["code"] for reason in of_bea["approve"]["reasons"]] == ["not_yours", "state"]
    assert of_ana["withdraw"]["allowed"]
    assert of_ana["resolve"]["reasons"][0]["who"] == "the assignee or a coordinator of the department or a System Admin"
    verbs = {
        "edit", "approve", "reject", "claim", "assign", "start", "hold", "resume", "resolve", "close", "reopen",
        "withdraw", "reprioritise", "transfer", "comment", "attach",
    }  # fmt: skip
    assert set(of_ana) == verbs, "of notes they are not even told why"
    assert set(of_bea) == {*verbs, "note"}


@pytest.mark.parametrize("who", ["ana", "bea", "dora"])
def test_who_may_see_a_ticket_finds_it(house: House, who: str) -> None:
    assert Program(getattr(house, who)).get(f"tickets/{house.open().ticket_number}/").status_code == 200


@pytest.mark.parametrize("who", ["eve", "cem"])
def test_what_one_may_not_see_answers_like_what_does_not_exist(house: House, who: str) -> None:
    program = Program(getattr(house, who))
    number = house.open().ticket_number
    for address in ("", "comments/", "attachments/"):
        hidden, missing = program.get(f"tickets/{number}/{address}"), program.get(f"tickets/TX9998/{address}")
        assert (hidden.status_code, hidden.json()) == (404, missing.json())
    assert program.post(f"tickets/{number}/withdraw/").json() == missing.json()
    assert program.get("tickets/").json()["results"] == []


@pytest.mark.parametrize("number", ["%00", "x" * 500, "TX%F0%9F%98%80", "..%2F", "'", "TX0001%0a"])
def test_a_number_that_none_can_be_is_not_there(house: House, number: str) -> None:
    assert Program(house.dora).get(f"tickets/{number}/").status_code == 404


# What notes must not tell


def test_a_note_changes_nothing_for_who_asked(house: House) -> None:
    ticket = house.in_progress()
    program = Program(house.ana)
    before = program.get(f"tickets/{ticket.ticket_number}/")
    assert before.json()["version"] is None
    conversation.comment(
        ticket, by=house.bea, comment="The canary sits.", is_internal=True, files=[files.staged(house.bea)]
    )
    after = program.get(f"tickets/{ticket.ticket_number}/")
    assert (after.json(), after["ETag"]) == (before.json(), before["ETag"])
    listed = program.get("tickets/", {"updated_since": timezone.now().isoformat()})
    assert listed.json()["results"] == []
    of_staff = Program(house.bea).get(f"tickets/{ticket.ticket_number}/").json()
    assert (of_staff["comments_count"], len(of_staff["attachments"])) == (1, 1)


def test_an_admin_sees_their_own_ticket_as_its_requester(house: House) -> None:
    ticket = house.new(by=house.dora)
    conversation.comment(ticket, by=people.admin(), comment="Let us wait.", is_internal=True)
    shown = Program(house.dora).get(f"tickets/{ticket.ticket_number}/").json()
    assert (shown["version"], shown["comments_count"], "note" in shown["actions"]) == (None, 0, False)
    assert shown["update_date"] < Ticket.objects.get(pk=ticket.pk).update_date.isoformat()


def test_what_they_may_know_moves_their_last_change(house: House) -> None:
    ticket = house.in_progress()
    since = timezone.now()
    conversation.comment(ticket, by=house.bea, comment="A note.", is_internal=True)
    lifecycle.reprioritise(ticket, by=house.bea, priority="High", reason="Says so.")
    shown = Program(house.ana).get("tickets/", {"updated_since": since.isoformat()}).json()["results"]
    assert [each["priority"] for each in shown] == ["High"]
    assert dt.datetime.fromisoformat(shown[0]["update_date"]) > since


# ETag


def test_who_has_it_as_it_is_gets_it_not_again(house: House) -> None:
    number = house.open().ticket_number
    program = Program(house.bea)
    etag = program.get(f"tickets/{number}/")["ETag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = program.get(f"tickets/{number}/", if_none_match=known)
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag), known
    assert program.get(f"tickets/{number}/", if_none_match='"other"').status_code == 200
    assert Program(house.ana).get(f"tickets/{number}/")["ETag"] != etag


# Submitting


def test_a_ticket_is_submitted_and_answered_in_detail(house: House) -> None:
    answer = Program(house.ana).post("tickets/", {**NEW, "scheduled_date": "2100-01-02"})
    assert answer.status_code == 201
    made = Ticket.objects.get()
    assert answer["Location"] == f"/api/tickets/{made.ticket_number}/"
    shown = answer.json()
    assert (shown["status"], shown["employee"]["email"], shown["scheduled_date"]) == (
        "New",
        "ana@example.com",
        "2100-01-02",
    )
    assert shown == Program(house.ana).get(f"tickets/{made.ticket_number}/").json()
    assert made.history.get().verb == "submit"


def test_extra_fields_come_as_json_and_their_errors_have_their_names(house: House) -> None:
    given = {**NEW, "category": "Budget Proposal", "subject": "New chairs", "dynamic_data": {
        "performance_start_date": "2100-01-01", "performance_end_date": "2100-02-01", "requested_budget": "20.00",
        "cost_items": [{"description": "Chair", "quantity": 2, "unit_cost": "10.00"}],
    }}  # fmt: skip
    program = Program(house.ana)
    shown = program.post("tickets/", given)
    assert shown.status_code == 201, shown.content
    assert shown.json()["dynamic_data"] == given["dynamic_data"]
    wrong = {**given, "dynamic_data": {"cost_items": 5, "nobody": 1}}
    assert {"dynamic_data.cost_items", "dynamic_data.nobody", "dynamic_data.requested_budget"} <= set(
        details(program.post("tickets/", wrong))
    )
    assert set(details(program.post("tickets/", {**given, "dynamic_data": [1]}))) == {"dynamic_data"}


def test_a_form_brings_files_and_the_names_of_the_page(house: House) -> None:
    given = {
        **NEW, "category": "Facility Request", "details-location": "Third floor",
        "attachments": [files.upload("plan.pdf"), files.upload("photo.png")],
    }  # fmt: skip
    answer = Program(house.ana).form("tickets/", given)
    assert answer.status_code == 201, answer.content
    assert answer.json()["dynamic_data"] == {"location": "Third floor"}
    assert [each["file_name"] for each in answer.json()["attachments"]] == ["plan.pdf", "photo.png"]
    assert StagedFile.objects.count() == 0


def test_a_form_that_is_refused_leaves_no_file(house: House) -> None:
    program = Program(house.ana)
    for given in (
        {**NEW, "subject": "x", "attachments": [files.upload()]},
        {**NEW, "category": "Nothing", "attachments": [files.upload()]},
        {**NEW, "attachments": [files.upload(), files.upload("evil.exe", b"MZ")]},
        {**NEW, "attachments": [files.upload() for _each in range(11)]},
    ):
        assert details(program.form("tickets/", given))
    assert (Ticket.objects.count(), StagedFile.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, {"category"}),
        ({**NEW, "category": 5}, {"category"}),
        ({**NEW, "subject": 5}, {"subject"}),
        ({**NEW, "subject": None, "description": []}, {"subject", "description"}),
        ({**NEW, "subject": "abc", "description": "x"}, {"subject", "description"}),
        ({**NEW, "subject": "NUL \x00 here"}, {"subject"}),
        ({**NEW, "description": "x" * 20_001}, {"description"}),
        ({**NEW, "scheduled_date": "tomorrow"}, {"scheduled_date"}),
        ({**NEW, "scheduled_date": 20270101}, {"scheduled_date"}),
        ({**NEW, "scheduled_date": "2001-01-01"}, {"scheduled_date"}),
        ({**NEW, "sub_category": "Nothing"}, {"sub_category"}),
        ({**NEW, "status": "Closed", "priority": "High", "employee": "MA0001"}, {"status", "priority", "employee"}),
        ({**NEW, "ticket_number": "TX0009", "version": 9}, {"ticket_number", "version"}),
    ],
)  # fmt: skip
def test_what_can_not_be_taken_is_said_value_by_value(house: House, given: dict[str, Any], wrong: set[str]) -> None:
    assert set(details(Program(house.ana).post("tickets/", given))) == wrong
    assert Ticket.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400), ("[]", 400), ('{"category": NaN}', 400), ("", 422), ('{"subject": "\\ud800x12345"}', 422),
        ('{"\\ud800": 1}', 422), ('{"category": ' + "9" * 400 + "}", 422), ('{"dynamic_data": 1e999}', 422),
        ('{"category": "Others", "subject": "Numbers", "description": "12345678910", "dynamic_data": {"a": 1e9}}', 422),
    ],
    ids=lambda given: ascii(given)[:20],
)  # fmt: skip
def test_a_body_that_can_not_be_read_is_refused_in_the_form(house: House, body: str, status: int) -> None:
    answer = Program(house.ana).client.post("/api/tickets/", body, content_type="application/json")
    assert answer.status_code == status, answer.content
    assert set(answer.json()) == {"error", "details", "reasons"}


def test_another_kind_of_body_and_one_too_large_are_refused(house: House, settings: Any) -> None:
    client = Program(house.ana).client
    assert client.post("/api/tickets/", "x", content_type="text/plain").status_code == 415
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    large = {**NEW, "description": "x" * 1_000}
    assert client.post("/api/tickets/", large, content_type="application/json").status_code == 413
    assert client.post("/api/tickets/", large).status_code == 413
    settings.ATTACHMENT_MAX_BYTES = 1
    huge = {**NEW, "attachments": files.upload("notes.txt", b"x" * 6_000_000)}
    assert client.post("/api/tickets/", huge).status_code == 413
    assert Ticket.objects.count() == 0


def test_a_session_of_a_browser_opens_nothing(house: House, client: Any) -> None:
    client.force_login(house.ana)
    assert client.get("/api/tickets/").status_code == 401
    assert client.post("/api/tickets/", NEW, content_type="application/json").status_code == 401
    assert Ticket.objects.count() == 0


def test_nobody_keeps_an_answer_on_the_way(house: House) -> None:
    answer = Program(house.ana).get("tickets/")
    assert (answer["Cache-Control"], "Authorization" in answer["Vary"]) == ("private, no-cache", True)
    assert DESCRIPTION not in str(answer.headers)
