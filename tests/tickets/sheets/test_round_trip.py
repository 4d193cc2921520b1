"""Tickets go out, are edited in a spreadsheet, and come back: what changed, what both changed, what may not change."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.utils import timezone

from audit.refusals import Refused
from jobs.spreadsheets import exporting, importing
from jobs.spreadsheets.reading import open_sheet
from tests.factories import people
from tests.jobs.spreadsheets.back_again import content_of, not_the_same, planned_from
from tests.people.sheets.loading import fresh, outcomes, said, undone, work
from tests.tickets.conftest import DESCRIPTION
from tests.tickets.sheets.loading import applied, planned, resource, written_out
from tickets import conversation, lifecycle
from tickets.models import Ticket

COLUMNS = ["ticket_number", "version", "subject", "priority", "category", "department", "assignee", "status"]


def edited(house, **cells) -> tuple[list[str], list[list]]:
    """The list of tickets as it goes out, with these cells changed in every row. Names are those of columns."""
    header, rows = written_out("tickets", by=house.dora, names=COLUMNS)
    names = [column.name for column in resource("tickets").columns if column.name in COLUMNS]
    return header, [[cells.get(name, value) for name, value in zip(names, row, strict=True)] for row in rows]


def checked(house, **cells):
    header, rows = edited(house, **cells)
    return planned("tickets", header, rows, by=house.dora)


def as_cells(rows):
    return [["" if cell is None else cell for cell in row] for row in rows]


def test_whatever_goes_out_comes_back_unchanged(house):
    house.open(description="  It begins with blanks.\r\nAnd ends with one.\n ")
    house.closed()
    house.on_hold()
    budget = {
        "performance_start_date": timezone.localdate() + timedelta(days=3),
        "performance_end_date": timezone.localdate() + timedelta(days=9),
        "cost_items": [{"description": "Desk", "quantity": 2, "unit_cost": "100.50"}],
        "requested_budget": "201.00",
    }
    house.new(category=house.category("Budget Proposal"), details=budget, scheduled_date=timezone.localdate())
    lifecycle.reject(house.new(), by=house.dora, reason="=We have none.")
    header, rows = written_out("tickets", by=house.dora)
    assert len(rows) == 5
    run = planned("tickets", header, as_cells(rows), by=house.dora)
    assert [(row.number, row.outcome, row.sentences) for row in run.rows.all() if row.outcome != "same"] == []


def test_the_same_as_a_workbook_however_many_rows_there_are(house):
    lifecycle.bring_in_many(
        [
            {
                "requester": house.ana,
                "category": house.category(),
                "subject": f"-Problem {number}",
                "description": DESCRIPTION,
                "status": "Closed",
                "submit_date": timezone.now() - timedelta(days=number + 1),
                "external_reference": str(number),
                "response_time": timedelta(minutes=number),
                "resolution_time": timedelta(hours=number),
            }
            for number in range(250)
        ],
        by=house.dora,
    )
    columns = resource("tickets").columns
    rows = exporting.rows_of(columns, resource("tickets").exported(house.dora).order_by("pk"))
    with exporting.content("Tickets", exporting.header_of(columns), rows, "xlsx") as out:
        content = out.read()
    assert [row.number for row in open_sheet(io.BytesIO(content), "t.xlsx").rows()] == list(range(2, 252))
    file = io.BytesIO(content)
    sheet = importing.receive(file, kind="tickets", by=house.dora, name="t.xlsx")
    importing.mapped(sheet, sheet.mapping, by=house.dora)
    run = importing.check(sheet, by=house.dora)
    work()
    assert set(outcomes(fresh(run)).values()) == {"same"}


def test_a_file_from_before_the_zone_of_the_site_was_changed(house, settings):
    """A CSV says the offset of its times. A workbook can't: its dates are others now, which is said and not taken."""
    settings.TIME_ZONE = "Europe/Berlin"
    house.closed()
    files = {each: content_of("tickets", each, by=house.dora, edit=dict) for each in ("csv", "xlsx")}
    before = Ticket.objects.values().get()
    settings.TIME_ZONE = "America/New_York"
    assert not_the_same(planned_from(files["csv"], "tickets", "csv", by=house.dora)) == []
    run = planned_from(files["xlsx"], "tickets", "xlsx", by=house.dora)
    assert outcomes(run) == {2: "refused"}
    sentence = said(run, 2)[0]
    assert sentence.startswith("Submitted: A spreadsheet can't change this. Here it is “")
    # As it is on the clocks of the site, which the file is read by.
    assert timezone.localtime(before["submit_date"]).replace(microsecond=0).isoformat(sep=" ") in sentence
    with pytest.raises(Refused):
        importing.apply(run, by=house.dora)
    assert Ticket.objects.values().get() == before


def test_changed_cells_go_through_the_verbs_and_undo_puts_them_back(house):
    ticket = house.in_progress()
    before = Ticket.objects.filter(pk=ticket.pk).values().get()
    run = checked(house, priority="P1", department="legal", assignee=house.cem.email)
    assert run.rows.get().memory["cells"] == {
        "priority": ["Medium", "Critical"],
        "department": ["IT Department", "Legal"],
        "assignee": ["bea@example.com", "cem@example.com"],
    }
    assert Ticket.objects.filter(pk=ticket.pk).values().get() == before
    run = applied(run, by=house.dora)
    now = Ticket.objects.get(pk=ticket.pk)
    assert (now.priority, now.department, now.assigned_to) == ("Critical", house.legal, house.cem)
    verbs = list(now.history.order_by("version").values_list("verb", "history_change_reason"))[-3:]
    reason = f"Import {run.params['sheet']}, row 2"
    assert verbs == [("reprioritise", reason), ("transfer", reason), ("assign", reason)]
    undone(run, by=house.dora)
    after = Ticket.objects.filter(pk=ticket.pk).values().get()
    assert {name for name in before if before[name] != after[name]} == {"version", "update_date", "news_at"}


def test_a_transfer_says_that_nobody_is_assigned_after_it_and_undo_gives_it_back(house):
    ticket = house.in_progress()
    run = checked(house, department="Legal")
    assert run.rows.get().memory["cells"]["assignee"] == ["bea@example.com", ""]
    run = applied(run, by=house.dora)
    assert Ticket.objects.get(pk=ticket.pk).assigned_to is None
    undone(run, by=house.dora)
    now = Ticket.objects.get(pk=ticket.pk)
    assert (now.department, now.assigned_to) == (house.it, house.bea)


def test_a_plan_says_that_an_empty_department_can_not_be_given_back(house):
    ticket = house.new()
    Ticket.objects.filter(pk=ticket.pk).update(department=None)
    run = checked(house, department="Legal")
    sentence = "It has no department now. That can't be given back: undoing the import leaves it as it is."
    assert said(run, 2) == [sentence]
    run = undone(applied(run, by=house.dora), by=house.dora)
    assert outcomes(run) == {2: "kept"}
    assert Ticket.objects.get(pk=ticket.pk).department == house.legal


def test_a_category_in_which_details_would_be_lost_is_left_to_hands(house):
    house.new(details={"asset_name": "Laptop", "serial_number": "42"})
    run = checked(house, category="HR Request", department="Legal")
    assert run.rows.get().memory["errors"] == {
        "category": ["Details of this ticket have no place in that category. Transfer it by hand."]
    }
    assert outcomes(checked(house, category="Asset Check Out", department="Legal")) == {2: "good"}


@pytest.mark.parametrize(("column", "value"), [("subject", "Another subject"), ("status", "Closed")])
def test_other_cells_can_not_be_changed_by_a_spreadsheet(house, column, value):
    here = getattr(house.open(), column)
    run = checked(house, **{column: value})
    sentence = f"A spreadsheet can't change this. Here it is “{here}”."
    assert run.rows.get().memory["errors"] == {column: [sentence]}


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"assignee": "nobody@example.com"}, "assignee"),
        ({"assignee": "eve@example.com"}, "assignee"),
        ({"department": "Nowhere"}, "department"),
        ({"priority": "soon"}, "priority"),
        ({"category": "Nothing"}, "category"),
    ],
)
def test_what_no_verb_would_take_is_refused_in_the_plan(house, cells, column):
    house.open()
    run = checked(house, **cells)
    assert outcomes(run) == {2: "refused"}
    assert set(run.rows.get().memory["errors"]) == {column}


def test_a_ticket_that_is_ended_is_not_changed(house):
    house.closed()
    run = checked(house, priority="Critical")
    assert said(run, 2) == ["A ticket that is “Closed” can't be given another priority."]


def test_what_both_changed_is_a_conflict_until_somebody_decides(house):
    ticket = house.open()
    header, rows = edited(house, priority="Low")
    lifecycle.reprioritise(ticket, by=house.bea, priority="Critical", reason="It burns.")
    run = planned("tickets", header, rows, by=house.dora)
    row = run.rows.get()
    assert (row.outcome, row.memory["conflicts"]) == ("refused", {"priority": ["Medium", "Critical", "Low"]})
    importing.decide(run, 2, {"priority": "file"}, by=house.dora)
    work()
    assert run.rows.get().memory["cells"] == {"priority": ["Critical", "Low"]}


def test_what_changed_here_alone_stays(house):
    ticket = house.open()
    header, rows = edited(house)
    lifecycle.reprioritise(ticket, by=house.bea, priority="Critical", reason="It burns.")
    assert outcomes(planned("tickets", header, rows, by=house.dora)) == {2: "same"}


def test_a_number_that_nothing_here_has_is_refused(house):
    house.open()
    header, rows = edited(house)
    run = planned("tickets", header, [["TX9999", *rows[0][1:]]], by=house.dora)
    assert set(run.rows.get().memory["errors"]) == {"ticket_number"}


def test_a_clerk_takes_out_and_changes_what_they_see_and_nothing_more(house):
    house.open()
    clerk = people.clerk()
    assert written_out("tickets", by=clerk)[1] == []
    header, rows = edited(house, priority="Low")
    run = planned("tickets", header, rows, by=clerk)
    assert set(run.rows.get().memory["errors"]) == {"ticket_number"}
    # Nor can they tell by its number elsewhere what it is, but only that it can't come twice.
    old = {"requester": house.ana, "category": house.category(), "subject": "An old problem", "status": "Closed"}
    old |= {"description": DESCRIPTION, "submit_date": timezone.now(), "external_reference": "INC-1"}
    lifecycle.bring_in(by=house.dora, **old)
    given = [["INC-1", "ana@example.com", "Another subject", DESCRIPTION, "IT Support", "Closed"]]
    header = ["Number elsewhere", "Requester's e-mail", "Subject", "Description", "Category", "Status"]
    run = planned("tickets", header, given, by=clerk)
    assert said(run, 2)[0] == "Number elsewhere: A ticket of this number can't be brought in twice."


def test_nobody_else_loads_or_takes_out_tickets(house):
    for person in (house.ana, house.bea, people.person("Suspended")):
        assert not resource("tickets").may_import(person)
        assert not resource("tickets").may_export(person)
        with pytest.raises(Refused):
            planned("tickets", ["Subject"], [["x"]], by=person)


def test_internal_notes_are_no_column(house):
    ticket = house.open()
    conversation.comment(ticket, by=house.bea, comment="CANARY-4711", is_internal=True)
    _header, rows = written_out("tickets", by=house.dora)
    assert "CANARY-4711" not in str(rows)
