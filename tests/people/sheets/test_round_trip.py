"""People go out, are changed in a spreadsheet and come back: changes, conflicts, and nothing where nothing changed."""

from __future__ import annotations

import pytest

from audit.refusals import Refused
from jobs.spreadsheets import importing
from people import lifecycle
from people.enums import Role, Status
from people.models import Employee
from tests.factories import people
from tests.people.sheets.loading import exported, fresh, loaded, outcomes, planned, said, undone, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    people.department("Marketing")
    return people.admin(email="admin@example.com")


@pytest.fixture
def ada():
    return people.person(
        email="ada@example.com", first_name="Ada", last_name="Lovelace", department=people.department("IT Department")
    )


def changed(row, header, **cells):
    """The row with other cells, by title."""
    row = list(row)
    for title, value in cells.items():
        row[header.index(title.replace("_", " "))] = value
    return row


def now(person):
    return Employee.objects.get(pk=person.pk)


def test_what_goes_out_comes_back_as_unchanged(admin, ada):
    everybody = [ada, admin, people.coordinator(people.department("Marketing"), suffix="Jr."), people.person("Pending")]
    header, rows = exported(*everybody, by=admin)
    run = planned(rows, header=header, by=admin)
    assert outcomes(run) == dict.fromkeys(range(2, 6), "same")
    with pytest.raises(Refused) as refused:
        importing.apply(run, by=admin)
    assert refused.value.codes == {"nothing-to-do"}


def test_changed_cells_come_back_as_changes_old_and_new_through_the_verbs(admin, ada):
    header, (row,) = exported(ada, by=admin)
    row = changed(
        row, header, First_name="Augusta", Department="marketing", Role="agent", **{"E-mail": "a@example.com"}
    )
    run = planned([row], header=header, by=admin)
    assert run.rows.get().memory["cells"] == {
        "email": ["ada@example.com", "a@example.com"],
        "first_name": ["Ada", "Augusta"],
        "department": ["IT Department", "Marketing"],
        "role": ["Employee", "Ticket Coordinator"],
    }
    assert now(ada).first_name == "Ada"
    importing.apply(run, by=admin)
    work()
    person = now(ada)
    assert (person.email, person.first_name, person.department.name, person.role, person.is_staff) == (
        "a@example.com",
        "Augusta",
        "Marketing",
        Role.TICKET_COORDINATOR,
        True,
    )
    verbs = list(ada.history.order_by("-history_id").values_list("verb", "history_change_reason")[:4])
    assert [verb for verb, _why in verbs] == ["change_role", "change_department", "change_email", "edit_profile"]
    assert {why for _verb, why in verbs} == {f"Import {run.params['sheet']}, row 2"}


def test_a_change_is_taken_back_by_the_same_verbs(admin, ada):
    header, (row,) = exported(ada, by=admin)
    run = loaded([changed(row, header, First_name="Augusta", Department="Marketing")], header=header, by=admin)
    assert now(ada).first_name == "Augusta"
    run = undone(run, by=admin)
    assert outcomes(run) == {2: "undone"}
    person = now(ada)
    assert (person.first_name, person.department.name) == ("Ada", "IT Department")
    assert ada.history.first().history_change_reason.endswith("taken back")


def test_a_change_that_somebody_changed_further_stays(admin, ada):
    header, (row,) = exported(ada, by=admin)
    run = loaded([changed(row, header, First_name="Augusta")], header=header, by=admin)
    lifecycle.edit_profile(now(ada), by=admin, first_name="Augusta Ada", last_name="Lovelace")
    run = undone(run, by=admin)
    assert outcomes(run) == {2: "kept"}
    assert run.rows.get().memory["kept"] == {"first_name": ["Augusta Ada", "Augusta"]}
    assert now(ada).first_name == "Augusta Ada"


def test_what_changed_here_alone_since_the_export_stays_without_a_word(admin, ada):
    header, (row,) = exported(ada, by=admin)
    lifecycle.edit_profile(ada, by=admin, first_name="Augusta", last_name="Lovelace")
    assert outcomes(planned([row], header=header, by=admin)) == {2: "same"}


def test_what_changed_in_the_file_and_not_here_is_taken_though_the_version_is_older(admin, ada):
    header, (row,) = exported(ada, by=admin)
    lifecycle.edit_profile(ada, by=admin, first_name="Augusta", last_name="Lovelace")
    run = loaded([changed(row, header, Last_name="King")], header=header, by=admin)
    assert outcomes(run) == {2: "applied"}
    assert (now(ada).first_name, now(ada).last_name) == ("Augusta", "King")


@pytest.mark.parametrize(
    ("take", "becomes", "outcome"), [("file", "Adelaide", "good"), ("here", "Augusta", "same")], ids=["file", "here"]
)
def test_what_changed_here_and_in_the_file_is_shown_three_ways_until_somebody_says_which(
    admin, ada, take, becomes, outcome
):
    header, (row,) = exported(ada, by=admin)
    lifecycle.edit_profile(ada, by=admin, first_name="Augusta", last_name="Lovelace")
    run = planned([changed(row, header, First_name="Adelaide")], header=header, by=admin)
    assert outcomes(run) == {2: "refused"}
    assert run.rows.get().memory["conflicts"] == {"first_name": ["Ada", "Augusta", "Adelaide"]}
    assert said(run, 2) == ["First name: changed here since the file was made, and in the file too."]
    importing.decide(run, 2, {"first_name": take}, by=admin)
    work()
    run = fresh(run)
    assert outcomes(run) == {2: outcome}
    if outcome == "good":
        importing.apply(run, by=admin)
        work()
    assert now(ada).first_name == becomes


def test_somebody_who_changes_the_row_after_the_plan_wins(admin, ada):
    header, (row,) = exported(ada, by=admin)
    run = planned([changed(row, header, Last_name="King")], header=header, by=admin)
    lifecycle.edit_profile(ada, by=admin, first_name="Augusta", last_name="Lovelace")
    importing.apply(run, by=admin)
    work()
    assert outcomes(run) == {2: "refused"}
    assert said(run, 2) == ["Somebody has changed this since it was checked. Check it again."]
    assert now(ada).last_name == "Lovelace"


def test_a_key_that_nobody_has_a_version_that_never_was_and_an_emptied_cell_are_refused(admin, ada):
    header, (row,) = exported(ada, by=admin, names=["company_id", "version", "email", "first_name", "last_name"])
    other = people.person(email="b@example.com")
    third = people.person(email="c@example.com")
    _header, (row_b, row_c) = exported(
        other, third, by=admin, names=["company_id", "version", "email", "first_name", "last_name"]
    )
    rows = [
        changed(row, header, Company_ID="MA9999"),
        changed(row_b, header, Version="77"),
        changed(row_c, header, First_name=""),
    ]
    run = planned(rows, header=header, by=admin)
    assert outcomes(run) == dict.fromkeys((2, 3, 4), "refused")
    assert "Nobody here has the company ID MA9999." in said(run, 2)[0]
    assert set(run.rows.get(number=3).memory["errors"]) == {"version"}
    assert said(run, 4) == ["First name: This is needed and it is empty."]


def test_who_has_no_version_in_the_file_is_known_by_address_and_empty_cells_say_nothing(admin, ada):
    run = loaded([["ADA@example.com", "Ada", "King", "", ""]], by=admin)
    assert outcomes(run) == {2: "applied"}
    person = now(ada)
    assert (person.email, person.last_name, person.department.name) == ("ada@example.com", "King", "IT Department")


def test_the_rules_hold_for_changes_as_they_do_by_hand(admin, ada):
    header, (mine, rejected) = exported(admin, people.person(Status.REJECTED), by=admin)
    taken = people.person(email="taken@example.com")
    _header, (row,) = exported(ada, by=admin)
    rows = [
        changed(mine, header, Role="Employee"),
        changed(rejected, header, First_name="Other"),
        changed(row, header, **{"E-mail": taken.email}),
    ]
    run = planned(rows, header=header, by=admin)
    assert outcomes(run) == dict.fromkeys((2, 3, 4), "refused")
    assert said(run, 2)[0].startswith("Role: ")
    assert said(run, 4) == ["E-mail: Somebody has this address already."]
