"""safety.md "Getting in" and "Who may", as far as people go. Each test is named after the fault that it is not.

What more there is: known and unknown addresses in tests/people/test_answering_alike.py, the pages themselves in
tests/people/pages, the tokens of programs in tests/security/test_tokens.py, GET in test_get_changes_nothing.py.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from notifications import sending
from notifications.models import EmailNotification
from people import lifecycle, links
from people.enums import Status
from people.models import Employee
from tests.factories import people
from tests.people.test_answering_alike import sign_up_form
from tests.people.verbs import PASSWORD
from tests.security.test_get_changes_nothing import changed, tables
from tests.security.test_urls_closed import FIRST_PARTS, ROUTES, first_part

pytestmark = pytest.mark.django_db

NEW = "a longer walk by the lake"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
EVIL = [
    "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "https:evil.example",
    "javascript:alert(1)", "http:///evil.example", "\t//evil.example", "https://testserver@evil.example/",
]  # fmt: skip


#: How a statement begins that writes nothing.
READS = ("SELECT ", "(SELECT ", "SAVEPOINT ", "RELEASE SAVEPOINT ", "ROLLBACK TO SAVEPOINT ")


def sign_in(client: Client, person: Employee, password: str = PASSWORD, **more: str):
    return client.post("/accounts/login/", {"login": person.email, "password": password, **more})


def is_in(client: Client) -> bool:
    return client.get("/my/profile/").status_code == 200


def anew(person: Employee) -> Employee:
    return Employee.objects.get(pk=person.pk)


@pytest.fixture
def limits(settings):
    settings.ACCOUNT_RATE_LIMITS = {}
    cache.clear()


# Host header poisoning


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "Forwarded", "X-Original-Host"])
def test_no_link_in_any_mail_follows_a_forged_host(settings, mailoutbox, header: str) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    client = Client(headers={header: "host=evil.example" if header == "Forwarded" else "evil.example"})
    client.post("/accounts/signup/", sign_up_form("ada@example.com"))
    rejected = people.person(Status.PENDING, email="bea@example.com", raw_password=PASSWORD)
    lifecycle.reject(rejected, by=people.admin(), reason="Nobody here knows you.")
    sign_in(client, rejected)
    client.post("/accounts/standing/")
    client.post("/accounts/password/reset/", {"email": people.person(email="cem@example.com").email})
    client.post("/accounts/confirm-email/", {"email": "ada@example.com"})
    for row in EmailNotification.objects.exclude(message="people_rejected"):
        sending.deliver(row)
    assert len(mailoutbox) == 4
    for mail in mailoutbox:
        assert "evil.example" not in mail.message().as_string()
        assert f"{settings.SITE_URL}/accounts/" in mail.body


def test_a_host_that_is_not_ours_is_not_answered(client: Client) -> None:
    assert client.get("/accounts/login/", headers={"Host": "evil.example"}).status_code == 400


# Open redirect


@pytest.mark.parametrize("evil", EVIL)
def test_no_next_leads_off_the_site(evil: str) -> None:
    person = people.admin(raw_password=PASSWORD)
    client = Client()
    answers = [
        client.get("/admin/login/", {"next": evil}, follow=True),
        client.get("/accounts/login/", {"next": evil}),
        sign_in(client, person, next=evil),
        client.get("/accounts/login/", {"next": evil}),
        client.get("/accounts/reauthenticate/", {"next": evil}),
        client.post("/accounts/reauthenticate/", {"next": evil, "password": PASSWORD}),
        client.post(f"/accounts/reauthenticate/?next={evil}", {"password": PASSWORD}),
        client.get("/accounts/signup/", {"next": evil}),
        client.post(reverse("admin:people_employee_changelist") + f"?next={evil}"),
        client.post(f"/admin/people/employee/{people.person().pk}/end-sessions/?next={evil}", {"next": evil}),
        client.post("/accounts/logout/", {"next": evil}),
    ]
    for answer in answers:
        if answer.status_code in {301, 302, 303, 307}:
            there = urlsplit(answer.url)
            assert (there.scheme, there.netloc) == ("", ""), answer.url
            assert answer.url.startswith("/"), answer.url
            assert not answer.url.startswith(("//", "/\\")), answer.url


@pytest.mark.parametrize("evil", EVIL)
def test_no_next_leads_off_the_site_after_the_second_factor(evil: str) -> None:
    person = people.person(raw_password=PASSWORD)
    TOTP.activate(person, SECRET)
    (code, *_more) = RecoveryCodes.activate(person).get_unused_codes()
    client = Client()
    sign_in(client, person, next=evil)
    answer = client.post("/accounts/2fa/authenticate/", {"code": code, "next": evil})
    assert answer.url == "/"
    assert is_in(client)


# Session fixation


def test_a_planted_session_stays_a_stranger_s() -> None:
    """Somebody puts the key of their own session into my browser, and waits for me to sign in."""
    person = people.person(raw_password=PASSWORD)
    TOTP.activate(person, SECRET)
    (code, *_more) = RecoveryCodes.activate(person).get_unused_codes()
    attacker, victim = Client(), Client()
    attacker.post("/accounts/signup/", sign_up_form("eve@example.com"))
    planted = attacker.cookies["smartsupport_session"].value
    victim.cookies["smartsupport_session"] = planted
    sign_in(victim, person)
    half_way = victim.cookies["smartsupport_session"].value
    victim.post("/accounts/2fa/authenticate/", {"code": code})
    assert is_in(victim)
    for key in {planted, half_way}:
        attacker.cookies["smartsupport_session"] = key
        assert not is_in(attacker)


def test_a_key_that_nobody_gave_out_is_no_session() -> None:
    client = Client()
    client.cookies["smartsupport_session"] = "a" * 32
    sign_in(client, people.person(raw_password=PASSWORD))
    assert client.cookies["smartsupport_session"].value != "a" * 32


def test_a_cookie_of_a_session_is_not_for_scripts_and_not_for_other_sites(client: Client) -> None:
    sign_in(client, people.person(raw_password=PASSWORD))
    for name in ("smartsupport_session", "smartsupport_known"):
        assert client.cookies[name]["httponly"]
        assert client.cookies[name]["samesite"] == "Lax"


def test_signing_out_ends_the_session_on_the_server_too(client: Client) -> None:
    sign_in(client, people.person(raw_password=PASSWORD))
    kept = client.cookies["smartsupport_session"].value
    client.post("/accounts/logout/")
    copy = Client()
    copy.cookies["smartsupport_session"] = kept
    assert not is_in(copy)


# Links, and what happens meanwhile


def test_a_suspension_between_password_and_code_holds() -> None:
    person = people.person(raw_password=PASSWORD)
    TOTP.activate(person, SECRET)
    (code, *_more) = RecoveryCodes.activate(person).get_unused_codes()
    client = Client()
    sign_in(client, person)
    lifecycle.suspend(person, by=people.admin(), reason="Left.")
    client.post("/accounts/2fa/authenticate/", {"code": code})
    assert not is_in(client)


def test_a_suspension_between_opening_a_link_and_choosing_the_password_holds(client: Client) -> None:
    person = people.person(raw_password=PASSWORD)
    form = client.get(links.set_password(person)).url
    lifecycle.suspend(person, by=people.admin(), reason="Left.")
    assert client.post(form, {"password1": NEW, "password2": NEW}).status_code == 404
    assert anew(person).check_password(PASSWORD)


def test_a_link_to_set_a_password_dies_with_a_new_address(client: Client) -> None:
    person = people.person(raw_password=PASSWORD)
    link = links.set_password(person)
    lifecycle.change_email(person, by=people.admin(), email="new@example.com", reason="Married.")
    assert client.get(link).status_code == 404


def test_a_link_for_one_thing_is_none_for_another(client: Client) -> None:
    applicant, rejected, colleague = (
        people.person(Status.PENDING, verified=False), people.person(Status.REJECTED), people.person(),
    )  # fmt: skip
    given = {
        "confirm-email": links.prove_address(applicant.emailaddress_set.get()),
        "apply-again": links.apply_again(rejected),
        "password/reset/key": links.set_password(colleague),
    }
    for purpose, link in given.items():
        key = link.rstrip("/").rpartition("/")[2]
        for other in given.keys() - {purpose}:
            assert client.get(f"/accounts/{other}/{key}/").status_code == 404, (purpose, other)


# Guessing


@pytest.mark.usefixtures("limits")
def test_codes_of_the_second_factor_can_not_be_guessed_one_after_the_other() -> None:
    person = people.person(raw_password=PASSWORD)
    TOTP.activate(person, SECRET)
    (code, *_more) = RecoveryCodes.activate(person).get_unused_codes()
    for number in range(12):
        client = Client(REMOTE_ADDR=f"203.0.113.{number}")
        sign_in(client, person)
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    client = Client(REMOTE_ADDR="203.0.113.99")
    sign_in(client, person)
    client.post("/accounts/2fa/authenticate/", {"code": code})
    assert not is_in(client)


@pytest.mark.usefixtures("limits")
@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/accounts/password/change/", {"oldpassword": "wrong", "password1": NEW, "password2": NEW}),
        ("/accounts/reauthenticate/", {"password": "wrong"}),
    ],
)
def test_whoever_finds_an_open_browser_can_not_guess_the_password(
    client: Client, address: str, form: dict[str, str]
) -> None:
    client.force_login(people.person(raw_password=PASSWORD))
    answers = [client.post(address, form).status_code for _number in range(30)]
    assert answers[-1] == 429


@pytest.mark.usefixtures("limits")
def test_the_password_of_an_application_can_not_be_guessed(client: Client) -> None:
    person = people.person(Status.PENDING, verified=False, raw_password=PASSWORD)
    link = links.prove_address(person.emailaddress_set.get())
    answers = [
        Client(REMOTE_ADDR=f"203.0.113.{number}").post(link, {"password": f"guess {number}"}).status_code
        for number in range(12)
    ]
    assert (answers[0], answers[-1]) == (422, 429)


# Cross-site request forgery


@pytest.mark.parametrize("part", [part for part in FIRST_PARTS if part != "api"])
def test_a_form_of_another_site_is_refused_everywhere(settings: Any, part: str) -> None:
    settings.CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"  # ours draws a whole page, a thousand times
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.admin())
    before, faults = tables(), []
    for route in [each for each in ROUTES if first_part(each) == part]:
        refused = {401, 403} if route.startswith("cms/api/") else {403}
        for origin in ({}, {"Origin": "https://evil.example"}):
            client.cookies.pop(settings.CSRF_COOKIE_NAME, None)
            with CaptureQueriesContext(connection) as asked:
                status = client.post(f"/{route}", {"code": "1"}, headers=origin).status_code
            writes = [each["sql"] for each in asked if not each["sql"].startswith(READS)]
            if status not in refused or writes:
                faults.append((route, origin, status, writes))
    assert faults == []
    assert changed(before) == []


@pytest.mark.parametrize("route", [route for route in ROUTES if route.startswith("api/")])
def test_a_session_opens_nothing_for_programs(client: Client, settings: Any, route: str) -> None:
    """Those take no token against forgery; so they must not know who has a session."""
    settings.WORKFLOW_CALLBACK_SECRETS = ["whsec_" + "c2VjcmV0" * 4]
    client.force_login(people.admin())
    answer = client.post(f"/{route}", {}, content_type="application/json")
    assert answer.status_code in {400, 401, 404, 405, 422} or answer.json() == {}


# Other ways to say POST


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "GET", "HEAD", "OPTIONS"])
def test_no_other_method_and_no_override_does_what_post_does(method: str) -> None:
    person = people.admin(raw_password=PASSWORD)
    client = Client()
    client.force_login(person)
    other = people.person(Status.PENDING)
    addresses = [
        "/my/profile/", "/my/profile/security/end-sessions/", "/accounts/password/change/", "/accounts/2fa/app/",
        "/accounts/2fa/app/remove/", "/accounts/2fa/codes/new/", "/accounts/reauthenticate/", "/accounts/logout/",
        "/accounts/signup/", "/accounts/login/", "/accounts/password/reset/", "/admin/people/employee/",
        f"/admin/people/employee/{other.pk}/approve/",
    ]  # fmt: skip
    form = "first_name=Eve&last_name=Eve&email=x@example.com&action=approve&_method=POST&csrfmiddlewaretoken=x"
    before = tables()
    for address in addresses:
        answer = client.generic(
            method, f"{address}?{form}", form, content_type="application/x-www-form-urlencoded",
            headers={"X-HTTP-Method-Override": "POST", "X-HTTP-Method": "POST", "X-Method-Override": "POST"},
        )  # fmt: skip
        assert answer.status_code < 500, address
    assert changed(before) == []
    assert is_in(client)


# What stays behind in a browser

EVERY_PAGE = [
    "/accounts/signup/", "/accounts/signup/done/", "/accounts/confirm-email/", "/accounts/confirm-email/x/",
    "/accounts/apply-again/x/", "/accounts/login/", "/accounts/logout/", "/accounts/standing/",
    "/accounts/password/reset/", "/accounts/password/reset/done/", "/accounts/password/reset/key/x/",
    "/accounts/password/change/", "/accounts/reauthenticate/", "/accounts/2fa/", "/accounts/2fa/app/",
    "/accounts/2fa/codes/", "/accounts/2fa/codes/new/", "/accounts/2fa/authenticate/", "/my/profile/",
    "/my/profile/security/", "/admin/login/",
]  # fmt: skip


@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.parametrize("address", EVERY_PAGE)
def test_nobody_after_me_reads_my_pages_and_no_other_site_frames_or_learns_of_them(
    client: Client, address: str, signed_in: bool
) -> None:
    if signed_in:
        person = people.person(raw_password=PASSWORD)
        sign_in(client, person)
        client.post("/accounts/reauthenticate/?next=/", {"password": PASSWORD})
        TOTP.activate(person, SECRET)
        RecoveryCodes.activate(person)
    for answer in (client.get(address), client.post(address)):
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "unsafe" not in answer.headers["Content-Security-Policy"] or address.startswith("/admin/")
