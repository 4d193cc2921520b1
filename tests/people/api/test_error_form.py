"""Whatever fails under /api/ says so in one form (interfaces.md "REST"), and gives nothing else away."""

from __future__ import annotations

import json
import logging

import pytest
from django.test import Client

from tests.factories import people
from tests.people.api.calls import LOGOUT, ME, REFRESH, TOKEN, signed_in
from tests.people.api.urls import FAILURES, SECRET

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.people.api.urls")]


def body_of(answer) -> dict:
    """The answer's body, which must be of the form."""
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert set(body) == {"error", "details", "reasons"}
    assert isinstance(body["error"], str)
    assert body["error"].strip()
    assert isinstance(body["details"], dict)
    assert all(set(reason) == {"code", "sentence", "who"} for reason in body["reasons"])
    return body


def failing(name: str) -> tuple[int, dict]:
    answer = Client(raise_request_exception=False).get(f"/api/failing/{name}/")
    return answer.status_code, body_of(answer)


@pytest.mark.parametrize("name", FAILURES)
def test_each_failure_has_its_status_and_the_form(name):
    status, body = failing(name)
    assert status == FAILURES[name][1]
    assert SECRET not in json.dumps(body)


def test_a_refusal_carries_its_reasons():
    assert failing("not-yours-in-this-state")[1] == {
        "error": "Because of not_yours. Because of state.",
        "details": {},
        "reasons": [
            {"code": "not_yours", "sentence": "Because of not_yours.", "who": "somebody else"},
            {"code": "state", "sentence": "Because of state.", "who": "somebody else"},
        ],
    }


@pytest.mark.parametrize(
    ("name", "details"),
    [
        ("values", {"reason": ["Say why.", "Say more."], "": ["All of it."]}),
        ("django-values", {"name": ["Write a name."]}),
        ("django-value", {"": ["Not this one."]}),
        ("framework-values", {"lines": [{"amount": ["Too much."]}]}),
        ("framework-value", {"": ["Not this one."]}),
        ("stale", {"version": 7}),
        ("stale-unknown", {}),
        ("broken", {}),
    ],
)
def test_the_details_say_which_value(name, details):
    assert failing(name)[1]["details"] == details


def test_who_is_to_wait_is_told_how_long():
    for name, seconds in [("throttled", "7"), ("database-down", "60"), ("not-set-up", "60")]:
        assert Client().get(f"/api/failing/{name}/")["Retry-After"] == seconds


def test_what_breaks_is_in_the_log_and_reaches_whoever_listens(caplog):
    with caplog.at_level(logging.ERROR), pytest.raises(ZeroDivisionError):
        Client().get("/api/failing/broken/")
    [line] = [record for record in caplog.records if record.name == "backoffice.api"]
    assert line.exc_info[0] is ZeroDivisionError


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options", "head"])
@pytest.mark.parametrize("address", ["/api/", "/api/nothing/", "/api/token/", "/api/token/employee", "/api/%00/é/..."])
def test_an_unknown_address_is_answered_in_the_form_by_every_method(address, method, debug, settings):
    settings.DEBUG = debug
    answer = getattr(Client(), method)(address)
    assert answer.status_code == 404
    if method != "head":
        body_of(answer)


@pytest.mark.parametrize("address", [TOKEN, REFRESH, LOGOUT])
@pytest.mark.parametrize(
    "body",
    [
        "{",
        "nothing",
        "[]",
        "null",
        '"text"',
        "1",
        "NaN",
        '{"refresh": Infinity}',
        b"\xff\xfe{}",
        "[" * 200_000,
        '{"a":' * 200_000,
        '{"refresh": ' + "9" * 10_000 + "}",
    ],
    ids=lambda body: ascii(body[:12]),
)
def test_what_is_no_json_object_is_malformed(address, body):
    answer = Client().post(address, body, content_type="application/json")
    assert answer.status_code == 400
    assert body_of(answer)["error"].startswith("This can't be read")


@pytest.mark.parametrize(
    ("charset", "status"), [("utf-16", 422), ("nobody-knows", 400), ("bz2_codec", 400), ("rot13", 400)]
)
def test_a_body_is_read_in_its_character_set_and_in_none_that_unpacks_it(charset, status):
    body = "{}".encode("utf-16")
    answer = Client().generic("POST", TOKEN, body, content_type=f"application/json; charset={charset}")
    assert answer.status_code == status
    body_of(answer)


@pytest.mark.parametrize("address", [TOKEN, REFRESH, LOGOUT])
def test_too_much_is_refused_before_it_is_read(address, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    answer = Client().post(address, '{"refresh": "' + "x" * 1_000 + '"}', content_type="application/json")
    assert answer.status_code == 413
    body_of(answer)


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "text/plain", "application/xml", "x" * 5_000])
def test_another_kind_of_body_is_refused(kind):
    answer = Client().post(TOKEN, "{}", content_type=kind)
    assert answer.status_code == 415
    body_of(answer)


@pytest.mark.parametrize("accepts", ["text/html", "application/xml", "x" * 10_000])
def test_who_takes_no_json_is_told_so_in_json_before_anything_happens(accepts):
    answer = Client().post(TOKEN, "{}", content_type="application/json", headers={"Accept": accepts})
    assert answer.status_code == 406
    body_of(answer)


def test_a_browser_sees_no_pages_of_the_framework():
    answer = Client().get(ME, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (answer.status_code, body_of(answer)["reasons"][0]["code"]) == (401, "not_signed_in")
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
    assert Client().get(f"{ME}?format=api").status_code == 401


def test_an_address_knows_its_methods():
    held = signed_in(people.person())
    answer = Client().delete(ME, headers={"Authorization": f"Bearer {held['access']}"})
    assert answer.status_code == 405
    assert body_of(answer)
    assert "GET" in answer["Allow"]
    assert "DELETE" not in answer["Allow"]
