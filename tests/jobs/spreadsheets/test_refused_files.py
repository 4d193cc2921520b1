"""What is no table, damaged or made to harm is refused with a sentence, before more of it is read than the limits."""

from __future__ import annotations

import zipfile
from dataclasses import replace

import pytest

from jobs.spreadsheets.reading import Unreadable, open_sheet
from tests.jobs.spreadsheets.files import (
    LIMITS,
    Counted,
    archive,
    opened,
    refusal_of,
    row,
    rows_of,
    table,
    text_cell,
    workbook,
)

HEADED = table(["name", "team"], ["Ana", "IT"])
SAVE = "Open it in your spreadsheet program and save it as .xlsx or CSV."
WEB_PAGE = f"This is a web page (HTML), whatever its name says. {SAVE}"
XLSB = f"This is a binary Excel file (.xlsb). {SAVE}"
NO_TABLE = "This is not a spreadsheet. Choose a CSV or XLSX file."
ARCHIVE = "This is an archive. Unpack it, and choose the CSV or XLSX file in it."
DAMAGED = "This XLSX file is damaged or not whole. Open it in your spreadsheet program and save it again."
NO_TEXT = (
    "This file is neither a CSV nor an XLSX: it holds what is no text (null bytes). "
    "Open it in your spreadsheet program and save it as “CSV UTF-8” or XLSX."
)
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504


def stream(name: str) -> bytes:
    """How the table of an old Office file names a stream."""
    return COMPOUND + name.encode("utf-16-le").ljust(64, b"\0")


#: Name, content, what is said.
NO_TABLES = [
    ("a.csv", b"", "This file is empty."),
    ("a.csv", b"\xef\xbb\xbf", "This file is empty."),
    ("a.csv", b"\n \n,,\n", "This file is empty."),
    ("a.csv", b"a", "There is nothing to load below the first filled row of this file."),
    ("a.csv", b"name,team\n", "There is nothing to load below the first filled row of this file."),
    ("a.xls", stream("Workbook"), f"This is an old Excel file (.xls). {SAVE}"),
    ("a.xls", stream("Book"), f"This is an old Excel file (.xls). {SAVE}"),
    ("a.csv", stream("Workbook"), f"This is an old Excel file (.xls). {SAVE}"),
    ("a.xlsx", stream("EncryptedPackage"), "This file is protected with a password. Save it without one."),
    ("a.doc", stream("WordDocument"), NO_TABLE),
    ("a.csv", b"<!DOCTYPE html><html><body><table><tr><td>1", WEB_PAGE),
    ("a.xls", b"\r\n <table><tr><td>name</td></tr></table>", WEB_PAGE),
    ("a.csv", "<html><p>é</p></html>".encode("utf-16"), WEB_PAGE),
    ("a.xls", b"MIME-Version: 1.0\nContent-Type: x\n", WEB_PAGE),
    ("a.xml", b"<?xml version='1.0'?><Workbook/>", f"This is an XML file. {SAVE}"),
    ("a.csv", b'{"name": "Ana"}', NO_TABLE),
    ("a.md", b"one,two\n1,2\n", NO_TABLE),
    ("a.csv", b"%PDF-1.7\n1,2\n", NO_TABLE),
    ("a.csv", b"\x89PNG\r\n\x1a\n\0\0", NO_TABLE),
    ("a.csv", b"\x1f\x8b\x08\0", ARCHIVE),
    ("a.zip", archive({"people.csv": b"name\nAna\n"}), ARCHIVE),
    ("a.ods", archive({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"}),
     f"This is an OpenDocument file (.ods). {SAVE}"),
    ("a.ods", archive({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, packing=zipfile.ZIP_BZIP2),
     ARCHIVE),
    ("a.odt", archive({"mimetype": b"application/vnd.oasis.opendocument.text"}), NO_TABLE),
    ("a.docx", archive({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}), NO_TABLE),
    ("a.xlsb", archive({"[Content_Types].xml": b"<x/>", "xl/workbook.bin": b"x"}), XLSB),
    ("a.numbers", archive({"Index/Document.iwa": b"x"}), "This is a file of Numbers. Export it as Excel or CSV."),
    ("a.xlsx", b"name,team\nAna,IT\n",
     "The name says XLSX, and the file is none. If it is a CSV, give it a name that ends in .csv."),
    ("a.csv", b"name,team\nAna,\0\0IT\n", NO_TEXT),
    ("a.csv", b"name,team\nAna" + b",x" * 200_000 + b"\0", NO_TEXT),
    ("a.csv", bytes(range(1, 9)) * 300, NO_TEXT),
    ("a.csv", "name\nAna\n".encode("utf-16")[:-1],
     "This file begins as UTF-16 and does not go on so: it is damaged or not whole. "
     "Open it in your spreadsheet program and save it as “CSV UTF-8” or XLSX."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    NO_TABLES,
    ids=[f"{at}-{name}" for at, (name, _content, _said) in enumerate(NO_TABLES)],
)
def test_a_file_that_is_no_table_is_refused_by_what_it_is(name: str, content: bytes, sentence: str) -> None:
    assert refusal_of(content, name) == sentence


@pytest.mark.parametrize("name", ["a.csv", "a", "a.XLSM", "a.dat"])
def test_a_workbook_is_one_whatever_it_is_called(name: str) -> None:
    assert rows_of(workbook(HEADED), name) == [(2, ["Ana", "IT"])]


@pytest.mark.parametrize("name", ["a.txt", "a", "a.xls", "a.CSV", "a.dat"])
def test_a_table_of_text_is_one_whatever_it_is_called(name: str) -> None:
    assert rows_of(b"name\tteam\nAna\tIT\n", name) == [(2, ["Ana", "IT"])]


# Damaged


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_workbook_that_is_cut_off_is_damaged(share: float) -> None:
    content = workbook(HEADED)
    assert refusal_of(content[: int(len(content) * share)], "a.xlsx") == DAMAGED


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml", "_rels/.rels"]
)
@pytest.mark.parametrize("broken", [b"", b"<a><b></a>", b"\x00\x01", b"<?xml version='1.0' encoding='klingon'?><a/>"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_that_is_no_xml_is_damage(part: str, broken: bytes) -> None:
    assert refusal_of(workbook(HEADED, extra=[(part, broken)]), "a.xlsx") == DAMAGED


@pytest.mark.parametrize(
    "cell",
    ['<c r="A3" t="s"><v>99</v></c>', '<c r="A3" t="s"><v>-1</v></c>', '<c r="A3" t="s"><v>x</v></c>',
     '<c r="A3"><v>ten</v></c>', '<c r="33"><v>1</v></c>', '<c r="ZZZZ3"><v>1</v></c>', '<c r="A3" s="x"><v>1</v></c>'],
)  # fmt: skip
def test_a_cell_that_makes_no_sense_is_damage(cell: str) -> None:
    assert refusal_of(workbook(HEADED + row(3, cell), texts="<si><t>a</t></si>"), "a.xlsx") == DAMAGED


def test_bytes_that_were_changed_within_are_damage() -> None:
    content = bytearray(workbook(table(["name"], *([f"somebody {number}"] for number in range(300)))))
    at = content.index(b"xl/worksheets/sheet1.xml") + 200
    content[at : at + 20] = bytes(20)
    assert refusal_of(bytes(content), "a.xlsx") == DAMAGED


def test_a_password_on_the_archive_is_said() -> None:
    content = bytearray(workbook(HEADED))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := content.find(mark, at + 1)) >= 0:
            content[at + offset] |= 1
    assert refusal_of(bytes(content), "a.xlsx") == "This file is protected with a password. Save it without one."


# Made to harm


def test_a_workbook_with_entities_is_refused() -> None:
    bomb = (
        b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><worksheet><sheetData><row r="1"><c r="A1" t="str">'
        b"<v>&b;</v></c></row></sheetData></worksheet>"
    )
    said = "This XLSX file holds definitions that can do harm (XML entities), and that no spreadsheet needs."
    for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "_rels/.rels"):
        assert refusal_of(workbook(HEADED, extra=[(part, bomb)]), "a.xlsx") == said


def test_a_file_that_is_larger_unpacked_than_it_may_be_is_refused_by_what_it_says_of_itself() -> None:
    content = workbook(HEADED, extra=[("xl/media/huge.bin", bytes(6_000_000))])
    assert len(content) < 20_000
    said = "Unpacked, this file is larger than 4.8\u00a0MB. Split it into several files, or save it as CSV."
    assert refusal_of(content, "a.xlsx") == said


def test_a_member_that_is_larger_than_it_says_is_not_read_further_than_that() -> None:
    huge = row(3, text_cell("A3", "x" * 500)) * 40_000
    content = bytearray(workbook(HEADED + huge))
    name = b"xl/worksheets/sheet1.xml"
    for mark, head, offset in ((b"PK\x03\x04", 30, 22), (b"PK\x01\x02", 46, 24)):
        at = content.find(name) if mark == b"PK\x03\x04" else content.rfind(name)
        assert content[at - head : at - head + 4] == mark
        content[at - head + offset : at - head + offset + 4] = (2_000).to_bytes(4, "little")
    assert refusal_of(bytes(content), "a.xlsx") == DAMAGED


def test_an_archive_of_very_many_members_is_not_opened() -> None:
    assert refusal_of(b"PK\x03\x04" + b"PK\x01\x02" * 10_001, "a.xlsx", limits=LIMITS) == DAMAGED


def test_blank_rows_are_passed_over_up_to_the_limit_and_refused_beyond() -> None:
    few = HEADED + "".join(f'<row r="{number}"/>' for number in range(3, 900))
    assert rows_of(workbook(few), "a.xlsx") == [(2, ["Ana", "IT"])]
    many = HEADED + "".join(f'<row r="{number}"/>' for number in range(3, 50_003))
    said = (
        "This file has more than 1,000 rows, blank ones counted. "
        "Split it into several files, or take out the blank rows."
    )
    assert refusal_of(workbook(many), "a.xlsx") == said
    assert refusal_of(b"name\n" + b"\n" * 50_000 + b"Ana\n") == said
    assert refusal_of(workbook(many, ""), "a.xlsx", limits=replace(LIMITS, max_expanded_bytes=10**8)) == said


def test_a_sheet_of_blank_rows_alone_does_not_hide_the_next() -> None:
    blank = "".join(f'<row r="{number}"/>' for number in range(1, 50_000))
    assert opened(workbook(blank, HEADED), "a.xlsx").found.sheet == "Others"


@pytest.mark.parametrize("content", ["csv", "xlsx"])
def test_as_many_rows_as_may_be_are_read_and_one_more_is_refused(content: str) -> None:
    limits = replace(LIMITS, max_rows=5)
    for rows, refused in ((5, False), (6, True)):
        texts = [["name"], *[["Ana"]] * rows]
        file = workbook(table(*texts)) if content == "xlsx" else "\n".join(cells[0] for cells in texts).encode()
        assert bool(refusal_of(file, f"a.{content}", limits=limits)) is refused


def test_very_many_columns_are_refused() -> None:
    said = "This file has 51 columns, and at most 50 can be read. Take out those not needed."
    assert refusal_of(b"a," * 50 + b"a\n" + b"1," * 50 + b"1\n") == said
    wide = row(1, text_cell("AZ1", "x")) + row(2, text_cell("A2", "x"))
    assert refusal_of(workbook(wide), "a.xlsx") == "Row 1 has more than 50 columns. Take out those that are not needed."
    assert "more cells than any table" in refusal_of(b"a," * 400_000)


def test_columns_without_a_value_are_none() -> None:
    ghosts = HEADED + row(3, text_cell("A3", "Ben"), *['<c s="1"/>'] * 3000)
    assert rows_of(workbook(ghosts), "a.xlsx")[-1] == (3, ["Ben", None])
    endless = HEADED + row(3, *['<c s="1"/>'] * 20_000)
    assert (
        refusal_of(workbook(endless), "a.xlsx") == "Row 3 has more than 50 columns. Take out those that are not needed."
    )


def test_a_million_characters_in_a_cell_of_a_csv_are_refused_with_the_row() -> None:
    content = b"name,team\nAna,IT\nBen," + b"x" * 900_000 + b"\n"
    said = "Row 3 has a cell of more than 1,000 characters. Perhaps a quotation mark opens there and is never closed."
    assert refusal_of(content) == said


def test_an_endless_comment_in_a_part_is_damage() -> None:
    content = workbook(
        HEADED, extra=[("xl/worksheets/sheet1.xml", b"<worksheet><!--" + b"x" * 6_000_000 + b"--></worksheet>")]
    )
    assert refusal_of(content, "a.xlsx", limits=replace(LIMITS, max_expanded_bytes=10**8)) == DAMAGED


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    file = Counted(b"name\n" + b"Ana\n" * 300_000)
    with pytest.raises(Unreadable) as refused:
        open_sheet(file, "a.csv", limits=LIMITS)
    assert refused.value.sentence == (
        "This file is too large: at most 976.6\u00a0KB, and it has 1.1\u00a0MB. Split it into several files."
    )
    assert file.taken == 0
