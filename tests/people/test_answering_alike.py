"""Known and unknown addresses: the same bytes, as many queries, as many e-mail rows. Nobody learns who works here."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notifications.models import EmailNotification
from people.enums import Status
from people.models import Employee
from tests.factories import people
from tests.people.test_values import picture
from tests.people.verbs import PASSWORD

pytestmark = pytest.mark.django_db

KNOWN = {
    "approved": lambda email: people.person(email=email, raw_password=PASSWORD),
    "an admin": lambda email: people.admin(email=email, raw_password=PASSWORD),
    "waiting": lambda email: people.person(Status.PENDING, email=email, raw_password=PASSWORD),
    "not proven": lambda email: people.person(Status.PENDING, email=email, verified=False, raw_password=PASSWORD),
    "rejected": lambda email: people.person(Status.REJECTED, email=email, raw_password=PASSWORD),
    "suspended": lambda email: people.person(Status.SUSPENDED, email=email, raw_password=PASSWORD),
    "without a password": lambda email: people.person(email=email),
}


def sign_up_form(email: str, **changes: object) -> dict[str, object]:
    return {
        "email": email,
        "password1": PASSWORD,
        "password2": PASSWORD,
        "first_name": "Ada",
        "last_name": "Byron",
        "department": people.department().pk,
        **changes,
    }


ASKED: dict[str, Callable[[Client, str], object]] = {
    "sign-up": lambda client, email: client.post("/accounts/signup/", sign_up_form(email)),
    "sign-up with a picture": lambda client, email: client.post(
        "/accounts/signup/", sign_up_form(email, image=picture())
    ),
    "the page after the sign-up": lambda client, email: client.post(
        "/accounts/signup/", sign_up_form(email), follow=True
    ),
    "sign-in with a wrong password": lambda client, email: client.post(
        "/accounts/login/", {"login": email, "password": "not this one at all"}
    ),
    "reset": lambda client, email: client.post("/accounts/password/reset/", {"email": email}),
    "the page after the reset": lambda client, email: client.post(
        "/accounts/password/reset/", {"email": email}, follow=True
    ),
    "the link once more": lambda client, email: client.post("/accounts/confirm-email/", {"email": email}),
}


def seen(ask: Callable[[Client, str], object], email: str) -> tuple[object, ...]:
    """What an onlooker can learn: status, headers, bytes; and what it cost."""
    client = Client()
    rows = EmailNotification.objects.count()
    with CaptureQueriesContext(connection) as queries:
        answer = ask(client, email)
    body = answer.content.decode().replace(email, "ADDRESS")
    body = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "CSRF", body)
    headers = {name: value for name, value in answer.headers.items() if name not in {"X-Request-ID", "Expires"}}
    headers["Content-Length"] = str(len(body))
    cookies = sorted(client.cookies)
    statements = len(queries.captured_queries)
    return answer.status_code, headers, cookies, body, statements, EmailNotification.objects.count() - rows


@pytest.mark.parametrize("state", KNOWN)
@pytest.mark.parametrize("question", ASKED)
def test_nobody_learns_whether_an_address_is_known(question: str, state: str):
    ASKED[question](Client(), "first@example.com")  # what is looked up once and kept
    KNOWN[state]("known@example.com")
    assert seen(ASKED[question], "known@example.com") == seen(ASKED[question], "other@example.com")


@pytest.mark.parametrize("state", KNOWN)
def test_a_sign_up_with_a_known_address_changes_nothing(state: str):
    KNOWN[state]("known@example.com")
    before = list(Employee.objects.values())
    Client().post("/accounts/signup/", sign_up_form("Known@example.com", first_name="Eve"))
    assert list(Employee.objects.values()) == before
    assert Employee.history.filter(first_name="Eve").count() == 0
    assert [row.recipient_email for row in EmailNotification.objects.all()] == ["known@example.com"]


def test_a_letter_that_only_looks_like_a_known_one_reaches_nobody():
    people.person(email="mike@example.com", raw_password=PASSWORD)
    for look_alike in ("mi\u212ae@example.com", "m\u0131ke@example.com"):
        for address in ("/accounts/password/reset/", "/accounts/confirm-email/"):
            assert Client().post(address, {"email": look_alike}).status_code == 422
    assert EmailNotification.objects.count() == 0
