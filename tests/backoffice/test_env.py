"""The environment: what is taken, what is refused, and in which words."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import global_settings
from django.utils.translation.trans_real import DjangoTranslation

from backoffice.env import SETTINGS, Environment, EnvironmentProblem
from backoffice.env_values import STATUS_MAP, language

CALLBACK_SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def read(tmp_path: Path, written: str = "", **environ: str) -> Environment:
    if written:
        (tmp_path / ".env").write_text(written, encoding="utf-8")
    return Environment(tmp_path, environ=environ)


def problem(tmp_path: Path, written: str = "", **environ: str) -> str:
    with pytest.raises(EnvironmentProblem) as caught:
        read(tmp_path, written, **environ)
    return str(caught.value)


def test_nothing_is_needed(tmp_path: Path) -> None:
    env = read(tmp_path)
    assert {setting.name: env[setting.name] for setting in SETTINGS} == {
        setting.name: setting.default for setting in SETTINGS
    }
    assert env["WORKFLOW_STATUS_MAP"] == STATUS_MAP


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("APP_ENV", "production", "production"),
        ("PORT", "8080", 8080),
        ("DEBUG", "on", True),
        ("DEBUG", "False", False),
        ("RATE_LIMITS", "off", False),
        ("SITE_URL", "https://help.example.com/", "https://help.example.com"),
        ("ALLOWED_HOSTS", "help.example.com, .example.org ,[::1]", ["help.example.com", ".example.org", "[::1]"]),
        ("CSRF_TRUSTED_ORIGINS", "https://a.example,https://*.b.example", ["https://a.example", "https://*.b.example"]),
        ("DATABASE_URL", "postgres://me@db/house", "postgres://me@db/house"),
        ("TIME_ZONE", "Europe/Berlin", "Europe/Berlin"),
        ("LOG_LEVEL", "debug", "DEBUG"),
        ("DEFAULT_FROM_EMAIL", "Help desk <help@example.com>", "Help desk <help@example.com>"),
        ("WORKFLOW_CALLBACK_SECRETS", f"{CALLBACK_SECRET},{CALLBACK_SECRET}", [CALLBACK_SECRET, CALLBACK_SECRET]),
        ("WORKFLOW_STATUS_MAP", "DONE=resolve, WAIT=hold", {"DONE": "resolve", "WAIT": "hold"}),
        ("WORKFLOW_STATUS_MAP", '{"DONE": "resolve"}', {"DONE": "resolve"}),
        ("TICKET_NUMBER_FORMAT", "TKT{year}{seq:06d}", "TKT{year}{seq:06d}"),
        ("TICKET_NUMBER_FORMAT", "{seq}-{year}", "{seq}-{year}"),
        ("ATTACHMENT_MAX_BYTES", "5242880", 5242880),
        ("SITE_URL", "HTTP://[::1]:8000", "http://[::1]:8000"),
        ("SITE_URL", "https://Help.Example.com:8443/", "https://help.example.com:8443"),
        ("BIND_ADDRESS", "[::1]", "::1"),
        ("BIND_ADDRESS", "::", "::"),
        ("BIND_ADDRESS", "web-1.internal", "web-1.internal"),
        ("LANGUAGE_CODE", "pt-br", "pt-br"),
    ],
)
def test_a_value_is_read(tmp_path: Path, name: str, text: str, value: Any) -> None:
    assert read(tmp_path, **{name: text})[name] == value
    assert read(tmp_path, f"{name}='{text}'")[name] == value


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("APP_ENV", "staging", "must be local or production"),
        ("PORT", "eighty", "must be a whole number from 1 to 65535"),
        ("PORT", "0", "must be a whole number from 1 to 65535"),
        ("PORT", "٣٤", "must be a whole number"),
        ("DEBUG", "perhaps", "must be on or off"),
        ("SITE_URL", "help.example.com", "must be http:// or https://"),
        ("SITE_URL", "https://help.example.com/desk", "without a path"),
        ("ALLOWED_HOSTS", "https://help.example.com/", "without http://"),
        ("CSRF_TRUSTED_ORIGINS", "help.example.com", "must be origins"),
        ("DATABASE_URL", "mysql://db/house", "must begin with postgres://"),
        ("REDIS_URL", "localhost:6379", "must begin with redis://"),
        ("EMAIL_URL", "smtp://host:port", "must be an address"),
        ("STORAGE_URL", "/srv/files", "must begin with file:// or s3://"),
        ("EXTERNAL_WORKFLOW_API_URL", "https://", "must name a host"),
        ("DEFAULT_FROM_EMAIL", "the help desk", "must be an e-mail address"),
        ("TIME_ZONE", "Berlin", "must be a time zone"),
        ("LANGUAGE_CODE", "English", "must be a language code"),
        ("SECRET_KEY", "short", "must have 32 characters"),
        ("WORKFLOW_CALLBACK_SECRETS", "secret", "must be values of the form whsec_"),
        ("WORKFLOW_CALLBACK_SECRETS", "whsec_c2hvcnQ=", "must be values of the form whsec_"),
        ("WORKFLOW_STATUS_MAP", "DONE=approve", "the effects are start, hold, resolve, reject"),
        ("WORKFLOW_STATUS_MAP", "DONE", "must be like"),
        ("TICKET_NUMBER_FORMAT", "TX", "must hold {seq}"),
        ("TICKET_NUMBER_FORMAT", "TX{seq.__class__}", "must hold {seq}"),
        ("TICKET_NUMBER_FORMAT", "TX{seq:04d}/{user}", "must hold {seq}"),
        ("TICKET_NUMBER_FORMAT", "TX {seq}", "must hold {seq}"),
        ("TICKET_NUMBER_FORMAT", "TX{seq:.0s}", "must hold {seq}"),
        ("AUTO_CLOSE_DAYS", "-1", "must be a whole number"),
        ("LANGUAGE_CODE", "xx", "must be a language code"),
        ("LANGUAGE_CODE", "zh-cn", "must be a language code"),
        ("LANGUAGE_CODE", "no", "must be a language code"),
        ("WORKFLOW_STATUS_MAP", '{"A": ["start"]}', "must be like"),
        ("WORKFLOW_STATUS_MAP", '{"A": {"start": 1}}', "must be like"),
        ("TICKET_NUMBER_FORMAT", "{seq:c}", "must hold {seq}"),
        ("TICKET_NUMBER_FORMAT", "{seq!r:.2}", "must hold {seq}"),
        ("TICKET_NUMBER_FORMAT", "{seq:6d}", "must hold {seq}"),
        ("TICKET_NUMBER_FORMAT", "{seq:0{seq}d}", "must hold {seq}"),
        ("TICKET_NUMBER_FORMAT", "{seq:0999999999d}", "must hold {seq}"),
        ("TICKET_NUMBER_FORMAT", "{year}{{seq}}", "must hold {seq}"),
        ("TICKET_NUMBER_FORMAT", "{seq}{seq}", "must hold {seq}"),
        ("TICKET_NUMBER_FORMAT", "{seq:033d}", "longer than 32"),
        ("TICKET_NUMBER_FORMAT", "T" * 22 + "{seq}", "longer than 32"),
        ("SITE_URL", "https://help.example.com#top", "without a path"),
        ("SITE_URL", "https://help.example.com?", "without a path"),
        ("SITE_URL", "https://help desk.example.com", "without a path"),
        ("SITE_URL", " https://help.example.com", "without a path"),
        ("SITE_URL", "https://help.example.com:", "without a path"),
        ("SITE_URL", "https://me:hunter2@help.example.com", "or a user"),
        ("BIND_ADDRESS", "127.0.0.1:8000", "without a port"),
        ("BIND_ADDRESS", "all of them", "without a port"),
        ("BIND_ADDRESS", "x" * 64, "without a port"),
    ],
)
def test_an_ill_formed_value_stops_the_start(tmp_path: Path, name: str, text: str, says: str) -> None:
    said = problem(tmp_path, **{name: text})
    assert said.startswith(f"{name} ")
    assert says in said
    assert "\n" not in said


REFUSED_SECRETS = {
    "SECRET_KEY": "hunter2",
    "DATABASE_URL": "mysql://hunter2",
    "REDIS_URL": "hunter2",
    "CACHE_URL": "hunter2",
    "EMAIL_URL": "smtp://hunter2:x",
    "STORAGE_URL": "hunter2",
    "SENTRY_DSN": "hunter2",
    "WORKFLOW_CALLBACK_SECRETS": "hunter2",
    "METRICS_TOKEN": "hunter2",
    "SITE_URL": "https://me:hunter2@help.example.com",
}


@pytest.mark.parametrize("name", REFUSED_SECRETS)
def test_a_refused_secret_is_not_shown(tmp_path: Path, name: str) -> None:
    assert "hunter2" not in problem(tmp_path, **{name: REFUSED_SECRETS[name]})


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS if setting.secret])
def test_each_secret_may_come_from_a_file(tmp_path: Path, name: str) -> None:
    values = {
        "DATABASE_URL": "postgres://me:secret@db/house",
        "REDIS_URL": "redis://:secret@host/0",
        "CACHE_URL": "redis://:secret@host/1",
        "EMAIL_URL": "smtp://me:secret@host",
        "STORAGE_URL": "s3://key:secret@bucket",
        "SENTRY_DSN": "https://key@host/1",
        "WORKFLOW_CALLBACK_SECRETS": CALLBACK_SECRET,
    }
    text = values.get(name, "k" * 40)
    (tmp_path / "secret").write_text(f"{text}\n", encoding="utf-8")
    env = read(tmp_path, **{f"{name}_FILE": str(tmp_path / "secret")})
    assert env[name] == ([text] if name == "WORKFLOW_CALLBACK_SECRETS" else text)


def test_a_secret_and_its_file_together_are_refused(tmp_path: Path) -> None:
    said = problem(tmp_path, SECRET_KEY="k" * 40, SECRET_KEY_FILE="/somewhere")
    assert said == "Give SECRET_KEY or SECRET_KEY_FILE, not both."


def test_a_secret_file_that_is_missing_or_empty_is_named(tmp_path: Path) -> None:
    assert "can't be read" in problem(tmp_path, SECRET_KEY_FILE=str(tmp_path / "missing"))
    (tmp_path / "empty").touch()
    assert "is empty" in problem(tmp_path, SECRET_KEY_FILE=str(tmp_path / "empty"))


def test_what_is_no_secret_is_not_taken_from_a_file(tmp_path: Path) -> None:
    assert "PORT_FILE, which is not a setting we know" in problem(tmp_path, "PORT_FILE=/somewhere")


def test_the_process_environment_wins_over_the_file(tmp_path: Path) -> None:
    assert read(tmp_path, "PORT=8001", PORT="8002")["PORT"] == 8002
    assert read(tmp_path, "SECRET_KEY_FILE=/missing", SECRET_KEY="k" * 40)["SECRET_KEY"] == "k" * 40


def test_an_empty_value_counts_as_not_given(tmp_path: Path) -> None:
    assert read(tmp_path, "PORT=\nDEBUG=''", SITE_URL="")["PORT"] == 8000


def test_quotes_comments_and_export_are_understood(tmp_path: Path) -> None:
    written = '# a comment\n\n  export PORT = 8001  # here too\nDEFAULT_FROM_EMAIL="Help #1 <a@example.com>" # yes\n'
    env = read(tmp_path, written)
    assert (env["PORT"], env["DEFAULT_FROM_EMAIL"]) == (8001, "Help #1 <a@example.com>")


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("PROT=8000", "Line 1 of .env sets PROT, which is not a setting we know."),
        ("PORT=1\nPORT=2", "Line 2 of .env sets PORT a second time."),
        ("PORT 8000", "Line 1 of .env is not of the form NAME=value."),
        ("\nSITE_URL='http://a", "Line 2 of .env opens a quote that is not closed."),
    ],
)
def test_a_broken_env_file_is_refused_with_its_line(tmp_path: Path, written: str, says: str) -> None:
    assert problem(tmp_path, written) == says


def test_an_env_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00")
    assert problem(tmp_path) == ".env can't be read as text."


def test_a_mark_at_the_beginning_of_a_file_is_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=8001\nSECRET_KEY_FILE=key", encoding="utf-8-sig")
    (tmp_path / "key").write_text("k" * 40, encoding="utf-8-sig")
    env = read(tmp_path, SECRET_KEY_FILE=str(tmp_path / "key"))
    assert (env["PORT"], env["SECRET_KEY"]) == (8001, "k" * 40)


def test_an_env_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    assert problem(tmp_path, ENV_FILE="elsewhere") == f"ENV_FILE names {tmp_path}/elsewhere, which is not there."
    assert problem(tmp_path, ENV_FILE=str(tmp_path)) == f"ENV_FILE names {tmp_path}, which is a folder."
    assert "which is not there" in problem(tmp_path, ENV_FILE="x" * 5000)


def test_an_env_file_named_by_nothing_or_the_null_device_is_none(tmp_path: Path) -> None:
    for none in ("", os.devnull):
        assert read(tmp_path, "PORT=8001", ENV_FILE=none)["PORT"] == 8000


def test_every_language_that_is_taken_has_its_words() -> None:
    for code in ["en-us", *dict(global_settings.LANGUAGES)]:
        DjangoTranslation(language(code))  # an OSError where there are none


def test_a_status_map_nested_without_end_is_refused(tmp_path: Path) -> None:
    assert "must be like" in problem(tmp_path, WORKFLOW_STATUS_MAP='{"A": ' + "[" * 100_000)
