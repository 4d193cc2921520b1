"""Rows of a spreadsheet: planned, then applied with checks, audit and what undoing needs, a chunk at a time; beside one
plain `executemany` of the same rows, and beside django-import-export's own run of them."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bench.cases.case import BARE, OURS, Case, in_python

#: What the engine does in one transaction.
ROWS = 250
#: The library asks for each row by itself, with some thirty statements.
ROWS_BESIDE_THE_LIBRARY = 50
DESCRIPTION = "It says “paper jam in tray two”, but there is no paper in it. We tried to switch it off and on again."


def _somewhere() -> int:
    """Each time that a case is prepared its rows are others."""
    return 10**12 + secrets.randbelow(10**12)


def _people() -> Iterator[dict[str, str]]:
    begin = _somewhere()
    for number in itertools.count(1):
        yield {"email": f"person-{begin}-{number}@example.org", "first_name": "Elena", "last_name": f"Rossi {number}"}


def _tickets() -> Iterator[dict[str, str]]:
    begin = _somewhere()
    for number in itertools.count(1):
        yield {
            "external_reference": f"INC-{begin}-{number}",
            "requester": f"person{400 + number % 100}@example.com",
            "subject": f"The printer in room {number} is jammed",
            "description": DESCRIPTION,
            "category": "IT Support",
            "status": "Closed",
            "submitted": "2023-06-01 12:15:36",
            "first_response_at": "2023-06-01 13:15:36",
            "resolved_at": "2023-06-02 12:15:36",
        }


ROWS_OF = {"people": _people, "tickets": _tickets}


def _loaded(kind: str, rows: Iterator[Mapping[str, Any]], many: int = ROWS) -> Callable[[], object]:
    from bench import ours
    from jobs import leases, runs
    from jobs.models import Run, RunRow

    admin = ours.admin()

    def load() -> object:
        given = [{"cells": row} for row in itertools.islice(rows, many)]
        run = runs.start(f"spreadsheets.{kind}", by=admin, rows=given, params={"sheet": 0})
        leases.drain(Run)
        runs.apply(run, by=admin)
        leases.drain(Run)
        done = run.rows.filter(outcome=RunRow.Outcome.APPLIED).count()
        if done != many:
            raise ValueError(
                f"{done} rows were applied, not {many}: {run.rows.values_list('sentences', flat=True)[:3]}"
            )
        return run

    return load


def people_ours(count: int) -> Callable[[], object]:
    return _loaded("people", _people())


def fewer_people_ours(count: int) -> Callable[[], object]:
    return _loaded("people", _people(), ROWS_BESIDE_THE_LIBRARY)


def tickets_ours(count: int) -> Callable[[], object]:
    return _loaded("tickets", _tickets())


def _inserted(statement: str, rows: Iterator[Mapping[str, Any]], columns: list[str]) -> Callable[[], object]:
    from django.db import connection, transaction

    def insert() -> object:
        values = [[row[column] for column in columns] for row in itertools.islice(rows, ROWS)]
        with transaction.atomic(), connection.cursor() as cursor:
            return cursor.executemany(statement, values)

    return insert


def people_bare(count: int) -> Callable[[], object]:
    statement = (
        "INSERT INTO auth_user (username, first_name, last_name, email, password, is_superuser, is_staff, is_active, "
        "date_joined) VALUES (%s, %s, %s, '', '!', false, false, true, now())"
    )
    return _inserted(statement, _people(), ["email", "first_name", "last_name"])


def tickets_bare(count: int) -> Callable[[], object]:
    from bench.bare import people

    statement = (
        "INSERT INTO bare_ticket (subject, description, status, priority, department_id, employee_id, submit_date, "  # noqa: S608 - numbers of ours
        f"update_date) VALUES (%s, %s, %s, 'Medium', {people.department().pk}, {people.signed_in().pk}, %s, now())"
    )
    return _inserted(statement, _tickets(), ["subject", "description", "status", "submitted"])


def people_by_library(count: int) -> Callable[[], object]:
    """Its own run over our model: each row looked up, compared and saved, with the history that a save writes."""
    from import_export.resources import ModelResource
    from tablib import Dataset

    from people.models import Employee

    class Library(ModelResource):
        class Meta:
            model = Employee
            fields = ("email", "company_id", "password", "first_name", "last_name")
            import_id_fields = ("email",)
            clean_model_instances = True

    rows, numbers = _people(), itertools.count(_somewhere())

    def load() -> object:
        data = Dataset(headers=["email", "company_id", "password", "first_name", "last_name"])
        for row in itertools.islice(rows, ROWS_BESIDE_THE_LIBRARY):
            data.append([row["email"], f"MA{next(numbers)}", "!", row["first_name"], row["last_name"]])
        return Library().import_data(data, raise_errors=True)

    return load


CASES = [
    Case(
        name="imports",
        title=f"{ROWS} people from a file",
        ours=in_python(OURS, people_ours),
        bare=in_python(BARE, people_bare),
        most=10,
    ),
    Case(
        name="imports",
        title=f"{ROWS_BESIDE_THE_LIBRARY} people; bare: django-import-export",
        ours=in_python(OURS, fewer_people_ours),
        bare=in_python(OURS, people_by_library),
        most=2,
    ),
    Case(
        name="imports",
        title=f"{ROWS} old tickets from a file",
        ours=in_python(OURS, tickets_ours),
        bare=in_python(BARE, tickets_bare),
        most=10,
    ),
]
