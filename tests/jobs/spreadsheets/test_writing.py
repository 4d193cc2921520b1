"""What is written opens in a spreadsheet program as it should, and is read back as it was."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from jobs.spreadsheets.reading import open_sheet
from jobs.spreadsheets.writing import SheetOut, Unwritable, as_written, csv_pieces, write_csv, write_xlsx

#: What no database takes can't stand in a file that we write.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)
FORMULAS = ["=1+1", "+49 30 1234", "-5", "@SUM(A1)", "\t=1", "\r\n=1", "'=1", "\uff1d1"]


def csv_of(rows: Any, header: list[str]) -> bytes:
    out = io.BytesIO()
    write_csv(rows, header, out)
    return out.getvalue()


def xlsx_of(*sheets: SheetOut) -> bytes:
    out = io.BytesIO()
    write_xlsx(sheets, out)
    return out.getvalue()


def read_back(content: bytes) -> list[list[Any]]:
    return [row.cells for row in open_sheet(io.BytesIO(content), "out").rows()]


# CSV


def test_a_csv_begins_as_excel_wants_it_and_ends_its_lines_as_windows_does() -> None:
    content = csv_of([["Łódź", 5], ["a,b", None]], ["town", "number"])
    assert content == b"\xef\xbb\xbf" + 'town,number\r\nŁódź,5\r\n"a,b",\r\n'.encode()


def test_values_of_a_csv_are_words_that_people_write() -> None:
    values = [
        True,
        False,
        None,
        -5,
        1.5,
        Decimal("1E+3"),
        date(2026, 5, 3),
        datetime(2026, 5, 3, 9, 5, 7, 99, tzinfo=UTC),
    ]
    content = csv_of([values], ["c"] * len(values))
    assert content.splitlines()[1] == b"yes,no,,-5,1.5,1000,2026-05-03,2026-05-03 09:05:07+00:00"


def test_a_csv_comes_in_pieces_while_its_rows_are_made() -> None:
    asked = []

    def rows() -> Iterator[list[str]]:
        for number in range(10_000):
            asked.append(number)
            yield ["x" * 50]

    pieces = csv_pieces(rows(), ["a"])
    assert next(pieces) == b"\xef\xbb\xbf"
    assert asked == []
    assert len(next(pieces)) < 100_000
    assert 1_000 < len(asked) < 2_000
    assert sum(map(len, pieces)) > 400_000


@pytest.mark.parametrize("texts", [["Buy milk, eggs", "Call Bob; soon", ""], ["a\tb", "c"], ["a|b|c"] * 9])
def test_a_single_column_stays_one_whatever_is_in_it(texts: list[str]) -> None:
    assert read_back(csv_of([[text] for text in texts], ["note"])) == [[text] for text in texts if text]


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_a_formula_is_a_text_in_the_file_and_comes_back_as_it_was(text: str, file_format: str) -> None:
    content = csv_of([[text]], ["a"]) if file_format == "csv" else xlsx_of(SheetOut("Out", ["a"], [[text]]))
    if file_format == "csv":
        assert content.decode("utf-8-sig").split("\r\n", 1)[1].lstrip('"').startswith("'")
    else:
        cell = load_workbook(io.BytesIO(content)).worksheets[0]["A2"]
        assert (cell.data_type, str(cell.value)[:1]) == ("s", "'")
    assert read_back(content) == [[text]]


def test_a_number_below_nothing_is_a_number() -> None:
    assert csv_of([[-5, "a"]], ["a", "b"]).endswith(b"\r\n-5,a\r\n")
    assert read_back(xlsx_of(SheetOut("Out", ["a"], [[-5]]))) == [[-5]]


@settings(deadline=None)
@given(st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=5))
def test_every_text_comes_back_from_a_csv(rows: list[list[str]]) -> None:
    kept = [["key", *row] for row in rows]
    assert read_back(csv_of(kept, ["key", "a", "b", "c"])) == kept


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=5))
def test_every_text_comes_back_from_a_workbook(rows: list[list[str]]) -> None:
    kept = [["key", *row] for row in rows]
    assert read_back(xlsx_of(SheetOut("Out", ["key", "a", "b", "c"], kept))) == [
        [cell or None for cell in row] for row in kept
    ]


# XLSX


def test_values_of_a_workbook_have_their_types() -> None:
    moment = datetime(2026, 5, 3, 9, 5, 7)  # noqa: DTZ001  # a workbook knows no zones
    values = ["0042", 5, 1.5, True, date(2026, 5, 3), moment, time(8, 15), timedelta(hours=30), None, "#N/A"]
    content = xlsx_of(SheetOut("Out", ["c"] * len(values), [values]))
    assert read_back(content) == [values]
    assert [type(cell) for cell in read_back(content)[0]] == [type(value) for value in values]


def test_a_time_is_written_as_it_is_here_and_to_the_second() -> None:
    moment = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=UTC)
    with timezone.override("Europe/Berlin"):
        there = datetime(2026, 7, 1, 14, 0)  # noqa: DTZ001
        assert as_written(moment) == there
        assert read_back(xlsx_of(SheetOut("Out", ["a"], [[moment]]))) == [[there]]
        assert read_back(csv_of([[moment]], ["a"])) == [["2026-07-01 14:00:00+02:00"]]


def test_what_has_no_cell_of_its_own_kind_goes_as_its_text() -> None:
    assert as_written(Decimal("1.50")) == Decimal("1.50")
    assert as_written(float("inf")) == "inf"
    assert as_written(zipfile.ZIP_DEFLATED) == 8
    assert as_written(["a"]) == "['a']"


def test_a_large_number_is_written_as_excel_holds_it() -> None:
    assert read_back(xlsx_of(SheetOut("Out", ["a"], [[2**60]]))) == [[float(2**60)]]


def test_the_header_is_bold_stays_in_view_and_columns_are_as_wide_as_what_is_in_them() -> None:
    rows = [["Ana", "x" * 300], ["Ben", "two\nlines"]]
    sheet = load_workbook(io.BytesIO(xlsx_of(SheetOut("Out", ["name", "long"], rows)))).worksheets[0]
    assert sheet.freeze_panes == "A2"
    assert [cell.font.b for cell in sheet[1]] == [True, True]
    assert sheet.column_dimensions["A"].width == 10
    assert sheet.column_dimensions["B"].width == 60


def test_a_template_has_a_second_sheet_and_rows_need_not_be_equally_long() -> None:
    content = xlsx_of(
        SheetOut("People", ["name", "role"], []),
        SheetOut("Allowed values", ["Column"], [["role", "Employee", "Admin"]]),
    )
    book = load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["People", "Allowed values"]
    assert [cell.value for cell in book["Allowed values"][2]] == ["role", "Employee", "Admin"]


def test_a_title_that_excel_would_not_take_is_made_fit() -> None:
    assert load_workbook(io.BytesIO(xlsx_of(SheetOut("a/b: c?" * 9, ["x"], [])))).sheetnames == [
        "a b  c a b  c a b  c a b  c a b"
    ]
    assert load_workbook(io.BytesIO(xlsx_of(SheetOut("''", ["x"], [])))).sheetnames == ["Sheet"]


def test_a_text_that_a_cell_has_no_room_for_is_refused_and_not_cut() -> None:
    fits = xlsx_of(SheetOut("Out", ["a"], [["x" * 32_767]]))
    assert read_back(fits) == [["x" * 32_767]]
    with pytest.raises(Unwritable) as refused:
        xlsx_of(SheetOut("Out", ["a", "b"], [["", "x" * 32_768]]))
    assert refused.value.sentence == (
        "The text in row 2, column B is longer than the 32,767 characters that a cell of an XLSX holds. "
        "Take CSV instead."
    )
    assert read_back(csv_of([["x" * 32_767]], ["a"])) == [["x" * 32_767]]


def test_a_workbook_that_is_broken_off_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def rows() -> Iterator[list[str]]:
        yield from [["x"]] * 200
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        xlsx_of(SheetOut("Whole", ["a"], [["x"]]), SheetOut("Out", ["a"], rows()))
    assert list(tmp_path.iterdir()) == []


def test_a_workbook_holds_what_the_library_reads_too() -> None:
    """Our reader is not the only one that understands our writer."""
    content = xlsx_of(SheetOut("Out", ["a", "b"], [["a_x0041_b\x0b", "two\nlines"]]))
    cells = [cell.value for cell in load_workbook(io.BytesIO(content), read_only=True).worksheets[0][2]]
    assert cells == ["a_x005F_x0041_b_x000B_", "two\nlines"]
    assert read_back(content) == [["a_x0041_b\x0b", "two\nlines"]]
