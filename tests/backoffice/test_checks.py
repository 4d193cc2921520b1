"""System checks that say at the start what would break later."""

from __future__ import annotations

from sqlite3 import dbapi2

import pytest
from django.core.checks import run_checks
from django.db import connection

pytestmark = pytest.mark.django_db
OLD = "backoffice.E002"


@pytest.mark.parametrize(("version", "is_old"), [((3, 34, 1), True), ((3, 35, 0), False), ((4, 0, 0), False)])
def test_an_sqlite_that_can_not_take_imports_is_named_with_what_to_do(monkeypatch, version, is_old):
    monkeypatch.setattr(dbapi2, "sqlite_version_info", version)
    found = [said for said in run_checks(databases=["default"]) if said.id == OLD]
    # A server of its own does not care which SQLite there is.
    assert bool(found) == (is_old and connection.vendor == "sqlite")
    for said in found:
        assert said.msg == "This Python has SQLite 3.34.1, and spreadsheets need 3.35 or later."
        assert "PostgreSQL" in str(said.hint)


def test_without_a_database_to_look_at_nothing_is_said(monkeypatch):
    monkeypatch.setattr(dbapi2, "sqlite_version_info", (3, 34, 1))
    assert OLD not in {said.id for said in run_checks()}
