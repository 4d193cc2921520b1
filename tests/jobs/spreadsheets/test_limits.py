"""Limits are settings, and said before the upload."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jobs.spreadsheets.limits import Limits, size_of
from tests.jobs.spreadsheets.files import LIMITS, refusal_of, row, table, workbook


def test_the_limits_are_those_of_the_settings_and_are_said() -> None:
    assert [sentence.replace("\u00a0", " ") for sentence in Limits.of_settings().sentences()] == [
        "CSV or XLSX, up to 64 MB; an XLSX may hold 500 MB once it is unpacked.",
        "At most 100,000 rows and 200 columns, with 32,767 characters in a cell.",
        "In an XLSX at most 1,000,000 characters in a row.",
        "All cells of a file together: at most 100,000,000 characters.",
    ]


def test_another_setting_says_and_does_something_else(settings: Any) -> None:
    settings.SPREADSHEET_MAX_ROWS = 2
    limits = Limits.of_settings()
    assert "At most 2 rows" in limits.sentences()[1]
    assert "more than 2 rows" in refusal_of(b"name\nAna\nBen\nEve\n", limits=limits)
    assert refusal_of(b"name\nAna\nBen\n", limits=limits) == ""


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_all_cells_together_may_have_so_many_characters_the_titles_counted(name: str) -> None:
    rows = [["name", "team"], ["Ana", "IT"], ["Ben", "HR"]]
    content = workbook(table(*rows)) if name == "a.xlsx" else b"name,team\nAna,IT\nBen,HR\n"
    said = "Up to row 3 the cells of this file have more than 17 characters together. Split it into several files."
    assert refusal_of(content, name, limits=replace(LIMITS, max_characters=18)) == ""
    assert refusal_of(content, name, limits=replace(LIMITS, max_characters=17)) == said


def test_numbers_and_dates_count_as_long_as_they_are_written() -> None:
    content = workbook(table(["number"]) + row(2, '<c r="A2"><v>123456</v></c>'))
    assert refusal_of(content, "a.xlsx", limits=replace(LIMITS, max_characters=12)) == ""
    assert "more than 11 characters" in refusal_of(content, "a.xlsx", limits=replace(LIMITS, max_characters=11))


def test_sizes_are_said_without_a_zero_behind_the_point() -> None:
    assert [size_of(number).replace("\u00a0", " ") for number in (512, 20 * 1024**2, 1_572_864)] == [
        "512 bytes",
        "20 MB",
        "1.5 MB",
    ]
