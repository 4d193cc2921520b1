"""GET and PATCH /api/me/, and accounts for System Admins."""

from __future__ import annotations

from typing import Any

import pytest

from audit.models import AuditEvent
from people.enums import Status
from people.models import Employee, RejectedEmployeeAudit
from tests.api.program import Program, codes, details
from tests.factories import people
from tests.tickets.conftest import House

pytestmark = pytest.mark.django_db

WHY = {"reason": "There are reasons."}


def test_one_sees_ones_own_account(house: House) -> None:
    shown = Program(house.bea).get("me/").json()
    assert shown | {"date_created": "", "last_login": ""} == {
        "company_id": house.bea.company_id, "name": "Bea " + house.bea.last_name, "email": "bea@example.com",
        "first_name": "Bea", "middle_name": "", "last_name": house.bea.last_name, "suffix": "",
        "department": "IT Department", "role": "Ticket Coordinator", "status": "Approved", "date_created": "",
        "last_login": "",
    }  # fmt: skip


def test_one_changes_ones_name_and_nothing_else(house: House) -> None:
    program = Program(house.ana)
    shown = program.patch("me/", {"first_name": "Anna", "suffix": "II"}).json()
    assert (shown["name"], shown["last_name"]) == (f"Anna {house.ana.last_name} II", house.ana.last_name)
    others = {
        "role": "System Admin", "is_staff": True, "is_superuser": True, "status": "Approved", "department": "Legal",
        "email": "x@example.com", "company_id": "MA9999",
    }  # fmt: skip
    for name, value in others.items():
        assert set(details(program.patch("me/", {name: value}))) == {name}
    for wrong in (
        {"first_name": ""},
        {"first_name": 5},
        {"last_name": "x" * 101},
        {"suffix": "Dr."},
        {"suffix": []},
        {},
    ):
        assert details(program.patch("me/", wrong))
    after = Employee.objects.get(pk=house.ana.pk)
    assert (after.role, after.is_staff, after.version) == ("Employee", False, house.ana.version + 1)
    assert after.history.first().verb == "edit_profile"


# Accounts


@pytest.mark.parametrize("who", ["ana", "bea"])
def test_accounts_are_for_admins(house: House, who: str) -> None:
    answer = Program(getattr(house, who)).get("employees/")
    assert (answer.status_code, codes(answer)) == (403, ["not_yours"])
    assert AuditEvent.objects.filter(kind="refused", detail__verb="list_employees").exists()
    assert Program(people.clerk()).get("employees/").status_code == 403
    assert Program(None).get("employees/").status_code == 401


def test_an_admin_finds_accounts_by_state_role_and_department(house: House) -> None:
    waiting = people.person(Status.PENDING, verified=False)
    program = Program(house.dora)
    told = {
        "status=Pending": [waiting], "role=Ticket+Coordinator": [house.bea, house.cem],
        "department=Legal": [house.ana, house.cem], "status=Pending,Approved&role=System+Admin": [house.dora],
    }  # fmt: skip
    for asked, expected in told.items():
        shown = program.get(f"employees/?{asked}").json()["results"]
        assert [each["company_id"] for each in shown] == [each.company_id for each in expected], asked
    assert program.get("employees/?status=Pending").json()["results"][0]["address_is_proven"] is False
    for wrong in ("status=Gone", "role=Boss", "department=Nowhere", "email=x", "cursor=x"):
        assert details(program.get(f"employees/?{wrong}"))


def test_an_answer_holds_no_password_and_no_flag(house: House) -> None:
    body = Program(house.dora).get("employees/").content.decode()
    assert not {word for word in ("password", "session", "is_superuser", "is_staff", "!xxx") if word in body}


VERBS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("approve", Status.PENDING, {"role": "Ticket Coordinator"}, {"status": "Approved", "role": "Ticket Coordinator"}),
    ("reject", Status.PENDING, WHY, {"status": "Rejected"}),
    ("suspend", Status.APPROVED, WHY, {"status": "Suspended"}),
    ("restore", Status.SUSPENDED, WHY, {"status": "Approved"}),
    ("change-role", Status.APPROVED, {"role": "System Admin", **WHY}, {"role": "System Admin"}),
    ("change-department", Status.APPROVED, {"department": "Legal", **WHY}, {"department": "Legal"}),
    ("change-email", Status.APPROVED, {"email": "new@example.com", **WHY}, {"email": "new@example.com"}),
]


@pytest.mark.parametrize(("verb", "state", "body", "expected"), VERBS)
def test_an_admin_decides_and_others_do_not(
    house: House, verb: str, state: str, body: dict[str, Any], expected: dict[str, Any]
) -> None:
    person = people.person(state)
    address = f"employees/{person.company_id}/{verb}/"
    assert Program(house.ana).post(address, body).status_code == 404
    assert Program(house.bea).post(address, body).status_code == (403 if state == Status.APPROVED else 404)
    assert Employee.objects.get(pk=person.pk).version == person.version
    answer = Program(house.dora).post(address, body)
    assert answer.status_code == 200, answer.content
    assert {name: answer.json()[name] for name in expected} == expected
    assert person.history.first().verb == verb.replace("-", "_")


def test_a_reason_of_rejection_is_kept_and_a_state_that_does_not_fit_is_a_conflict(house: House) -> None:
    person, program = people.person(Status.PENDING), Program(house.dora)
    assert set(details(program.post(f"employees/{person.company_id}/reject/"))) == {"reason"}
    assert program.post(f"employees/{person.company_id}/reject/", WHY).status_code == 200
    assert RejectedEmployeeAudit.objects.get().reason == WHY["reason"]
    again = program.post(f"employees/{person.company_id}/reject/", WHY)
    assert (again.status_code, codes(again)) == (409, ["state"])


def test_an_address_that_nobody_proved_needs_the_tick(house: House) -> None:
    person, program = people.person(Status.PENDING, verified=False), Program(house.dora)
    refused = program.post(f"employees/{person.company_id}/approve/")
    assert (refused.status_code, codes(refused)) == (409, ["unverified"])
    assert set(details(program.post(f"employees/{person.company_id}/approve/", {"allow_unverified": "yes"})))
    assert program.post(f"employees/{person.company_id}/approve/", {"allow_unverified": True}).status_code == 200


@pytest.mark.parametrize(
    ("verb", "body", "wrong"),
    [
        ("approve", {"role": "Boss"}, {"role"}),
        ("change-role", {"role": ["Employee"], **WHY}, {"role"}),
        ("change-role", {"role": "System Admin"}, {"reason"}),
        ("change-department", {"department": "Nowhere", **WHY}, {"department"}),
        ("change-department", {"department": 5, **WHY}, {"department"}),
        ("change-email", {"email": "no address", **WHY}, {"email"}),
        ("change-email", {"email": "bea@example.com", **WHY}, {"email"}),
        ("suspend", {**WHY, "status": "Approved"}, {"status"}),
    ],
)
def test_values_that_can_not_be_taken_are_named(house: House, verb: str, body: Any, wrong: set[str]) -> None:
    person = people.person(Status.PENDING if verb == "approve" else Status.APPROVED)
    assert set(details(Program(house.dora).post(f"employees/{person.company_id}/{verb}/", body))) == wrong


def test_nobody_decides_about_themselves_and_the_last_admin_stays(house: House) -> None:
    answer = Program(house.dora).post(f"employees/{house.dora.company_id}/suspend/", WHY)
    assert (answer.status_code, codes(answer)) == (403, ["own_account", "last_admin"])


@pytest.mark.parametrize("company_id", ["MA9999", "%00", "x" * 400, "1", "MA0001%0a"])
def test_a_company_id_of_nobody_is_not_there(house: House, company_id: str) -> None:
    assert Program(house.dora).post(f"employees/{company_id}/suspend/", WHY).status_code == 404
