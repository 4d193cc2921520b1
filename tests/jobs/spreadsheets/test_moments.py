"""Dates as spreadsheets have them: read where they can mean one thing, refused where they can mean two."""

import datetime as dt

import pytest

from audit.reading import Unfit
from jobs.spreadsheets import moments


def naive(text: str) -> dt.datetime:
    """As a workbook has it: without a zone."""
    return dt.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("2023-06-01 12:15:36", "2023-06-01T10:15:36+00:00"),
        ("2023-06-01T12:15", "2023-06-01T10:15:00+00:00"),
        ("2023-01-01 12:15:36", "2023-01-01T11:15:36+00:00"),
        ("2023-06-01", "2023-05-31T22:00:00+00:00"),
        ("2023-06-01T12:15:36Z", "2023-06-01T12:15:36+00:00"),
        ("2023-06-01 12:15:36 UTC", "2023-06-01T12:15:36+00:00"),
        ("2023-06-01T12:15:36-05:00", "2023-06-01T17:15:36+00:00"),
        ("2025-05-13 06:51:56.548614289", "2025-05-13T04:51:56+00:00"),
        ("1.6.2023 12:15", "2023-06-01T10:15:00+00:00"),
        ("2023/6/1", "2023-05-31T22:00:00+00:00"),
        (naive("2023-06-01 12:15:36"), "2023-06-01T10:15:36+00:00"),
        (dt.date(2023, 6, 1), "2023-05-31T22:00:00+00:00"),
        (dt.datetime(2023, 6, 1, 12, 15, 36, 999, tzinfo=dt.UTC), "2023-06-01T12:15:36+00:00"),
        # The hour that the clocks leave out in spring, and the one that comes twice in autumn.
        ("2024-03-31 02:30", "2024-03-31T01:30:00+00:00"),
        ("2024-10-27 02:30", "2024-10-27T00:30:00+00:00"),
    ],
    ids=str,
)
def test_a_moment_is_read(settings, cell, meant):
    settings.TIME_ZONE = "Europe/Berlin"
    assert moments.moment(cell) == meant


@pytest.mark.parametrize(
    "cell",
    [
        "06/01/2023",
        "1/6/23",
        "soon",
        "",
        "2023-13-01",
        "2023-02-30",
        45078,
        45078.5,
        True,
        "9999-12-31 23:59 ",
        "x" * 99,
        dt.timedelta(1),
        dt.time(1),
        None,
        "0001-01-01",
        naive("9999-12-31 23:59"),
    ],
    ids=str,
)
def test_what_can_mean_two_things_or_none_is_refused_with_what_to_write(settings, cell):
    settings.TIME_ZONE = "Pacific/Auckland" if str(cell).startswith("0001") else "America/New_York"
    with pytest.raises(Unfit) as unfit:
        moments.moment(cell)
    assert "year-month-day" in str(unfit.value)


def test_a_day_is_read_from_whatever_has_one():
    for cell in ("2023-06-01", "1.6.2023", "2023-06-01 23:59", dt.date(2023, 6, 1), naive("2023-06-01 23:59")):
        assert moments.day(cell) == "2023-06-01"


def test_a_moment_of_ours_comes_back_as_it_went_out():
    ours = dt.datetime(2023, 6, 1, 12, 15, 36, 123456, tzinfo=dt.UTC)
    assert moments.moment(moments.plain_moment(ours)) == moments.plain_moment(ours).isoformat()
    assert moments.plain_moment(None) is None
