"""Workbooks of every program are read, with the types of their cells."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta

import pytest
from openpyxl import Workbook

from jobs.spreadsheets.reading import Unreadable
from tests.jobs.spreadsheets.files import opened, refusal_of, row, rows_of, table, text_cell, workbook

HEADED = [["name", "team"], ["Ana", "IT"]]


def of_openpyxl(*rows: list, formats: dict[str, str] | None = None) -> bytes:
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for cells in rows:
        sheet.append(cells)
    for place, code in (formats or {}).items():
        sheet[place].number_format = code
    book.save(out)
    return out.getvalue()


def test_every_type_of_a_cell_comes_as_it_is() -> None:
    moment = datetime(2026, 5, 3, 14, 30, 15)  # noqa: DTZ001  # a workbook knows no zones
    values = ["Ana", 5, 1.5, True, False, moment, date(2026, 5, 3), time(8, 15), timedelta(hours=30), "0042", None, "x"]
    content = of_openpyxl([f"c{number}" for number in range(len(values))], values)
    assert rows_of(content, "a.xlsx") == [(2, values)]
    kinds = [type(cell) for cell in rows_of(content, "a.xlsx")[0][1]]
    assert kinds == [type(value) for value in values]


def test_numbers_are_whole_where_they_are_and_dates_only_where_they_are_shown_as_such() -> None:
    content = of_openpyxl(
        ["a", "b", "c", "d"], [45000, 45000.5, -7, 45000], formats={"A2": "d. mmmm yyyy", "D2": "0.00"}
    )
    assert rows_of(content, "a.xlsx") == [(2, [date(2023, 3, 15), 45000.5, -7, 45000])]
    large = workbook(table(["a"]) + row(2, '<c r="A2"><v>1E+3</v></c>') + row(3, '<c r="A3"><v>0.1</v></c>'))
    assert rows_of(large, "a.xlsx") == [(2, [1000]), (3, [0.1])]


def test_a_workbook_of_a_mac_counts_its_days_from_1904() -> None:
    styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
    cell = row(2, '<c r="A2" s="1"><v>39082</v></c>')
    assert rows_of(workbook(table(["day"]) + cell, styles=styles, settings='<workbookPr date1904="1"/>'), "a.xlsx") == [
        (2, [date(2011, 1, 1)])
    ]
    assert rows_of(workbook(table(["day"]) + cell, styles=styles), "a.xlsx") == [(2, [date(2006, 12, 31)])]


def test_a_number_that_is_no_day_of_a_calendar_stays_a_number() -> None:
    styles = '<cellXfs><xf numFmtId="14"/></cellXfs>'
    content = workbook(table(["day"]) + row(2, '<c r="A2" s="0"><v>99999999999</v></c>'), styles=styles)
    assert rows_of(content, "a.xlsx") == [(2, [99999999999])]


def test_shared_texts_are_read_without_their_pronunciation_and_with_what_xml_can_not_hold() -> None:
    texts = (
        "<si><t>name</t></si><si><r><t>two </t></r><r><t>parts</t></r></si>"
        "<si><t>東京</t><rPh><t>トウキョウ</t></rPh></si><si><t>a_x000D_b_x005F_x000D_</t></si>"
    )
    cells = "".join(row(number, f'<c r="A{number}" t="s"><v>{number - 1}</v></c>') for number in range(1, 5))
    content = workbook(cells, texts=texts)
    assert opened(content, "a.xlsx").header == ["name"]
    assert rows_of(content, "a.xlsx") == [(2, ["two parts"]), (3, ["東京"]), (4, ["a\rb_x000D_"])]


def test_many_shared_texts_are_found_in_any_order() -> None:
    texts = "".join(f"<si><t>text {number} {'é' * 400}</t></si>" for number in range(4000))
    places = [0, 3999, 1, 2500, 1, 3998]
    cells = "".join(
        row(number, f'<c r="A{number}" t="s"><v>{place}</v></c>') for number, place in enumerate(places, start=1)
    )
    found = [cells[0][:9].strip(" é") for _number, cells in rows_of(workbook(cells, texts=texts), "a.xlsx")]
    assert found == [f"text {place}" for place in places[1:]]


def test_a_wrong_dimension_and_places_that_are_not_named_mislead_nobody() -> None:
    cells = "<row><c t='inlineStr'><is><t>name</t></is></c><c t='inlineStr'><is><t>team</t></is></c></row>"
    content = workbook(cells + row(5, text_cell("B5", "IT")), dimension="A1")
    assert rows_of(content, "a.xlsx") == [(5, [None, "IT"])]


def test_prefixes_before_the_names_of_elements_do_not_matter() -> None:
    sheet = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData><x:row r="1">'
        '<x:c r="A1" t="str"><x:v>name</x:v></x:c></x:row><x:row r="2"><x:c r="A2"><x:v>7</x:v></x:c></x:row>'
        "</x:sheetData></x:worksheet>"
    )
    content = workbook("", extra=[("xl/worksheets/sheet1.xml", sheet.encode())])
    assert rows_of(content, "a.xlsx") == [(2, [7])]
    assert opened(content, "a.xlsx").count() == 1


def test_a_row_says_its_own_number_and_blank_ones_are_passed_over() -> None:
    content = workbook(
        row(3, text_cell("A3", "Staff of 2026"))
        + row(4)
        + row(6, *(text_cell(f"{column}6", column) for column in "ABC"))
        + row(7, '<c r="A7" s="0"/>')
        + row(9, *(text_cell(f"{column}9", "x") for column in "ABC"))
        + row(12, text_cell("B12", "y"))
    )
    sheet = opened(content, "a.xlsx")
    assert (sheet.header_number, sheet.header) == (6, ["A", "B", "C"])
    assert [(found.number, found.cells) for found in sheet.rows()] == [(9, ["x"] * 3), (12, [None, "y", None])]
    assert [found.number for found in sheet.rows(after=9)] == [12]


def test_what_stands_beside_the_table_is_kept_when_it_is_seen_at_once() -> None:
    content = workbook(table(["name"], ["Ana"]) + row(3, text_cell("A3", "Ben"), text_cell("D3", "a note")))
    assert opened(content, "a.xlsx").header == ["name", "", "", ""]


# Sheets


def test_the_first_sheet_with_anything_in_it_is_read_unless_another_is_named() -> None:
    content = workbook("", table(*HEADED), table(["title"], ["x"]))
    sheet = opened(content, "a.xlsx")
    assert (sheet.found.sheet, sheet.found.sheets) == ("Others", ["People", "Others", "More"])
    assert sheet.found.words() == "XLSX, sheet “Others”"
    assert opened(content, "a.xlsx", sheet="More").header == ["title"]


def test_a_hidden_sheet_is_not_read() -> None:
    content = workbook(table(["secret"], ["x"]), table(*HEADED), states=["hidden", "visible"])
    assert opened(content, "a.xlsx").found.sheets == ["Others"]
    with pytest.raises(Unreadable) as refused:
        opened(content, "a.xlsx", sheet="People")
    assert refused.value.sentence == "This file has no sheet “People” that can be seen. It has: Others."


def test_an_empty_workbook_says_so() -> None:
    assert refusal_of(workbook("", row(1)), "a.xlsx") == "No sheet of this file has anything in it."


# A row's own fault


def test_a_formula_without_its_result_is_its_rows_fault() -> None:
    content = workbook(
        table(*HEADED)
        + row(3, text_cell("A3", "Ben"), '<c r="B3"><f>1+1</f></c>')
        + row(4, text_cell("A4", "Eve"), '<c r="B4"><f>1+1</f><v>2</v></c>')
    )
    rows = list(opened(content, "a.xlsx").rows())
    assert rows[1].fault == "The result of the formula in B3 is not in the file. Open it, save it, and try again."
    assert (rows[2].cells, rows[2].fault) == (["Eve", 2], "")


@pytest.mark.parametrize("where", ["inline", "shared"])
def test_a_cell_of_a_million_characters_is_its_rows_fault_and_the_next_row_is_read(where: str) -> None:
    long = "x" * 1_000_000
    cell = text_cell("A2", long) if where == "inline" else '<c r="A2" t="s"><v>0</v></c>'
    content = workbook(table(["name"]) + row(2, cell) + row(3, text_cell("A3", "Ben")), texts=f"<si><t>{long}</t></si>")
    rows = list(opened(content, "a.xlsx").rows())
    assert rows[0].fault == "Cell A2 has more than 1,000 characters."
    assert len(rows[0].cells[0]) == 1000
    assert rows[1].cells == ["Ben"]


def test_the_same_character_limit_holds_to_the_character() -> None:
    content = workbook(table(["name"], ["x" * 1000], ["x" * 1001]))
    assert [bool(found.fault) for found in opened(content, "a.xlsx").rows()] == [False, True]


def test_formulas_that_we_made_harmless_come_back_from_a_workbook() -> None:
    assert rows_of(workbook(table(["name"], ["'=1+1"], ["'tis"])), "a.xlsx") == [(2, ["=1+1"]), (3, ["'tis"])]
