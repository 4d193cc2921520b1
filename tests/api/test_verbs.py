"""POST /api/tickets/TX0001/<verb>/: through the door of the pages' buttons, and refused with the same words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from audit.models import AuditEvent
from notifications.models import EmailNotification
from people.enums import Role
from people.models import Employee
from tests.api.program import Program, codes, details
from tests.factories import people
from tests.tickets.conftest import House
from tickets import conversation, lifecycle, rules
from tickets.api.verbs import VERBS
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

WHY = {"reason": "There are reasons."}
#: Verb → the ticket, who does it, what they send, and what it is then.
WAYS: dict[str, tuple[Callable[[House], Ticket], str, Any, dict[str, Any]]] = {
    "edit": (House.new, "ana", {"subject": "Laptop stays dark"}, {"subject": "Laptop stays dark", "status": "New"}),
    "approve": (
        House.new, "dora", {"priority": "High", "department": "Legal", "assigned_to": "{cem}"},
        {"status": "Open", "priority": "High", "department": "Legal"},
    ),
    "reject": (House.new, "dora", WHY, {"status": "Rejected", "rejection_reason": "There are reasons."}),
    "claim": (House.open, "bea", {}, {"status": "In Progress"}),
    "assign": (House.open, "bea", {"assigned_to": "{dora}"}, {"status": "Open"}),
    "start": (House.open, "dora", {}, {"status": "In Progress"}),
    "hold": (House.in_progress, "bea", {**WHY, "resume_date": "2100-01-01"}, {"resume_date": "2100-01-01"}),
    "resume": (House.on_hold, "bea", {}, {"status": "In Progress", "resume_date": None}),
    "resolve": (House.in_progress, "bea", {"resolution": "A battery."}, {"resolution": "A battery."}),
    "close": (House.resolved, "ana", {}, {"status": "Closed"}),
    "reopen": (House.closed, "ana", WHY, {"status": "Open", "time_closed": None}),
    "withdraw": (House.in_progress, "ana", {}, {"status": "Withdrawn"}),
    "reprioritise": (House.open, "bea", {"priority": "Low", **WHY}, {"priority": "Low"}),
    "transfer": (House.open, "dora", {"department": "Legal", "category": "Others", **WHY}, {"category": "Others"}),
}  # fmt: skip


def filled(house: House, body: dict[str, Any]) -> dict[str, Any]:
    return {
        name: getattr(house, value[1:-1]).company_id if str(value).startswith("{") else value
        for name, value in body.items()
    }


def test_every_verb_of_the_rules_has_its_address_and_its_way_here() -> None:
    assert set(VERBS) == set(WAYS) == set(rules.RULES) - {"comment", "attach", "note", "redact"}


@pytest.mark.parametrize("verb", sorted(WAYS))
def test_a_verb_is_done_answered_and_in_the_history(house: House, verb: str) -> None:
    make, who, body, expected = WAYS[verb]
    ticket, person = make(house), getattr(house, who)
    answer = Program(person).post(f"tickets/{ticket.ticket_number}/{verb}/", filled(house, body))
    assert answer.status_code == 200, answer.content
    shown = answer.json()
    assert {name: shown[name] for name in expected} == expected
    assert answer["ETag"] == Program(person).get(f"tickets/{ticket.ticket_number}/")["ETag"]
    newest = ticket.history.first()
    assert (newest.verb, newest.history_user) == (verb, person)


@pytest.mark.parametrize("verb", sorted(set(WAYS) - {"withdraw", "close", "edit"}))
def test_who_may_not_is_told_why_and_it_is_on_the_record(house: House, verb: str) -> None:
    ticket, body = WAYS[verb][0](house), filled(house, WAYS[verb][2])
    eve, ana = Program(house.eve), Program(house.ana)
    before, mails = ticket.history.count(), EmailNotification.objects.count()
    stranger = eve.post(f"tickets/{ticket.ticket_number}/{verb}/", body)
    assert stranger.status_code == 404
    if verb != "reopen":
        answer = ana.post(f"tickets/{ticket.ticket_number}/{verb}/", body)
        assert (answer.status_code, codes(answer)[0]) == (403, "own_ticket")
        assert AuditEvent.objects.filter(kind="refused", actor=house.ana, detail__verb=verb).exists()
    assert (ticket.history.count(), EmailNotification.objects.count()) == (before, mails)


@pytest.mark.parametrize("verb", sorted(set(WAYS) - {"withdraw", "transfer", "reprioritise"}))
def test_what_the_state_does_not_allow_is_a_conflict_with_its_reason(house: House, verb: str) -> None:
    ticket = house.closed()
    lifecycle.reopen(ticket, by=house.ana, reason="Again.")
    ticket = lifecycle.withdraw(Ticket.objects.get(pk=ticket.pk), by=house.ana)
    answer = Program(house.dora).post(f"tickets/{ticket.ticket_number}/{verb}/", filled(house, WAYS[verb][2]))
    assert (answer.status_code, codes(answer)) == (409, ["state"])
    assert "Withdrawn" in answer.json()["error"]


@pytest.mark.parametrize(
    ("verb", "body", "wrong"),
    [
        ("approve", {}, {"priority", "department"}),
        (
            "approve",
            {"priority": 3, "department": {}, "assigned_to": "MA9999"},
            {"priority", "department", "assigned_to"},
        ),
        ("approve", {"priority": "High", "department": "No\x00where"}, {"department"}),
        ("approve", {"priority": "High", "department": "IT Department", "assignee": None}, {"assignee"}),
        ("reject", {}, {"reason"}),
        ("reject", {"reason": ["x"]}, {"reason"}),
        ("reject", {"reason": "x" * 5_001}, {"reason"}),
        ("reject", {**WHY, "status": "Closed"}, {"status"}),
        ("edit", {}, {""}),
        ("edit", {"subject": "x"}, {"subject", "reason"}),
        ("edit", {"subject": "Long enough", "category": "Others"}, {"category"}),
        ("withdraw", {}, {"reason"}),
        ("claim", {"assigned_to": "MA0001"}, {"assigned_to"}),
    ],
)
def test_values_that_can_not_be_taken_are_named(house: House, verb: str, body: Any, wrong: set[str]) -> None:
    ticket = house.new()
    answer = Program(house.dora).post(f"tickets/{ticket.ticket_number}/{verb}/", body)
    assert set(details(answer)) <= wrong
    assert details(answer)
    assert Ticket.objects.get(pk=ticket.pk).version == ticket.version


def test_nobody_is_unassigned_by_leaving_the_assignee_out(house: House) -> None:
    ticket, program = house.in_progress(), Program(house.dora)
    assert set(details(program.post(f"tickets/{ticket.ticket_number}/assign/"))) == {"assigned_to"}
    answer = program.post(f"tickets/{ticket.ticket_number}/assign/", {"assigned_to": None})
    assert (answer.status_code, answer.json()["assigned_to"]) == (200, None)


def test_an_edit_keeps_what_it_does_not_name(house: House) -> None:
    ticket = house.new(details={"asset_name": "Laptop 7"}, sub_category="Hardware")
    program = Program(house.ana)
    shown = program.post(f"tickets/{ticket.ticket_number}/edit/", {"description": "It smells of smoke now."}).json()
    assert (shown["subject"], shown["dynamic_data"], shown["sub_category"]) == (
        ticket.subject, {"asset_name": "Laptop 7"}, "Hardware",
    )  # fmt: skip
    wrong = program.post(f"tickets/{ticket.ticket_number}/edit/", {"dynamic_data": {"asset_name": 7}})
    assert set(details(wrong)) == {"dynamic_data.asset_name"}


def test_who_gives_a_ticket_away_is_told_that_it_is_done_and_no_more(house: House) -> None:
    ticket, program = house.open(), Program(house.bea)
    answer = program.post(f"tickets/{ticket.ticket_number}/transfer/", {"department": "Legal", **WHY})
    assert (answer.status_code, answer.content) == (204, b"")
    assert program.get(f"tickets/{ticket.ticket_number}/").status_code == 404
    assert Ticket.objects.get(pk=ticket.pk).department == house.legal


# If-Match


def test_only_what_was_read_is_changed(house: House) -> None:
    ticket = house.open()
    program, address = Program(house.bea), f"tickets/{ticket.ticket_number}/"
    read = program.get(address)["ETag"]
    lifecycle.reprioritise(ticket, by=house.dora, priority="High", reason="Because.")
    late = program.post(f"{address}hold/", WHY, if_match=read)
    assert (late.status_code, late.json()["details"]) == (412, {"version": ticket.version + 1})
    assert late["ETag"] == program.get(address)["ETag"]
    assert program.post(f"{address}hold/", WHY, if_match=late["ETag"]).status_code == 200
    assert program.post(f"{address}resume/", if_match='"other"').status_code == 412
    assert program.post(f"{address}resume/", if_match="*").status_code == 200


def test_an_edit_of_what_somebody_has_changed_since_is_not_made(house: House) -> None:
    ticket = house.new()
    program, address = Program(house.ana), f"tickets/{ticket.ticket_number}/"
    read = program.get(address)["ETag"]
    assert program.post(f"{address}edit/", {"subject": "Written first"}).status_code == 200
    before = Ticket.objects.get(pk=ticket.pk)
    late = program.post(f"{address}edit/", {"subject": "Written over it"}, if_match=read)
    after = Ticket.objects.get(pk=ticket.pk)
    assert (late.status_code, after.subject, after.version) == (412, "Written first", before.version)
    assert after.history.count() == before.history.count()
    right = program.post(f"{address}edit/", {"subject": "Written next"}, if_match=late["ETag"])
    assert (right.status_code, right.json()["subject"]) == (200, "Written next")


def test_what_has_nothing_to_do_with_who_asks_is_a_conflict(house: House, settings: Any) -> None:
    settings.REOPEN_DAYS = 0
    closed = house.closed()
    answer = Program(house.ana).post(f"tickets/{closed.ticket_number}/reopen/", WHY)
    assert (answer.status_code, codes(answer)) == (409, ["too_late"])
    given = lifecycle.assign(house.open(), by=house.dora, assignee=house.bea)
    answer = Program(house.dora).post(f"tickets/{given.ticket_number}/claim/")
    assert (answer.status_code, codes(answer)) == (409, ["assigned"])


def test_who_may_not_do_it_hears_that_and_not_that_it_changed(house: House) -> None:
    number = house.open().ticket_number
    answer = Program(house.ana).post(f"tickets/{number}/hold/", WHY, if_match='"other"')
    assert (answer.status_code, codes(answer)) == (403, ["own_ticket"])


def test_a_note_does_not_stop_its_requester_and_is_not_told_by_a_version(house: House) -> None:
    ticket = house.in_progress()
    program, address = Program(house.ana), f"tickets/{ticket.ticket_number}/"
    read = program.get(address)["ETag"]
    conversation.comment(ticket, by=house.bea, comment="A note.", is_internal=True)
    late = program.post(f"{address}withdraw/", if_match='"other"')
    assert (late.status_code, late.json()["details"]) == (412, {})
    assert program.post(f"{address}withdraw/", if_match=read).status_code == 200


def test_a_note_that_comes_between_look_and_lock_does_not_either(house: House, monkeypatch: Any) -> None:
    ticket = house.in_progress()
    program, address = Program(house.ana), f"tickets/{ticket.ticket_number}/"
    read = program.get(address)["ETag"]
    withdraw, calls = lifecycle.withdraw, []

    def after_a_note(row: Ticket, **given: Any) -> Ticket:
        calls.append(given["expected_version"])
        if len(calls) == 1:
            conversation.comment(ticket, by=house.bea, comment="Just now.", is_internal=True)
        return withdraw(row, **given)

    monkeypatch.setitem(VERBS, "withdraw", VERBS["withdraw"].__class__(after_a_note, VERBS["withdraw"].takes))
    assert program.post(f"{address}withdraw/", if_match=read).status_code == 200
    assert calls == [ticket.version, ticket.version + 1]


def test_a_suspended_person_does_nothing_any_more(house: House) -> None:
    ticket, program = house.open(), Program(house.bea)
    Employee.objects.filter(pk=house.bea.pk).update(status="Suspended", is_active=False, is_staff=False)
    assert program.post(f"tickets/{ticket.ticket_number}/claim/").status_code == 401


def test_who_is_no_admin_any_more_decides_nothing(house: House) -> None:
    ticket, program = house.new(), Program(people.admin())
    Employee.objects.filter(role=Role.SYSTEM_ADMIN).exclude(pk=house.dora.pk).update(role=Role.EMPLOYEE, is_staff=False)
    answer = program.post(f"tickets/{ticket.ticket_number}/reject/", WHY)
    assert answer.status_code == 404
