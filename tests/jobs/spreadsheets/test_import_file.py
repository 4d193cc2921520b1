"""The first pages of an import: the file, templates to start from, and which column goes where."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from jobs.models import Run
from jobs.spreadsheet_models import Spreadsheet
from jobs.spreadsheets import tables
from people.models import Employee
from tests.factories import people
from tests.jobs.spreadsheets.walking import (
    IMPORTS,
    body,
    checked,
    do,
    match,
    outcomes,
    page,
    sentences,
    upload,
    uploaded,
    worked,
)

pytestmark = pytest.mark.django_db


# 1 File


def test_the_first_page_offers_what_one_may_bring_in_and_says_the_limits(client, clerk):
    shown = client.get(f"{IMPORTS}new/?kind=people").content.decode()
    assert 'value="people" checked' in shown
    assert "up to 64" in shown
    assert "At most 100,000 rows" in shown
    assert f"{IMPORTS}template/people/xlsx/" in shown


@pytest.mark.parametrize("make", [people.person, people.coordinator])
def test_who_may_bring_nothing_in_finds_no_page(client, make):
    client.force_login(make())
    for address in ("", "new/", "template/people/csv/"):
        assert client.get(f"{IMPORTS}{address}").status_code in {302, 403, 404}
    assert upload(client).status_code in {302, 403}
    assert not Spreadsheet.objects.exists()


def test_a_file_leads_to_its_columns_and_changes_nothing(client, clerk):
    answer = upload(client)
    sheet = Spreadsheet.objects.get()
    assert answer.headers["Location"] == f"{IMPORTS}{sheet.pk}/columns/"
    assert (sheet.file_name, sheet.uploaded_by, sheet.run) == ("people.csv", clerk, None)
    assert not Employee.objects.filter(email="ada@example.com").exists()


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "people.csv", "The submitted file is empty."),
        (b"<html><table><tr><td>a</td></tr></table>", "people.csv", "This is a web page (HTML)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "people.xls", "This is not a spreadsheet."),
        (b"PK\x03\x04nothing", "people.xlsx", "This XLSX file is damaged or not whole."),
        (b"First name,E-mail\n", "people.csv", "There is nothing to load below the first filled row"),
    ],
    ids=["empty", "html", "old", "damaged", "only a header"],
)
def test_a_file_that_can_not_be_read_says_why(client, clerk, content, name, sentence):
    answer = upload(client, content, name=name)
    assert answer.status_code == 422
    (problem,) = sentences(answer)
    assert problem.startswith(sentence.replace("The submitted file is empty.", "This file is empty."))
    assert 'href="#id_file"' in answer.content.decode()
    assert not Spreadsheet.objects.exists()


def test_a_form_without_a_file_or_a_kind_is_asked_for_both(client, clerk):
    answer = client.post(f"{IMPORTS}new/", {})
    assert answer.status_code == 422
    assert sentences(answer) == ["Say what the file holds.", "Choose a file."]
    assert sentences(upload(client, kind="departments")) == ["Say what the file holds."]


def test_a_file_over_the_limit_is_refused_in_its_words(client, clerk, settings):
    settings.SPREADSHEET_MAX_BYTES = 100
    (problem,) = sentences(upload(client))
    assert "too large: at most 100\xa0bytes" in problem


def test_the_second_of_a_double_click_leads_to_the_same_import(client, clerk):
    form = {"kind": "people", "once": "a" * 32}
    answers = [
        client.post(
            f"{IMPORTS}new/", {**form, "file": SimpleUploadedFile("people.csv", b"E-mail,First name\na@b.c,A\n")}
        )
        for _each in range(2)
    ]
    sheet = Spreadsheet.objects.get()
    assert {answer.headers["Location"] for answer in answers} == {f"{IMPORTS}{sheet.pk}/columns/"}


def test_the_same_file_again_is_asked_about(client, clerk):
    first = checked(client)
    do(client, first, "apply", only_good="1")
    worked(first)
    answer = upload(client, name="copy.csv")
    again = Spreadsheet.objects.latest("pk")
    assert answer.headers["Location"] == f"{IMPORTS}{again.pk}/again/"
    shown = page(client, again, "again")
    assert "You loaded this file on" in shown
    assert "2 done, 4 refused" in shown
    assert f'href="{IMPORTS}{first.pk}/result/"' in client.get(f"{IMPORTS}{again.pk}/again/").content.decode()


def test_of_a_file_that_somebody_else_loaded_one_learns_who_and_when_alone(client, clerk):
    first = checked(client)
    do(client, first, "apply", only_good="1")
    worked(first)
    client.force_login(people.clerk())
    upload(client)
    answer = client.get(f"{IMPORTS}{Spreadsheet.objects.latest('pk').pk}/again/")
    assert "Yuki Tanaka loaded this file on" in answer.content.decode()
    assert "Show the earlier import" not in answer.content.decode()


def test_what_was_only_checked_is_not_called_loaded(client, clerk):
    checked(client)
    assert upload(client, name="copy.csv").headers["Location"].endswith("/columns/")


def test_a_sample_keeps_the_beginning_of_a_long_cell(client, clerk):
    sheet = uploaded(client, f"First name,Last name,E-mail\nAda,{'x' * 30_000},ada@example.com\n")
    assert len(sheet.sample[0][1][1]) == tables.SAMPLE_CHARACTERS


def test_the_template_names_our_columns_and_the_allowed_values(client, clerk):
    csv = body(client.get(f"{IMPORTS}template/people/csv/")).decode("utf-8-sig")
    assert "E-mail,First name,Middle name,Last name" in csv
    assert "Company ID" not in csv
    book = openpyxl.load_workbook(BytesIO(body(client.get(f"{IMPORTS}template/people/xlsx/"))))
    first, allowed = book.worksheets
    assert first.max_row == 1
    assert allowed.title == "Allowed values"
    of_departments = next(row for row in allowed.iter_rows(values_only=True) if row[0] == "Department")
    assert {"Sales", "Legal"} <= set(of_departments[4:])
    assert client.get(f"{IMPORTS}template/people/ods/").status_code == 404
    assert client.get(f"{IMPORTS}template/weapons/csv/").status_code == 404


def test_a_template_can_be_filled_in_and_loaded(client, clerk):
    book = openpyxl.load_workbook(BytesIO(body(client.get(f"{IMPORTS}template/people/xlsx/"))))
    titles = [cell.value for cell in book.worksheets[0][1]]
    row = {"E-mail": "ada@example.com", "First name": "Ada", "Last name": "Lovelace", "Department": "Sales"}
    book.worksheets[0].append([row.get(title) for title in titles])
    out = BytesIO()
    book.save(out)
    assert outcomes(checked(client, out.getvalue(), name="filled.xlsx")) == {2: "good"}


# 2 Columns


def test_columns_are_offered_by_name_with_their_first_values(client, clerk):
    sheet = uploaded(client)
    shown = client.get(f"{IMPORTS}{sheet.pk}/columns/").content.decode()
    assert "CSV, UTF-8, separated by commas" in shown
    taken = {int(index): name for index, name in sheet.mapping["columns"].items()}
    assert taken == {0: "first_name", 1: "last_name", 2: "email", 3: "department"}
    for name in taken.values():
        assert f'value="{name}" selected' in shown
    assert "Moon Base" in shown
    assert "Shoe size" in shown


def test_a_column_is_known_by_what_stands_in_it_where_its_title_says_nothing(client, clerk):
    text = "Vorname,Nachname,Kontakt,Kontoart,Wo\nAda,Lovelace,ada@example.com,Employee,Sales\n"
    sheet = uploaded(client, text + "Bea,Arthur,bea@example.com,System Admin,Legal\n")
    assert sheet.mapping["columns"] == {
        "0": "first_name",
        "1": "last_name",
        "2": "email",
        "3": "role",
        "4": "department",
    }
    client.force_login(people.admin())
    tickets = "Wer,Betreff,Beschreibung,Wichtigkeit,Lage,Wann\nada@example.com,Drucker,Papierstau,High,Open,31.3.2026\n"
    sheet = uploaded(
        client, tickets + "bea@example.com,Maus,Klickt nicht,Critical,Closed,1.4.2026 10:00\n", kind="tickets"
    )
    names = ["requester", "subject", "description", "priority", "status", "submitted"]
    assert sheet.mapping["columns"] == {str(index): name for index, name in enumerate(names)}


def test_words_that_are_no_choice_are_asked_about_and_their_meaning_counts(client, clerk):
    sheet = uploaded(client)
    shown = page(client, sheet, "columns")
    assert "Department: words we don’t know" in shown
    match(client, sheet, **{"word-department-0": "Moon Base", "value-department-0": "Legal"})
    assert outcomes(worked(sheet))[5] == "good"


def test_a_needed_column_that_is_missing_is_said_on_top_and_one_value_will_do(client, clerk):
    sheet = uploaded(client, "First name,E-mail\nAda,ada@example.com\nBea,bea@example.com\n")
    assert "Needed, and in none of the columns Choose the column below" in page(client, sheet, "columns")
    answer = match(client, sheet)
    assert answer.status_code == 422
    assert sentences(answer) == ["“Last name” is needed. Choose its column."]
    assert 'href="#fixed-last_name"' in answer.content.decode()
    match(client, sheet, **{"fixed-last_name": "Lovelace"})
    assert outcomes(worked(sheet)) == {2: "good", 3: "good"}


def test_one_value_for_all_rows_can_also_be_given_for_what_need_not_be_there(client, clerk):
    sheet = uploaded(client, "First name,Last name,E-mail\nAda,Lovelace,ada@example.com\n")
    assert "One value for all rows" in page(client, sheet, "columns")
    match(client, sheet, **{"fixed-department": "Legal", "fixed-company_id": "MA0001"})
    sheet = worked(sheet)
    assert sheet.mapping["fixed"] == {"department": "Legal"}
    assert "Department Legal" in page(client, sheet)
    assert '<details class="bo-card bo-more" open>' in client.get(f"{IMPORTS}{sheet.pk}/columns/").content.decode()


def test_two_columns_can_not_go_to_one_place(client, clerk):
    sheet = uploaded(client)
    answer = match(client, sheet, **{"column-4": "email"})
    assert answer.status_code == 422
    assert sentences(answer) == ["Two columns can’t both go to “E-mail”. Choose one of them.".replace("’", "'")]
    assert not Run.objects.exists()


def test_how_columns_were_taken_is_remembered_for_the_next_file_of_that_shape(client, clerk):
    text = "Forename,Name,Contact\nAda,Lovelace,ada@example.com\n"
    sheet = uploaded(client, text)
    match(client, sheet, **{"column-0": "first_name", "column-1": "last_name", "column-2": "email"})
    other = uploaded(client, text.replace("Ada", "Bea").replace("ada", "bea"))
    assert other.mapping["columns"] == {"0": "first_name", "1": "last_name", "2": "email"}
    assert "The columns are taken as they were for the last file of this shape." in page(client, other, "columns")


@pytest.mark.parametrize(
    "posted",
    [
        {"column-99": "email"}, {"column-x": "email"}, {"column-0": "is_superuser"}, {"column-0": "password"},
        {"column-٣": "email"}, {"fixed-role": "\x00"}, {"column-0": "status"},
    ],
    ids=ascii,
)  # fmt: skip
def test_nonsense_in_the_form_takes_nothing_that_is_not_offered(client, clerk, posted):
    sheet = uploaded(client)
    assert match(client, sheet, **posted).status_code in {302, 422}
    fresh = Spreadsheet.objects.get(pk=sheet.pk)
    assert not {"is_superuser", "password", "status"} & set(fresh.mapping["columns"].values())


def test_of_a_workbook_with_several_sheets_another_can_be_taken(client, clerk):
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    book.active.append(["Read", "me"])
    book.active.append(["first", "please"])
    staff = book.create_sheet("Staff")
    staff.append(["E-mail", "First name", "Last name"])
    staff.append(["ada@example.com", "Ada", "Lovelace"])
    out = BytesIO()
    book.save(out)
    sheet = uploaded(client, out.getvalue(), name="two.xlsx")
    assert "XLSX, sheet “Notes”" in page(client, sheet, "columns")
    assert client.post(f"{IMPORTS}{sheet.pk}/table/", {"sheet": "Nothing"}).status_code == 404
    client.post(f"{IMPORTS}{sheet.pk}/table/", {"sheet": "Staff"})
    sheet = Spreadsheet.objects.get()
    assert sheet.mapping["columns"] == {"0": "email", "1": "first_name", "2": "last_name"}
    match(client, sheet)
    assert outcomes(worked(sheet)) == {2: "good"}
