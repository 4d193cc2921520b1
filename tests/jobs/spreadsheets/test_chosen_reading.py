"""What a file seems to be can be wrong: the person says how it is read, and hears when that does not fit."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.spreadsheets import encodings
from jobs.spreadsheets.reading import Sheet, Unreadable
from tests.jobs.spreadsheets.files import opened, row, table, text_cell, workbook

TITLED = b"People of 2026,,\n\nPerson,,Work\nFirst,Last,Team\nAna,Silva,IT\nBen,Okri,HR\n"


def cells_of(sheet: Sheet) -> list[tuple[int, list[Any]]]:
    return [(found.number, found.cells) for found in sheet.rows()]


def refusal(content: bytes, **chosen: Any) -> str:
    with pytest.raises(Unreadable) as refused:
        opened(content, **chosen)
    return refused.value.sentence


# The header


def test_titles_below_a_heading_are_found_and_the_rows_keep_their_numbers() -> None:
    sheet = opened(b"People of 2026,,\n\nFirst,Last,Team\nAna,Silva,IT\n")
    assert (sheet.header_number, sheet.header) == (3, ["First", "Last", "Team"])
    assert cells_of(sheet) == [(4, ["Ana", "Silva", "IT"])]
    assert sheet.found.words() == "CSV, UTF-8, separated by commas, Unix line ends, titles in row 3"


def test_of_two_lines_of_titles_another_can_be_chosen() -> None:
    assert opened(TITLED).header == ["Person", "", "Work"]
    sheet = opened(TITLED, header=4)
    assert (sheet.header_number, sheet.header) == (4, ["First", "Last", "Team"])
    assert cells_of(sheet) == [(5, ["Ana", "Silva", "IT"]), (6, ["Ben", "Okri", "HR"])]


def test_in_a_workbook_too() -> None:
    content = workbook(table(["People", "", ""], ["Person", "", "Work"], ["First", "Last", "Team"], ["Ana", "Silva"]))
    sheet = opened(content, "a.xlsx", header=3)
    assert sheet.header == ["First", "Last", "Team"]
    assert cells_of(sheet) == [(4, ["Ana", "Silva", None])]
    assert sheet.found.words() == "XLSX, sheet “People”, titles in row 3"


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_file_without_titles_gets_letters_for_them_and_no_row_is_lost(name: str) -> None:
    rows = [["Ana", "Silva"], ["Ben", "Okri"]]
    content = workbook(table(*rows)) if name == "a.xlsx" else b"Ana,Silva\nBen,Okri\n"
    sheet = opened(content, name, header=0)
    assert (sheet.header_number, sheet.header) == (0, ["Column A", "Column B"])
    assert cells_of(sheet) == [(1, ["Ana", "Silva"]), (2, ["Ben", "Okri"])]
    assert sheet.found.words().endswith(", no titles")


def test_without_titles_most_rows_say_how_wide_the_table_is() -> None:
    sheet = opened(b'Ana,Silva\nBen,"Okri\nEve,Poe\nIda,Bo,"x"\nUte,May\n'.replace(b'"', b""), header=0)
    assert sheet.header == ["Column A", "Column B"]
    assert [found.fault for found in sheet.rows() if found.fault] == [
        "This row has 3 cells, and the header has 2: a quotation mark may be missing."
    ]
    wide = workbook(table(["Ana", "Silva"]) + row(2, text_cell("A2", "Ben"), text_cell("D2", "a note")))
    assert opened(wide, "a.xlsx", header=0).header == ["Column A", "Column B", "Column C", "Column D"]


@pytest.mark.parametrize("number", [2, 99, 10**9])
def test_a_row_that_can_not_have_the_titles_is_refused(number: int) -> None:
    said = f"Row {number:,} is blank, or too far down to have the titles. Choose another row."
    assert refusal(TITLED, header=number) == said


def test_titles_in_the_last_row_have_nothing_below() -> None:
    assert refusal(TITLED, header=6) == "There is nothing to load below row 6. Choose another row."


def test_the_first_rows_are_kept_as_they_are_and_the_titles_among_them() -> None:
    far = b"note\n" * 12 + b"\n" * 40 + b"note\n" * 12 + b"First,Last\n" + b"Ben,Okri\n" * 45
    assert [found.number for found in opened(TITLED).first] == [1, 3, 4, 5, 6]
    assert [found.number for found in opened(far).first][24:] == [65, 66, 67, 68, 69, 70]


# Encoding


@pytest.mark.parametrize("encoding", encodings.OFFERED)
def test_a_file_is_read_in_the_encoding_that_is_chosen(encoding: str) -> None:
    content = "name,team\nAna,IT\n".encode(encoding)
    assert cells_of(opened(content, encoding=encoding)) == [(2, ["Ana", "IT"])]


def test_letters_that_were_guessed_wrong_come_out_right() -> None:
    content = "name\nŁódź\nŽižkov\n".encode("cp1250")
    assert cells_of(opened(content, encoding="cp1252")) == [(2, ["£ódŸ"]), (3, ["Žižkov"])]
    assert cells_of(opened(content, encoding="cp1250")) == [(2, ["Łódź"]), (3, ["Žižkov"])]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("name\nPeña\n".encode("cp1252"), "utf-8"),
        (b"name\nAna\n", "utf-16"),
        ("name\nAna\n".encode("utf-16"), "cp1252"),
        ("name\nAna\n".encode("utf-16-be"), "utf-8"),
        ("name\nPeña\n".encode("cp1252"), "euc_jp"),
    ],
)
def test_an_encoding_that_the_file_is_not_in_is_refused(content: bytes, encoding: str) -> None:
    said = f"This file is not in {encodings.NAMES[encoding]}. Choose another encoding."
    assert refusal(content, encoding=encoding) == said


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_what_was_found_reads_the_file_once_more_as_it_was(encoding: str) -> None:
    content = "Leute\n\nname;team\nAna;Größe\n".encode(encoding)
    first = opened(content)
    again = opened(content, **vars(first.found.chosen()))
    assert again.found == first.found
    assert cells_of(again) == cells_of(first) == [(4, ["Ana", "Größe"])]


# Delimiter


def test_a_delimiter_that_was_guessed_wrong_can_be_chosen() -> None:
    content = b"name|notes, and more, and more\nAna|one, two, three\n"
    assert opened(content, delimiter="|").header == ["name", "notes, and more, and more"]
    assert opened(content, delimiter=",").header == ["name|notes", "and more", "and more"]
    assert opened(content, delimiter="").header == ["name|notes, and more, and more"]


@pytest.mark.parametrize(("delimiter", "words"), [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")])
def test_a_delimiter_that_parts_nothing_is_refused(delimiter: str, words: str) -> None:
    said = f"Nothing in the first rows of this file is separated by {words}. Choose something else."
    assert refusal(b'name,team\n"Ana; A|B",IT\n'.replace(b"; A|B", b""), delimiter=delimiter) == said


def test_the_line_that_names_the_delimiter_is_no_row_whatever_is_chosen() -> None:
    assert opened(b"sep=;\nname,a;b\nAna,1;2\n", delimiter=",").header == ["name", "a;b"]
