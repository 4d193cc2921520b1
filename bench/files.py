"""A large file on its whole way, as the worker takes it: read and planned, applied, taken back; beside PostgreSQL's own
COPY of it. In a process of its own, whose memory at its fullest is that of this file alone."""

from __future__ import annotations

import csv
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from bench.cases import imports

#: At the largest size a worker may hold so many times what it holds at the smallest. Source: what is promised of
#: imports.
MEMORY_GROWTH = 1.2


@dataclass(frozen=True)
class FileRun:
    """One file. Seconds of each step, and of a COPY; the process's memory at its fullest in MB, None where the kernel
    doesn't tell."""

    kind: str
    rows: int
    plan: float
    apply: float
    undo: float
    copy: float
    megabytes: float | None

    @property
    def rows_a_second(self) -> float:
        """Planned and applied."""
        return self.rows / (self.plan + self.apply)


def plan_of(sizes: Sequence[int]) -> list[tuple[str, int]]:
    """Which files: people of the smallest size, tickets of each."""
    return [("people", min(sizes)), *(("tickets", size) for size in sizes)]


def taken_through(kind: str, rows: int) -> dict[str, Any]:
    """In a fresh process, with the settings of the house."""
    from bench import ours
    from jobs.spreadsheets import importing

    admin = ours.admin()
    with tempfile.TemporaryDirectory(prefix="smartsupport-bench-") as folder:
        path = written(Path(folder) / f"{kind}.csv", kind, rows)
        copy = copied(path)
        with path.open("rb") as file:
            sheet = importing.receive(file, kind=kind, by=admin, name=path.name)
    run = importing.check(importing.mapped(sheet, sheet.mapping, by=admin), by=admin)
    plan = _seconds(run, lambda: None, expected="good")
    apply = _seconds(run, lambda: importing.apply(run, by=admin), expected="applied")
    undo = _seconds(run, lambda: importing.undo(run, by=admin), expected="undone")
    return asdict(FileRun(kind, rows, plan, apply, undo, copy, fullest()))


def _seconds(run: Any, order: Callable[[], object], *, expected: str) -> float:
    from jobs import leases
    from jobs.models import Run

    begin = time.perf_counter()
    order()
    leases.drain(Run)
    taken = time.perf_counter() - begin
    run.refresh_from_db()
    if run.status != Run.Status.DONE or run.rows.exclude(outcome=expected).exists():
        first = run.rows.exclude(outcome=expected).values_list("number", "outcome", "sentences").first()
        raise ValueError(f"Not all rows are {expected}: run {run.status} ({run.last_error}), {first}")
    return taken


def copied(path: Path) -> float:
    """Seconds for the same rows into a table without a key, an index or a rule."""
    from django.db import connection, transaction

    with path.open(encoding="utf-8", newline="") as file, transaction.atomic(), connection.cursor() as cursor:
        columns = ", ".join(f"column_{number} text" for number in range(len(next(csv.reader(file)))))
        file.seek(0)
        cursor.execute(f"CREATE TEMPORARY TABLE copied ({columns}) ON COMMIT DROP")
        begin = time.perf_counter()
        cursor.cursor.copy_expert("COPY copied FROM STDIN WITH (FORMAT csv, HEADER)", file)  # the driver's own
        return time.perf_counter() - begin


def written(path: Path, kind: str, rows: int) -> Path:
    """The file, with the titles of our own columns."""
    from jobs.spreadsheets.resources import resource_of

    resource = resource_of(kind)
    assert resource is not None  # noqa: S101 - for the type checker
    with path.open("w", newline="", encoding="utf-8") as file:
        source = imports.ROWS_OF[kind]()
        first = next(source)
        writer = csv.writer(file)
        writer.writerow([str(resource.fields_by_name[name].title) for name in first])
        writer.writerow(first.values())
        writer.writerows(row.values() for row in islice(source, rows - 1))
    return path


def fullest() -> float | None:
    """This process's memory at its fullest, in MB."""
    try:
        lines = Path(f"/proc/{os.getpid()}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith("VmHWM")]
    return int(found[0]) / 1024 if found else None
