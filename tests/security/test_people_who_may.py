"""safety.md "Who may", as far as people go: nobody becomes more than they are, and what one may not see is not there.

What more there is: the verbs in tests/people/test_who_may_what.py, lists in test_back_office_lists.py.
"""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from people import links
from people.enums import Role, Status
from people.models import Employee
from tests.factories import people
from tests.people.mails import path_in
from tests.people.test_answering_alike import sign_up_form
from tests.people.verbs import PASSWORD

pytestmark = pytest.mark.django_db

NEW = "a longer walk by the lake"
#: For the signed-in alone.
OWN = [
    "/my/profile/", "/my/profile/security/", "/accounts/password/change/", "/accounts/2fa/", "/accounts/2fa/app/",
    "/accounts/2fa/codes/new/", "/accounts/reauthenticate/",
]  # fmt: skip


def anew(person: Employee) -> Employee:
    return Employee.objects.get(pk=person.pk)


# Not approved any more


@pytest.mark.parametrize("status", [Status.PENDING, Status.REJECTED, Status.SUSPENDED])
def test_whoever_is_not_approved_any_more_is_out_on_every_page_with_the_next_request(status: str) -> None:
    person = people.admin(raw_password=PASSWORD)
    for address in [
        *OWN,
        "/admin/",
        reverse("admin:people_employee_changelist"),
        f"/people/{person.company_id}/picture/",
    ]:
        for method in ("get", "post"):
            Employee.objects.filter(pk=person.pk).update(status=Status.APPROVED, is_active=True, is_staff=True)
            client = Client()
            client.force_login(person)
            Employee.objects.filter(pk=person.pk).update(status=status, is_active=False, is_staff=False)
            answer = getattr(client, method)(address)
            assert answer.status_code == 302, (method, address)
            assert answer.url.startswith(("/accounts/login/", "/admin/login/")), (method, address)


# Mass assignment

TAKEN_FOR_GRANTED = {
    "role": "System Admin", "status": "Approved", "is_staff": "on", "is_superuser": "on", "is_active": "on",
    "is_data_clerk": "on", "is_help_center_editor": "on", "groups": "1", "user_permissions": "1",
    "company_id": "MA9999", "version": "99", "session_generation": "99", "date_created": "2001-01-01", "id": "1",
    "pk": "1", "verified": "on", "user": "1", "person": "1", "by": "1", "keeps_password": "on",
    "allow_unverified": "on", "last_login": "2001-01-01",
}  # fmt: skip
COLUMNS = ["role", "status", "is_staff", "is_superuser", "is_data_clerk", "is_help_center_editor", "company_id",
           "email", "date_created"]  # fmt: skip


def columns(person: Employee) -> dict[str, object]:
    row = anew(person)
    return {column: getattr(row, column) for column in COLUMNS} | {"groups": set(row.groups.all())}


def own_forms(person: Employee) -> dict[str, dict[str, str]]:
    names = {"first_name": "Eve", "last_name": "Eve"}
    twice = {"password1": NEW, "password2": NEW}
    return {
        "/my/profile/": {**names, "email": "eve@example.com", "department": "1"},
        "/accounts/reauthenticate/": {"password": PASSWORD},
        "/accounts/password/change/": {"oldpassword": PASSWORD, **twice},
        "/my/profile/security/end-sessions/": {},
    }


@pytest.mark.parametrize("address", ["/my/profile/", "/accounts/reauthenticate/", "/accounts/password/change/",
                                     "/my/profile/security/end-sessions/"])  # fmt: skip
def test_nobody_becomes_more_by_fields_of_their_own_making(client: Client, address: str) -> None:
    bystander = people.person()
    person = people.person(raw_password=PASSWORD, verified=False)
    client.force_login(person)
    before, other = columns(person), columns(bystander)
    answer = client.post(address, TAKEN_FOR_GRANTED | {"person": str(bystander.pk)} | own_forms(person)[address])
    assert answer.status_code in {302, 200}
    assert columns(person) == before
    assert columns(bystander) == other
    assert not person.emailaddress_set.get().verified


def test_a_new_application_and_a_proof_bring_no_more_than_they_say(client: Client) -> None:
    rejected = people.person(Status.REJECTED)
    before = columns(rejected)
    form = {**sign_up_form("eve@example.com"), **TAKEN_FOR_GRANTED, "email": "eve@example.com"}
    client.post(links.apply_again(rejected), form)
    assert columns(rejected) == {**before, "status": Status.PENDING, "groups": columns(rejected)["groups"]}
    assert not columns(rejected)["groups"]
    client.post("/accounts/signup/", form)
    fresh = Employee.objects.get(email="eve@example.com")
    client.post(path_in("prove_address"), TAKEN_FOR_GRANTED)
    assert (columns(fresh)["status"], columns(fresh)["role"]) == (Status.PENDING, Role.EMPLOYEE)
    client.post(links.set_password(people.person()), TAKEN_FOR_GRANTED | {"password1": NEW, "password2": NEW})
    assert Employee.objects.filter(is_superuser=True).count() == 0


# Foreign keys


@pytest.mark.parametrize("who", [people.coordinator, people.person], ids=["a coordinator", "an employee"])
def test_a_person_one_may_not_see_answers_like_nobody(client: Client, who) -> None:
    client.force_login(who())
    hidden, nobody = people.person(Status.PENDING), 987654321
    for page in ("change/", "approve/", "suspend/", "change-role/", "history/"):
        for method in ("get", "post"):
            seen = [
                getattr(client, method)(f"/admin/people/employee/{key}/{page}", follow=True)
                for key in (hidden.pk, nobody)
            ]
            pages = [
                answer.content.decode().replace(str(key), "KEY")
                for answer, key in zip(seen, (hidden.pk, nobody), strict=True)
            ]
            assert seen[0].status_code == seen[1].status_code, (method, page)
            assert hidden.email not in pages[0]
            assert hidden.first_name not in pages[0]
    pictures = [client.get(f"/people/{company_id}/picture/") for company_id in (hidden.company_id, "MA99999")]
    assert pictures[0].status_code == pictures[1].status_code == 404
    # Each page has a token of its own against forged forms.
    pages = [re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", each.content) for each in pictures]
    assert pages[0] == pages[1]
    assert anew(hidden).status == Status.PENDING
