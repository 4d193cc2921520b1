"""Tokens of the API: forged, tampered with, expired, of another purpose; and that none of them lies anywhere."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit.models import AuditEvent
from people import lifecycle, tokens
from people.models import Employee, TokenFamily
from tests.factories import people
from tests.people.api.calls import ME, code_of, me, refresh, sign_in, sign_out, signed_in
from tests.people.verbs import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.people.api.urls")]

KEY = settings.SIMPLE_JWT["SIGNING_KEY"]
HOUR = 3600


@pytest.fixture
def person() -> Employee:
    return people.admin()


@pytest.fixture
def held(person: Employee) -> dict[str, str]:
    return signed_in(person)


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def b64(given: Any) -> str:
    raw = given if isinstance(given, bytes) else json.dumps(given).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(payload: dict[str, Any], *, key: str = KEY, algorithm: str = "HS256") -> str:
    return jwt.encode(payload, key, algorithm=algorithm)


def unsigned(payload: dict[str, Any], algorithm: str) -> str:
    return f"{b64({'alg': algorithm, 'typ': 'JWT'})}.{b64(payload)}."


def without(payload: dict[str, Any], claim: str) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name != claim}


def by_hand(header: Any, payload: Any) -> str:
    """Signed with the right key, whatever the header and the claims are."""
    head = f"{b64(header)}.{b64(payload)}"
    return f"{head}.{b64(hmac.digest(KEY.encode(), head.encode(), hashlib.sha256))}"


def forgeries(real: str, other: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What somebody without the key makes of a real token, and tokens with the key that are not as we make them."""
    said = claims(real)
    head, body, signature = real.split(".")
    later = said["exp"] + 30 * 24 * HOUR
    for algorithm in ["none", "None", "NONE", "nOnE", "", "HS384", "HS512", "RS256", "ES256"]:
        yield f"unsigned {algorithm}", unsigned(said, algorithm)
    yield "no signature", f"{head}.{body}."
    yield "another's signature", f"{head}.{body}.{signed(other).split('.')[2]}"
    yield "a bit of the signature", f"{head}.{body}.{('A' if signature[0] != 'A' else 'B') + signature[1:]}"
    for claim, value in {"sub": other["sub"], "exp": later, "family": other["family"], "jti": "x"}.items():
        yield f"other {claim}", f"{head}.{b64({**said, claim: value})}.{signature}"
    for key in ["", "secret", settings.SECRET_KEY, "x" * 64]:
        yield f"key {key[:6]}", by_hand_with(key, said)
    for algorithm in ["HS384", "HS512"]:
        yield algorithm, signed(said, algorithm=algorithm)
    yield "expired", signed({**said, "exp": said["iat"] - 10})
    yield "issued tomorrow", signed({**said, "iat": said["iat"] + 24 * HOUR})
    yield "of another family", signed({**said, "family": other["family"]})
    yield "of another person", signed({**said, "sub": other["sub"]})
    yield "of another session", signed({**said, "session": other["session"]})
    for claim in ["sub", "exp", "family", "session", "jti", "token_type"]:
        yield f"without {claim}", signed(without(said, claim))
    for claim in ["sub", "family", "session"]:
        for value in ["", "x", "9" * 5_000, "-1", None, 1, 10**30, [], {}, True]:
            yield f"{claim} {value!s:.9}", by_hand({"alg": "HS256", "typ": "JWT"}, {**said, claim: value})
    yield "deep header", f"{b64(b'[' * 1_400)}.{body}.{signature}"
    yield "header is no object", by_hand([], said)
    yield "claims are no object", by_hand({"alg": "HS256"}, [said])
    yield "unknown critical header", by_hand({"alg": "HS256", "crit": ["x"], "x": 1}, said)


def by_hand_with(key: str, payload: dict[str, Any]) -> str:
    head = f"{b64({'alg': 'HS256', 'typ': 'JWT'})}.{b64(payload)}"
    return f"{head}.{b64(hmac.digest(key.encode(), head.encode(), hashlib.sha256))}"


def test_the_forger_of_this_file_makes_good_tokens_when_nothing_is_wrong_with_them(held):
    said = claims(held["access"])
    for good in [signed(said), by_hand({"alg": "HS256", "typ": "JWT"}, said), by_hand_with(KEY, said)]:
        assert me(good).status_code == 200


def test_no_forged_token_opens_anything_and_all_are_answered_alike(held):
    other = claims(signed_in(people.person(raw_password=PASSWORD))["access"])
    answers = {name: me(forged) for name, forged in forgeries(held["access"], other)}
    assert len(answers) > 60
    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code != 401} == {}
    assert len({answer.content for answer in answers.values()}) == 1
    assert me(held["access"]).status_code == 200


def test_no_forged_token_refreshes_or_signs_out_or_ends_what_is_not_its_own(held):
    other = claims(signed_in(people.person(raw_password=PASSWORD))["refresh"])
    tried = 0
    for name, forged in forgeries(held["refresh"], other):
        # Rightly signed with a jti that is not the newest is a copy brought again: another test's matter.
        # Without a session of ours it may still sign itself out.
        tried += 1
        assert refresh(forged).status_code == 401, name
        if not name.startswith(("session", "without session", "of another session")):
            assert sign_out(forged).status_code == 401, name
    assert tried > 60
    assert not TokenFamily.objects.filter(ended_at__isnull=False).exists()
    assert refresh(held["refresh"]).status_code == 200


def test_a_refresh_token_is_no_access_token(held):
    assert me(held["refresh"]).status_code == 401


@pytest.mark.parametrize(
    "header", ["{}", "Basic {}", "Token {}", "bearer", "Bearer", "Bearer  ", "Bearer {} {}", "\xff {}"]
)
def test_a_token_counts_only_as_bearer(header, held):
    assert Client().get(ME, headers={"Authorization": header.replace("{}", held["access"])}).status_code == 401


def test_a_token_in_the_address_or_a_cookie_or_the_body_counts_for_nothing(held):
    client = Client()
    client.cookies["access"] = client.cookies["Authorization"] = held["access"]
    assert client.get(f"{ME}?access={held['access']}&token={held['access']}&jwt={held['access']}").status_code == 401
    assert client.post(ME, {"access": held["access"]}, content_type="application/json").status_code == 401


def test_the_key_is_neither_the_secret_key_nor_to_be_had_from_it_by_chance():
    assert KEY != settings.SECRET_KEY
    assert len(bytes.fromhex(KEY)) == 32
    assert KEY not in settings.SECRET_KEY


def test_tokens_are_good_for_a_quarter_of_an_hour_and_a_day(held):
    access, refresh_ = claims(held["access"]), claims(held["refresh"])
    assert access["exp"] - access["iat"] == 15 * 60
    assert refresh_["exp"] - refresh_["iat"] == 24 * HOUR


def test_a_token_says_who_by_a_key_and_nothing_about_them(held, person):
    said = claims(held["refresh"])
    assert set(said) == {"token_type", "exp", "iat", "jti", "sub", "family", "session"}
    assert said["sub"] == str(person.pk)
    text = json.dumps(said)
    assert not [word for word in (person.email, person.first_name, person.role, person.password) if word in text]


def test_an_access_token_costs_one_query(held, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert me(held["access"]).status_code == 200


def test_a_token_of_nobody_signed_costs_no_query(held, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert me(f"{held['access']}x").status_code == 401
        assert refresh("a.b.c").status_code == 401


def test_a_suspension_during_a_refresh_wins(held, person, monkeypatch):
    """The new tokens are made for the person as they were; they must be of no use to the person as they are."""
    make, admin = tokens._refresh_token, people.admin()

    def slowly(family: TokenFamily) -> Any:
        lifecycle.suspend(person, by=admin, reason="Left.")
        lifecycle.restore(person, by=admin, reason="Came back.")
        return make(family)

    monkeypatch.setattr(tokens, "_refresh_token", slowly)
    assert refresh(held["refresh"]).status_code == 401
    monkeypatch.undo()
    assert me(held["access"]).status_code == 401
    assert refresh(held["refresh"]).status_code == 401
    assert not AuditEvent.objects.filter(kind="token reused").exists()


def test_a_sign_out_during_a_refresh_wins(held, monkeypatch):
    make = tokens._refresh_token

    def slowly(family: TokenFamily) -> Any:
        assert sign_out(held["refresh"]).status_code == 200
        return make(family)

    monkeypatch.setattr(tokens, "_refresh_token", slowly)
    assert refresh(held["refresh"]).status_code == 401
    assert not AuditEvent.objects.filter(kind="token reused").exists()


def test_a_refresh_that_comes_second_while_it_is_at_work_ends_the_family(held, monkeypatch):
    """The other one got in between our look and our write."""
    make, others = tokens._refresh_token, []

    def slowly(family: TokenFamily) -> Any:
        monkeypatch.undo()
        others.append(refresh(held["refresh"]).json())
        return make(family)

    monkeypatch.setattr(tokens, "_refresh_token", slowly)
    assert code_of(refresh(held["refresh"])) == "signed_out"
    assert me(others[0]["access"]).status_code == 401


def everything_stored() -> str:
    """Every column of every table, as text."""
    rows = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - our own tables
            rows += [str(row) for row in cursor.fetchall()]
    return "\n".join(rows)


def test_no_token_password_or_code_lies_in_any_table_or_log_line(caplog):
    person = people.person(raw_password=PASSWORD)
    with caplog.at_level(logging.DEBUG):
        first = sign_in(person.email).json()
        second = refresh(first["refresh"]).json()
        me(second["access"])
        refresh(first["refresh"])
        sign_out(second["refresh"])
        sign_in(person.email, "my other secret")
    assert len(apps.get_models()) > 20
    stored, logged = everything_stored(), caplog.text
    assert person.email in stored
    secrets = [PASSWORD, "my other secret"]
    for pair in (first, second):
        for name in ("access", "refresh"):
            secrets += [pair[name], pair[name].split(".")[2]]
    assert [secret for secret in secrets if secret in stored or secret in logged] == []


def test_a_family_names_its_newest_token_only_by_a_number_that_is_worth_nothing(held):
    family = TokenFamily.objects.get()
    assert family.newest_refresh == claims(held["refresh"])["jti"]
    assert me(family.newest_refresh).status_code == 401
    assert refresh(family.newest_refresh).status_code == 401


def test_a_family_whose_end_was_written_into_the_row_is_over(held):
    TokenFamily.objects.update(ended_at=timezone.now() - timedelta(seconds=1))
    assert me(held["access"]).status_code == 401
    assert refresh(held["refresh"]).status_code == 401
