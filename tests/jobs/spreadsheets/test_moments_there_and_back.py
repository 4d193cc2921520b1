"""A moment that goes out comes back as the same one: in the hour that comes twice, beside the one that is left out, in
zones of any offset, and in a CSV also where the site's zone was changed between."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from jobs.spreadsheets import moments
from jobs.spreadsheets.reading import open_sheet
from jobs.spreadsheets.writing import SheetOut, write_csv, write_xlsx

#: Half an hour of summer time, a changed day, quarters of an hour, an offset with seconds (until 1972).
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "UTC",
         "Africa/Monrovia", "America/Sao_Paulo"]  # fmt: skip
HOUR = dt.timedelta(hours=1)
#: The clocks of Berlin go back at one o'clock in UTC.
BACK = dt.datetime(2024, 10, 27, 1, tzinfo=dt.UTC)
FIRST, SECOND = BACK - HOUR / 2, BACK + HOUR / 2


def written(moment: dt.datetime, file_format: str) -> bytes:
    out = io.BytesIO()
    header, rows = ["key", "at"], [["x", moment]]
    if file_format == "csv":
        write_csv(rows, header, out)
    else:
        write_xlsx([SheetOut("Out", header, rows)], out)
    return out.getvalue()


def read_back(content: bytes) -> str:
    (row,) = open_sheet(io.BytesIO(content), "out").rows()
    return moments.moment(row.cells[1])


def in_workbook(moment: dt.datetime) -> Any:
    return load_workbook(io.BytesIO(written(moment, "xlsx"))).worksheets[0]["B2"].value


def shown(moment: dt.datetime) -> str:
    plain = moments.plain_moment(moment)
    assert plain is not None
    return plain.isoformat()


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
@pytest.mark.parametrize("moment", [FIRST, SECOND], ids=["first", "second"])
def test_the_hour_that_comes_twice_comes_back_as_the_one_that_it_was(settings, file_format, moment):
    settings.TIME_ZONE = "Europe/Berlin"
    assert read_back(written(moment, file_format)) == shown(moment)


@settings(deadline=None, max_examples=300)
@given(
    st.datetimes(min_value=dt.datetime(1970, 1, 2), max_value=dt.datetime(2099, 1, 1)),  # noqa: DTZ001 - made UTC below
    st.sampled_from(ZONES),
    st.sampled_from(["csv", "xlsx"]),
)
@example(SECOND.replace(tzinfo=None), "Europe/Berlin", "xlsx")
@example(dt.datetime(2024, 3, 31, 1), "Europe/Berlin", "xlsx")  # noqa: DTZ001
@example(dt.datetime(2024, 4, 6, 15, 15), "Australia/Lord_Howe", "csv")  # noqa: DTZ001
@example(dt.datetime(2011, 12, 30, 10), "Pacific/Apia", "xlsx")  # noqa: DTZ001
def test_every_moment_comes_back_as_it_went_out(naive: dt.datetime, zone: str, file_format: str) -> None:
    moment = naive.replace(tzinfo=dt.UTC)
    with override_settings(TIME_ZONE=zone):
        assert read_back(written(moment, file_format)) == shown(moment)


def test_a_csv_says_which_offset_its_times_have_so_another_zone_reads_them_alike(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    content = written(SECOND, "csv")
    assert b"2024-10-27 02:30:00+01:00" in content
    settings.TIME_ZONE = "America/New_York"
    assert read_back(content) == shown(SECOND)


def test_a_workbook_holds_real_dates_but_for_an_hour_that_comes_twice(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    assert in_workbook(BACK + 2 * HOUR) == dt.datetime(2024, 10, 27, 4)  # noqa: DTZ001 - a workbook knows no zones
    assert [in_workbook(FIRST), in_workbook(SECOND)] == ["2024-10-27 02:30:00+02:00", "2024-10-27 02:30:00+01:00"]
