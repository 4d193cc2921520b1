"""Values that no form of ours sends, in every field and every part of an address: an answer in words, never an error
page. On PostgreSQL too, which takes no NUL where SQLite does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from people import links
from people.enums import Status
from people.models import Employee
from tests.factories import people
from tests.people.test_answering_alike import sign_up_form
from tests.people.verbs import PASSWORD
from tests.security.test_get_changes_nothing import changed, tables

pytestmark = pytest.mark.django_db

NEW = "a longer walk by the lake"
VALUES = {
    "a NUL": "a\x00b",
    "half a character": "\ud800",
    "a line break": "a\r\nBcc: eve@example.com",
    "a turned word": "\u202eabc",
    "no character": "\ufffe\uffff",
    "very long": "x" * 300_000,
    "a number without end": "9" * 5_000,
    "below nothing": "-1",
    "a list": ["1", "2"],
    "an object": '{"$gt": ""}',
    "a path": "../../../../etc/passwd",
}


def forms(person: Employee) -> dict[str, dict[str, object]]:
    """Address → a form that is filled in well."""
    applicant, rejected = people.person(Status.PENDING, verified=False), people.person(Status.REJECTED)
    twice = {"password1": NEW, "password2": NEW}
    verb = {"reason": "So.", "read_version": "1", "next": "/admin/"}
    return {
        "/accounts/signup/": sign_up_form("new@example.com", suffix="", middle_name="", image=""),
        "/accounts/login/": {"login": person.email, "password": PASSWORD, "remember": "on", "next": "/"},
        "/accounts/confirm-email/": {"email": "ada@example.com"},
        links.prove_address(applicant.emailaddress_set.get()): {"password": "wrong"},
        links.apply_again(rejected): sign_up_form("x", suffix="", middle_name="", image=""),
        "/accounts/password/reset/": {"email": "ada@example.com"},
        "/accounts/password/change/": {"oldpassword": PASSWORD, **twice},
        "/accounts/reauthenticate/": {"password": "wrong", "next": "/"},
        "/my/profile/": {"first_name": "A", "middle_name": "", "last_name": "B", "suffix": "", "remove_image": ""},
        "/admin/people/employee/": {"action": "approve", "_selected_action": "1", "select_across": "0"},
        f"/admin/people/employee/{applicant.pk}/approve/": {"role": "Employee", "allow_unverified": "", **verb},
        f"/admin/people/employee/{applicant.pk}/reject/": verb,
        f"/admin/people/employee/{person.pk}/change-department/": {"department": "1", **verb},
        f"/admin/people/employee/{person.pk}/change-email/": {"email": "new@example.com", **verb},
        f"/admin/people/employee/{applicant.pk}/change-role/": {"role": "Employee", **verb},
        f"/admin/people/employee/{person.pk}/grant/": {"group": "Data Clerk", **verb},
    }


STRANGERS = ("/accounts/signup/", "/accounts/login/", "/accounts/confirm-email/", "/accounts/apply-again/")


#: What databases, encodings and limits stumble over is tried always; the others wait for the patient tests.
QUICK = {"a NUL", "half a character", "very long"}


def patient_but(quick: set[str], every: Iterable[str]) -> list[Any]:
    return [each if each in quick else pytest.param(each, marks=pytest.mark.slow) for each in every]


@pytest.mark.parametrize("kind", patient_but(QUICK, VALUES))
def test_no_value_of_a_form_breaks_a_page(kind: str) -> None:
    person = people.admin(raw_password=PASSWORD)
    for address, form in forms(person).items():
        for field in form:
            client = Client()
            if not address.startswith(STRANGERS):
                client.force_login(Employee.objects.get(pk=person.pk))
            sent = urlencode({**form, field: VALUES[kind]}, doseq=True, errors="surrogatepass")
            answer = client.post(address, sent, content_type="application/x-www-form-urlencoded")
            assert answer.status_code < 500, (address, field)
    assert not Employee.objects.filter(first_name__contains="\u202e").exists()


@pytest.mark.parametrize(
    "part",
    patient_but(
        {"%00", "%ed%a0%80", "a%0d%0aSet-Cookie:x"},
        ["%00", "%ff", "%ed%a0%80", "a%0d%0aSet-Cookie:x", "..%2f..", "%2e%2e/", "9" * 500, "-1", "é"],
    ),
)
def test_no_part_of_an_address_breaks_a_page(part: str) -> None:
    client = Client()
    client.force_login(people.admin())
    before = tables()
    for address in (
        f"/people/{part}/picture/", f"/accounts/confirm-email/{part}/", f"/accounts/apply-again/{part}/",
        f"/accounts/password/reset/key/{part}/", f"/accounts/password/reset/key/1-{part}/",
        f"/admin/people/employee/{part}/change/", f"/admin/people/employee/{part}/approve/",
        f"/admin/jobs/run/{part}/plan/", f"/admin/people/employee/?q={part}", f"/admin/people/employee/?p={part}",
        f"/admin/people/employee/?status__exact={part}", f"/admin/people/employee/?tab={part}",
        f"/admin/people/employee/?proven={part}", f"/admin/people/employee/?o={part}",
        f"/admin/people/employee/?department__id__exact={part}", f"/accounts/login/?next={part}",
        f"/admin/login/?next={part}", f"/my/profile/?{part}={part}", f"/admin/people/department/?q={part}",
        f"/admin/tickets/ticket/of-person/{part}/", f"/admin/people/rejectedemployeeaudit/?q={part}",
    ):  # fmt: skip
        answer = client.get(address, follow=True)
        assert answer.status_code < 500, address
        assert "Set-Cookie" not in str(answer.headers.get("Location", "")), address
    assert changed(before) == []


@pytest.mark.parametrize(
    "header", ["User-Agent", "X-Forwarded-For", "Referer", "Accept-Language", "X-Request-ID", "Cookie"]
)
@pytest.mark.parametrize("value", ["x" * 20_000, "\xff\xfe", "' OR 1=1 --", "<script>alert(1)</script>", "a\x00b"])
def test_no_header_breaks_a_sign_in(header: str, value: str) -> None:
    person = people.person(raw_password=PASSWORD)
    client = Client(headers={header: value})
    for password in ("wrong", PASSWORD):
        answer = client.post("/accounts/login/", {"login": person.email, "password": password})
        assert answer.status_code in {302, 400, 422}
    assert client.get("/my/profile/security/").status_code in {200, 302, 400}


@pytest.mark.parametrize("cookie", ["smartsupport_session", "smartsupport_known", "smartsupport_csrf", "messages"])
@pytest.mark.parametrize("value", ["x" * 5_000, "\x00", "..", "é", "{}", "a:b:c"])
def test_no_cookie_breaks_a_page(cookie: str, value: str) -> None:
    person = people.person(raw_password=PASSWORD)
    client = Client()
    client.cookies[cookie] = value
    assert client.get("/accounts/login/").status_code == 200
    assert client.post("/accounts/login/", {"login": person.email, "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize("name", ["me.png", "../../me.png", "x" * 300 + ".png", "a\x00.png", ".png"])
@pytest.mark.parametrize(
    "content", [b"", b"<svg>", b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, b"GIF89a" + b"\xff" * 50, b"\xff\xd8\xff\xe0" * 30]
)
def test_no_file_breaks_the_profile(client: Client, name: str, content: bytes) -> None:
    person = people.person()
    client.force_login(person)
    file = SimpleUploadedFile("x.png", content)
    file.name = name
    answer = client.post("/my/profile/", {"first_name": "A", "last_name": "B", "image": file})
    assert answer.status_code in {302, 400, 422}
    assert not Employee.objects.get(pk=person.pk).image
