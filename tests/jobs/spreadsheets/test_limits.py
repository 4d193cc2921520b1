"""Limits are settings, and said before the upload."""

from __future__ import annotations

from typing import Any

from jobs.spreadsheets.limits import Limits, size_of
from tests.jobs.spreadsheets.files import refusal_of


def test_the_limits_are_those_of_the_settings_and_are_said() -> None:
    assert [sentence.replace("\u00a0", " ") for sentence in Limits.of_settings().sentences()] == [
        "CSV or XLSX, up to 20 MB; an XLSX may hold 500 MB once it is unpacked.",
        "At most 100,000 rows and 200 columns, with 32,767 characters in a cell.",
        "In an XLSX at most 1,000,000 characters in a row.",
    ]


def test_another_setting_says_and_does_something_else(settings: Any) -> None:
    settings.SPREADSHEET_MAX_ROWS = 2
    limits = Limits.of_settings()
    assert "At most 2 rows" in limits.sentences()[1]
    assert "more than 2 rows" in refusal_of(b"name\nAna\nBen\nEve\n", limits=limits)
    assert refusal_of(b"name\nAna\nBen\n", limits=limits) == ""


def test_sizes_are_said_without_a_zero_behind_the_point() -> None:
    assert [size_of(number).replace("\u00a0", " ") for number in (512, 20 * 1024**2, 1_572_864)] == [
        "512 bytes",
        "20 MB",
        "1.5 MB",
    ]
