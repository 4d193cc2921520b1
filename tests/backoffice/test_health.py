"""/healthz and /readyz: public, true, and silent about why."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.files.storage import storages
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from huey.contrib.djhuey import HUEY

from jobs import heartbeat
from jobs.models import Heartbeat


@pytest.fixture
def worker_lives(db: None) -> None:
    heartbeat.beat()


def parts(client: Client) -> tuple[int, dict[str, str]]:
    answer = client.get("/readyz")
    assert answer.json()["ready"] is (answer.status_code == 200)
    return answer.status_code, answer.json()["parts"]


def test_alive_asks_nobody_else(client: Client) -> None:
    # Without the db mark a query would fail this test.
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_load_balancer_may_ask_by_number_and_without_tls(
    client: Client, settings: Any, worker_lives: None, path: str
) -> None:
    settings.ALLOWED_HOSTS = ["help.example.com"]
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(path, headers={"host": "10.0.0.7:8000"}).status_code == 200
    assert client.get("/", headers={"host": "10.0.0.7:8000"}).status_code in {301, 400}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_nothing_but_reading_is_answered(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


def test_ready_when_all_parts_are(client: Client, worker_lives: None) -> None:
    assert parts(client) == (200, dict.fromkeys(["database", "migrations", "queue", "storage", "worker"], "ok"))


@pytest.mark.django_db
def test_not_ready_while_the_worker_never_ran(client: Client) -> None:
    status, found = parts(client)
    assert (status, found["worker"]) == (503, "silent")


def test_not_ready_when_the_worker_fell_silent(client: Client, worker_lives: None) -> None:
    Heartbeat.objects.update(beat_at=timezone.now() - heartbeat.MAX_AGE - timedelta(seconds=1))
    assert parts(client)[1]["worker"] == "silent"


def test_not_ready_with_a_migration_missing(client: Client, worker_lives: None) -> None:
    MigrationRecorder.Migration.objects.filter(app="tickets").order_by("-pk").first().delete()
    status, found = parts(client)
    assert (status, found["migrations"]) == (503, "not migrated")


def test_not_ready_when_no_file_can_be_kept(
    client: Client, worker_lives: None, settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    options = {**django_settings.STORAGES["default"]["OPTIONS"], "location": str(tmp_path / "file" / "files")}
    settings.STORAGES = {
        **django_settings.STORAGES,
        "default": {**django_settings.STORAGES["default"], "OPTIONS": options},
    }
    assert storages["default"].location == options["location"]
    status, found = parts(client)
    assert (status, found["storage"]) == (503, "unreachable")
    assert str(tmp_path) in caplog.text
    assert str(tmp_path) not in client.get("/readyz").content.decode()


def test_not_ready_when_the_queue_does_not_answer(
    client: Client, worker_lives: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huey import RedisHuey

    monkeypatch.setattr("backoffice.health.HUEY", RedisHuey("nowhere", url="redis://127.0.0.1:1/0"))
    status, found = parts(client)
    assert (status, found["queue"]) == (503, "unreachable")
    assert HUEY.name == "smartsupport"
