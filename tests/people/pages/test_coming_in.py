"""Signing up, proving the address, applying again, as a browser does it."""

from __future__ import annotations

import pytest
from django.test import Client

from notifications.models import EmailNotification
from people import lifecycle
from people.enums import Status
from people.models import Department, Employee
from tests.factories import people
from tests.people.mails import last_mail, mails, path_in
from tests.people.test_answering_alike import sign_up_form
from tests.people.test_values import picture
from tests.people.verbs import PASSWORD

pytestmark = pytest.mark.django_db


def text(response) -> str:
    return response.content.decode()


def sign_up(client: Client, email: str = "ada@example.com", **changes: object) -> Employee:
    assert client.post("/accounts/signup/", sign_up_form(email, **changes)).status_code == 302
    return Employee.objects.get(email=email)


def test_who_signs_up_waits_and_gets_the_link(client):
    people.admin(email="boss@example.com")
    person = sign_up(client, image=picture())
    assert (person.status, person.is_active, person.role) == (Status.PENDING, False, "Employee")
    assert person.check_password(PASSWORD)
    assert person.image
    assert mails() == {("prove_address", "ada@example.com")}
    page = client.get("/accounts/signup/done/")
    assert "ada@example.com" in text(page)
    proving = path_in("prove_address")
    assert client.get(proving).status_code == 200
    assert not person.emailaddress_set.get().verified, "a GET changes nothing"
    assert client.post(proving).status_code == 200
    assert person.emailaddress_set.get().verified
    assert {("application_received", "ada@example.com"), ("new_application", "boss@example.com")} < mails()


def test_everything_that_is_wrong_is_said_at_once_and_what_was_typed_stays(client):
    answer = client.post(
        "/accounts/signup/",
        sign_up_form("not an address", password1="short", password2="shirt", first_name="", last_name="By\nron"),
    )
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert {"email", "password2", "first_name"} <= set(errors)
    assert 'value="not an address"' in text(answer)
    assert "short" not in text(answer)
    assert not Employee.objects.exists()


def test_what_the_door_refuses_is_said_at_its_field(client):
    answer = client.post(
        "/accounts/signup/", sign_up_form("ada@example.com", password1="password", password2="password")
    )
    assert "too common" in str(answer.context["form"].errors["password1"])
    answer = client.post("/accounts/signup/", sign_up_form("ada@example.com", first_name="\u202e"))
    assert "first_name" in answer.context["form"].errors
    answer = client.post("/accounts/signup/", sign_up_form("ada@example.com", image=picture(name="x.svg", kind="BMP")))
    assert "no picture that we can show" in str(answer.context["form"].errors["image"])


@pytest.mark.parametrize(
    "field", ["role", "status", "is_staff", "is_superuser", "company_id", "groups", "is_data_clerk"]
)
def test_nobody_gives_themselves_more_by_a_field_of_their_own(client, field):
    person = sign_up(
        client, **{field: {"role": "System Admin", "status": "Approved", "company_id": "MA9999"}.get(field, "1")}
    )
    assert (person.role, person.status, person.is_staff, person.is_superuser, person.is_data_clerk) == (
        "Employee", "Pending", False, False, False,
    )  # fmt: skip
    assert person.company_id != "MA9999"
    assert not person.groups.exists()


def test_a_retired_department_can_not_be_chosen(client):
    retired = Department.objects.create(name="Typing pool", is_active=False)
    answer = client.post("/accounts/signup/", sign_up_form("ada@example.com", department=retired.pk))
    assert "department" in answer.context["form"].errors


def test_a_closed_registration_says_so_kindly_and_takes_nobody(client, settings):
    settings.REGISTRATION_OPEN = False
    page = client.get("/accounts/signup/")
    assert page.status_code == 200
    assert "<form" not in text(page).partition("<main")[2].partition("</main>")[0]
    assert client.post("/accounts/signup/", sign_up_form("ada@example.com")).status_code == 403
    assert not Employee.objects.exists()


def test_only_addresses_of_the_house_may_apply_where_it_says_so(client, settings):
    settings.REGISTRATION_DOMAINS = ["example.com", "example.org"]
    assert "example.org" in text(client.get("/accounts/signup/"))
    answer = client.post("/accounts/signup/", sign_up_form("ada@elsewhere.example"))
    assert "It ends with @example.com or @example.org." in str(answer.context["form"].errors["email"])
    sign_up(client, "ada@example.org")


# Whose application is it


def test_on_another_device_the_password_of_the_application_is_asked_for(client):
    person = sign_up(client)
    proving = path_in("prove_address")
    other = Client()
    assert 'name="password"' in text(other.get(proving))
    assert other.post(proving, {"password": "a guess of somebody"}).status_code == 422
    assert not person.emailaddress_set.get().verified
    assert other.post(proving, {"password": PASSWORD}).status_code == 200
    assert Employee.objects.get(pk=person.pk).check_password(PASSWORD)


def test_who_applies_with_the_address_of_somebody_else_gets_in_with_nothing(client):
    """A stranger signs up with my address and a password of theirs; I prove the address, an admin approves."""
    person = sign_up(client)
    assert Client().post(path_in("prove_address"), {"password": ""}).status_code == 200
    person = Employee.objects.get(pk=person.pk)
    assert not person.has_usable_password()
    assert "dropped" in person.history.first().history_change_reason
    lifecycle.approve(person, by=people.admin())
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    assert last_mail("set_password").recipient_email == person.email


def test_a_second_sign_up_of_the_right_person_does_not_confirm_the_first_ones_password(client):
    sign_up(Client())
    client.post(
        "/accounts/signup/",
        sign_up_form("ada@example.com", password1="my own walk by the sea", password2="my own walk by the sea"),
    )
    page = client.get(path_in("prove_address"))
    assert 'name="password"' in text(page)


@pytest.mark.parametrize("key", ["x", "Mg:abc:def", "a" * 5_000, "%00", "1:2:3"])
def test_an_invented_link_says_so_and_shows_the_way(client, key):
    for address in ("confirm-email", "apply-again", "password/reset/key"):
        answer = client.get(f"/accounts/{address}/{key}/")
        assert answer.status_code == 404
        assert "/accounts/" in text(answer)


def test_a_used_link_says_so_and_does_nothing(client):
    person = sign_up(client)
    proving = path_in("prove_address")
    client.post(proving)
    rows = person.history.count()
    assert client.post(proving).status_code == 200
    assert (
        person.history.count(),
        EmailNotification.objects.filter(message="people_application_received").count(),
    ) == (rows, 1)


def test_an_old_link_does_not_prove_a_new_address(client):
    person = sign_up(client)
    proving = path_in("prove_address")
    lifecycle.change_email(person, by=people.admin(), email="new@example.com", reason="Typing error.")
    assert client.post(proving).status_code == 404
    assert not person.emailaddress_set.get().verified


def test_the_link_can_be_asked_for_again(client):
    sign_up(client)
    EmailNotification.objects.all().update(status="cancelled", finished_at="2026-01-01T00:00Z")
    assert client.post("/accounts/confirm-email/", {"email": "ADA@example.com"}).status_code == 200
    assert path_in("prove_address").startswith("/accounts/confirm-email/")


# Applying again


def rejected(client: Client) -> Employee:
    person = sign_up(client)
    return lifecycle.reject(person, by=people.admin(), reason="We don't know <b>you</b>.")


def test_a_rejected_person_reads_why_and_applies_again(client):
    person = rejected(client)
    page = client.post("/accounts/login/", {"login": "ada@example.com", "password": PASSWORD}, follow=True)
    assert "We don&#x27;t know &lt;b&gt;you&lt;/b&gt;." in text(page)
    assert "_auth_user_id" not in client.session
    assert "ada@example.com" in text(client.post("/accounts/standing/"))
    again = path_in("apply_again")
    form = {name: value for name, value in sign_up_form("x").items() if name != "email"}
    assert 'value="Ada"' in text(client.get(again))
    assert client.post(again, form | {"first_name": "Augusta"}).status_code == 200
    person = Employee.objects.get(pk=person.pk)
    assert (person.status, person.first_name, person.email) == (Status.PENDING, "Augusta", "ada@example.com")
    assert client.get(again).status_code == 404, "a link works once"


def test_without_the_link_nobody_applies_again_for_somebody(client):
    person = rejected(client)
    client.post("/accounts/signup/", sign_up_form("ada@example.com", first_name="Eve"))
    assert Employee.objects.get(pk=person.pk).status == Status.REJECTED
    assert Employee.objects.get(pk=person.pk).first_name == "Ada"
    assert Client().post("/accounts/standing/").url == "/accounts/login/"
