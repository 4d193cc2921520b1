"""Lists as spreadsheets: what is in them, for whom, at once or by the worker; and the way there and back."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import pytest
from django.utils import timezone

from audit.models import AuditEvent
from jobs import leases
from jobs.spreadsheet_models import Export
from jobs.spreadsheets import exporting
from people import lifecycle
from people.enums import Status
from people.models import Employee
from tests.factories import people
from tests.jobs.spreadsheets.walking import EXPORTS, IMPORTS, body, checked, do, outcomes, page, sentences, worked

pytestmark = pytest.mark.django_db

ALL = ["company_id", "version", "email", "first_name", "last_name", "department", "role", "status"]


@pytest.fixture
def boss(client):
    person = people.admin(email="boss@example.com", department=people.department("Sales"))
    client.force_login(person)
    return person


def export(client: Any, query: str = "", *, columns: list[str] = ALL, file_format: str = "csv") -> Any:
    return client.post(f"{EXPORTS}new/people/{query}", {"columns": columns, "format": file_format})


def read(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, sentences(answer)
    return list(csv.DictReader(io.StringIO(body(answer).decode("utf-8-sig"))))


def test_the_page_asks_for_columns_and_format_and_says_how_many(client, boss):
    for status in (Status.PENDING, Status.PENDING, Status.SUSPENDED):
        people.person(status)
    shown = client.get(f"{EXPORTS}new/people/?status__exact=Pending").content.decode()
    assert "2 rows, as the list is filtered." in shown
    assert 'value="company_id" id="column-company_id" checked' in shown
    assert "?status__exact=Pending" in shown
    assert "4 rows" in client.get(f"{EXPORTS}new/people/").content.decode()


def test_a_list_comes_out_as_it_is_filtered_with_the_ticked_columns_alone(client, boss):
    ada = people.person(Status.PENDING, email="ada@example.com")
    people.person()
    rows = read(export(client, "?status__exact=Pending", columns=["email", "company_id"]))
    assert rows == [{"Company ID": ada.company_id, "E-mail": "ada@example.com"}]
    event = AuditEvent.objects.get(kind="exported")
    assert event.actor == boss
    assert event.detail == {
        "what": "people", "rows": 1, "filters": "status__exact=Pending", "columns": ["company_id", "email"],
        "format": "csv",
    }  # fmt: skip


def test_in_an_excel_file_dates_and_numbers_are_what_they_are(client, boss):
    answer = export(client, columns=["version", "date_created", "email"], file_format="xlsx")
    assert answer.headers["Content-Disposition"].endswith('.xlsx"')
    (head, row) = openpyxl.load_workbook(io.BytesIO(body(answer))).worksheets[0].iter_rows(values_only=True)
    assert head == ("Version", "E-mail", "Since")
    assert isinstance(row[0], int)
    assert isinstance(row[2], datetime)


def test_a_formula_is_harmless_in_both_formats(client, boss):
    Employee.objects.filter(pk=boss.pk).update(first_name="=1+1")
    assert read(export(client))[0]["First name"] == "'=1+1"
    answer = export(client, columns=["first_name"], file_format="xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(body(answer))).worksheets[0]
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("'=1+1", "s")


@pytest.mark.parametrize("posted", [{}, {"columns": ["password"], "format": "csv"}, {"columns": ALL, "format": "ods"}])
def test_what_is_not_offered_is_asked_for_again(client, boss, posted):
    answer = client.post(f"{EXPORTS}new/people/", posted)
    assert answer.status_code == 422
    assert sentences(answer) == ["Tick the columns that you want."]
    assert not AuditEvent.objects.filter(kind="exported").exists()


@pytest.mark.parametrize("query", ["?password__startswith=a", "?status__regex=x", "?department__id__exact=x%00"])
def test_what_the_list_can_not_be_asked_for_this_page_can_not_either(client, boss, query):
    assert client.get(f"{EXPORTS}new/people/{query}").status_code == 400
    assert export(client, query).status_code == 400


@pytest.mark.parametrize("make", [people.person, people.coordinator])
def test_who_may_not_export_finds_no_page(client, make):
    client.force_login(make())
    assert client.get(f"{EXPORTS}new/people/").status_code in {302, 404}
    assert export(client).status_code in {302, 404}
    assert client.get(EXPORTS).status_code in {302, 403}


def test_nobody_gets_out_whom_they_may_not_see(client, boss, monkeypatch):
    from people import rules

    seen = people.person(email="seen@example.com")
    people.person(email="unseen@example.com")
    own = rules.visible_to
    monkeypatch.setattr(rules, "visible_to", lambda user: own(user).filter(pk__in=[seen.pk]))
    assert [row["E-mail"] for row in read(export(client, "?tab=all"))] == ["seen@example.com"]


# By the worker


@pytest.fixture
def few_are_many(monkeypatch):
    monkeypatch.setattr(exporting, "AT_ONCE", 2)


def test_a_large_list_is_made_in_the_background_and_fetched_by_a_link(client, boss, few_are_many):
    for _each in range(3):
        people.person()
    assert "made in the background" in client.get(f"{EXPORTS}new/people/").content.decode()
    answer = export(client)
    made = Export.objects.get()
    assert answer.headers["Location"] == f"{EXPORTS}{made.pk}/ready/"
    shown = client.get(f"{EXPORTS}{made.pk}/ready/").content.decode()
    assert "0 of 4 rows written" in shown
    assert "No worker is running at the moment." in shown
    assert client.get(f"{EXPORTS}{made.pk}/download/").status_code == 302
    leases.drain(Export)
    told = client.get(f"{EXPORTS}{made.pk}/progress/").json()
    assert (told["done"], told["total"], told["finished"]) == (4, 4, True)
    assert "4 rows are in the file." in client.get(f"{EXPORTS}{made.pk}/ready/").content.decode()
    assert len(read(client.get(f"{EXPORTS}{made.pk}/download/"))) == 4
    assert set(AuditEvent.objects.values_list("kind", flat=True)) >= {"exported", "downloaded"}
    assert f"{EXPORTS}{made.pk}/ready/" in client.get(EXPORTS).content.decode()


def test_an_excel_file_is_made_in_the_background_too(client, boss, few_are_many):
    for _each in range(3):
        people.person()
    export(client, file_format="xlsx")
    leases.drain(Export)
    content = body(client.get(f"{EXPORTS}{Export.objects.get().pk}/download/"))
    assert openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].max_row == 5


@pytest.fixture
def finished(client, boss, few_are_many):
    for _each in range(3):
        people.person()
    export(client)
    leases.drain(Export)
    return Export.objects.get()


def test_an_export_is_nobody_elses(client, finished):
    client.force_login(people.admin())
    for each in ("ready", "progress", "download"):
        assert client.get(f"{EXPORTS}{finished.pk}/{each}/").status_code == 404
    assert f"{EXPORTS}{finished.pk}/" not in client.get(EXPORTS).content.decode()


def test_after_a_day_the_file_is_gone(client, finished):
    storage, name = finished.file.storage, finished.file.name
    Export.objects.update(finished_at=timezone.now() - timedelta(hours=25))
    assert client.get(f"{EXPORTS}{finished.pk}/download/").status_code == 302
    assert "Its time is over" in client.get(f"{EXPORTS}{finished.pk}/ready/").content.decode()
    assert storage.exists(name)
    assert exporting.tidy() == 1
    assert not storage.exists(name)
    assert exporting.tidy() == 0


def test_a_file_that_is_not_over_stays(client, finished):
    assert exporting.tidy() == 0
    assert finished.file.storage.exists(finished.file.name)


def test_who_lost_the_right_before_it_was_made_gets_nothing(client, boss, few_are_many):
    clerk = people.clerk()
    people.person()
    client.force_login(clerk)
    export(client)
    lifecycle.revoke(clerk, by=boss, group="Data Clerk", reason="No.")
    leases.drain(Export)
    made = Export.objects.get()
    assert (made.status, made.last_error, made.file.name) == (Export.Status.FAILED, "You may not export that.", "")


def test_a_worker_that_died_leaves_no_second_file(client, boss, few_are_many):
    for _each in range(3):
        people.person()
    export(client)
    first = Export.objects.get()
    assert leases.claim(first)
    written = exporting.write(first)  # and then it dies, before the outcome is noted
    Export.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    leases.sweep(seconds=10)
    leases.drain(Export)
    made = Export.objects.get()
    assert made.status == Export.Status.DONE
    assert made.file.storage.exists(made.file.name)
    assert not made.file.storage.exists(written["file"])


# There and back


def with_changes(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def test_what_was_exported_and_not_touched_changes_nothing(client, boss):
    for status in Status:
        people.person(status, department=people.department("Sales"))
    text = body(export(client)).decode("utf-8-sig")
    sheet = checked(client, text)
    assert set(outcomes(sheet).values()) == {"same"}
    assert "Everything in the file is here already." in page(client, sheet)


def test_a_changed_cell_comes_back_as_a_change_and_a_conflict_is_shown_three_ways(client, boss):
    sales, legal = people.department("Sales"), people.department("Legal")
    people.department("Finance")
    ada = people.person(email="ada@example.com", first_name="Ada", department=sales)
    people.person(email="bea@example.com", first_name="Bea", department=sales)
    text = body(
        export(client, "?q=example.com", columns=["company_id", "version", "email", "first_name", "department"])
    )
    lines = [
        line.replace("Sales", "Finance") if "ada@" in line or "bea@" in line else line
        for line in text.decode("utf-8-sig").splitlines()
    ]
    lifecycle.change_department(ada, by=boss, department=legal, reason="She asked.")
    sheet = checked(client, "\r\n".join(lines))
    shown = page(client, sheet)
    assert "Bea" in page(client, sheet, show="changed")
    assert "Conflict Somebody changed this here after the file was exported." in shown
    assert "Department Sales Legal Finance" in shown
    assert "Take the file’s" in shown
    number = next(number for number, outcome in outcomes(sheet).items() if outcome == "refused")
    assert do(client, sheet, "settle", row=number, take="nobody").status_code == 404
    do(client, sheet, "settle", row=number, take="file")
    sheet = worked(sheet)
    assert outcomes(sheet)[number] == "good"
    do(client, sheet, "apply")
    worked(sheet)
    assert set(Employee.objects.filter(email__in=["ada@example.com", "bea@example.com"]).values_list(
        "department__name", flat=True
    )) == {"Finance"}  # fmt: skip


def test_keeping_ours_leaves_the_row_as_it_is(client, boss):
    sales, legal = people.department("Sales"), people.department("Legal")
    ada = people.person(email="ada@example.com", department=sales)
    people.department("Finance")
    columns = ["company_id", "version", "email", "department"]
    text = body(export(client, "?q=ada@example.com", columns=columns)).decode("utf-8-sig").replace("Sales", "Finance")
    lifecycle.change_department(ada, by=boss, department=legal, reason="She asked.")
    sheet = checked(client, text)
    assert set(outcomes(sheet).values()) == {"refused"}
    assert "Keep ours in all" in page(client, sheet)
    do(client, sheet, "settle", take="here")
    assert set(outcomes(worked(sheet)).values()) == {"same"}


def test_the_list_of_imports_leads_to_that_of_exports(client, boss):
    assert f'href="{EXPORTS}"' in client.get(IMPORTS).content.decode()


def test_a_file_made_as_an_admin_is_not_fetched_as_less(client, finished, boss):
    other = people.admin()
    lifecycle.grant(boss, by=other, group="Data Clerk", reason="Looks after the lists.")
    assert client.get(f"{EXPORTS}{finished.pk}/download/").status_code == 404, "made for what they were then"
    Export.objects.all().delete()
    export(client)
    leases.drain(Export)
    made = Export.objects.get()
    assert len(read(client.get(f"{EXPORTS}{made.pk}/download/"))) == 5
    lifecycle.change_role(Employee.objects.get(pk=boss.pk), by=other, role="Employee", reason="Moved on.")
    client.force_login(Employee.objects.get(pk=boss.pk))
    assert client.get(f"{EXPORTS}{made.pk}/download/").status_code in {403, 404}


def test_a_list_that_can_not_be_asked_for_so_any_more_ends_the_export_with_a_word(client, boss, few_are_many):
    for _each in range(3):
        people.person()
    export(client)
    Export.objects.update(params={**Export.objects.get().params, "filters": "id__exact=word"})
    leases.drain(Export)
    made = Export.objects.get()
    assert (made.status, made.last_error) == ("failed", "The list can't be asked for so any more.")


@pytest.mark.parametrize("query", ["?q=%00", f"?q={'a' * 2_000}"], ids=["a NUL", "too long"])
@pytest.mark.parametrize("kind", ["people", "runrow"])
def test_a_question_that_no_list_can_take_is_a_bad_request(client, boss, kind, query):
    # A list that takes NUL out of the words is asked for the rest.
    assert client.get(f"{EXPORTS}new/{kind}/{query}").status_code in ({400, 200} if "%00" in query else {400})


def test_more_rows_than_a_workbook_holds_are_said_before_the_first_is_written(client, boss, monkeypatch):
    from jobs.spreadsheets import writing

    monkeypatch.setattr(writing, "XLSX_ROWS", 2)
    for _each in range(3):
        people.person()
    answer = export(client, file_format="xlsx")
    assert answer.status_code == 422
    assert "An XLSX holds 2 rows, and this list has more. Take CSV instead." in answer.content.decode()
    assert not Export.objects.exists()
    assert len(read(export(client))) == 4
