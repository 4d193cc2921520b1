"""`manage.py doctor` names each part, and for an ill one what mends it."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from jobs import heartbeat
from tests.backoffice.conftest import House


def lines(text: str) -> dict[str, str]:
    return {line.split()[1]: line for line in text.splitlines() if line.strip()}


@pytest.mark.django_db
def test_a_well_house_is_told_so_part_by_part() -> None:
    heartbeat.beat()
    out = StringIO()
    call_command("doctor", stdout=out, no_color=True)
    found = lines(out.getvalue())
    assert list(found) == ["environment", "database", "queue", "worker", "mail", "storage", "workflow", "clock"]
    assert all(line.startswith("ok ") for line in found.values())
    assert found["workflow"].endswith("not configured")


@pytest.mark.django_db
def test_each_ill_part_says_how_to_mend_it(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    default = settings.STORAGES["default"]
    options = {**default["OPTIONS"], "location": str(tmp_path / "file" / "files")}
    settings.STORAGES = {**settings.STORAGES, "default": {**default, "OPTIONS": options}}
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    out = StringIO()
    with pytest.raises(CommandError, match="3 of 8 need mending"):
        call_command("doctor", stdout=out, no_color=True)
    found = lines(out.getvalue())
    assert {name for name, line in found.items() if line.startswith("MEND")} == {"worker", "mail", "storage"}
    assert "start `manage.py serve`" in found["worker"]
    assert "check EMAIL_URL" in found["mail"]
    assert "check STORAGE_URL" in found["storage"]


@pytest.mark.django_db
def test_it_leaves_no_file_behind(settings: Any, tmp_path: Path) -> None:
    heartbeat.beat()
    default = settings.STORAGES["default"]
    options = {**default["OPTIONS"], "location": str(tmp_path / "files")}
    settings.STORAGES = {**settings.STORAGES, "default": {**default, "OPTIONS": options}}
    call_command("doctor", stdout=StringIO())
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


def test_an_empty_house_is_told_to_migrate_and_start(house: House) -> None:
    done = house.manage("doctor")
    assert done.returncode == 1
    found = lines(done.stdout)
    assert "run `manage.py migrate`" in found["database"]
    assert "Traceback" not in done.stderr


def test_a_database_that_is_away_is_named_without_its_password(house: House) -> None:
    house.give(DATABASE_URL="postgres://postgres:hunter2@127.0.0.1:1/nothing")
    done = house.manage("doctor")
    assert done.returncode == 1
    assert "check DATABASE_URL" in lines(done.stdout)["database"]
    assert "hunter2" not in done.stdout + done.stderr
