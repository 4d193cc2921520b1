"""Signing in: who gets in, what it leaves behind, and when it ends."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from audit.models import AuditEvent
from people import lifecycle
from people.enums import Role, Status
from people.models import Employee
from tests.factories import people
from tests.people.verbs import PASSWORD

pytestmark = pytest.mark.django_db


def sign_in(client: Client, email: str, password: str = PASSWORD) -> bool:
    client.post("/accounts/login/", {"login": email, "password": password})
    return "_auth_user_id" in client.session


def gets_in(client: Client) -> bool:
    return client.get(reverse("admin:index")).status_code == 200


def createsuperuser(email: str = "operator@example.com") -> Employee:
    call_command(
        "createsuperuser", interactive=False, verbosity=0, email=email, first_name="Olga", last_name="Operator"
    )
    return Employee.objects.get(email=email)


def test_createsuperuser_makes_an_approved_verified_system_admin_who_gets_in(client, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    operator = createsuperuser()
    assert (operator.status, operator.role, operator.is_superuser, operator.is_staff) == (
        "Approved", Role.SYSTEM_ADMIN, True, True,
    )  # fmt: skip
    assert operator.company_id.startswith("MA")
    assert EmailAddress.objects.get(user=operator).verified
    assert set(operator.groups.values_list("name", flat=True)) == {Role.SYSTEM_ADMIN}
    row = operator.history.get()
    assert (row.actor_name, row.verb, row.history_user) == ("system", "appoint_operator", None)
    assert sign_in(client, "OPERATOR@example.com")
    assert gets_in(client)


def test_createsuperuser_says_what_is_wrong(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    createsuperuser()
    with pytest.raises(CommandError, match="already"):
        createsuperuser()
    with pytest.raises(ValidationError, match="name"):
        Employee.objects.create_superuser("x@example.com", PASSWORD, first_name=" ", last_name="x")


def test_a_command_can_make_somebody_with_a_password(client):
    person = get_user_model().objects.create_user(
        "a@example.com", PASSWORD, first_name="A", last_name="B", role=Role.TICKET_COORDINATOR, approved=True
    )
    assert person.check_password(PASSWORD)
    assert sign_in(client, "a@example.com")


@pytest.mark.parametrize("status", [Status.PENDING, Status.REJECTED, Status.SUSPENDED])
def test_who_is_not_approved_does_not_get_in(client, status):
    person = people.person(status, Role.SYSTEM_ADMIN, raw_password=PASSWORD)
    assert not sign_in(client, person.email)


def test_an_employee_is_not_let_into_the_back_office(client):
    assert sign_in(client, people.person(raw_password=PASSWORD).email)
    assert not gets_in(client)
    refused = client.get(reverse("admin:index"), follow=True)
    assert refused.status_code == 403
    assert "This is not for your account" in refused.content.decode()


@pytest.mark.parametrize("make", [people.coordinator, people.admin, people.clerk])
def test_staff_gets_in(client, make):
    assert sign_in(client, make(raw_password=PASSWORD).email)
    assert gets_in(client)


def test_signing_in_is_an_event_and_no_change(client):
    admin = people.admin(raw_password=PASSWORD)
    sign_in(client, admin.email)
    after = Employee.objects.get(pk=admin.pk)
    assert after.last_login is not None
    assert (after.version, after.history.count()) == (admin.version, 1)
    event = AuditEvent.objects.get()
    assert (event.kind, event.actor, event.about, event.ip_address) == ("signed in", admin, admin, "127.0.0.1")
    client.post(reverse("admin:logout"))
    assert set(AuditEvent.objects.values_list("kind", flat=True)) == {"signed in", "signed out"}


@pytest.mark.parametrize(
    ("tried", "noted"),
    [
        ("Known@example.com", "known@example.com"),
        ("nobody@example.com", "nobody@example.com"),
        ("my secret password", ""),
        ("x" * 5_000 + "@example.com", ""),
        ("a\x00b", None),
    ],
    ids=ascii,
)
def test_a_failed_sign_in_is_an_event_with_the_address_and_no_password(client, tried, noted):
    people.admin(email="known@example.com", raw_password=PASSWORD)
    assert not sign_in(client, tried, "wrong password")
    events = [event.detail for event in AuditEvent.objects.filter(kind="sign-in failed")]
    # A form that can't be read at all (a NUL, a text that is too long) never comes to the question of the password.
    assert events in ([{"address": noted}], [])
    assert "wrong password" not in str(events)


@pytest.mark.parametrize("restored", [False, True])
def test_a_suspension_ends_a_live_session_at_the_next_click_for_good(client, restored):
    admin, person = people.admin(), people.coordinator(raw_password=PASSWORD)
    assert sign_in(client, person.email)
    assert gets_in(client)
    lifecycle.suspend(person, by=admin, reason="Left.")
    if restored:
        lifecycle.restore(person, by=admin, reason="Back.")
    assert not gets_in(client)


def test_a_session_that_slept_through_suspension_and_restore_is_over(client):
    admin, person = people.admin(), people.coordinator(raw_password=PASSWORD)
    sign_in(client, person.email)
    lifecycle.suspend(person, by=admin, reason="Left.")
    assert not gets_in(client)
    lifecycle.restore(person, by=admin, reason="Back.")
    assert not gets_in(client)
    assert sign_in(client, person.email)


def test_a_new_password_ends_the_other_sessions(client):
    person = people.coordinator(raw_password="another walk by the sea")
    sign_in(client, person.email, "another walk by the sea")
    lifecycle.change_password(person, by=person, password=PASSWORD)
    assert not gets_in(client)


def test_who_is_no_staff_any_more_is_out_of_the_back_office_at_the_next_click(client):
    admin, person = people.admin(), people.coordinator(raw_password=PASSWORD)
    sign_in(client, person.email)
    lifecycle.change_role(person, by=admin, role=Role.EMPLOYEE, reason="x")
    assert not gets_in(client)


def test_a_session_lives_through_a_change_of_the_secret_key(client, settings):
    person = people.coordinator(raw_password=PASSWORD)
    sign_in(client, person.email)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another" * 10
    assert person.get_session_auth_hash() not in list(person.get_session_auth_fallback_hash())
    assert len(list(person.get_session_auth_fallback_hash())) == 1
    assert gets_in(client)
