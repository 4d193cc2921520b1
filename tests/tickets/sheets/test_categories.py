"""Categories come in from a spreadsheet; their extra fields stay what their page says."""

from __future__ import annotations

import pytest

from tests.factories import people
from tests.people.sheets.loading import outcomes, undone
from tests.tickets.sheets.loading import applied, planned, written_out
from tickets.enums import FieldKind
from tickets.models import CategoryField, TicketCategory

pytestmark = pytest.mark.django_db

HEADER = ["Name", "Description", "Sub-categories", "Default priority", "Department", "Offered"]
CARS = ["Vehicle Request", "Cars and vans.", "Car;Van ; Bicycle;", "P2", "Operations", "yes"]


@pytest.fixture
def admin():
    people.department("Operations")
    return people.admin()


def test_a_new_category_has_its_words_priority_and_department(admin):
    run = applied(planned("categories", HEADER, [CARS], by=admin), by=admin)
    assert outcomes(run) == {2: "applied"}
    made = TicketCategory.objects.get(name="Vehicle Request")
    assert made.sub_categories == ["Car", "Van", "Bicycle"]
    assert (made.default_priority, made.assigned_department.name, made.is_active) == ("High", "Operations", True)
    assert made.history.get().verb == "add"


def test_what_is_wrong_is_said_of_each_cell(admin):
    row = ["", "x", "Car; Car", "soon", "Nowhere", "perhaps"]
    run = planned("categories", HEADER, [row, ["Loans", "", "Car; Car", "", "", ""]], by=admin)
    assert set(run.rows.get(number=2).memory["errors"]) >= {"name", "is_active"}
    assert set(run.rows.get(number=3).memory["errors"]) == {"sub_categories"}
    assert not TicketCategory.objects.filter(name="Loans").exists()


def test_a_changed_cell_is_a_change_and_undo_puts_it_back(admin):
    before = TicketCategory.objects.filter(name="IT Support").values().get()
    header, rows = written_out("categories", by=admin, names=["id", "version", "name", "default_priority"])
    changed = [[*row[:3], "Critical" if row[2] == "IT Support" else row[3]] for row in rows]
    run = planned("categories", header, changed, by=admin)
    assert sorted(set(outcomes(run).values())) == ["good", "same"]
    run = applied(run, by=admin)
    assert TicketCategory.objects.get(name="IT Support").default_priority == "Critical"
    run = undone(run, by=admin)
    after = TicketCategory.objects.filter(name="IT Support").values().get()
    assert {name for name in before if before[name] != after[name]} == {"version"}


def test_what_goes_out_comes_back_unchanged(admin):
    header, rows = written_out("categories", by=admin)
    assert "Extra fields" in header
    rows = [["" if cell is None else cell for cell in row] for row in rows]
    assert set(outcomes(planned("categories", header, rows, by=admin)).values()) == {"same"}


def test_undo_keeps_a_category_that_got_fields_meanwhile(admin):
    run = applied(planned("categories", HEADER, [CARS], by=admin), by=admin)
    made = TicketCategory.objects.get(name="Vehicle Request")
    CategoryField.objects.create(category=made, key="plate", label="Plate", kind=FieldKind.TEXT)
    assert outcomes(undone(run, by=admin)) == {2: "kept"}
    assert made.fields.count() == 1
