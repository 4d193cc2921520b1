"""On the page of the columns one sees how the file is read, and says how it is where that is wrong."""

from __future__ import annotations

import re

import pytest

from jobs.spreadsheet_models import Spreadsheet
from jobs.spreadsheets import importing
from tests.factories import people
from tests.jobs.spreadsheets.walking import IMPORTS, checked, do, match, outcomes, page, said, uploaded, worked

pytestmark = pytest.mark.django_db

TITLED = (
    "People of 2026,,\n\nPerson,,Address\nFirst name,Last name,E-mail\n"
    "Ada,Lovelace,ada@example.com\nBea,Arthur,bea@example.com\n"
)


def fresh(sheet: Spreadsheet) -> Spreadsheet:
    return Spreadsheet.objects.select_related("run").get(pk=sheet.pk)


def taken_row(client, sheet) -> str:
    shown = client.get(f"{IMPORTS}{sheet.pk}/columns/").content.decode()
    (number,) = re.findall(r'name="header" value="(\d+)" checked', shown)
    return number


def test_of_two_lines_of_titles_the_one_whose_words_we_know_is_taken(client, clerk):
    sheet = uploaded(client, TITLED)
    assert sheet.header == ["First name", "Last name", "E-mail"]
    assert taken_row(client, sheet) == "4"
    shown = page(client, sheet, "columns")
    assert "titles in row 4" in shown
    assert "Row 1 People of 2026" in shown
    match(client, sheet)
    assert outcomes(worked(sheet)) == {5: "good", 6: "good"}


def test_another_row_can_be_said_to_have_the_titles(client, clerk):
    sheet = uploaded(client, TITLED.replace("First name,Last name,E-mail", "Fiel,Cognomen,Inbox"))
    assert taken_row(client, sheet) == "3"
    do(client, sheet, "table", header="4")
    sheet = fresh(sheet)
    assert (sheet.header, taken_row(client, sheet)) == (["Fiel", "Cognomen", "Inbox"], "4")
    assert [number for number, _cells in sheet.sample] == [5, 6]
    assert sheet.mapping["columns"] == {"2": "email"}
    match(client, sheet, **{"column-0": "first_name", "column-1": "last_name"})
    assert outcomes(worked(sheet)) == {5: "good", 6: "good"}


def test_a_file_without_titles_loses_no_row(client, clerk):
    sheet = uploaded(client, "Ada,Lovelace,ada@example.com\nBea,Arthur,bea@example.com\n")
    do(client, sheet, "table", header="0")
    assert "Column A" in page(client, sheet, "columns")
    match(client, fresh(sheet), **{"column-0": "first_name", "column-1": "last_name"})
    assert outcomes(worked(sheet)) == {1: "good", 2: "good"}


def test_another_encoding_is_shown_at_once(client, clerk):
    text = "First name,Last name,E-mail\nŽofie,Łuk,zofie@example.com\n".encode("cp1250")
    sheet = uploaded(client, text)
    do(client, sheet, "table", encoding="cp1252")
    assert "£uk" in page(client, sheet, "columns")
    do(client, sheet, "table", encoding="cp1250")
    shown = client.get(f"{IMPORTS}{sheet.pk}/columns/").content.decode()
    assert "Łuk" in shown
    assert "Windows-1250" in shown
    assert '<option value="cp1250" selected>Windows-1250 (Central Europe)</option>' in shown
    assert '<details class="bo-card bo-more" id="reading" open>' in shown
    match(client, fresh(sheet))
    worked(sheet)
    assert "Łuk" in page(client, sheet)


def test_another_delimiter_is_shown_at_once_and_the_row_of_the_titles_is_looked_for_anew(client, clerk):
    text = "Staff|of|2026\nFirst name;Last name;E-mail\n" + "Ada|1;Lovelace|2;ada@example.com|3\n" * 2
    sheet = uploaded(client, text)
    do(client, sheet, "table", delimiter="bar")
    sheet = fresh(sheet)
    assert (sheet.found["delimiter"], sheet.header) == ("|", ["Staff", "of", "2026"])
    do(client, sheet, "table", delimiter="semicolon", header=str(sheet.found["header"]))
    assert fresh(sheet).header == ["First name", "Last name", "E-mail"]
    do(client, sheet, "table", delimiter="none")
    assert fresh(sheet).found["delimiter"] == ""


@pytest.mark.parametrize(
    ("posted", "sentence"),
    [
        ({"encoding": "utf-16"}, "It stays as it was. This file is not in UTF-16. Choose another encoding."),
        (
            {"delimiter": "tab"},
            "It stays as it was. Nothing in the first rows of this file is separated by tabs. Choose something else.",
        ),
        (
            {"header": "7"},
            "It stays as it was. Row 7 is blank, or too far down to have the titles. Choose another row.",
        ),
        ({"header": "6"}, "It stays as it was. There is nothing to load below row 6. Choose another row."),
    ],
)
def test_what_does_not_fit_the_file_is_said_and_changes_nothing(client, clerk, posted, sentence):
    sheet = uploaded(client, TITLED)
    answer = do(client, sheet, "table", **posted)
    assert answer.headers["Location"] == f"{IMPORTS}{sheet.pk}/columns/?reading"
    assert said(client) == [sentence]
    after = fresh(sheet)
    assert (after.found, after.header, after.mapping) == (sheet.found, sheet.header, sheet.mapping)


@pytest.mark.parametrize(
    "posted",
    [{"encoding": "klingon"}, {"encoding": "rot13"}, {"delimiter": "x"}, {"header": "-1"}, {"header": "٣"},
     {"header": "9" * 50}, {"header": ""}, {"sheet": "Nothing"}],
    ids=ascii,
)  # fmt: skip
def test_what_is_not_offered_is_not_found(client, clerk, posted):
    sheet = uploaded(client, TITLED)
    assert client.post(f"{IMPORTS}{sheet.pk}/table/", posted).status_code == 404
    assert fresh(sheet).found == sheet.found


def test_a_plan_that_was_made_is_dropped_when_the_file_is_read_in_another_way(client, clerk):
    sheet = checked(client, TITLED)
    do(client, sheet, "table", header="0")
    assert fresh(sheet).run.status == "cancelled"
    match(client, fresh(sheet), **{"column-0": "first_name", "column-1": "last_name", "column-2": "email"})
    assert set(outcomes(worked(sheet))) == {1, 3, 4, 5, 6}


def test_a_file_that_was_loaded_is_not_read_in_another_way(client, clerk):
    sheet = checked(client, TITLED)
    do(client, sheet, "apply", only_good="1")
    worked(sheet)
    do(client, sheet, "table", header="0")
    assert said(client) == ["This file was loaded already. Choose it again to load it once more."]
    assert fresh(sheet).found["header"] == 4


def test_nobody_else_says_how_a_file_is_read(client, clerk):
    sheet = uploaded(client, TITLED)
    client.force_login(people.coordinator())
    assert do(client, sheet, "table", header="0").status_code in {302, 403, 404}
    assert fresh(sheet).found == sheet.found


def test_a_file_that_came_in_before_the_row_of_titles_was_kept_is_read_as_then(client, clerk):
    sheet = uploaded(client, TITLED)
    old = {name: value for name, value in sheet.found.items() if name not in {"header", "first"}}
    Spreadsheet.objects.filter(pk=sheet.pk).update(found=old)
    assert "How the file is read" not in page(client, sheet, "columns")
    assert "CSV, UTF-8, separated by commas" in page(client, sheet, "columns")
    importing.check(fresh(sheet), by=clerk)
    assert set(outcomes(worked(sheet))) == {4, 5, 6}


def test_the_refused_rows_of_a_file_without_titles_can_be_loaded_again(client, clerk):
    sheet = uploaded(client, "Ada,Lovelace,ada@example.com\nBea,Arthur,bea@example\n")
    do(client, sheet, "table", header="0")
    match(client, fresh(sheet), **{"column-0": "first_name", "column-1": "last_name", "column-2": "email"})
    worked(sheet)
    refused = b"".join(client.get(f"{IMPORTS}{sheet.pk}/refused/csv/").streaming_content)
    again = uploaded(client, refused.replace(b"bea@example,", b"bea@example.com,"), name="again.csv")
    assert again.header == ["Column A", "Column B", "Column C", "What is wrong"]
    assert again.mapping["columns"] == {"2": "email"}
