"""Small files that would unfold to very much, or take very long, are refused by a number and not by a clock."""

from __future__ import annotations

import errno
import io
import zipfile
from dataclasses import replace
from datetime import date

import pytest
from openpyxl.utils.datetime import CALENDAR_WINDOWS_1900

from jobs.spreadsheets.reading import Unreadable
from jobs.spreadsheets.xlsx_files import MOST_CODES
from jobs.spreadsheets.xlsx_rows import RowHandler
from jobs.spreadsheets.xml_parts import Budget, Part, damage_told, walk
from tests.jobs.spreadsheets.files import LIMITS, opened, refusal_of, row, rows_of, table, text_cell, workbook

HEADED = table(["name", "team"], ["Ana", "IT"])
DAMAGED = "This XLSX file is damaged or not whole. Open it in your spreadsheet program and save it again."
PACKED = (
    "This XLSX file is packed in a way that spreadsheet programs do not use. "
    "Open it in your spreadsheet program and save it again."
)
TOO_FAR = (
    "A row of this file says that it comes after row 1,048,576, the last that a workbook can have. "
    "Open it in your spreadsheet program and save it again."
)
SHARED = '<c t="s"><v>0</v></c>'
LONG = replace(LIMITS, max_cell_characters=32_767)


# One text in many cells


def naming_one_text(rows: int, cells: int, characters: int) -> bytes:
    below = "".join(row(number, SHARED * cells) for number in range(3, rows + 3))
    return workbook(HEADED + below, texts=f"<si><t>{'x' * characters}</t></si>")


def test_a_row_whose_cells_all_name_one_long_text_is_refused() -> None:
    content = naming_one_text(rows=30, cells=40, characters=32_767)
    assert len(content) < 3_000
    said = "The cells of row 3 have more than 1,000,000 characters together. Shorten their texts."
    assert refusal_of(content, "a.xlsx", limits=LONG) == said


def test_a_row_may_have_a_million_characters_and_not_one_more() -> None:
    cells = [text_cell(f"{chr(65 + at)}3", "x" * 25_000) for at in range(25)] + [SHARED * 15]
    for more, refused in (("", False), (text_cell("AO3", "x"), True)):
        content = workbook(HEADED + row(3, *cells, more), texts=f"<si><t>{'x' * 25_000}</t></si>")
        assert bool(refusal_of(content, "a.xlsx", limits=LONG)) is refused


def test_rows_that_all_name_one_text_may_unfold_to_so_many_characters_and_no_more() -> None:
    said = (
        "Up to row 252 the cells of this file have more than 5,000,000 characters together. "
        "Split it into several files."
    )
    assert refusal_of(naming_one_text(rows=249, cells=20, characters=1_000), "a.xlsx") == ""
    assert refusal_of(naming_one_text(rows=251, cells=20, characters=1_000), "a.xlsx") == said


class Asked:
    """Shared texts that know how often one was looked up."""

    times = 0

    def __getitem__(self, place: int) -> str:
        self.times += 1
        return "x"


def test_shared_texts_are_looked_up_a_row_at_a_time_however_many_rows_a_piece_of_xml_has() -> None:
    texts = Asked()
    handler = RowHandler(texts, {}, CALENDAR_WINDOWS_1900, LIMITS)
    xml = f"<sheetData>{'<row>' + SHARED * 20 + '</row>'}{'<row>' + SHARED * 20 + '</row>'}</sheetData>".encode()
    next(walk(Part(io.BytesIO(xml), Budget(len(xml), "")), handler))
    assert texts.times == 0
    times = []
    for found in handler.taken():
        assert found.cells == ["x"] * 20
        times.append(texts.times)
    assert times == [20, 40]


@pytest.mark.parametrize(("characters", "is_seen"), [(100, True), (30_000, False)])
def test_of_long_rows_fewer_are_kept_to_find_the_header(characters: int, is_seen: bool) -> None:
    """A note beside the table is found when its row is among them."""
    below = "".join(row(number, SHARED * 20) for number in range(3, 30)) + row(30, text_cell("Z30", "a note"))
    content = workbook(HEADED + below, texts=f"<si><t>{'x' * characters}</t></si>")
    found = opened(content, "a.xlsx", limits=replace(LONG, max_characters=10**8)).header
    assert len(found) == (26 if is_seen else 20)


# Kinds of numbers


def dated(code: str) -> bytes:
    styles = (
        f'<numFmts><numFmt numFmtId="164" formatCode="{code}"/></numFmts><cellXfs><xf/><xf numFmtId="164"/></cellXfs>'
    )
    return workbook(table(["day"]) + row(2, '<c r="A2" s="1"><v>45000</v></c>'), styles=styles)


def test_a_kind_of_number_whose_code_is_longer_than_excel_has_it_is_no_date() -> None:
    longest = "yyyy-mm-dd".ljust(255, "-")
    assert rows_of(dated(longest), "a.xlsx") == [(2, [date(2023, 3, 15)])]
    assert rows_of(dated(longest + "-"), "a.xlsx") == [(2, [45000])]
    assert rows_of(dated("[" * 1_000_000), "a.xlsx") == [(2, [45000])]


def test_very_many_kinds_of_numbers_are_damage() -> None:
    for number, said in ((MOST_CODES, ""), (MOST_CODES + 1, DAMAGED)):
        styles = "".join(f'<numFmt numFmtId="{at}" formatCode="0"/>' for at in range(number))
        assert refusal_of(workbook(HEADED, styles=styles), "a.xlsx") == said


# Many sheets


def related(*targets: str) -> tuple[str, bytes]:
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    inner = "".join(
        f'<Relationship Id="rId{at}" Type="{office}/worksheet" Target="{target}"/>'
        for at, target in enumerate(targets, 1)
    )
    return "xl/_rels/workbook.xml.rels", f"<Relationships>{inner}</Relationships>".encode()


@pytest.mark.parametrize("other", ["worksheets/sheet1.xml", "/xl/worksheets/./Sheet1.xml"])
def test_two_sheets_in_one_place_are_refused(other: str) -> None:
    said = (
        "Two sheets of this file are kept in the same place, so it is damaged. "
        "Open it in your spreadsheet program and save it again."
    )
    assert refusal_of(workbook(HEADED, "", extra=[related("worksheets/sheet1.xml", other)]), "a.xlsx") == said


def test_empty_sheets_that_ask_for_the_last_of_many_texts_are_looked_at_within_bounds() -> None:
    """Each is a few bytes, and each would have all texts read."""
    asking = '<row><c t="s"><v>4999</v></c></row>'
    texts, limits = "<si><t/></si>" * 5_000, replace(LIMITS, max_expanded_bytes=100_000)
    sheet = opened(workbook(asking, HEADED, texts=texts), "a.xlsx", limits=limits)
    assert sheet.found.sheet == "Others"
    said = "Too much of this file was read without a filled sheet. Take out the empty sheets, or save it as CSV."
    assert refusal_of(workbook(asking, asking, HEADED, texts=texts), "a.xlsx", limits=limits) == said


def test_a_large_sheet_is_walked_through_as_often_as_is_needed() -> None:
    content = workbook(table(["name"], *[["x" * 100]] * 500))
    sheet = opened(content, "a.xlsx", limits=replace(LIMITS, max_expanded_bytes=200_000))
    for _time in range(3):
        assert (sheet.count(), len(list(sheet.rows()))) == (500, 500)


# Rows that no workbook has


@pytest.mark.parametrize("number", ["1048577", "9" * 20, "9" * 5_000], ids=["next", "twenty digits", "5,000 digits"])
def test_a_row_beyond_the_last_is_refused(number: str) -> None:
    far = f'<row r="{number}">{text_cell("A3", "Ben")}</row>'
    assert refusal_of(workbook(HEADED + far), "a.xlsx") == TOO_FAR


def test_the_last_row_is_read_and_none_is_counted_on_from_it() -> None:
    last = row(1_048_576, text_cell("A1048576", "Ben"))
    assert rows_of(workbook(HEADED + last), "a.xlsx")[-1] == (1_048_576, ["Ben", None])
    assert refusal_of(workbook(HEADED + last + "<row/>"), "a.xlsx") == TOO_FAR


# Packed otherwise


def packed(method: int, name: str) -> bytes:
    """A good workbook with this member packed by that method."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(HEADED))) as good, zipfile.ZipFile(out, "w") as other:
        for member in good.namelist():
            other.writestr(member, good.read(member), method if member == name else zipfile.ZIP_STORED)
        if name == "mimetype":
            other.writestr(name, b"application/x" * 100, method)
    return out.getvalue()


@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "_rels/.rels"])
@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=["bzip2", "lzma"])
def test_members_that_are_packed_as_in_no_workbook_are_refused(method: int, name: str) -> None:
    assert refusal_of(packed(method, name), "a.xlsx") == PACKED


def test_members_that_are_not_packed_at_all_are_read() -> None:
    assert rows_of(packed(zipfile.ZIP_STORED, "_rels/.rels"), "a.xlsx") == [(2, ["Ana", "IT"])]


@pytest.mark.parametrize(
    ("method", "said"),
    [(zipfile.ZIP_DEFLATED, DAMAGED), (zipfile.ZIP_BZIP2, PACKED), (zipfile.ZIP_LZMA, PACKED)],
    ids=["deflated", "bzip2", "lzma"],
)
def test_what_can_not_be_unpacked_is_damage_and_what_is_packed_otherwise_is_not_unpacked(
    method: int, said: str
) -> None:
    """Before all of the packing is looked at, one member may say what kind of file it is."""
    content = bytearray(packed(method, "mimetype"))
    properties = 4 if method == zipfile.ZIP_LZMA else 0  # how long those of lzma are
    at = content.index(b"mimetype") + len("mimetype") + properties
    content[at : at + 20] = b"\xff" * 20
    assert refusal_of(bytes(content), "a.xlsx") == said


def marked(content: bytes, name: bytes, offset: int, value: bytes) -> bytes:
    """With other bytes in a member's entry of the archive's table."""
    changed = bytearray(content)
    at = changed.rindex(name) - 46 + offset
    changed[at : at + len(value)] = value
    return bytes(changed)


def test_an_entry_that_leads_nowhere_is_damage() -> None:
    content, name = workbook(HEADED), b"xl/worksheets/sheet1.xml"
    assert refusal_of(marked(content, name, 42, (len(content) - 10).to_bytes(4, "little")), "a.xlsx") == DAMAGED
    assert refusal_of(marked(content, name, 42, b"\xff\xff\xff\x00"), "a.xlsx") == DAMAGED


def test_a_member_that_is_packed_as_a_patch_is_damage() -> None:
    assert refusal_of(marked(workbook(HEADED), b"xl/worksheets/sheet1.xml", 8, b"\x20\x00"), "a.xlsx") == DAMAGED


def test_bytes_that_can_not_be_unpacked_are_damage_and_a_full_disk_is_not_blamed_on_the_file() -> None:
    with pytest.raises(Unreadable, match="damaged"), damage_told():
        raise OSError("Invalid data stream")  # as bzip2 has it
    with pytest.raises(OSError, match="No space"), damage_told():
        raise OSError(errno.ENOSPC, "No space left on device")
