"""POST /api/token/employee/: who gets tokens, and what everybody else is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import AuditEvent
from people import tokens
from people.enums import PASSWORD_LENGTH, Status
from people.models import Employee, SignInPolicy, TokenFamily
from tests.factories import people
from tests.people.api.calls import ME, TOKEN, code_of, me, post, second_factor, sign_in
from tests.people.verbs import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.people.api.urls")]


def test_the_right_password_opens_a_family_and_says_who_one_is():
    person = people.coordinator(people.department("Legal"), raw_password=PASSWORD)
    answer = sign_in(person.email.upper())
    assert answer.status_code == 200
    told = answer.json()
    assert set(told) == {"access", "refresh", "employee"}
    assert told["employee"] == {
        "company_id": person.company_id,
        "name": person.get_full_name(),
        "email": person.email,
        "role": "Ticket Coordinator",
        "department": "Legal",
    }
    assert me(told["access"]).json() == {"company_id": person.company_id}
    family = tokens.families_of(person).get()
    assert (family.ip_address, family.ended_at) == ("127.0.0.1", None)
    assert timedelta(hours=23) < family.expires_at - timezone.now() < timedelta(days=1)


def test_somebody_without_a_department_has_none_in_the_answer():
    assert sign_in(people.person(raw_password=PASSWORD).email).json()["employee"]["department"] is None


def test_a_sign_in_is_an_event_and_a_date_and_no_change_and_no_session():
    person = people.person(raw_password=PASSWORD)
    answer = sign_in(person.email)
    after = Employee.objects.get(pk=person.pk)
    assert after.last_login is not None
    assert (after.version, after.history.count()) == (person.version, 1)
    event = AuditEvent.objects.get()
    assert (event.kind, event.actor, event.about, event.detail) == ("signed in", person, person, {"via": "api"})
    assert event.ip_address == "127.0.0.1"
    assert not answer.cookies
    assert answer["Cache-Control"] == "no-store"


ALIKE = {
    "unknown": lambda email: None,
    "approved": lambda email: people.person(email=email, raw_password=PASSWORD),
    "an admin with a second factor": lambda email: second_factor(people.admin(email=email, raw_password=PASSWORD)),
    "waiting": lambda email: people.person(Status.PENDING, email=email, raw_password=PASSWORD),
    "not proven": lambda email: people.person(Status.PENDING, email=email, verified=False, raw_password=PASSWORD),
    "rejected": lambda email: people.person(Status.REJECTED, email=email, raw_password=PASSWORD),
    "suspended": lambda email: people.person(Status.SUSPENDED, email=email, raw_password=PASSWORD),
    "without a password": lambda email: people.person(email=email),
}


def test_a_wrong_password_answers_alike_for_everybody_and_for_nobody_and_asks_as_much():
    answers, asked = [], []
    sign_in("warm@example.com", "wrong")
    for number, make in enumerate(ALIKE.values()):
        make(f"alike{number}@example.com")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = sign_in(f"alike{number}@example.com", "not this one at all")
        answers.append((answer.status_code, answer.content, sorted(set(answer.headers) - {"X-Request-ID"})))
        asked.append(len(queries))
    assert len({str(answer) for answer in answers}) == 1
    assert len(set(asked)) == 1
    assert answers[0][0] == 401
    assert b'"wrong"' in answers[0][1]


@pytest.mark.parametrize(
    ("status", "verified", "code"),
    [
        (Status.PENDING, False, "unverified"),
        (Status.PENDING, True, "waiting"),
        (Status.REJECTED, True, "rejected"),
        (Status.SUSPENDED, True, "suspended"),
    ],
)
def test_the_right_password_of_somebody_not_approved_is_told_why_and_gets_nothing(status, verified, code):
    person = people.person(status, verified=verified, raw_password=PASSWORD)
    answer = sign_in(person.email)
    assert (answer.status_code, code_of(answer)) == (403, code)
    assert not TokenFamily.objects.exists()
    assert not AuditEvent.objects.filter(kind="signed in").exists()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["email", "password"]),
        ({"email": "a@example.com"}, ["password"]),
        ({"email": "a@example.com", "password": ""}, ["password"]),
        ({"email": None, "password": None}, ["email", "password"]),
        ({"email": ["a@example.com"], "password": {"x": 1}}, ["email", "password"]),
        ({"email": "no address", "password": "x"}, ["email"]),
        ({"email": "a\x00b@example.com", "password": "x\x00"}, ["email", "password"]),
        ({"email": "a@example.com", "password": "half \ud800"}, ["password"]),
        ({"email": "a" * 5_000 + "@example.com", "password": "x" * 100_000}, ["email", "password"]),
        ({"email": "a@example.com", "password": "x", "otp": 123456}, ["otp"]),
        ({"email": "a@example.com", "password": "x", "otp": "1" * 1_000}, ["otp"]),
    ],
    ids=ascii,
)
def test_values_that_can_not_be_are_named_and_nobody_is_looked_up(body, fields, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = post(TOKEN, body)
    assert (answer.status_code, sorted(answer.json()["details"])) == (422, fields)


def test_a_password_is_taken_as_it_is_and_one_nobody_can_have_is_just_wrong():
    odd = " tabs\tand lines\r\nund Umlaute: äöü "
    person = people.person(raw_password=odd)
    assert sign_in(person.email, odd).status_code == 200
    assert code_of(sign_in(person.email, odd.strip())) == "wrong"
    assert code_of(sign_in(person.email, "x" * (PASSWORD_LENGTH[1] + 1))) == "wrong"


def test_a_wrong_password_leaves_an_event_without_it():
    person = people.person(raw_password=PASSWORD)
    sign_in(person.email, "another secret of mine")
    event = AuditEvent.objects.get()
    assert (event.kind, event.detail["address"]) == ("sign-in failed", person.email)
    assert "another secret" not in str(event.detail)


# The second factor


def test_with_a_second_factor_the_password_is_not_enough_and_each_code_works_once():
    person = people.person(raw_password=PASSWORD)
    otp = second_factor(person)
    without = sign_in(person.email)
    assert (without.status_code, code_of(without)) == (401, "otp_required")
    wrong = sign_in(person.email, otp="000000" if otp != "000000" else "111111")
    assert (wrong.status_code, code_of(wrong)) == (401, "otp_wrong")
    assert not TokenFamily.objects.exists()
    assert sign_in(person.email, otp=otp).status_code == 200
    again = sign_in(person.email, otp=otp)
    assert (again.status_code, code_of(again)) == (401, "otp_wrong")


def test_a_recovery_code_works_once():
    person = people.person(raw_password=PASSWORD)
    second_factor(person)
    code = RecoveryCodes.activate(person).generate_codes()[0]
    assert sign_in(person.email, otp=f" {code} ").status_code == 200
    assert code_of(sign_in(person.email, otp=code)) == "otp_wrong"


@pytest.mark.parametrize("otp", ["\u0660" * 6, "ünïcödé", "-", "null", "0" * 50])
def test_a_code_of_whatever_kind_is_wrong_and_breaks_nothing(otp):
    person = people.person(raw_password=PASSWORD)
    second_factor(person)
    assert code_of(sign_in(person.email, otp=otp)) == "otp_wrong"


def test_a_wrong_code_is_on_the_record_without_the_code():
    person = people.person(raw_password=PASSWORD)
    second_factor(person)
    sign_in(person.email, otp="xyzxyz")
    event = AuditEvent.objects.get()
    assert (event.kind, event.about) == ("sign-in failed", person)
    assert event.detail == {"address": person.email, "code": "otp_wrong"}


def test_the_code_is_not_asked_for_before_the_password_is_right():
    person = people.person(raw_password=PASSWORD)
    otp = second_factor(person)
    assert code_of(sign_in(person.email, "wrong", otp=otp)) == "wrong"
    assert sign_in(person.email, otp=otp).status_code == 200


def demand_second_factor() -> None:
    policy = SignInPolicy.objects.get_or_create(pk=SignInPolicy.ONLY)[0]
    policy.staff_need_second_factor = True
    policy.save()


@pytest.mark.parametrize("make", [people.coordinator, people.admin, people.clerk])
def test_staff_without_the_second_factor_that_is_demanded_get_no_tokens(make):
    person = make(raw_password=PASSWORD)
    demand_second_factor()
    answer = sign_in(person.email)
    assert (answer.status_code, code_of(answer)) == (403, "second_factor_missing")
    assert not TokenFamily.objects.exists()
    refusal = AuditEvent.objects.get(kind="refused")
    assert refusal.detail == {"verb": "sign_in", "codes": ["second_factor_missing"]}
    assert sign_in(person.email, otp=second_factor(person)).status_code == 200


def test_who_is_no_staff_needs_none():
    demand_second_factor()
    assert sign_in(people.person(raw_password=PASSWORD).email).status_code == 200


# The doors themselves


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options", "head"])
def test_a_sign_in_is_a_post_and_nothing_else(method):
    answer = getattr(Client(), method)(TOKEN)
    assert answer.status_code == 405
    assert "POST" in answer["Allow"]


def test_a_form_of_another_site_can_not_post_here():
    """Such a form can send neither JSON nor an Authorization header; that is why there is no CSRF token."""
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]:
        assert Client().post(TOKEN, '{"email": "a@example.com"}', content_type=kind).status_code == 415


def test_a_session_of_a_browser_opens_nothing_in_the_api():
    client = Client()
    client.force_login(people.admin())
    assert client.get(ME).status_code == 401


# Limits


@pytest.fixture
def limits(settings):
    settings.ACCOUNT_RATE_LIMITS = {}


def from_elsewhere(number: int) -> dict[str, str]:
    return {"REMOTE_ADDR": f"10.0.0.{number}"}


@pytest.mark.usefixtures("limits")
def test_after_five_wrong_passwords_an_address_waits_wherever_they_come_from_and_the_right_one_too():
    person = people.person(raw_password=PASSWORD)
    body = {"email": person.email, "password": "wrong"}
    answers = [post(TOKEN, body, **from_elsewhere(number)) for number in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert answers[-1].json()["error"]
    right = post(TOKEN, {**body, "password": PASSWORD}, **from_elsewhere(9))
    assert right.status_code == 429
    assert not TokenFamily.objects.exists()


@pytest.mark.usefixtures("limits")
def test_one_sender_tries_ten_wrong_passwords_a_minute_and_no_forged_header_helps():
    statuses = [
        post(
            TOKEN,
            {"email": f"somebody{number}@example.com", "password": "wrong"},
            headers={"X-Forwarded-For": f"192.0.2.{number}", "X-Real-IP": f"192.0.2.{number}"},
        ).status_code
        for number in range(11)
    ]
    assert statuses == [401] * 10 + [429]


@pytest.mark.usefixtures("limits")
def test_one_sender_signs_in_thirty_times_a_minute():
    email = people.person(raw_password=PASSWORD).email
    assert {sign_in(email).status_code for _ in range(30)} == {200}
    assert sign_in(email).status_code == 429


@pytest.mark.usefixtures("limits")
def test_codes_are_tried_five_times_and_then_the_right_one_waits_too():
    person = people.person(raw_password=PASSWORD)
    otp = second_factor(person)
    body = {"email": person.email, "password": PASSWORD}
    answers = [post(TOKEN, {**body, "otp": "no code"}, **from_elsewhere(number)) for number in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert post(TOKEN, {**body, "otp": otp}, **from_elsewhere(9)).status_code == 429
