"""What the settings promise, whatever the environment."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.hashers import check_password, identify_hasher, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from backoffice import settings as written


def test_new_hashes_are_argon2id_and_old_ones_are_replaced_at_sign_in(settings: Any) -> None:
    settings.PASSWORD_HASHERS = written.PASSWORD_HASHERS
    assert make_password("correct horse").startswith("argon2$argon2id$")
    for algorithm in ("bcrypt_sha256", "pbkdf2_sha256"):
        replaced: list[str] = []
        old = make_password("correct horse", hasher=algorithm)
        assert identify_hasher(old).algorithm == algorithm
        assert check_password("correct horse", old, setter=replaced.append)
        assert replaced == ["correct horse"]


@pytest.mark.parametrize("password", ["short77", "password", "1234567890123"])
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password)


def test_eight_characters_are_enough() -> None:
    validate_password("vq2Zt0cY")


def test_every_page_tells_browsers_to_be_careful(client: Client) -> None:
    answer = client.get("/admin/login/")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"


def test_no_request_holds_a_transaction_and_no_task_runs_inside_one() -> None:
    assert not any(database.get("ATOMIC_REQUESTS") for database in django_settings.DATABASES.values())
    assert django_settings.HUEY["immediate"] is False


def test_a_second_installation_on_the_host_does_not_take_our_cookies() -> None:
    assert django_settings.SESSION_COOKIE_NAME == "smartsupport_session"
    assert django_settings.CSRF_COOKIE_NAME == "smartsupport_csrf"
