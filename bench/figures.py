"""From the times measured to what is printed: medians, ratios, goals, a table in Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.files import MEMORY_GROWTH, FileRun

#: What the real server may take after the run, MB. Source, as of the goals of cases: the figures of the design.
MEMORY_GOAL_MB = 250
#: Rows of people planned and applied in a second. Source: the same.
PEOPLE_A_SECOND = 2_000
#: A page is flat when from the smallest house to the largest it slows down at most this many times more than the bare
#: one does. The bare one is flat by its indexes: what it loses is what else the machine was doing.
FLAT = 1.5
#: Something waited for a processor in this share of the time: more than a quiet machine knows.
BUSY = 0.25


@dataclass(frozen=True)
class Times:
    """Of one arm: milliseconds."""

    median: float
    p10: float
    p90: float
    count: int

    @classmethod
    def of(cls, milliseconds: Sequence[float]) -> Times:
        if not milliseconds:
            raise ValueError("Nothing was measured.")
        return cls(
            statistics.median(milliseconds),
            percentile(milliseconds, 10),
            percentile(milliseconds, 90),
            len(milliseconds),
        )

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.p10:.1f}-{self.p90:.1f})"


def percentile(values: Sequence[float], percent: int) -> float:
    """The least value that at least `percent` of a hundred are not above (nearest rank)."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[rank - 1]


@dataclass(frozen=True)
class Result:
    """One case at one size. `floor` is what the goal is a multiple of, where that is not `bare` itself.

    `waited`: the share of the time in which something on this machine waited for a processor; None where not known.
    """

    case: str
    title: str
    tickets: int
    ours: Times
    bare: Times
    floor: Times | None = None
    goal: float | None = None
    statements_ours: list[str] = field(default_factory=list)
    statements_bare: list[str] = field(default_factory=list)
    statements_goal: int | None = None
    waited: float | None = None

    @property
    def ratio(self) -> float:
        return self.ours.median / self.bare.median

    @property
    def allowed(self) -> float | None:
        """Milliseconds that the goal leaves."""
        return None if self.goal is None else self.goal * (self.floor or self.bare).median

    @property
    def is_met(self) -> bool | None:
        return None if self.allowed is None else self.ours.median <= self.allowed

    def as_data(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": self.ratio, "allowed": self.allowed, "is_met": self.is_met}


@dataclass(frozen=True)
class Memory:
    """Resident megabytes of a server's processes, all together, after the cases at `tickets`."""

    tickets: int
    ours: float | None
    bare: float | None


def report(results: Sequence[Result], memory: Sequence[Memory], files: Sequence[FileRun] = ()) -> str:
    """Both tables, as Markdown; and a warning where the figures are not to be trusted."""
    lines = table(
        ["work", "tickets", "ours, ms (p10-p90)", "bare, ms (p10-p90)", "ratio", "goal", "met"],
        [_times_row(result) for result in results],
    )
    others = [*_statement_rows(results), *_growth_rows(results), *_memory_rows(memory), *_file_rows(files)]
    lines += ["", *table(["figure", "tickets", "ours", "bare", "goal", "met"], others)]
    return "\n".join([*lines, *_warning(results)])


def _warning(results: Sequence[Result]) -> list[str]:
    # Long work loses its turns to others and short work does not: a busy machine raises the ratios too.
    busy = [result for result in results if (result.waited or 0.0) > BUSY]
    if not busy:
        return []
    rows = ", ".join(f"{result.title} at {_number(result.tickets)} ({result.waited:.0%})" for result in busy)
    return [
        "",
        "Other work kept the processors busy: times and ratios of these rows are too high. Run it again on a quiet "
        f"machine. In parentheses, in which share of the time something had to wait for a processor: {rows}.",
    ]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table, its columns wide enough to be read as plain text too."""
    cells = [list(head), *map(list, rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(head))]
    lines = [_line([cell.ljust(width) for cell, width in zip(row, widths, strict=True)]) for row in cells]
    return [lines[0], _line(["-" * width for width in widths]), *lines[1:]]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _number(number: int) -> str:
    return f"{number:,}"


def _yes(is_met: bool | None) -> str:
    return {True: "yes", False: "NO", None: "-"}[is_met]


def _times_row(result: Result) -> list[str]:
    return [
        result.title,
        _number(result.tickets),
        str(result.ours),
        str(result.bare),
        f"{result.ratio:.1f}",
        _goal(result),
        # Measured without its page, whose own time is still to come.
        "so far" if result.floor and result.is_met else _yes(result.is_met),
    ]


def _goal(result: Result) -> str:
    if result.allowed is None:
        return "-"
    if result.floor is None:
        return f"≤ {result.goal:g} x bare = {result.allowed:.1f}"
    return f"≤ {result.goal:g} x {result.floor.median:.2f} over HTTP = {result.allowed:.1f}"


def _statement_rows(results: Sequence[Result]) -> list[list[str]]:
    return [
        [
            f"SQL statements, {result.title}",
            _number(result.tickets),
            str(len(result.statements_ours)),
            str(len(result.statements_bare)),
            f"≤ {result.statements_goal}" if result.statements_goal else "-",
            _yes(len(result.statements_ours) <= result.statements_goal if result.statements_goal else None),
        ]
        for result in results
    ]


def _growth_rows(results: Sequence[Result]) -> list[list[str]]:
    """How many times slower each case is in the largest house than in the smallest."""
    rows = []
    for title in dict.fromkeys(result.title for result in results):
        sizes = sorted((result for result in results if result.title == title), key=lambda result: result.tickets)
        if len(sizes) < 2:
            continue
        small, large = sizes[0], sizes[-1]
        ours, bare = large.ours.median / small.ours.median, large.bare.median / small.bare.median
        allowed = FLAT * max(1.0, bare)
        span = f"{_number(small.tickets)} → {_number(large.tickets)}"
        rows.append(
            [f"growth, {title}", span, f"x {ours:.2f}", f"x {bare:.2f}", f"≤ {allowed:.2f}", _yes(ours <= allowed)]
        )
    return rows


def _memory_rows(memory: Sequence[Memory]) -> list[list[str]]:
    return [
        [
            "memory of the server, MB",
            _number(at.tickets),
            "-" if at.ours is None else f"{at.ours:.0f}",
            "-" if at.bare is None else f"{at.bare:.0f}",
            f"≤ {MEMORY_GOAL_MB}",
            _yes(None if at.ours is None else at.ours <= MEMORY_GOAL_MB),
        ]
        for at in memory
    ]


def _file_rows(files: Sequence[FileRun]) -> list[list[str]]:
    """Of each file how long it took; of the largest of a kind also how much more memory than the smallest."""
    rows = []
    for file in files:
        name, steps = f"a file of {file.kind}", {"plan": file.plan, "apply": file.apply, "undo": file.undo}
        said = ", ".join(f"{step} {seconds:.1f}" for step, seconds in steps.items())
        rows.append([f"{name}, seconds", _number(file.rows), said, "-", "-", "-"])
        ours, bare = (_number(round(rate)) for rate in (file.rows_a_second, file.rows / file.copy))
        rows.append([f"{name}, rows a second", _number(file.rows), ours, f"{bare} (COPY)", *_goal_of_rate(file)])
        smallest = min((each for each in files if each.kind == file.kind), key=lambda each: each.rows)
        if file.megabytes is not None and smallest.megabytes is not None:
            allowed = MEMORY_GROWTH * smallest.megabytes
            goal = "-" if file is smallest else f"≤ {MEMORY_GROWTH} x {smallest.megabytes:.0f} = {allowed:.0f}"
            met = None if file is smallest else file.megabytes <= allowed
            rows.append([f"{name}, memory, MB", _number(file.rows), f"{file.megabytes:.0f}", "-", goal, _yes(met)])
    return rows


def _goal_of_rate(file: FileRun) -> tuple[str, str]:
    if file.kind != "people":
        return "-", "-"
    return f"≥ {_number(PEOPLE_A_SECOND)}", _yes(file.rows_a_second >= PEOPLE_A_SECOND)
