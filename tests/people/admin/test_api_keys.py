"""The pages of API keys: the key is seen once, by who may make it, and nowhere afterwards."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import AuditEvent
from people import api_keys
from people.models import ApiKey, Employee
from tests.factories import people
from tests.people.verbs import PASSWORD

pytestmark = pytest.mark.django_db

LIST = "/admin/people/apikey/"
ADD = f"{LIST}add/"


def given(acts_as: Employee, **more: Any) -> dict[str, Any]:
    return {"name": "Backups", "person": acts_as.email, "scopes": ["read", "submit"], "once": "a" * 32, **more}


def secrets_in(answer: Any) -> list[str]:
    return re.findall(r"ssk_[a-z0-9]{8}_[A-Za-z0-9_-]{43}", answer.content.decode())


def key_of(admin: Employee) -> ApiKey:
    return api_keys.make(by=admin, name="Backups", person=admin, scopes=["read"])[0]


def test_the_key_stands_in_the_answer_and_on_no_page_after_it(admin, client):
    robot = people.person()
    assert "Make an API key" in client.get(ADD).text
    answer = client.post(ADD, given(robot))
    [secret] = secrets_in(answer)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    key = ApiKey.objects.get()
    assert key.digest == api_keys.digest_of(secret)
    for address in (LIST, f"{LIST}{key.pk}/change/", f"{LIST}{key.pk}/history/", f"{LIST}{key.pk}/revoke/", ADD,
                    "/admin/audit/auditevent/", "/admin/"):  # fmt: skip
        page = client.get(address, follow=True)
        assert page.status_code == 200, address
        assert secret[13:] not in page.text, address
        assert key.digest not in page.text, address
    assert secret[13:] not in str(dict(client.session.items()))
    assert secret[13:] not in str(client.cookies)


def test_sending_the_form_again_makes_no_other_key_and_shows_none(admin, client):
    robot = people.person()
    assert secrets_in(client.post(ADD, given(robot)))
    again = client.post(ADD, given(robot), follow=True)
    assert secrets_in(again) == []
    assert "made already" in again.text
    assert again.request["PATH_INFO"] == f"{LIST}{ApiKey.objects.get().pk}/change/"


def test_what_is_wrong_is_said_at_the_field_and_nothing_is_made(admin, client):
    answer = client.post(ADD, given(people.person(), person="nobody@example.com", scopes=[], expires_on="2020-01-01"))
    assert answer.status_code == 422
    for said in ("Choose somebody whose account is approved.", "Choose what the key may be used for", "from today on"):
        assert said in answer.text
    assert not ApiKey.objects.exists()
    # The same form, put right, counts.
    assert secrets_in(client.post(ADD, given(people.person())))


def test_one_for_another_of_the_staff_is_refused_and_one_whose_person_became_staff_is_shown_dead(admin, client):
    robot = people.person()
    client.post(ADD, given(robot))
    Employee.objects.filter(pk=robot.pk).update(is_data_clerk=True, is_staff=True)
    answer = client.post(ADD, given(robot, once="b" * 32))
    assert answer.status_code == 422
    assert "A key acts as yourself, or as somebody who is no staff" in answer.text
    assert "dead: the account has become staff" in client.get(f"{LIST}{ApiKey.objects.get().pk}/change/").text


def test_the_person_may_be_named_by_company_id(admin, client):
    robot = people.person()
    client.post(ADD, given(robot, person=f" {robot.company_id.lower()} "))
    assert ApiKey.objects.get().person == robot


def test_the_page_of_a_key_shows_whose_it_is_and_what_it_may(admin, client):
    key = key_of(admin)
    page = client.get(f"{LIST}{key.pk}/change/").text
    for shown in (key.shown_prefix, admin.get_full_name(), "look up what this person may see", "never", "in use"):
        assert shown in page


def test_revoking_asks_first_and_keeps_the_reason(admin, client):
    key = key_of(admin)
    assert client.get(f"{LIST}{key.pk}/revoke/").status_code == 200
    assert ApiKey.objects.get().revoked_at is None
    answer = client.post(f"{LIST}{key.pk}/revoke/", {"reason": "The laptop was lost."}, follow=True)
    assert "The key is revoked." in answer.text
    assert "The laptop was lost." in answer.text
    key = ApiKey.objects.get()
    assert (key.revoked_by, key.revoke_reason) == (admin, "The laptop was lost.")


def test_making_one_asks_for_the_password_once_more(client):
    admin = people.admin(raw_password=PASSWORD)
    client.force_login(admin)
    answer = client.get(ADD)
    assert answer.url == f"/accounts/reauthenticate/?next={ADD.replace('/', '%2F')}"
    assert client.post(ADD, given(admin)).status_code == 302
    assert not ApiKey.objects.exists()
    client.post(answer.url, {"password": PASSWORD})
    assert client.get(ADD).status_code == 200


@pytest.mark.parametrize("who", ["employee", "coordinator", "clerk", "nobody"])
def test_nobody_but_a_system_admin_sees_makes_or_revokes_one(admin, who):
    key = key_of(admin)
    client = Client()
    if who != "nobody":
        make = {"coordinator": lambda: people.coordinator(people.department()), "clerk": people.clerk}
        client.force_login(make.get(who, people.person)())
    for address in (LIST, ADD, f"{LIST}{key.pk}/change/", f"{LIST}{key.pk}/revoke/", f"{LIST}{key.pk}/history/",
                    "/admin/people/historicalapikey/"):  # fmt: skip
        for answer in (client.get(address), client.post(address, given(admin))):
            assert answer.status_code in {302, 403}, address
            assert "Backups" not in answer.content.decode()
    assert [(row.pk, row.revoked_at) for row in ApiKey.objects.all()] == [(key.pk, None)]
    start = client.get("/admin/", follow=True).text
    assert reverse("admin:people_apikey_changelist") not in start


def test_a_key_is_changed_and_deleted_by_no_page(admin, client):
    key = key_of(admin)
    assert client.post(f"{LIST}{key.pk}/change/", {"name": "Mine"}).status_code == 403
    assert client.post(f"{LIST}{key.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ApiKey.objects.get().name == "Backups"


def test_a_name_is_shown_as_it_was_typed_and_runs_no_script(admin, client):
    name = "<script>alert(1)</script>"
    answer = client.post(ADD, given(admin, name=name))
    for page in (answer, client.get(LIST), client.get(f"{LIST}{ApiKey.objects.get().pk}/change/")):
        assert "<script>alert(1)" not in page.text
        assert "&lt;script&gt;alert(1)" in page.text


def test_the_record_says_who_made_it(admin, client):
    client.post(ADD, given(people.person()))
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.API_KEY_MADE)
    assert (event.actor, event.ip_address) == (admin, "127.0.0.1")
