"""Departments, rejected applications, the sign-in policy, API sign-ins."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin as django_admin
from django.utils import timezone

from people import lifecycle
from people.enums import Status
from people.models import Department, SignInPolicy, TokenFamily
from tests.factories import people

pytestmark = pytest.mark.django_db


def test_a_department_counts_its_people_and_leads_to_them(client, admin):
    legal = people.department("Legal")
    here = people.person(department=legal)
    people.person(Status.SUSPENDED, department=legal)
    shown = client.get("/admin/people/department/").content.decode()
    address = f"/admin/people/employee/?department__id__exact={legal.pk}&amp;status__exact=Approved"
    assert f'href="{address}">1</a>' in shown
    assert [person.pk for person in client.get(address.replace("&amp;", "&")).context["cl"].result_list] == [here.pk]


def test_a_plain_no_is_not_shown_as_something_wrong(client, admin):
    Department.objects.create(name="Typing pool", is_active=False)
    shown = client.get("/admin/people/department/").content.decode()
    row = shown.partition("Typing pool")[2].partition("</tr>")[0]
    assert ">No<" in row
    assert "bg-red" not in row


def test_the_history_of_a_department_is_told_below_its_form(client, admin):
    address = "/admin/people/department/"
    client.post(f"{address}add/", {"name": "Research", "is_active": "on"})
    research = Department.objects.get(name="Research")
    form = {"name": "Research & <b>more</b>", "read_version": research.version, "is_active": "on"}
    client.post(f"{address}{research.pk}/change/", form)
    form |= {"read_version": research.version + 1}
    form.pop("is_active")
    client.post(f"{address}{research.pk}/change/", form)
    shown = client.get(f"{address}{research.pk}/change/").content.decode()
    told = [f"Amara Okafor {done} it." for done in ("retired", "changed", "made")]
    places = [shown.index(sentence) for sentence in told]
    assert places == sorted(places)
    assert "Research &amp; &lt;b&gt;more&lt;/b&gt;" in shown
    assert "<b>more" not in shown


def test_a_coordinator_does_not_read_the_history_of_a_department(client, admin):
    client.post("/admin/people/department/add/", {"name": "Research", "is_active": "on"})
    client.force_login(people.coordinator())
    page = client.get(f"/admin/people/department/{Department.objects.get(name='Research').pk}/change/")
    assert page.status_code == 200
    assert "Amara Okafor" not in page.content.decode()


def test_a_rejected_application_leads_to_the_account(client, admin):
    person = people.person(Status.PENDING, email="ada@example.com")
    lifecycle.reject(person, by=admin, reason="Nobody <i>here</i> knows you.")
    shown = client.get("/admin/people/rejectedemployeeaudit/", {"q": "ada@example.com"}).content.decode()
    assert "Nobody &lt;i&gt;here&lt;/i&gt; knows you." in shown
    row = client.get("/admin/people/rejectedemployeeaudit/").context["cl"].result_list[0]
    detail = client.get(f"/admin/people/rejectedemployeeaudit/{row.pk}/change/").content.decode()
    assert f'href="/admin/people/employee/{person.pk}/change/"' in detail


def test_the_policy_is_one_page_with_its_history(client, admin):
    straight = client.get("/admin/people/signinpolicy/")
    assert straight.headers["Location"] == "/admin/people/signinpolicy/1/change/"
    version = SignInPolicy.objects.get().version
    form = {"staff_need_second_factor": "on", "read_version": version}
    assert client.post("/admin/people/signinpolicy/1/change/", form).status_code == 302
    assert SignInPolicy.objects.get().staff_need_second_factor
    row = SignInPolicy.history.first()
    assert (row.verb, row.history_user) == ("change", admin)


def test_nobody_adds_or_deletes_a_policy(client, admin):
    assert client.get("/admin/people/signinpolicy/add/").status_code == 403
    assert client.post("/admin/people/signinpolicy/1/delete/", {"post": "yes"}).status_code == 403
    assert SignInPolicy.objects.count() == 1


@pytest.mark.parametrize("make", [people.coordinator, people.clerk])
def test_the_policy_and_api_sign_ins_are_for_system_admins(client, make):
    client.force_login(make())
    for page in ("signinpolicy/", "signinpolicy/1/change/", "tokenfamily/", "historicalsigninpolicy/"):
        assert client.get(f"/admin/people/{page}").status_code == 403, page
    assert client.post("/admin/people/signinpolicy/1/change/", {"staff_need_second_factor": "on"}).status_code == 403
    assert not SignInPolicy.objects.get().staff_need_second_factor


def test_api_sign_ins_are_there_to_look_at_without_any_token(client, admin):
    person = people.person()
    family = TokenFamily.objects.create(
        person=person, newest_refresh="canary-14", expires_at=timezone.now() + timedelta(days=1),
        ip_address="192.0.2.7", user_agent="curl/8",
    )  # fmt: skip
    for page in ("", f"{family.pk}/change/"):
        shown = client.get(f"/admin/people/tokenfamily/{page}").content.decode()
        assert person.company_id in shown
        assert "192.0.2.7" in shown
        assert "canary-14" not in shown
    assert client.post(f"/admin/people/tokenfamily/{family.pk}/delete/", {"post": "yes"}).status_code == 403


def test_no_page_shows_what_second_factors_are_computed_from():
    assert not django_admin.site.is_registered(Authenticator)
