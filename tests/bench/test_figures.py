"""The arithmetic of the bench, on figures that one can check in one's head."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.figures import Memory, Result, Times, percentile, report, table
from bench.files import FileRun


def times(median: float) -> Times:
    return Times(median, median / 2, median * 2, 10)


def result(tickets: int = 1_000, *, ours: float = 8.0, bare: float = 2.0, **fields: object) -> Result:
    return Result("list", "ticket list", tickets, times(ours), times(bare), **fields)


def rows_of(text: str, beginning: str) -> list[list[str]]:
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    return [cells for cells in lines if cells[0].startswith(beginning)]


def test_the_median_and_the_ninetieth_of_a_hundred_are_values_that_were_measured() -> None:
    found = Times.of([float(value) for value in reversed(range(1, 11))])
    assert (found.median, found.p10, found.p90, found.count) == (5.5, 1.0, 9.0, 10)


def test_of_a_single_value_every_percentile_is_that_value() -> None:
    assert percentile([7.0], 90) == 7.0


def test_nothing_measured_is_an_error_and_not_a_zero() -> None:
    with pytest.raises(ValueError, match="Nothing"):
        Times.of([])


def test_a_busy_machine_is_named_and_a_quiet_one_is_not() -> None:
    assert "ticket list at 1,000 (40%)." in report([result(waited=0.4), result(2_000, waited=None)], [])
    assert "busy" not in report([result(waited=0.1), result(waited=None)], [])


def test_the_ratio_is_ours_by_bare_and_the_goal_a_multiple_of_bare() -> None:
    found = result(goal=4)
    assert (found.ratio, found.allowed, found.is_met) == (4.0, 8.0, True)
    assert result(ours=8.1, goal=4).is_met is False


def test_a_goal_set_on_a_floor_is_a_multiple_of_that_floor() -> None:
    found = result(goal=4, floor=times(3.0))
    assert (found.ratio, found.allowed, found.is_met) == (4.0, 12.0, True)


def test_a_goal_over_http_is_met_only_so_far_by_what_was_measured_without_its_page() -> None:
    met, missed = result(goal=4, floor=times(3.0)), result(ours=13.0, goal=4, floor=times(3.0))
    assert [row[-2:] for row in rows_of(report([met, missed], []), "ticket list")] == [
        ["≤ 4 x 3.00 over HTTP = 12.0", "so far"],
        ["≤ 4 x 3.00 over HTTP = 12.0", "NO"],
    ]


def test_without_a_goal_nothing_is_met_or_missed() -> None:
    assert result().allowed is None
    assert result().is_met is None


def test_the_table_is_markdown_with_columns_of_even_width() -> None:
    assert table(["a", "long"], [["wider", "b"]]) == ["| a     | long |", "| ----- | ---- |", "| wider | b    |"]


def test_the_report_has_times_statements_growth_and_memory() -> None:
    small = result(1_000, goal=4, statements_ours=["SELECT"] * 3, statements_bare=["SELECT"], statements_goal=15)
    large = result(100_000, ours=24.0, bare=3.0, goal=4, statements_ours=["SELECT"] * 16, statements_goal=15)
    text = report([small, large], [Memory(1_000, 200.4, 100.0), Memory(100_000, None, None)])
    assert rows_of(text, "ticket list") == [
        ["ticket list", "1,000", "8.00 (4.0-16.0)", "2.00 (1.0-4.0)", "4.0", "≤ 4 x bare = 8.0", "yes"],
        ["ticket list", "100,000", "24.00 (12.0-48.0)", "3.00 (1.5-6.0)", "8.0", "≤ 4 x bare = 12.0", "NO"],
    ]
    assert [row[2:] for row in rows_of(text, "SQL statements")] == [
        ["3", "1", "≤ 15", "yes"],
        ["16", "0", "≤ 15", "NO"],
    ]
    assert [row[1:] for row in rows_of(text, "growth")] == [["1,000 → 100,000", "x 3.00", "x 1.50", "≤ 2.25", "NO"]]
    assert [row[2:] for row in rows_of(text, "memory")] == [["200", "100", "≤ 250", "yes"], ["-", "-", "≤ 250", "-"]]


def test_of_files_the_largest_may_take_a_fifth_more_memory_than_the_smallest_of_its_kind() -> None:
    def file(rows: int, megabytes: float | None, kind: str = "tickets") -> FileRun:
        return FileRun(kind, rows, plan=2.0, apply=3.0, undo=1.0, copy=0.5, megabytes=megabytes)

    def met(*files: FileRun) -> list[str]:
        return [row[-1] for row in rows_of(report([], [], files), "a file of tickets, memory")]

    assert met(file(10, 100.0), file(100, 120.0)) == ["-", "yes"]
    assert met(file(10, 100.0), file(100, 121.0)) == ["-", "NO"]
    assert met(file(10, None), file(100, None)) == []
    assert met(file(10, 300.0, kind="people"), file(100, 100.0)) == ["-"]


def test_a_file_of_people_is_held_against_the_rate_that_is_wished_and_one_of_tickets_is_not() -> None:
    fast = FileRun("people", 10_000, plan=2.0, apply=3.0, undo=1.0, copy=0.5, megabytes=None)
    slow, tickets = replace(fast, apply=3.1), replace(fast, kind="tickets")
    found = [row[2:] for row in rows_of(report([], [], [fast, slow, tickets]), "a file of")]
    assert [row for row in found if "COPY" in row[1]] == [
        ["2,000", "20,000 (COPY)", "≥ 2,000", "yes"],
        ["1,961", "20,000 (COPY)", "≥ 2,000", "NO"],
        ["2,000", "20,000 (COPY)", "-", "-"],
    ]
