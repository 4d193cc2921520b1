"""What somebody changed since an import stays when it is taken back, whichever field of the row they changed, and both
versions are told: of all kinds, of rows that the import had made and of rows that it had changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from helpcenter.models import ArticlePage
from jobs.models import Run
from people import lifecycle as people_door
from people.models import Department, Employee
from tests.factories import people
from tests.factories.tickets import DESCRIPTION, quick_ticket
from tests.helpcenter import articles
from tests.jobs.spreadsheets.back_again import came_back
from tests.people.sheets.loading import outcomes, said, undone
from tests.tickets.sheets.loading import applied, planned
from tickets import lifecycle
from tickets.models import Ticket, TicketCategory

pytestmark = pytest.mark.django_db

STAYS = ["Somebody has changed this since. It stays as it is."]


@pytest.fixture
def admin() -> Employee:
    for name in ("Legal", "Marketing"):
        people.department(name)
    articles.topic("Equipment")
    return people.admin()


def saved(row: Any, **values: Any) -> None:
    """As somebody edits it by hand."""
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


def edited_department(_admin: Employee) -> None:
    saved(Department.objects.get(name="Legal"), head_email="head@example.com")


def edited_category(_admin: Employee) -> None:
    saved(TicketCategory.objects.get(name="Loans"), sub_categories=["Car"])


def edited_article(admin: Employee) -> None:
    page = ArticlePage.objects.get(title="The mouse")
    page.keywords = "rodent"
    page.save_revision(user=admin).publish()


def edited_person(admin: Employee) -> None:
    ada = Employee.objects.get(email="ada@example.com")
    people_door.change_department(ada, by=admin, department=Department.objects.get(name="Legal"), reason="She asked.")


def edited_ticket(admin: Employee) -> None:
    lifecycle.transfer(Ticket.objects.get(), by=admin, department=people.department("Marketing"), reason="Theirs.")


def make_article(admin: Employee) -> None:
    header = ["Title", "Topic", "Text"]
    applied(planned("articles", header, [["The mouse", "Equipment", "It squeaks."]], by=admin), by=admin)


#: Kind → how the row comes to be here, what the import changes in it, what somebody else edits then, and what is told.
CHANGED: dict[
    str, tuple[Callable[[Employee], Any], dict[str, Any], Callable[[Employee], None], dict[str, list[Any]]]
] = {
    "departments": (
        lambda admin: people.department("Legal"),
        {"description": "Contracts."},
        edited_department,
        {"head_email": ["head@example.com", ""]},
    ),
    "categories": (
        lambda admin: TicketCategory.objects.create(name="Loans"),
        {"default_priority": "High"},
        edited_category,
        {"sub_categories": ["Car", ""]},
    ),
    "articles": (make_article, {"summary": "How it squeaks."}, edited_article, {"keywords": ["rodent", ""]}),
    "people": (
        lambda admin: people.person(email="ada@example.com", department=people.department("Marketing")),
        {"first_name": "Augusta"},
        edited_person,
        {"department": ["Legal", "Marketing"]},
    ),
    "tickets": (
        lambda admin: quick_ticket("Open", department=people.department("Legal")),
        {"priority": "Critical"},
        edited_ticket,
        {"department": ["Marketing", "Legal"]},
    ),
}


def imported(kind: str, admin: Employee) -> Run:
    """The run that changed that row, and no other."""
    make, cells, _edit, _told = CHANGED[kind]
    before = make(admin)
    model = {"departments": Department, "categories": TicketCategory, "articles": ArticlePage, "people": Employee}
    key = before.pk if before is not None else model[kind].objects.get().pk

    def change(row: dict[str, Any]) -> dict[str, Any]:
        own = {"people": "company_id", "tickets": "ticket_number"}.get(kind, "id")
        here = str(getattr(before, own)) if before is not None else str(key)
        return row | cells if str(row[own]) == here else row

    run = applied(came_back(kind, "csv", by=admin, edit=change), by=admin)
    assert list(outcomes(run).values()).count("applied") == 1
    return run


@pytest.mark.parametrize("kind", CHANGED)
def test_a_changed_row_of_which_somebody_edited_another_field_is_kept_whole_with_both_versions(kind, admin):
    _make, cells, edit, told = CHANGED[kind]
    run = imported(kind, admin)
    edit(admin)
    run = undone(run, by=admin)
    row = run.rows.get(outcome="kept")
    assert (row.sentences, row.memory["kept"]) == (STAYS, told)
    assert "undone" not in outcomes(run).values()
    # What the import wrote is still there.
    again = came_back(kind, "csv", by=admin, edit=lambda given: given | cells if matches(given, row) else given)
    assert set(outcomes(again).values()) == {"same"}


def matches(given: dict[str, Any], row: Any) -> bool:
    own = next(name for name in ("company_id", "ticket_number", "id") if name in given)
    return str(given[own]) == str(row.payload["cells"][own])


@pytest.mark.parametrize("kind", CHANGED)
def test_a_changed_row_that_nobody_touched_gets_back_what_it_had(kind, admin):
    run = imported(kind, admin)
    assert set(outcomes(undone(run, by=admin)).values()) == {"undone", "same"} - (
        {"same"} if len(outcomes(run)) == 1 else set()
    )


NEW: dict[str, tuple[list[str], list[str], Callable[[Employee], None], dict[str, list[Any]]]] = {
    "departments": (
        ["Name", "Description"],
        ["Moon Base", "New."],
        lambda admin: saved(Department.objects.get(name="Moon Base"), head_email="head@example.com"),
        {"head_email": ["head@example.com", ""]},
    ),
    "categories": (["Name", "Description"], ["Loans", "Cars."], edited_category, {"sub_categories": ["Car", ""]}),
    "articles": (
        ["Title", "Topic", "Text"],
        ["The mouse", "Equipment", "It squeaks."],
        edited_article,
        {"keywords": ["rodent", ""]},
    ),
    "people": (
        ["E-mail", "First name", "Last name", "Department"],
        ["ada@example.com", "Ada", "Lovelace", "Marketing"],
        edited_person,
        {"department": ["Legal", "Marketing"]},
    ),
    "tickets": (
        ["Number elsewhere", "Requester's e-mail", "Subject", "Description", "Category", "Status", "Department"],
        ["1", "ana@example.com", "The roof drips", DESCRIPTION, "Others", "Open", "Legal"],
        edited_ticket,
        {"department": ["Marketing", "Legal"]},
    ),
}


@pytest.mark.parametrize("kind", NEW)
def test_a_new_row_that_somebody_edited_is_kept_whole_with_both_versions(kind, admin):
    people.person(email="ana@example.com")
    header, row, edit, told = NEW[kind]
    run = applied(planned(kind, header, [row], by=admin), by=admin)
    assert outcomes(run) == {2: "applied"}
    edit(admin)
    run = undone(run, by=admin)
    assert (outcomes(run), said(run, 2), run.rows.get().memory["kept"]) == ({2: "kept"}, STAYS, told)


def test_of_an_edit_that_no_column_shows_what_the_import_wrote_is_told(admin):
    run = imported("departments", admin)
    legal = Department.objects.get(name="Legal")
    legal.save()
    assert undone(run, by=admin).rows.get(outcome="kept").memory["kept"] == {
        "description": ["Contracts.", "Contracts."]
    }
