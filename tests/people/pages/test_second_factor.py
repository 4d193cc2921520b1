"""The second factor: set up, asked for, lost, demanded."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse

from audit.models import AuditEvent
from people import lifecycle, second_factor
from people.models import Employee, SignInPolicy
from tests.factories import people
from tests.people.mails import mails
from tests.people.pages.test_signing_in import is_in, sign_in, text
from tests.people.verbs import PASSWORD

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_now() -> str:
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))


def with_second_factor(person: Employee) -> Employee:
    TOTP.activate(person, SECRET)
    return person


def test_with_a_second_factor_the_password_alone_opens_nothing(client):
    person = with_second_factor(people.person(raw_password=PASSWORD))
    assert sign_in(client, person, next="/my/profile/").url.startswith("/accounts/2fa/authenticate/")
    assert not is_in(client)
    assert "_auth_user_id" not in client.session
    assert client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert not is_in(client)
    assert client.post("/accounts/2fa/authenticate/", {"code": code_now()}).status_code == 302
    assert is_in(client)


def test_a_code_works_once():
    person = with_second_factor(people.person(raw_password=PASSWORD))
    code = code_now()
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client, person)
        client.post("/accounts/2fa/authenticate/", {"code": code})
    assert (is_in(first), is_in(second)) == (True, False)


def test_a_used_code_is_remembered_for_as_long_as_it_could_be_right(monkeypatch):
    kept: dict[str, int] = {}

    class Cache:
        def add(self, key: str, value: str, timeout: int) -> bool:
            return kept.setdefault(key, timeout) == timeout

    monkeypatch.setattr(second_factor, "cache", Cache())
    assert TOTP(
        Authenticator(user=people.person(), data={"secret": second_factor.Adapter().encrypt(SECRET)})
    ).validate_code(code_now())
    assert list(kept.values()) == [90], "the half minute itself, and the ones before and after"


def test_a_recovery_code_works_once():
    person = with_second_factor(people.person(raw_password=PASSWORD))
    code = RecoveryCodes.activate(person).generate_codes()[0]
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client, person)
        client.post("/accounts/2fa/authenticate/", {"code": code})
    assert (is_in(first), is_in(second)) == (True, False)


def test_setting_up_an_app_shows_the_codes_once_and_is_on_the_record(client, django_capture_on_commit_callbacks):
    person = people.person(raw_password=PASSWORD, verified=False)
    sign_in(client, person)
    client.post("/accounts/reauthenticate/?next=/accounts/2fa/app/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/app/")
    secret = page.context["form"].secret
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post("/accounts/2fa/app/", {"code": code})
    assert done.url == "/accounts/2fa/codes/"
    codes = client.get(done.url).context["unused_codes"]
    assert len(codes) == 10
    assert "****" in set(client.get(done.url).context["unused_codes"])
    assert second_factor.is_set_up(person)
    stored = Authenticator.objects.get(user=person, type="totp").data["secret"]
    assert secret not in stored
    assert second_factor.Adapter().decrypt(stored) == secret
    assert AuditEvent.objects.filter(kind="second factor set", about_id=person.pk).count() == 1
    assert ("second_factor_changed", person.email) in mails()


def test_an_old_session_must_show_the_password_before_the_second_factor_changes(client):
    person = people.person(raw_password=PASSWORD)
    client.force_login(person)
    for address in ("/accounts/2fa/app/",):
        assert client.get(address).url.startswith("/accounts/reauthenticate/")
    assert client.post("/accounts/reauthenticate/?next=/accounts/2fa/app/", {"password": "wrong"}).status_code == 200
    assert client.get("/accounts/2fa/app/").status_code == 302
    answer = client.post("/accounts/reauthenticate/?next=/accounts/2fa/app/", {"password": PASSWORD})
    assert answer.url == "/accounts/2fa/app/"
    assert client.get("/accounts/2fa/app/").status_code == 200


def test_where_the_policy_asks_for_it_staff_set_up_a_second_factor_before_the_back_office_opens(client):
    SignInPolicy.objects.update_or_create(id=1, defaults={"staff_need_second_factor": True})
    person = people.coordinator(raw_password=PASSWORD)
    sign_in(client, person)
    assert client.get(reverse("admin:index")).url == "/accounts/2fa/app/"
    assert client.post(reverse("admin:people_employee_changelist")).url == "/accounts/2fa/app/"
    assert is_in(client), "their own pages stay open"
    with_second_factor(person)
    assert client.get(reverse("admin:index")).status_code == 200


def test_the_policy_asks_nothing_of_employees(client):
    SignInPolicy.objects.update_or_create(id=1, defaults={"staff_need_second_factor": True})
    person = people.person(raw_password=PASSWORD)
    sign_in(client, person)
    assert is_in(client)
    assert client.get("/admin/", follow=True).status_code == 403


def test_an_admin_frees_somebody_who_lost_their_phone(client):
    admin, person = people.admin(), with_second_factor(people.person(raw_password=PASSWORD))
    RecoveryCodes.activate(person)
    client.force_login(person)
    lifecycle.remove_second_factor(person, by=admin, reason="Lost the phone; called back.")
    assert not Authenticator.objects.filter(user=person).exists()
    assert not is_in(client), "whoever had the phone is out"
    assert sign_in(client, person).url == "/"
    row = person.history.first()
    assert (row.verb, row.history_user, row.history_change_reason) == (
        "remove_second_factor", admin, "Lost the phone; called back.",
    )  # fmt: skip


def half_way_in(client: Client, person: Employee) -> None:
    """The password is shown, the code is not."""
    assert sign_in(client, person).url.startswith("/accounts/2fa/authenticate/")


def test_a_sign_in_half_finished_does_not_live_through_a_suspension(client):
    admin, person = people.admin(), with_second_factor(people.person(raw_password=PASSWORD))
    half_way_in(client, person)
    lifecycle.suspend(person, by=admin, reason="Left.")
    assert client.post("/accounts/2fa/authenticate/", {"code": code_now()}).url == "/accounts/login/"
    assert not AuditEvent.objects.filter(kind="signed in").exists()
    lifecycle.restore(person, by=admin, reason="Back.")
    assert not is_in(client)


def test_a_sign_in_half_finished_does_not_live_through_a_new_password(client):
    person = with_second_factor(people.person(raw_password=PASSWORD))
    half_way_in(client, person)
    lifecycle.change_password(person, by=person, password="another walk by the sea")
    client.post("/accounts/2fa/authenticate/", {"code": code_now()})
    assert not is_in(client)


def test_a_second_factor_taken_away_at_the_page_for_the_code_leads_to_the_sign_in(client):
    person = with_second_factor(people.person(raw_password=PASSWORD))
    half_way_in(client, person)
    lifecycle.remove_second_factor(person, by=people.admin(), reason="Lost the phone.")
    answer = client.get("/accounts/2fa/authenticate/", follow=True)
    assert (answer.status_code, answer.redirect_chain[-1][0]) == (200, "/accounts/login/")
    assert sign_in(client, person).url == "/"


def test_the_page_for_the_code_survives_a_post_without_one(client):
    half_way_in(client, with_second_factor(people.person(raw_password=PASSWORD)))
    assert client.post("/accounts/2fa/authenticate/").status_code == 200
    assert not is_in(client)


def test_from_the_page_for_the_code_one_can_begin_anew(client):
    half_way_in(client, with_second_factor(people.person(raw_password=PASSWORD)))
    assert client.post("/accounts/logout/").url == "/accounts/login/"
    assert client.get("/accounts/login/").status_code == 200


def test_wrong_codes_are_on_the_record_and_told(client):
    person = with_second_factor(people.person(raw_password=PASSWORD))
    half_way_in(client, person)
    for _number in range(5):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    events = AuditEvent.objects.filter(kind="sign-in failed", about_id=person.pk)
    assert [event.detail["code"] for event in events] == ["otp_wrong"] * 5
    assert mails() == {("failed_sign_ins", person.email)}


def test_the_code_that_sets_it_up_signs_in_nobody(client):
    person = people.person(raw_password=PASSWORD)
    sign_in(client, person)
    client.post("/accounts/reauthenticate/?next=/accounts/2fa/app/", {"password": PASSWORD})
    secret = client.get("/accounts/2fa/app/").context["form"].secret
    kept = str(dict(client.session))
    assert secret not in kept, "a copy of the database is worth nothing"
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    assert client.post("/accounts/2fa/app/", {"code": code}).status_code == 302
    other = Client()
    half_way_in(other, person)
    other.post("/accounts/2fa/authenticate/", {"code": code})
    assert not is_in(other)


def test_where_staff_need_a_second_factor_they_do_not_take_it_away(client):
    SignInPolicy.objects.update_or_create(id=1, defaults={"staff_need_second_factor": True})
    person = with_second_factor(people.coordinator(raw_password=PASSWORD))
    sign_in(client, person)
    client.post("/accounts/2fa/authenticate/", {"code": code_now()})
    client.post("/accounts/reauthenticate/?next=/accounts/2fa/app/remove/", {"password": PASSWORD})
    page = client.post("/accounts/2fa/app/remove/")
    assert "ask an administrator" in text(page)
    assert second_factor.is_set_up(person)
    assert client.get("/admin/").status_code == 200
    Authenticator.objects.all().delete()
    assert client.get("/admin/").url == "/accounts/2fa/app/", "asked at every request"
