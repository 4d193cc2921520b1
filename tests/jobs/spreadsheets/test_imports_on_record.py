"""Whatever somebody decides about an import leaves its own trace in the record: who, what, and of which file."""

from __future__ import annotations

import pytest

from audit.models import AuditEvent
from jobs.spreadsheets import importing
from people import lifecycle
from people.models import Employee
from tests.factories import people
from tests.jobs.spreadsheets.walking import checked, do, worked
from tests.people.sheets.loading import exported, planned, work

pytestmark = pytest.mark.django_db


def record(person: Employee) -> list[tuple[str, dict]]:
    """Kind and details of what they did to the import, oldest first."""
    events = AuditEvent.objects.filter(actor=person, about_type__model="spreadsheet").order_by("pk")
    return [(event.kind, event.detail) for event in events]


def test_a_plan_that_is_dropped_is(client, clerk):
    sheet = checked(client)
    do(client, sheet, "cancel")
    told = {"what": "people", "file": "people.csv", "rows": 6, "run": sheet.run_id, "phase": "plan", "done": 6}
    assert record(clerk) == [("called off", told)]


def test_a_stop_and_going_on_with_the_rest_are_told_apart_from_the_first_go(client, clerk):
    sheet = checked(client)
    for what in ("apply", "cancel", "rest"):
        do(client, sheet, what, only_good="1")
    worked(sheet)
    kinds = [(kind, detail.get("phase"), detail.get("rest", False)) for kind, detail in record(clerk)]
    assert kinds == [("imported", None, False), ("called off", "apply", False), ("imported", None, True)]
    assert Employee.objects.filter(email="ada@example.com").exists()


def test_whoever_goes_on_with_the_import_of_somebody_else_is_named(client, clerk):
    sheet = checked(client)
    for what in ("apply", "cancel"):
        do(client, sheet, what, only_good="1")
    admin = people.admin()
    importing.go_on(worked(sheet).run, by=admin)
    assert [kind for kind, _detail in record(admin)] == ["imported"]


def test_other_ticks_are_with_what_was_chosen(client, clerk):
    sheet = checked(client)
    do(client, sheet, "options", **{"option-announce": "on"})
    ((kind, detail),) = record(clerk)
    assert (kind, detail["options"]) == ("plan changed", {"announce": True})


def test_whose_word_counts_in_a_conflict_is(clerk):
    admin = people.admin()
    ada = people.person(email="ada@example.com", first_name="Ada", last_name="Lovelace")
    header, (row,) = exported(ada, by=admin)
    lifecycle.edit_profile(ada, by=admin, first_name="Augusta", last_name="Lovelace")
    row[header.index("First name")] = "Adelaide"
    run = planned([row], header=header, by=admin)
    importing.decide(run, 2, {"first_name": "here"}, by=admin)
    work()
    run = planned([row], header=header, by=admin)
    importing.settle(run, "file", by=admin)
    assert [(kind, detail["take"], detail.get("row")) for kind, detail in record(admin)] == [
        ("plan changed", {"first_name": "here"}, 2),
        ("plan changed", "file", None),
    ]


def test_what_is_refused_leaves_no_trace_of_a_decision(client, clerk):
    sheet = checked(client)
    do(client, sheet, "rest")
    do(client, sheet, "settle", take="file")
    assert record(clerk) == []
