"""A column that only goes out, such as a status, is not changed by the file that comes back: whoever wrote another word
into it reads so, and what it is here."""

from __future__ import annotations

import pytest

from people import lifecycle
from people.models import Employee
from tests.factories import people
from tests.factories.tickets import quick_ticket
from tests.people.sheets.loading import exported, outcomes, planned, said
from tests.tickets.sheets.loading import applied, written_out
from tests.tickets.sheets.loading import planned as planned_of
from tickets.enums import FieldKind
from tickets.models import CategoryField, TicketCategory

pytestmark = pytest.mark.django_db

STATUS = "“Status” is not changed by a spreadsheet: here it is “Approved”."


@pytest.fixture
def admin():
    people.department("Marketing")
    return people.admin(email="admin@example.com")


@pytest.fixture
def ada():
    return people.person(email="ada@example.com", first_name="Ada", last_name="Lovelace")


def changed(row, header, **cells):
    titles = {title.replace("_", " "): value for title, value in cells.items()}
    return [titles.get(title, cell) for title, cell in zip(header, row, strict=True)]


def test_what_was_left_as_it_went_out_is_no_matter(admin, ada):
    header, rows = exported(ada, admin, by=admin)
    assert {"Status", "Since"} <= set(header)
    run = planned(rows, header=header, by=admin)
    assert (outcomes(run), said(run, 2)) == ({2: "same", 3: "same"}, [])


def test_another_status_or_date_is_said_on_the_row_with_what_it_is_here(admin, ada):
    header, (row,) = exported(ada, by=admin)
    since = header.index("Since")
    run = planned([changed(row, header, Status="Suspended", Since="1999-01-01")], header=header, by=admin)
    assert outcomes(run) == {2: "same"}
    sentences = said(run, 2)
    assert sentences[0] == STATUS
    assert sentences[1].startswith("“Since” is not changed by a spreadsheet: here it is “")
    assert str(row[since].year) in sentences[1]


def test_what_else_was_changed_in_the_row_is_taken_and_the_status_stays(admin, ada):
    header, (row,) = exported(ada, by=admin)
    run = planned([changed(row, header, Status="Suspended", Last_name="King")], header=header, by=admin)
    assert (outcomes(run), said(run, 2)) == ({2: "good"}, [STATUS])
    applied(run, by=admin)
    ada = Employee.objects.get(pk=ada.pk)
    assert (ada.last_name, ada.status) == ("King", "Approved")


def test_what_changed_here_since_the_file_was_made_is_not_held_against_the_file(admin, ada):
    header, rows = exported(ada, by=admin)
    lifecycle.suspend(ada, by=admin, reason="Gone.")
    run = planned(rows, header=header, by=admin)
    assert (outcomes(run), said(run, 2)) == ({2: "same"}, [])
    run = planned([changed(rows[0], header, Status="Rejected")], header=header, by=admin)
    assert said(run, 2) == ["“Status” is not changed by a spreadsheet: here it is “Suspended”."]


def test_an_emptied_or_unreadable_cell_of_such_a_column_is_said_too(admin, ada):
    header, (row,) = exported(ada, by=admin)
    run = planned([changed(row, header, Status="", Since="soon")], header=header, by=admin)
    assert outcomes(run) == {2: "same"}
    assert [sentence.partition(" is not")[0] for sentence in said(run, 2)] == ["“Status”", "“Since”"]


def test_a_list_without_the_key_may_have_a_column_of_that_name(admin, ada):
    header = ["E-mail", "First name", "Last name", "Status"]
    rows = [["ada@example.com", "Ada", "Lovelace", "on leave"], ["new@example.com", "Grace", "Hopper", "new here"]]
    run = planned(rows, header=header, by=admin)
    assert (outcomes(run), said(run, 2), said(run, 3)) == ({2: "same", 3: "good"}, [], [])


def test_a_requesters_name_is_not_changed_by_their_ticket(admin, ada):
    quick_ticket(requester=ada)
    header, (row,) = written_out("tickets", by=admin)
    same = ["" if cell is None else cell for cell in row]
    assert said(planned_of("tickets", header, [same], by=admin), 2) == []
    other = [*same]
    other[header.index("Requester's name")] = "Ada King"
    run = planned_of("tickets", header, [other], by=admin)
    assert outcomes(run) == {2: "same"}
    assert said(run, 2) == ["“Requester's name” is not changed by a spreadsheet: here it is “Ada Lovelace”."]


def test_the_extra_fields_of_a_category_are_not_changed_by_a_list_of_them(admin):
    loans = TicketCategory.objects.create(name="Loans")
    CategoryField.objects.create(category=loans, key="plate", label="Plate", kind=FieldKind.TEXT)
    header, rows = written_out("categories", by=admin)
    rows = [["" if cell is None else cell for cell in row] for row in rows if row[2] == "Loans"]
    assert said(planned_of("categories", header, rows, by=admin), 2) == []
    rows[0][header.index("Extra fields")] = "Plate, Colour"
    run = planned_of("categories", header, rows, by=admin)
    assert outcomes(run) == {2: "same"}
    assert said(run, 2) == ["“Extra fields” is not changed by a spreadsheet: here it is “Plate”."]
