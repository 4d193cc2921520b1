"""One person's whole story, with every secret that there is; then every table and every line of the log is searched."""

from __future__ import annotations

import io
import json
import logging
import re
import time
from collections.abc import Iterator

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from jobs import leases
from notifications.models import EmailNotification
from people import lifecycle
from people.models import Employee
from tests.factories import people
from tests.people.test_answering_alike import sign_up_form

EMAIL = "ada@example.com"
FIRST, SECOND, THIRD, WRONG = (
    "first walk by the sea",
    "second walk by a lake",
    "third walk in a wood",
    "wrong walk uphill",
)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is written, from INFO up, in place of the console."""
    written = io.StringIO()
    root = logging.getLogger()
    (console,) = [handler for handler in root.handlers if handler.get_name() == "console"]
    assert isinstance(console, logging.StreamHandler)
    for name in ("", "django", "django.server"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.INFO)
    before = console.setStream(written)
    yield written
    console.setStream(before)


@pytest.fixture(autouse=True)
def _a_mail_server(settings) -> None:
    # Without one, on one's own machine, the outbox may be read: nobody could sign up there otherwise.
    settings.EMAIL_URL = "smtp://mail.example.com"
    settings.MFA_TOTP_TOLERANCE = 1


def link_in_the_next_mail() -> str:
    """The path of the newest mail's link, as its recipient reads it."""
    leases.drain(EmailNotification)
    (path,) = set(re.findall(r"https?://[^/]+(/accounts/\S+)", mail.outbox[-1].body))
    return path


def key_of(link: str) -> str:
    return link.rstrip("/").rpartition("/")[2]


def applies(client: Client, secrets: list[str]) -> Employee:
    """With a slip in the form, and a wrong password where the address is proven."""
    client.post("/accounts/signup/", sign_up_form(EMAIL, password1=FIRST, password2=FIRST, first_name=""))
    client.post("/accounts/signup/", sign_up_form(EMAIL, password1=FIRST, password2=FIRST))
    proving = link_in_the_next_mail()
    elsewhere = Client()
    assert elsewhere.post(proving, {"password": WRONG}).status_code == 422
    assert elsewhere.post(proving, {"password": FIRST}).status_code == 200
    secrets += [key_of(proving)]
    return Employee.objects.get(email=EMAIL)


def is_rejected_and_applies_again(client: Client, person: Employee, secrets: list[str]) -> None:
    lifecycle.reject(person, by=people.admin(), reason="Which department?")
    client.post("/accounts/login/", {"login": EMAIL, "password": FIRST})
    leases.drain(EmailNotification)
    client.post("/accounts/standing/")
    again = link_in_the_next_mail()
    form = sign_up_form(EMAIL, password1=SECOND, password2=SECOND)
    assert client.post(again, form | {"last_name": ""}).status_code == 422
    assert client.post(again, form).status_code == 200
    secrets += [key_of(again)]


def forgets_the_password(client: Client, secrets: list[str]) -> None:
    # The password typed into the wrong field, a wrong one, and one that somebody else tries.
    client.post("/accounts/login/", {"login": SECOND, "password": EMAIL})
    client.post("/accounts/login/", {"login": EMAIL, "password": WRONG})
    leases.drain(EmailNotification)
    client.post("/accounts/password/reset/", {"email": EMAIL})
    resetting = link_in_the_next_mail()
    form = client.get(resetting).url
    assert client.post(form, {"password1": THIRD, "password2": WRONG}).status_code == 422
    assert client.post(form, {"password1": THIRD, "password2": THIRD}).status_code == 302
    secrets += [key_of(resetting)]


def sets_up_a_second_factor(client: Client, secrets: list[str]) -> None:
    client.post("/accounts/login/", {"login": EMAIL, "password": THIRD})
    client.post("/accounts/reauthenticate/?next=/", {"password": WRONG})
    client.post("/accounts/reauthenticate/?next=/", {"password": THIRD})
    secret = client.get("/accounts/2fa/app/").context["form"].secret
    client.post("/accounts/2fa/app/", {"code": "000000"})
    done = client.post("/accounts/2fa/app/", {"code": code_of(secret)})
    codes = client.get(done.url).context["unused_codes"]
    assert len(codes) == 10
    secrets += [secret, *codes]
    client.post("/accounts/logout/")
    client.post("/accounts/login/", {"login": EMAIL, "password": THIRD})
    assert client.post("/accounts/2fa/authenticate/", {"code": codes[0]}).status_code == 302
    form = {"email": EMAIL, "password": THIRD, "otp": codes[1]}
    tokens = Client().post("/api/token/employee/", form, content_type="application/json").json()
    secrets += [tokens["access"], tokens["refresh"]]
    Client().post("/api/token/refresh/", {"refresh": "x" + tokens["refresh"]}, content_type="application/json")


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def everything_kept() -> Iterator[tuple[str, str]]:
    """Every value of every table as text, sessions decoded."""
    for model in apps.get_models(include_auto_created=True):
        for row in model._base_manager.values():
            yield model._meta.label, json.dumps(row, default=str, ensure_ascii=False)
    for session in Session.objects.all():
        yield "a session", json.dumps(session.get_decoded(), default=str)


@pytest.mark.django_db(transaction=True)
def test_after_a_whole_story_no_secret_is_readable_anywhere(log: io.StringIO) -> None:
    client, secrets = Client(), [FIRST, SECOND, THIRD, WRONG]
    person = applies(client, secrets)
    is_rejected_and_applies_again(client, person, secrets)
    lifecycle.approve(person, by=people.admin())
    leases.drain(EmailNotification)
    forgets_the_password(client, secrets)
    sets_up_a_second_factor(client, secrets)
    leases.drain(EmailNotification)
    assert len(secrets) == 4 + 3 + 11 + 2
    kept = list(everything_kept())
    assert any(EMAIL in row for _table, row in kept), "the search finds what is there"
    found = {table for table, row in kept for secret in secrets if secret in row}
    assert found == set()
    lines = log.getvalue().splitlines()
    assert any("/accounts/confirm-email/" in line for line in lines), "what went wrong is in the log"
    assert [line for line in lines for secret in secrets if secret in line] == []


@pytest.mark.django_db(transaction=True)
def test_no_mail_tells_a_password_and_each_link_stands_in_one_mail() -> None:
    client, secrets = Client(), [FIRST, SECOND, THIRD, WRONG]
    person = applies(client, secrets)
    is_rejected_and_applies_again(client, person, secrets)
    lifecycle.approve(person, by=people.admin())
    leases.drain(EmailNotification)
    forgets_the_password(client, secrets)
    texts = [f"{sent.subject}\n{sent.body}\n{sent.alternatives[0][0]}" for sent in mail.outbox]
    for word in (FIRST, SECOND, THIRD, WRONG):
        assert not [text for text in texts if word in text]
    for key in secrets[4:]:
        assert len([text for text in texts if key in text]) == 1
