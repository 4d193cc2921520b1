"""Starting: what stops it says so in one sentence, without a traceback, with an exit code."""

from __future__ import annotations

import stat
import subprocess
import sys

import pytest

from backoffice.start import keep_new_key
from tests.backoffice.conftest import ROOT, House

PRODUCTION = {
    "APP_ENV": "production",
    "SECRET_KEY": "kR8vq2Zt0cY5nJ1uW7xB3mL9aF4hD6gS-pE_oIiUyTrQwAzXs57",
    "SITE_URL": "https://help.example.com",
    "ALLOWED_HOSTS": "help.example.com",
    "EMAIL_URL": "smtp://mail.example.com",
}


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    """The one line of a refused start."""
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("SmartSupport can't start: ")
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def test_locally_nothing_is_needed_and_the_key_is_kept_for_its_owner(house: House) -> None:
    assert house.manage("check").returncode == 0
    kept = house.folder / "var" / "secret_key"
    first = kept.read_text()
    assert len(first) >= 50
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert house.manage("check").returncode == 0
    assert kept.read_text() == first


def test_of_two_starts_at_once_the_first_key_stays(house: House) -> None:
    house.manage("check")
    kept = house.folder / "var" / "secret_key"
    first = kept.read_text()
    keep_new_key(kept)
    assert kept.read_text() == first
    assert [path.name for path in kept.parent.glob("secret_key*")] == ["secret_key"]


def test_a_broken_env_file_stops_every_command(house: House) -> None:
    house.write_env("PORT=8000\nSECRT_KEY=x\n")
    assert "Line 2 of .env sets SECRT_KEY, which is not a setting we know." in sentence(house.manage("check"))


@pytest.mark.parametrize("entry", ["wsgi", "asgi"])
def test_it_stops_the_web_server_too(house: House, entry: str) -> None:
    house.give(PORT="eighty")
    done = subprocess.run(
        [sys.executable, "-c", f"import backoffice.{entry}"],
        cwd=ROOT,
        env=house.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "PORT must be a whole number" in sentence(done)


def test_a_data_folder_that_can_not_be_made_is_named(house: House) -> None:
    (house.folder / "file").touch()
    house.give(DATA_DIR=str(house.folder / "file" / "var"))
    assert "can't be made" in sentence(house.manage("check"))


def test_production_starts_when_it_has_what_it_needs(house: House) -> None:
    house.give(**PRODUCTION)
    done = house.manage("check", "--deploy", "--fail-level", "ERROR")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "SITE_URL", "ALLOWED_HOSTS", "EMAIL_URL"])
def test_production_refuses_to_start_without(house: House, missing: str) -> None:
    house.give(**{name: value for name, value in PRODUCTION.items() if name != missing})
    assert f"Production needs {missing}" in sentence(house.manage("check"))


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DEBUG", "on", "DEBUG must be off in production"),
        ("ALLOWED_HOSTS", "*", "must name hosts"),
        ("SECRET_KEY", "a" * 60, "too simple"),
        ("SECRET_KEY", "django-insecure-abcdefghijklmnopqrstuvwxyz0123456789-ABCDEF", "too simple"),
        ("SECRET_KEY", "kR8vq2Zt0cY5nJ1uW7xB3mL9aF4hD6gS", "too simple"),
        ("EMAIL_URL", "console://", "EMAIL_URL must be smtp://"),
        ("EMAIL_URL", "file:///tmp/mails", "EMAIL_URL must be smtp://"),
        ("SITE_URL", "http://help.example.com", "SITE_URL must begin with https://"),
        ("SITE_URL", "http://localhost.example.com", "SITE_URL must begin with https://"),
    ],
)
def test_production_refuses_to_start_with(house: House, name: str, value: str, says: str) -> None:
    house.give(**PRODUCTION | {name: value})
    assert says in sentence(house.manage("check"))


@pytest.mark.parametrize("site", ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"])
def test_production_may_be_tried_by_http_on_this_machine(house: House, site: str) -> None:
    house.give(**PRODUCTION | {"SITE_URL": site})
    assert house.manage("check").returncode == 0


def test_it_starts_in_another_language(house: House) -> None:
    house.give(LANGUAGE_CODE="pt-br")
    done = house.manage("check")
    assert done.returncode == 0, done.stderr
