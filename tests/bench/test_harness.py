"""The harness from end to end, small; and what it says where it can't measure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from bench import cases, machine
from bench.harness import Options

ROOT = Path(__file__).resolve().parent.parent.parent


def bench(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    # Not the Redis of the tests: the bench wants one that is empty.
    outer = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    return subprocess.run(
        [sys.executable, "-m", "bench", *words],
        cwd=ROOT,
        env=outer | environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def databases_of_benches() -> set[str]:
    with closing(psycopg2.connect(machine.postgresql_server())) as server, server.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [machine.PREFIX])
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.postgresql
def test_a_tiny_house_is_measured_in_two_sizes_and_nothing_is_left_behind(tmp_path: Path) -> None:
    before, written = databases_of_benches(), tmp_path / "figures.json"
    ran = bench("--tickets", "20,50", "--repetitions", "3", "--rows", "20,50", "--json", str(written))
    assert ran.returncode == 0, ran.stderr
    results = json.loads(written.read_text())["results"]
    titles = {case.title for case in cases.all_cases()}
    assert {(found["title"], found["tickets"]) for found in results} == {(t, size) for t in titles for size in (20, 50)}
    assert all(found["ours"]["median"] > 0 and found["bare"]["median"] > 0 for found in results)
    assert all(found["statements_ours"] for found in results)
    assert all(title in ran.stdout for title in titles)
    files = json.loads(written.read_text())["files"]
    assert [(found["kind"], found["rows"]) for found in files] == [("people", 20), ("tickets", 20), ("tickets", 50)]
    assert all(found[step] > 0 for found in files for step in ("plan", "apply", "undo"))
    assert databases_of_benches() <= before


def test_only_the_cases_asked_for_are_measured() -> None:
    assert {case.name for case in Options(only=["list", "submit"]).cases} == {"list", "submit"}
    assert {case.name for case in Options().cases} == set(cases.names())


def test_without_postgresql_it_says_so_in_one_sentence_and_what_to_do() -> None:
    ran = bench(DATABASE_URL=f"postgres://postgres@127.0.0.1:{machine.free_port()}/postgres")
    assert ran.returncode == 2
    assert "No PostgreSQL to measure on at 127.0.0.1" in ran.stderr
    assert "DATABASE_URL=postgres://" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_on_another_database_it_says_that_it_needs_postgresql() -> None:
    ran = bench(DATABASE_URL="sqlite:////nowhere/house.sqlite3")
    assert ran.returncode == 2
    assert "The bench measures on PostgreSQL" in ran.stderr


def test_sizes_that_do_not_grow_are_refused_before_anything_is_started() -> None:
    ran = bench("--tickets", "100,50")
    assert ran.returncode == 2
    assert "growing numbers" in ran.stderr


def test_a_case_nobody_knows_is_refused() -> None:
    ran = bench("--only", "submit,coffee")
    assert ran.returncode == 2
    assert "no case is called coffee" in ran.stderr
