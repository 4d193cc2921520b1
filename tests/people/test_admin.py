"""The pages over people as Django knows them: forms of columns change nothing but departments and the policy."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin as django_admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from people import lifecycle
from people.enums import Status
from people.models import Department, Employee, NumberSequence, RejectedEmployeeAudit
from tests.factories import people
from tests.people.naughty import NAMES_KEPT

pytestmark = pytest.mark.django_db

READ_ONLY = [
    Employee, RejectedEmployeeAudit, NumberSequence, Group, Employee.history.model, Department.history.model,
]  # fmt: skip


@pytest.fixture
def system_admin(client: Client) -> Employee:
    person = people.admin()
    client.force_login(person)
    return person


def address(model: type, page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model.__name__)
def test_a_page_that_only_shows_offers_and_takes_no_change(client, system_admin, model):
    lifecycle.reject(people.person(Status.PENDING), by=system_admin, reason="No.")
    row = model.objects.first()
    assert row is not None
    for superuser in (False, True):
        Employee.objects.filter(pk=system_admin.pk).update(is_superuser=superuser)
        assert client.get(address(model, "changelist")).status_code == 200
        page = client.get(address(model, "change", row.pk))
        assert page.status_code == 200
        assert b'name="_save"' not in page.content
        assert client.get(address(model, "add")).status_code == 403
        before = model.objects.values().get(pk=row.pk)
        assert client.post(address(model, "change", row.pk), {"first_name": "Eve", "name": "Eve"}).status_code == 403
        assert client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        assert model.objects.values().get(pk=row.pk) == before


def test_the_list_shows_names_states_and_finds_them(client, system_admin):
    person = people.person(Status.PENDING, first_name="Zebulon", department=people.department("Legal"), verified=False)
    page = client.get(address(Employee, "changelist"), {"q": "zebulon"}).content.decode()
    for shown in (person.company_id, person.get_full_name(), person.email, "Legal", "Pending"):
        assert shown in page
    assert system_admin.email not in page.partition("<table")[2].partition("</table>")[0]
    assert client.get(address(Employee, "changelist"), {"status__exact": "Pending"}).status_code == 200


def test_a_coordinator_sees_only_the_approved_and_no_history(client):
    pending, approved = people.person(Status.PENDING), people.person()
    client.force_login(people.coordinator())
    page = client.get(address(Employee, "changelist")).content.decode()
    assert approved.email in page
    assert pending.email not in page
    assert client.get(address(Employee, "change", approved.pk)).status_code == 200
    gone = client.get(address(Employee, "change", pending.pk))
    nobody = client.get(address(Employee, "change", 10**9))
    assert (gone.status_code, gone.headers["Location"]) == (nobody.status_code, nobody.headers["Location"])
    assert client.get(address(Employee.history.model, "changelist")).status_code == 403
    assert client.get(address(RejectedEmployeeAudit, "changelist")).status_code == 403


@pytest.mark.parametrize("key", ["abc", "٣", "-1", "99999999999999999999", "1;drop"], ids=ascii)
def test_an_odd_key_is_nobody(client, system_admin, key):
    assert client.get(address(Employee, "change", "KEY").replace("KEY", key)).status_code in (302, 404)


def test_the_history_button_leads_to_what_the_verbs_wrote(client, system_admin):
    person, other = people.person(), people.person()
    lifecycle.suspend(person, by=system_admin, reason="Left for the sea.")
    lifecycle.suspend(other, by=system_admin, reason="Something else.")
    page = client.get(address(Employee, "history", person.pk), follow=True).content.decode()
    assert "suspend" in page
    assert "Left for the sea." in page
    assert "Something else." not in page


def test_an_admin_adds_edits_and_retires_a_department_on_the_record(client, system_admin):
    form = {"name": "Research", "description": "", "head_email": "", "is_active": "on"}
    assert client.post(address(Department, "add"), form).status_code == 302
    department = Department.objects.get(name="Research")
    form.pop("is_active")
    form["read_version"] = str(department.version)
    assert client.post(address(Department, "change", department.pk), form).status_code == 302
    assert not Department.objects.get(name="Research").is_active
    rows = list(department.history.order_by("history_id").values_list("verb", "history_user", "actor_name"))
    assert rows == [("add", system_admin.pk, "person"), ("change", system_admin.pk, "person")]
    assert client.post(address(Department, "delete", department.pk), {"post": "yes"}).status_code == 403


def test_a_department_of_a_name_that_is_there_is_refused_with_a_sentence(client, system_admin):
    page = client.post(address(Department, "add"), {"name": "lEGAL", "is_active": "on"})
    assert page.status_code == 200
    assert "There is one of this name." in page.content.decode()


def test_an_invisible_character_in_the_address_of_a_head_is_refused_by_the_page(client, system_admin):
    form = {"name": "Research", "description": "", "head_email": "ada@exam\u200bple.com", "is_active": "on"}
    page = client.post(address(Department, "add"), form)
    assert page.status_code == 200
    assert "Enter an e-mail address, such as" in page.content.decode()
    assert not Department.objects.filter(name="Research").exists()


@pytest.mark.parametrize("page", ["", "done/", "else/"])
def test_no_page_of_the_admin_changes_a_password_past_the_door(client, system_admin, page):
    raw = "a long walk by the sea"
    before = Employee.objects.get(pk=system_admin.pk).password
    form = {"old_password": raw, "new_password1": raw * 2, "new_password2": raw * 2}
    client.get(f"/admin/password_change/{page}")
    client.post(f"/admin/password_change/{page}", form)
    assert Employee.objects.get(pk=system_admin.pk).password == before


def test_no_link_leads_to_a_page_that_is_not_there(client, system_admin):
    system_admin.set_password("a long walk by the sea")
    system_admin.save()
    client.force_login(system_admin)
    page = client.get("/admin/").content.decode()
    assert "Log out" in page
    assert "password_change" not in page
    assert address(Employee, "change", system_admin.pk) in page


def test_a_coordinator_changes_no_department(client):
    client.force_login(people.coordinator())
    department = people.department("Legal")
    assert client.get(address(Department, "changelist")).status_code == 200
    assert client.post(address(Department, "change", department.pk), {"name": "Illegal"}).status_code == 403


def test_no_page_lets_somebody_tick_an_address_as_proven():
    assert not django_admin.site.is_registered(EmailAddress)


def test_a_naughty_name_is_shown_whole_and_harmless(client, system_admin):
    """All of them in one list, and each on its page."""
    made = {people.person(first_name=name): name for name in NAMES_KEPT}
    listed = client.get(address(Employee, "changelist")).content.decode()
    for person, name in made.items():
        row = listed.partition(f'value="{person.pk}"')[2].partition("</tr>")[0]
        shown = client.get(address(Employee, "change", person.pk)).content.decode()
        for part in (row, shown):
            assert "<script>alert(1)" not in listed + part, name
            assert "<img src=x" not in listed + part, name
            assert name.translate({38: "&amp;", 60: "&lt;", 62: "&gt;", 34: "&quot;", 39: "&#x27;"}) in part, name
