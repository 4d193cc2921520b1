"""The sign-in page, where an account stands, known browsers, limits, the second factor."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.test import Client

from notifications.models import EmailNotification
from people import lifecycle
from people.enums import Status
from people.models import Employee
from tests.factories import people
from tests.people.mails import last_mail, mails, path_in
from tests.people.verbs import PASSWORD

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def sign_in(client: Client, person: Employee, password: str = PASSWORD, **more: object):
    return client.post("/accounts/login/", {"login": person.email, "password": password, **more})


def is_in(client: Client) -> bool:
    return client.get("/my/profile/").status_code == 200


def text(response) -> str:
    return response.content.decode()


# Who gets in


@pytest.mark.parametrize(
    ("status", "verified", "says"),
    [
        (Status.PENDING, False, "unverified"),
        (Status.PENDING, True, "waiting"),
        (Status.REJECTED, True, "rejected"),
        (Status.SUSPENDED, True, "suspended"),
    ],
)
def test_with_the_right_password_the_page_says_where_the_account_stands(client, status, verified, says):
    person = people.person(status, verified=verified, raw_password=PASSWORD)
    answer = sign_in(client, person)
    assert answer.url == "/accounts/standing/"
    page = client.get(answer.url)
    assert (page.status_code, page.context["standing"]) == (200, says)
    assert not is_in(client)
    assert client.get("/my/profile/").url == "/accounts/login/?next=/my/profile/"


def test_with_a_wrong_password_it_says_nothing_of_it(client):
    answers = [sign_in(Client(), people.person(status, raw_password=PASSWORD), "wrong") for status in Status]
    assert {answer.status_code for answer in answers} == {422}
    assert {str(answer.context["form"].non_field_errors()) for answer in answers} == {
        str(answers[0].context["form"].non_field_errors())
    }


def test_who_may_sign_in_by_now_is_sent_to_sign_in(client):
    person = people.person(Status.PENDING, raw_password=PASSWORD)
    sign_in(client, person)
    lifecycle.approve(person, by=people.admin())
    assert client.get("/accounts/standing/").url == "/accounts/login/"
    assert sign_in(client, person).url == "/"


def test_signing_in_leads_to_where_one_wanted_and_never_off_the_site(client):
    person = people.person(raw_password=PASSWORD)
    assert sign_in(client, person, next="/my/profile/security/").url == "/my/profile/security/"
    for evil in (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:///evil.example",
    ):
        assert sign_in(Client(), person, next=evil).url == "/", evil


def test_the_session_gets_a_new_key_at_sign_in(client):
    person = people.person(raw_password=PASSWORD)
    client.post("/accounts/login/", {"login": "x@example.com", "password": "wrong"})
    client.get("/accounts/signup/")
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    sign_in(client, person)
    assert client.session.session_key != before


def test_without_staying_signed_in_the_session_ends_with_the_browser(client):
    person = people.person(raw_password=PASSWORD)
    sign_in(client, person)
    assert client.cookies["smartsupport_session"]["max-age"] == ""
    other = Client()
    sign_in(other, person, remember="on")
    assert int(other.cookies["smartsupport_session"]["max-age"]) > 3600 * 24


@pytest.mark.parametrize("address", ["/admin/login/", "/cms/login/"])
def test_there_is_one_sign_in(client, address):
    assert client.get(f"{address}?next=/admin/people/").url == "/accounts/login/?next=%2Fadmin%2Fpeople%2F"
    person = people.admin(raw_password=PASSWORD)
    assert client.post(address, {"username": person.email, "password": PASSWORD}).status_code == 302
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("address", ["/accounts/logout/", "/admin/logout/"])
def test_signing_out_takes_a_post(client, address):
    person = people.admin()
    client.force_login(person)
    assert client.get(address).status_code == 200
    assert is_in(client)
    assert client.post(address).url == "/"
    assert not is_in(client)


def test_the_next_click_after_a_suspension_ends_the_session(client):
    person = people.person()
    client.force_login(person)
    lifecycle.suspend(person, by=people.admin(), reason="Left.")
    assert client.get("/my/profile/").url.startswith("/accounts/login/")
    assert client.post("/my/profile/", {"first_name": "Eve"}).status_code == 302
    assert Employee.objects.get(pk=person.pk).first_name != "Eve"


# Limits


@pytest.fixture
def limits(settings):
    settings.ACCOUNT_RATE_LIMITS = {"mail_to_address": "5/h/key"}
    cache.clear()
    yield
    cache.clear()


@pytest.mark.usefixtures("limits")
def test_after_five_wrong_passwords_even_the_right_one_waits_also_from_other_networks():
    person = people.person(raw_password=PASSWORD)
    for number in range(5):
        client = Client(REMOTE_ADDR=f"203.0.113.{number}")
        assert sign_in(client, person, "wrong").status_code == 422
    answer = sign_in(Client(REMOTE_ADDR="203.0.113.99"), person)
    assert answer.status_code == 422
    assert "Too many" in text(answer)


@pytest.mark.usefixtures("limits")
def test_a_forged_header_does_not_lift_the_limit():
    codes = [
        Client()
        .post("/accounts/signup/", {"email": "x"}, headers={"X-Forwarded-For": f"203.0.113.{number}"})
        .status_code
        for number in range(22)
    ]
    assert codes == [422] * 20 + [429] * 2


@pytest.mark.usefixtures("limits")
def test_asking_too_often_is_answered_with_when_to_come_back():
    for _number in range(5):
        Client().post("/accounts/password/reset/", {"email": "ada@example.com"})
    answer = Client().post("/accounts/password/reset/", {"email": "ADA@example.com"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert EmailNotification.objects.count() == 5


@pytest.mark.usefixtures("limits")
def test_the_link_is_sent_once_in_three_minutes():
    people.person(Status.PENDING, email="ada@example.com", verified=False)
    for _number in range(3):
        assert Client().post("/accounts/confirm-email/", {"email": "ada@example.com"}).status_code == 200
    assert EmailNotification.objects.count() == 1


# Browsers


def test_a_sign_in_from_an_unknown_browser_is_told_and_the_next_one_is_not(client):
    person = people.person(raw_password=PASSWORD)
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD}, headers={"User-Agent": FIREFOX})
    row = last_mail("unknown_browser")
    assert row.recipient == person
    assert (row.template_data["browser"], row.template_data["address"]) == ("Firefox on Windows", "127.0.0.1")
    client.post("/accounts/logout/")
    sign_in(client, person)
    assert EmailNotification.objects.filter(message="people_unknown_browser").count() == 1
    sign_in(Client(), person)
    assert EmailNotification.objects.filter(message="people_unknown_browser").count() == 2


def test_a_browser_of_somebody_else_is_unknown_and_a_forged_cookie_too(client):
    sign_in(client, people.person(raw_password=PASSWORD))
    client.post("/accounts/logout/")
    other = people.person(raw_password=PASSWORD)
    sign_in(client, other)
    assert last_mail("unknown_browser").recipient == other
    client.post("/accounts/logout/")
    client.cookies["smartsupport_known"] = client.cookies["smartsupport_known"].value + "x"
    sign_in(client, other)
    assert EmailNotification.objects.filter(recipient=other, message="people_unknown_browser").count() == 2


def test_a_browser_says_what_it_likes_and_we_say_it_in_our_words(client):
    person = people.person(raw_password=PASSWORD)
    client.post(
        "/accounts/login/",
        {"login": person.email, "password": PASSWORD},
        headers={"User-Agent": "<script>alert(1)</script> Visit evil.example"},
    )
    assert last_mail("unknown_browser").template_data["browser"] == "an unknown browser"


def test_many_failed_tries_are_told_once_to_the_person(client):
    person = people.person(raw_password=PASSWORD)
    for _number in range(12):
        sign_in(client, person, "wrong")
    assert mails() == {("failed_sign_ins", person.email)}
    assert path_in("failed_sign_ins") == "/accounts/password/reset/"


def test_the_demo_sign_ins_are_shown_only_where_they_are_there(client, settings):
    assert "employee@example.com" not in text(client.get("/accounts/login/"))
    people.person(email="employee@example.com")
    assert "employee@example.com" in text(client.get("/accounts/login/"))
    settings.DEMO_SIGN_INS = []
    assert "employee@example.com" not in text(client.get("/accounts/login/"))


def test_no_page_of_ours_lets_a_browser_run_what_stands_within_it(client):
    for address in ("/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"):
        policy = client.get(address).headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", text(client.get(address)))


@pytest.mark.usefixtures("limits")
def test_another_port_in_the_host_header_gives_no_more_tries(settings):
    settings.ALLOWED_HOSTS = ["help.example.com"]
    person = people.person(raw_password=PASSWORD)
    for number in range(5):
        client = Client(REMOTE_ADDR=f"203.0.113.{number}", headers={"Host": f"HELP.example.com:{1000 + number}"})
        assert sign_in(client, person, "wrong").status_code == 422
    client = Client(REMOTE_ADDR="203.0.113.99", headers={"Host": "help.example.com:2000"})
    assert "Too many" in text(sign_in(client, person))


@pytest.mark.usefixtures("limits")
def test_nobodys_mailbox_is_filled_by_strangers():
    from tests.people.test_answering_alike import sign_up_form

    for number in range(9):
        browser = Client(REMOTE_ADDR=f"203.0.113.{number}")
        assert browser.post("/accounts/signup/", sign_up_form("victim@example.com")).status_code == 302
        assert browser.post("/accounts/password/reset/", {"email": "VICTIM@example.com"}).status_code in {302, 429}
    assert EmailNotification.objects.filter(recipient_email__iexact="victim@example.com").count() == 5


@pytest.mark.usefixtures("limits")
def test_mistakes_at_sign_up_use_up_none_of_the_mails(client):
    from tests.people.test_answering_alike import sign_up_form

    for _number in range(8):
        form = sign_up_form("ada@example.com", password1="password", password2="password")
        assert client.post("/accounts/signup/", form).status_code == 422
    assert client.post("/accounts/signup/", sign_up_form("ada@example.com")).status_code == 302
    assert Employee.objects.filter(email="ada@example.com").exists()
