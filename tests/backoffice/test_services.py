"""From addresses in the environment to Django's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backoffice import services
from backoffice.env import EnvironmentProblem


def test_sqlite_waits_for_its_turn_and_keeps_the_cache_in_a_file_of_its_own(tmp_path: Path) -> None:
    found = services.databases(None, data_dir=tmp_path, cache_in_file=True)
    assert {alias: database["NAME"].name for alias, database in found.items()} == {
        "default": "db.sqlite3",
        "cache": "cache.sqlite3",
    }
    for database in found.values():
        assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
        assert database["OPTIONS"]["timeout"] == 20


def test_sqlite_elsewhere_is_taken_by_its_path(tmp_path: Path) -> None:
    found = services.databases("sqlite:////srv/house.sqlite3", data_dir=tmp_path, cache_in_file=False)
    assert found["default"]["NAME"] == Path("/srv/house.sqlite3")
    assert set(found) == {"default"}


def test_postgresql_keeps_and_checks_its_connections(tmp_path: Path) -> None:
    url = "postgres://me%40home:p%2Fw@db.example.com:5433/house?sslmode=require"
    database = services.databases(url, data_dir=tmp_path, cache_in_file=False)["default"]
    assert (database["USER"], database["PASSWORD"]) == ("me@home", "p/w")
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example.com", 5433, "house")
    assert database["OPTIONS"]["sslmode"] == "require"
    assert database["CONN_MAX_AGE"] > 0
    assert database["CONN_HEALTH_CHECKS"]


@pytest.mark.parametrize("redis_url", [None, "redis://localhost/1"])
def test_the_queue_never_runs_tasks_inside_the_request_and_stops_gracefully(
    tmp_path: Path, redis_url: str | None
) -> None:
    queue = services.queue(redis_url, data_dir=tmp_path, threads=2)
    assert queue["name"] == "smartsupport"
    assert queue["immediate"] is False
    assert queue["consumer"]["graceful_signal"] == "TERM"
    assert queue["consumer"]["flush_locks"] is True


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.com", {"port": 25, "use_tls": False, "use_ssl": False}),
        ("smtp://me:p%40w@mail.example.com:2525", {"port": 2525, "host_user": "me", "host_password": "p@w"}),
        ("smtp://mail.example.com?tls=true", {"port": 587, "use_tls": True, "use_ssl": False}),
        ("smtps://mail.example.com", {"port": 465, "use_tls": False, "use_ssl": True}),
        ("file:///srv/mail", {"file_path": "/srv/mail"}),
        ("gmail://help%2Bdesk@example.com", {"host_user": "help+desk@example.com"}),
        ("console://", {"backend": "django.core.mail.backends.console.EmailBackend"}),
    ],
)
def test_an_email_address_is_read(url: str, expected: dict[str, Any]) -> None:
    found = services.email(url)
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    "url",
    [
        *("smtp://", "smtp://host?ssl=on", "smtp://host?tls=perhaps", "smtps://host?tls=true"),
        *("gmail://", "gmail://example.com", "gmail://me:hunter2@example.com", "gmail://me@example.com/?x=1"),
    ],
)
def test_an_email_address_that_means_nothing_is_refused(url: str) -> None:
    with pytest.raises(EnvironmentProblem, match=r"^EMAIL_URL"):
        services.email(url)


@pytest.mark.parametrize("url", ["s3://", "s3://bucket?acl=public-read", "file:///"])
def test_a_storage_address_that_means_nothing_is_refused(url: str) -> None:
    with pytest.raises(EnvironmentProblem):
        services.storage(url)


def test_a_database_address_without_a_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="names no database"):
        services.databases("postgres://host/", data_dir=tmp_path, cache_in_file=False)
