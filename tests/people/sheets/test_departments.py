"""Departments come in from a spreadsheet, are changed by one, and go back to what they were."""

from __future__ import annotations

import pytest

from audit.refusals import Refused, StaleVersion
from jobs.spreadsheets import importing
from people.models import Department
from tests.factories import people
from tests.people.sheets.loading import actions, fresh, outcomes, said, undone, work
from tests.tickets.sheets.loading import applied, planned, resource, written_out

pytestmark = pytest.mark.django_db

HEADER = ["Department", "Description", "Manager", "Active"]
ROWS = [
    ["Research", "Trials and prototypes.", "lead@example.com", "yes"],
    ["Archive", "", "", "no"],
    ["Legal", "Contracts.", "", ""],
    ["Broken", "", "no address", "perhaps"],
]


@pytest.fixture
def admin():
    people.department("Legal")
    return people.admin()


def test_new_ones_are_made_known_ones_changed_and_the_rest_refused_cell_by_cell(admin):
    before = Department.objects.count()
    run = planned("departments", HEADER, ROWS, by=admin)
    assert outcomes(run) == {2: "good", 3: "good", 4: "good", 5: "refused"}
    assert actions(run) == {2: "new", 3: "new", 4: "changed", 5: "new"}
    assert set(run.rows.get(number=5).memory["errors"]) == {"head_email", "is_active"}
    assert run.rows.get(number=4).memory["cells"] == {"description": ["Contracts and the law.", "Contracts."]}
    assert Department.objects.count() == before


def test_a_change_of_a_name_is_one_like_any_other(admin):
    legal = Department.objects.get(name="Legal")
    run = planned("departments", ["Department ID", "Version", "Name"], [[legal.pk, 1, "Law"]], by=admin)
    assert run.rows.get().memory["cells"] == {"name": ["Legal", "Law"]}
    applied(run, by=admin)
    legal = Department.objects.get(pk=legal.pk)
    assert (legal.name, legal.version) == ("Law", 2)
    row = legal.history.first()
    assert (row.verb, row.history_user) == ("change", admin)
    assert row.history_change_reason == f"Import {run.params['sheet']}, row 2"


def test_what_came_in_says_who_and_why(admin):
    run = applied(planned("departments", HEADER, ROWS[:2], by=admin), by=admin)
    research, archive = Department.objects.get(name="Research"), Department.objects.get(name="Archive")
    assert (research.head_email, research.is_active, archive.is_active) == ("lead@example.com", True, False)
    row = research.history.get()
    assert (row.verb, row.history_change_reason) == ("add", f"Import {run.params['sheet']}, row 2")


def test_undo_is_the_identity_on_what_nobody_touched(admin):
    before = list(Department.objects.order_by("pk").values("pk", "name", "description", "head_email", "is_active"))
    rows = [*ROWS[:2], ["Legal", "Contracts.", "", ""]]
    run = applied(planned("departments", HEADER, rows, by=admin), by=admin)
    assert Department.objects.get(name="Legal").description == "Contracts."
    run = undone(run, by=admin)
    assert set(outcomes(run).values()) == {"undone"}
    assert before == list(
        Department.objects.order_by("pk").values("pk", "name", "description", "head_email", "is_active")
    )


def test_undo_keeps_a_department_that_somebody_is_in_by_now(admin):
    run = applied(planned("departments", HEADER, ROWS[:2], by=admin), by=admin)
    people.person(department=Department.objects.get(name="Research"))
    run = undone(run, by=admin)
    assert outcomes(run) == {2: "kept", 3: "undone"}
    assert said(run, 2) == ["Something names this by now. It stays."]


def test_what_goes_out_comes_back_unchanged(admin):
    applied(planned("departments", HEADER, ROWS[:2], by=admin), by=admin)
    header, rows = written_out("departments", by=admin)
    rows = [["" if cell is None else cell for cell in row] for row in rows]
    assert set(outcomes(planned("departments", header, rows, by=admin)).values()) == {"same"}


def test_who_may_not_edit_departments_may_not_load_them(admin):
    run = planned("departments", HEADER, ROWS[:1], by=admin)
    for stranger in (people.clerk(), people.coordinator(), people.person()):
        with pytest.raises(Refused):
            planned("departments", HEADER, ROWS[:1], by=stranger)
        with pytest.raises(Refused):
            importing.apply(run, by=stranger)
    work()
    assert set(outcomes(fresh(run)).values()) == {"good"}


@pytest.mark.parametrize("name", ["Straße", "Über uns", "Привет ЖЩ", "İstanbul"], ids=["ss", "u", "cyrillic", "dotted"])
def test_whatever_letters_a_name_has_the_same_file_again_changes_nothing(admin, name):
    run = applied(planned("departments", ["Department", "Description"], [[name, "x"]], by=admin), by=admin)
    assert outcomes(run) == {2: "applied"}
    again = planned("departments", ["Department", "Description"], [[name, "x"]], by=admin)
    assert outcomes(again) == {2: "same"}


def test_who_edits_one_between_the_look_and_the_undo_keeps_it(admin):
    run = applied(planned("departments", HEADER, ROWS[:1], by=admin), by=admin)
    looked_at = Department.objects.get(name="Research")
    applied(planned("departments", HEADER, [["Research", "Mine.", "", ""]], by=admin), by=admin)
    with pytest.raises(StaleVersion):
        resource("departments").take_back(looked_at, by=admin, reason="Undo")
    assert Department.objects.get(name="Research").description == "Mine."
    assert outcomes(undone(run, by=admin)) == {2: "kept"}
