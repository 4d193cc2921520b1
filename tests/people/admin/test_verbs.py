"""Each verb by its page: the fields as under REST, what the page says, and what happens."""

from __future__ import annotations

import pytest
from allauth.mfa.totp.internal.auth import TOTP

from people import lifecycle, roles, rules, verbs
from people.enums import GrantedGroup, Role, Status
from people.models import Employee, RejectedEmployeeAudit
from tests.factories import people
from tests.people.mails import mails
from tests.people.verbs import VERBS as CALLS

pytestmark = pytest.mark.django_db


def page(person: Employee, slug: str) -> str:
    return f"/admin/people/employee/{person.pk}/{slug}/"


def now(person: Employee) -> Employee:
    return Employee.objects.get(pk=person.pk)


def test_every_verb_that_only_admins_do_has_its_page():
    of_admins = {name for name, rule in rules.RULES.items() if rules.ADMIN in rule.who} - {"edit_profile"}
    assert {verb.name for verb in verbs.VERBS} == of_admins


POSTS = {
    "approve": (Status.PENDING, {"role": Role.TICKET_COORDINATOR, "reason": "Known."}, {"role": "Ticket Coordinator"}),
    "reject": (Status.PENDING, {"reason": "Nobody here knows you."}, {"status": "Rejected"}),
    "suspend": (Status.APPROVED, {"reason": "Left."}, {"status": "Suspended"}),
    "restore": (Status.SUSPENDED, {"reason": "Came back."}, {"status": "Approved"}),
    "change-role": (Status.APPROVED, {"role": Role.SYSTEM_ADMIN, "reason": "Takes over."}, {"role": "System Admin"}),
    "change-email": (Status.APPROVED, {"email": "ada@example.org", "reason": "x"}, {"email": "ada@example.org"}),
    "grant": (Status.APPROVED, {"group": GrantedGroup.DATA_CLERK, "reason": "Counts."}, {"is_data_clerk": True}),
    "end-sessions": (Status.APPROVED, {}, {"session_generation": 1}),
    "remove-second-factor": (Status.APPROVED, {"reason": "Lost it."}, {"session_generation": 1}),
}


@pytest.mark.parametrize(("slug", "status", "posted", "after"), [(slug, *each) for slug, each in POSTS.items()])
def test_a_verb_does_what_its_fields_say(client, admin, slug, status, posted, after):
    person = people.person(status)
    if slug == "remove-second-factor":
        TOTP.activate(person, "JBSWY3DPEHPK3PXP")
    answer = client.post(page(person, slug), posted)
    assert answer.status_code == 302
    assert {column: getattr(now(person), column) for column in after} == after
    assert person.history.first().verb == slug.replace("-", "_")


def test_a_department_is_chosen_by_its_key_and_labelled_by_its_name(client, admin):
    legal, sales = people.department("Legal"), people.department("Sales")
    person = people.person(department=legal)
    shown = client.get(page(person, "change-department")).content.decode()
    assert f'<option value="{sales.pk}">Sales</option>' in shown
    assert ">Legal</option>" not in shown
    client.post(page(person, "change-department"), {"department": sales.pk, "reason": "Moved."})
    assert now(person).department == sales


@pytest.mark.parametrize("given", ["", "x", "987654321", "9" * 30, "\x00"])
def test_a_department_that_is_none_is_an_error_at_the_field(client, admin, given):
    person = people.person(department=people.department("Legal"))
    answer = client.post(page(person, "change-department"), {"department": given, "reason": "Moved."})
    assert answer.status_code == 422
    assert 'href="#id_department"' in answer.content.decode()
    assert now(person).department.name == "Legal"


def test_a_retired_department_is_not_offered_and_not_taken(client, admin):
    retired = people.department("Typing pool")
    retired.is_active = False
    retired.save()
    person = people.person()
    assert "Typing pool" not in client.get(page(person, "change-department")).content.decode()
    answer = client.post(page(person, "change-department"), {"department": retired.pk, "reason": "x"})
    assert "This department is not used any more. Choose another one." in answer.content.decode()


def test_revoke_takes_away_what_is_held(client, admin):
    person = people.clerk()
    shown = client.get(page(person, "revoke")).content.decode()
    assert 'value="Data Clerk"' in shown
    assert 'value="Help Center Editor"' not in shown
    client.post(page(person, "revoke"), {"group": "Data Clerk", "reason": "Done."})
    assert not roles.holds(now(person), GrantedGroup.DATA_CLERK)


def test_the_tick_for_an_unproven_address_is_there_only_where_it_is_needed(client, admin):
    proven, unproven = people.person(Status.PENDING), people.person(Status.PENDING, verified=False)
    assert "allow_unverified" not in client.get(page(proven, "approve")).content.decode()
    shown = client.get(page(unproven, "approve")).content.decode()
    assert "Approve although the address is not proven" in shown
    answer = client.post(page(unproven, "approve"), follow=True)
    assert [str(each) for each in answer.context["messages"]] == [
        "They have not proven their address yet. Tick “approve anyway” if you know them."
    ]
    assert now(unproven).status == Status.PENDING
    client.post(page(unproven, "approve"), {"allow_unverified": "on"})
    assert now(unproven).status == Status.APPROVED
    assert "not proven" in unproven.history.first().history_change_reason


def test_the_page_says_what_will_happen_and_who_is_told(client, admin):
    person = people.person(Status.PENDING, email="ada@example.com")
    assert "They read exactly this" in client.get(page(person, "reject")).content.decode()
    assert "ada@example.com" in client.get(page(person, "approve")).content.decode()
    leaver = people.person(Status.SUSPENDED)
    assert "Nobody is mailed" in client.get(page(leaver, "change-email")).content.decode()


def test_rejecting_tells_the_person_exactly_the_reason(client, admin):
    person = people.person(Status.PENDING, email="ada@example.com")
    client.post(page(person, "reject"), {"reason": "We don't know you, <i>Ada</i>."})
    assert RejectedEmployeeAudit.objects.get().reason == "We don't know you, <i>Ada</i>."
    assert ("rejected", "ada@example.com") in mails()


def test_no_other_field_of_a_form_changes_anything(client, admin):
    person = people.person(Status.PENDING)
    client.post(
        page(person, "approve"),
        {"status": "Suspended", "is_superuser": "on", "is_staff": "on", "company_id": "MA9999", "email": "x@y.example"},
    )
    after = now(person)
    assert (after.status, after.is_superuser, after.is_staff) == (Status.APPROVED, False, False)
    assert (after.company_id, after.email) == (person.company_id, person.email)


@pytest.mark.parametrize("role", ["Root", "", "System Admin\x00"])
def test_a_role_that_is_none_is_refused(client, admin, role):
    person = people.person()
    assert client.post(page(person, "change-role"), {"role": role, "reason": "x"}).status_code == 422
    assert now(person).role == Role.EMPLOYEE


@pytest.mark.parametrize("make", [people.coordinator, people.clerk, people.person])
@pytest.mark.parametrize("slug", [verb.slug for verb in verbs.VERBS])
def test_nobody_but_a_system_admin_changes_anybody(client, make, slug):
    person = people.person()
    client.force_login(make())
    posted = {"reason": "x", "role": "System Admin", "group": "Data Clerk", "email": "x@example.org"}
    client.post(page(person, slug), posted)
    after = now(person)
    assert (after.version, after.role, after.status) == (person.version, person.role, person.status)


def test_an_admin_can_not_suspend_themselves_and_reads_who_could(client, admin):
    shown = client.get(page(admin, "suspend")).content.decode()
    assert "You can&#x27;t do this with your own account." in shown
    assert "another System Admin" in shown
    client.post(page(admin, "suspend"), {"reason": "Tired."})
    assert now(admin).status == Status.APPROVED


def test_where_there_is_nothing_to_do_the_page_says_so(client, admin):
    person = people.person()
    assert "They have no group." in client.get(page(person, "revoke")).content.decode()
    assert "They have none set up." in client.get(page(person, "remove-second-factor")).content.decode()


def test_a_sentence_after_each_verb_names_the_person():
    person = people.person(first_name="100% Ada", last_name="%(email)s", department=people.department("Legal"))
    for verb in verbs.VERBS:
        assert "100% Ada %(email)s" in verb.done(person)
        assert verb.sentence(person)


def test_every_page_has_a_call_that_the_door_knows():
    assert {verb.call for verb in verbs.VERBS} == {getattr(lifecycle, verb.name) for verb in verbs.VERBS}
    assert {verb.name for verb in verbs.VERBS} <= set(CALLS)
