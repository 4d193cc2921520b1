"""Tickets of another help desk come in from its file, go out again as they were, and are taken back."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from audit.models import AuditEvent
from jobs.spreadsheet_models import Spreadsheet
from jobs.spreadsheets import importing, moments
from notifications.models import EmailNotification
from people import lifecycle as people_door
from people.enums import Status as PersonStatus
from people.models import Employee
from tests.factories import people
from tests.factories.tickets import category
from tests.people.sheets.loading import actions, csv_of, outcomes, said, undone
from tests.tickets.sheets.loading import HEADER, SAMPLE_ROWS, TAKEN, applied, planned, resource, sample, written_out
from tickets import lifecycle
from tickets.models import Ticket
from tickets.resources import requesters

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    for name in ("Customer Service", "IT Department", "Legal"):
        people.department(name)
    return people.admin(email="dora@example.com")


def test_the_plan_knows_the_columns_and_states_and_writes_nothing(admin):
    before = Employee.objects.count(), Ticket.objects.count(), Ticket.history.count()
    run = planned("tickets", HEADER, sample(), by=admin, **TAKEN)
    assert (run.done, run.total) == (SAMPLE_ROWS, SAMPLE_ROWS)
    assert set(outcomes(run).values()) == {"good"}
    assert set(actions(run).values()) == {"new"}
    assert (Employee.objects.count(), Ticket.objects.count(), Ticket.history.count()) == before


def test_a_row_says_what_is_not_known_of_it(admin):
    run = planned("tickets", HEADER, sample(), by=admin, **TAKEN)
    # Row 2 is pending, row 4 open, row 3 and 6 are closed.
    assert said(run, 2) == [
        "New here, and an applicant: Tom O'Neil Jr.",
        "The file does not say when it was submitted: the earliest date stands for it, 1 Jun 2023, 08:07.",
    ]
    assert "No date is known: it counts from the moment it comes in." in said(run, 4)


def test_what_came_in_is_as_it_was_there(admin):
    run = applied(planned("tickets", HEADER, sample(), by=admin, **TAKEN), by=admin)
    assert set(outcomes(run).values()) == {"applied"}
    assert Ticket.objects.count() == SAMPLE_ROWS
    names = ["external_reference", "requester_name", "requester", "subject", "description", "status", "resolution"]
    names += ["priority", "first_response_at", "resolved_at"]
    _header, rows = written_out("tickets", by=admin, names=names)
    lost = []
    for given, row in zip(sample(), rows, strict=True):
        number, name, address, _product, _type, subject, text, status, solution, priority, first, solved = given
        out = dict(zip(sorted(names, key=_order), row, strict=True))
        assert out["external_reference"] == number
        assert (out["requester_name"], out["requester"]) == (name, address)
        assert (out["subject"], out["description"]) == (subject, text)
        assert out["status"] == {"Pending Customer Response": "On Hold"}.get(status, status)
        assert ((out["resolution"] or ""), out["priority"]) == (solution, priority)
        assert _moment(out["resolved_at"]) == (moments.moment(solved) if solved else "")
        if _moment(out["first_response_at"]) != (moments.moment(first) if first else ""):
            assert out["first_response_at"] is None
            lost.append(number)
    late = [given[0] for given in sample() if given[11] and given[11] < given[10]]
    assert lost == late
    assert len(late) == 10


def _order(name: str) -> int:
    return [column.name for column in resource("tickets").columns].index(name)


def _moment(value) -> str:
    return "" if value is None else value.isoformat()


def test_rows_solved_before_the_first_response_are_named(admin):
    run = planned("tickets", HEADER, sample(), by=admin, **TAKEN)
    sentence = "Resolved before the first response: the time to the first response stays empty."
    named = [row.number for row in run.rows.order_by("number") if sentence in row.sentences]
    assert named == [int(given[0]) + 1 for given in sample() if given[11] and given[11] < given[10]]


def test_nobody_is_told_and_each_ticket_says_where_it_came_from(admin):
    run = applied(planned("tickets", HEADER, sample(), by=admin, **TAKEN), by=admin)
    assert not EmailNotification.objects.exists()
    row = Ticket.objects.get(external_reference="7").history.get()
    assert row.verb == "bring_in"
    assert row.history_change_reason == f"Import {run.params['sheet']}, row 8"
    assert row.history_user == admin
    assert AuditEvent.objects.filter(kind=AuditEvent.Kind.IMPORTED).exists()


def test_requesters_come_in_once_each_as_applicants(admin):
    known = people.person(email="Marie@example.org", first_name="Marie", last_name="Curie")
    applied(planned("tickets", HEADER, sample(), by=admin, **TAKEN), by=admin)
    made = Employee.objects.filter(email__endswith="@example.org").exclude(pk=known.pk)
    assert {person.get_full_name() for person in made} == {
        "Elena Rossi", "Tom O'Neil Jr.", "Ngozi Adeyemi", "Łukasz Nowak",
    }  # fmt: skip
    assert {person.status for person in made} == {PersonStatus.PENDING}
    assert Employee.objects.get(first_name="Tom").suffix == "Jr."
    assert known.tickets.count() == 12


def test_without_the_tick_requesters_who_are_not_here_are_refused(admin):
    people.person(email="marie@example.org")
    run = planned("tickets", HEADER, sample(), by=admin, **{**TAKEN, "options": {}})
    assert sorted(outcomes(run).values()) == ["good"] * 12 + ["refused"] * 48
    row = run.rows.get(number=2)
    assert row.memory["errors"]["requester"] == [
        "Nobody here has this address. Correct it, or have such people brought in as well."
    ]
    applied(run, by=admin)
    assert Ticket.objects.count() == 12
    assert not Employee.objects.filter(first_name="Elena").exists()


def test_the_same_file_again_changes_nothing(admin):
    applied(planned("tickets", HEADER, sample(), by=admin, **TAKEN), by=admin)
    run = planned("tickets", HEADER, sample(), by=admin, **TAKEN)
    assert set(outcomes(run).values()) == {"same"}


def test_undo_takes_tickets_and_their_people_out_again(admin):
    run = applied(planned("tickets", HEADER, sample(), by=admin, **TAKEN), by=admin)
    run = undone(run, by=admin)
    assert set(outcomes(run).values()) == {"undone"}
    assert not Ticket.objects.exists()
    assert list(Employee.objects.all()) == [admin]
    assert Ticket.history.filter(verb="take_back").count() == SAMPLE_ROWS


def test_undo_keeps_what_somebody_touched_and_whoever_asked_for_it(admin):
    run = applied(planned("tickets", HEADER, sample(), by=admin, **TAKEN), by=admin)
    ticket = Ticket.objects.get(external_reference="3")
    lifecycle.reprioritise(ticket, by=admin, priority="Critical", reason="The director asks.")
    run = undone(run, by=admin)
    assert [number for number, outcome in outcomes(run).items() if outcome == "kept"] == [4]
    assert said(run, 4) == ["Somebody has changed this since. It stays as it is."]
    assert run.rows.get(number=4).memory["kept"]["priority"] == ["Critical", "Low"]
    assert list(Ticket.objects.all()) == [ticket]
    assert set(Employee.objects.all()) == {admin, ticket.employee}


def test_undo_keeps_people_whom_somebody_else_named_meanwhile(admin):
    run = applied(planned("tickets", HEADER, sample(), by=admin, **TAKEN), by=admin)
    elena = Employee.objects.get(first_name="Elena")
    people_door.approve(elena, by=admin, allow_unverified=True)
    run = undone(run, by=admin)
    assert set(outcomes(run).values()) == {"undone"}
    assert set(Employee.objects.all()) == {admin, elena}
    kept = [row for row in run.rows.all() if any("in use by now" in sentence for sentence in row.sentences)]
    assert [row.memory["person"] for row in kept] == [elena.pk]


def test_one_number_elsewhere_comes_in_once_and_is_taken_as_it_is_written(admin):
    ana = people.person(email="ana@example.com")
    elsewhere = {"fixed": {"department": "Legal"}}
    header = ["Number elsewhere", "Requester's e-mail", "Subject", "Description", "Category", "Status"]
    rows = [
        [number, ana.email, "An old problem", "It was long ago.", "Others", "Closed"] for number in ("inc-ß", "INC-ß")
    ]
    first, second = (planned("tickets", header, rows, by=admin, **elsewhere) for _time in range(2))
    assert outcomes(applied(first, by=admin)) == {2: "applied", 3: "applied"}
    # Both were checked before any of them had come in.
    assert outcomes(applied(second, by=admin)) == {2: "refused", 3: "refused"}
    assert outcomes(planned("tickets", header, rows, by=admin, **elsewhere)) == {2: "same", 3: "same"}
    assert sorted(Ticket.objects.values_list("external_reference", flat=True)) == ["INC-ß", "inc-ß"]


def test_a_number_that_came_in_since_the_look_takes_its_newcomer_out_again(admin, monkeypatch):
    run = planned("tickets", HEADER, sample()[:1], by=admin, **TAKEN)
    come_in = requesters.brought_in

    def meanwhile(lines, task):
        """As another import does that commits after our look at the numbers."""
        made = come_in(lines, task)
        old = {"requester": people.person(), "category": category(people.department("Legal")), "status": "Closed"}
        old |= {"subject": "An old problem", "description": "It was long ago.", "submit_date": timezone.now()}
        lifecycle.bring_in(by=admin, external_reference="1", **old)
        return made

    monkeypatch.setattr(requesters, "brought_in", meanwhile)
    run = applied(run, by=admin)
    assert said(run, 2) == ["external_reference: A ticket of this number can't be brought in twice."]
    assert Ticket.objects.filter(external_reference="1").count() == 1
    assert not Employee.objects.filter(email__endswith="@example.org").exists()


def test_rows_of_which_the_same_is_said_can_be_looked_at_alone(client, admin):
    run = planned("tickets", HEADER, sample(), by=admin, **TAKEN)
    client.force_login(admin)
    page = f"/admin/jobs/spreadsheet/{run.params['sheet']}/check/"
    assert "First response left empty" in client.get(page).content.decode()
    shown = client.get(page, {"show": "said-no_first_response"})
    late = [row.number for row in run.rows.order_by("number") if "Resolved before" in " ".join(row.sentences)]
    assert [row.number for row in shown.context["rows"]] == late
    assert len(late) == 10
    assert "Requester&#x27;s other name" not in client.get(page).content.decode(), "nothing of the sort is said"


def test_a_second_name_for_one_address_is_named_in_the_result(client, admin):
    first, second = (list(row) for row in sample()[:2])
    second[2] = first[2].upper()
    run = applied(planned("tickets", HEADER, [first, second], by=admin, **TAKEN), by=admin)
    assert set(outcomes(run).values()) == {"applied"}
    assert f"The requester is here under another name, {first[1]}, and keeps it." in said(run, 3)
    assert not [sentence for sentence in said(run, 2) if "another name" in sentence]
    client.force_login(admin)
    page = f"/admin/jobs/spreadsheet/{run.params['sheet']}/result/"
    shown = client.get(page, {"show": "said-other_name"})
    assert [row.number for row in shown.context["rows"]] == [3]


def test_numbers_of_agents_are_not_taken_for_their_addresses(admin):
    header = ["Number", "Requester", "Subject", "Description", "assigned_agent_id", "Status"]
    row = ["7", "tom@example.com", "Printer", "It is jammed.", "212", "Open"]
    assert "assignee" not in _received(header, [row], by=admin).mapping["columns"].values()
    row[4] = "bea@example.com"
    assert _received(header, [row], by=admin).mapping["columns"]["4"] == "assignee"


def _received(header: list[str], rows: list[list[str]], *, by: Employee) -> Spreadsheet:
    file = SimpleUploadedFile("old.csv", csv_of(rows, header))
    return importing.receive(file, kind="tickets", by=by)
