"""A verb as a page: GET asks, POST does, whatever is wrong is said, and nobody is led astray. Tried on people."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from audit.models import AuditEvent
from audit.refusals import Reason
from audit.verb_pages import Button, obstacles, way_back
from people import lifecycle, verbs
from people.enums import Role, Status
from people.models import Employee
from tests.factories import people

pytestmark = pytest.mark.django_db


def page(person: Employee, slug: str) -> str:
    return f"/admin/people/employee/{person.pk}/{slug}/"


def now(person: Employee) -> Employee:
    return Employee.objects.get(pk=person.pk)


def said(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


@pytest.fixture
def admin(client: Client) -> Employee:
    person = people.admin()
    client.force_login(person)
    return person


def test_each_verb_has_the_address_that_others_rely_on():
    assert [verb.slug for verb in verbs.VERBS] == [
        "approve", "reject", "suspend", "restore", "change-role", "change-department", "change-email", "grant",
        "revoke", "end-sessions", "remove-second-factor",
    ]  # fmt: skip
    for verb in verbs.VERBS:
        assert reverse(f"admin:people_employee_{verb.name}", args=[7]) == f"/admin/people/employee/7/{verb.slug}/"


@pytest.mark.parametrize("verb", verbs.VERBS, ids=lambda verb: verb.slug)
@pytest.mark.parametrize("status", Status.values)
def test_opening_a_page_changes_nothing(client, admin, verb, status):
    person = people.person(status, verified=False)
    events, rows = AuditEvent.objects.count(), person.history.count()
    before = Employee.objects.values().get(pk=person.pk)
    for _again in range(2):
        assert client.get(page(person, verb.slug)).status_code == 200
    assert client.head(page(person, verb.slug)).status_code == 200
    assert client.put(page(person, verb.slug)).status_code == 405
    assert Employee.objects.values().get(pk=person.pk) == before
    assert (AuditEvent.objects.count(), person.history.count()) == (events, rows)


def test_a_post_does_it_says_so_and_leads_back_to_the_person(client, admin):
    person = people.person()
    answer = client.post(page(person, "suspend"), {"reason": "Left.", "read_version": person.version}, follow=True)
    assert answer.redirect_chain == [(f"/admin/people/employee/{person.pk}/change/", 302)]
    assert said(answer) == [f"{person.get_full_name()} is suspended."]
    assert now(person).status == Status.SUSPENDED
    row = person.history.first()
    assert (row.verb, row.history_user, row.history_change_reason) == ("suspend", admin, "Left.")


def test_one_comes_back_to_the_list_that_one_came_from(client, admin):
    person = people.person(Status.PENDING)
    here = "/admin/people/employee/?status__exact=Pending"
    shown = client.get(page(person, "approve"), {"next": here}).content.decode()
    assert f'name="next" value="{here}"' in shown
    assert client.post(page(person, "approve"), {"next": here}).headers["Location"] == here


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:///evil", "\x00//evil"],
)
def test_no_address_leads_away_from_this_site(client, admin, elsewhere):
    person = people.person(Status.PENDING)
    assert "evil" not in client.get(page(person, "approve"), {"next": elsewhere}).content.decode()
    answer = client.post(page(person, "approve"), {"next": elsewhere})
    assert answer.headers["Location"] == f"/admin/people/employee/{person.pk}/change/"


def test_a_way_back_on_another_host_is_none():
    request = RequestFactory().get("/x/", {"next": "http://testserver.evil.example/"})
    assert way_back(request, "/home/") == "/home/"
    assert way_back(RequestFactory().get("/x/", {"next": "/list/?q=a"}), "/home/") == "/list/?q=a"


@pytest.mark.parametrize(
    "word",
    ["null", "-1", "{{7*7}}", "admin:index", "../etc", "?tab=all", "///evil", "/\t/evil.example", "/" + "x" * 9000],
    ids=lambda word: ascii(word)[:12],
)
def test_a_way_back_that_is_no_path_breaks_nothing_after_the_verb_was_done(client, admin, word):
    person = people.person(Status.PENDING)
    answer = client.post(page(person, "approve"), {"next": word})
    assert answer.headers["Location"] == f"/admin/people/employee/{person.pk}/change/"
    assert now(person).status == Status.APPROVED
    assert way_back(RequestFactory().get("/x/", {"next": word}), "/home/") == "/home/"


def test_who_signs_themselves_out_everywhere_stays_here_and_reads_that_it_is_done(client, admin):
    elsewhere = Client()
    elsewhere.force_login(admin)
    answer = client.post(page(admin, "end-sessions"), {"read_version": admin.version}, follow=True)
    assert answer.redirect_chain == [(f"/admin/people/employee/{admin.pk}/change/", 302)]
    assert said(answer) == [f"{admin.get_full_name()} is signed out everywhere."]
    assert now(admin).session_generation == admin.session_generation + 1
    assert elsewhere.get("/admin/").status_code == 302


def test_who_signs_somebody_else_out_keeps_their_own_session_as_it_is(client, admin):
    key = client.session.session_key
    person = people.coordinator()
    theirs = Client()
    theirs.force_login(person)
    client.post(page(person, "end-sessions"))
    assert client.session.session_key == key
    assert theirs.get("/admin/").status_code == 302


def test_the_second_of_a_double_click_is_told_that_it_is_done(client, admin):
    person = people.person(Status.PENDING)
    here = "/admin/people/employee/?status__exact=Pending"
    form = {"role": Role.EMPLOYEE, "read_version": person.version, "next": here}
    client.post(page(person, "approve"), form)
    client.get("/admin/")
    answer = client.post(page(person, "approve"), form, follow=True)
    assert answer.redirect_chain[0] == (here, 302)
    assert set(said(answer)) == {f"{person.get_full_name()} is approved, as Employee."}
    assert person.history.filter(verb="approve").count() == 1


def test_the_same_verb_by_somebody_else_is_somebody_elses_change(client, admin):
    person = people.person(Status.PENDING)
    lifecycle.approve(person, by=people.admin())
    answer = client.post(page(person, "approve"), {"read_version": person.version}, follow=True)
    assert said(answer) == ["Somebody else has changed this since you opened it. This is how it is now."]


def test_the_same_verb_with_other_values_is_no_double_click(client, admin):
    person = people.person()
    lifecycle.change_role(person, by=admin, role=Role.TICKET_COORDINATOR, reason="Moved.")
    form = {"role": Role.SYSTEM_ADMIN, "reason": "Moved.", "read_version": person.version}
    answer = client.post(page(person, "change-role"), form, follow=True)
    assert said(answer) == ["Somebody else has changed this since you opened it. This is how it is now."]
    assert now(person).role == Role.TICKET_COORDINATOR


def test_what_came_before_ones_own_verb_is_not_hidden_by_it(client, admin):
    person = people.person()
    lifecycle.change_department(person, by=people.admin(), department=people.department("Legal"), reason="Moved.")
    lifecycle.suspend(now(person), by=admin, reason="Left.")
    answer = client.post(page(person, "suspend"), {"reason": "Left.", "read_version": person.version}, follow=True)
    assert said(answer) == ["Somebody else has changed this since you opened it. This is how it is now."]


def test_what_is_missing_is_said_at_the_field_and_nothing_typed_is_lost(client, admin):
    person = people.person()
    answer = client.post(page(person, "change-role"), {"role": "System Admin", "reason": " "})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>" in shown
    assert "Error:" in shown.partition("</title>")[0]
    assert "There is a problem" in shown
    assert '<a href="#id_reason">Say why. The reason is kept with the change.</a>' in shown
    assert 'id="id_reason_error"' in shown
    assert 'aria-invalid="true"' in shown
    assert '<input type="radio" name="role" value="System Admin" id="id_role_1" checked>' in shown
    assert now(person).role == Role.EMPLOYEE


def test_a_typed_reason_is_there_again_when_something_else_was_wrong(client, admin):
    person = people.person()
    answer = client.post(page(person, "change-email"), {"email": "no address", "reason": "Married <b>well</b>."})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "Enter an e-mail address, such as name@example.com." in shown
    assert "Married &lt;b&gt;well&lt;/b&gt;." in shown
    assert 'value="no address"' in shown


def test_an_error_in_between_does_not_make_an_old_page_look_new(client, admin):
    person = people.person()
    lifecycle.change_department(person, by=admin, department=people.department("Legal"), reason="Moved.")
    form = {"department": "none", "reason": "Moved.", "read_version": person.version}
    shown = client.post(page(person, "change-department"), form).content.decode()
    assert f'name="read_version" value="{person.version}"' in shown


def test_a_refusal_leads_back_to_the_person_with_the_reasons(client, admin):
    person = people.person(Status.SUSPENDED)
    answer = client.post(page(person, "suspend"), {"reason": "Again."}, follow=True)
    assert answer.redirect_chain == [(f"/admin/people/employee/{person.pk}/change/", 302)]
    assert said(answer) == ["An account that is “Suspended” can't be suspended."]
    assert AuditEvent.objects.filter(kind=AuditEvent.Kind.REFUSED, actor=admin).count() == 1


@pytest.mark.parametrize("read", ["1", "-1", "x", "٣", "9" * 40])
def test_of_two_people_who_decide_at_once_the_second_is_told(client, admin, read):
    person = people.person()
    lifecycle.change_department(person, by=admin, department=people.department("Legal"), reason="Moved.")
    answer = client.post(page(person, "suspend"), {"reason": "Left.", "read_version": read}, follow=True)
    assert said(answer) == ["Somebody else has changed this since you opened it. This is how it is now."]
    assert now(person).status == Status.APPROVED


def test_who_may_not_sees_why_not_and_no_button(client):
    person = people.person()
    client.force_login(people.coordinator())
    shown = client.get(page(person, "suspend")).content.decode()
    assert "Only a System Admin can do that." in shown
    assert 'name="reason"' not in shown
    answer = client.post(page(person, "suspend"), {"reason": "Because."}, follow=True)
    assert said(answer) == ["Only a System Admin can do that."]
    assert now(person).status == Status.APPROVED


def test_whom_one_may_not_see_is_not_there(client):
    pending = people.person(Status.PENDING)
    client.force_login(people.coordinator())
    for slug in ("approve", "suspend"):
        assert client.get(page(pending, slug)).status_code == 404
        assert client.post(page(pending, slug), {"reason": "x"}).status_code == 404
    assert client.get("/admin/people/employee/987654321/approve/").status_code == 404
    assert client.get(f"/admin/people/employee/{10**30}/approve/").status_code == 404
    assert now(pending).status == Status.PENDING


@pytest.mark.parametrize("somebody", [people.person, lambda: people.person(Status.SUSPENDED, Role.SYSTEM_ADMIN)])
def test_who_is_no_staff_is_sent_to_the_sign_in(client, somebody):
    person = people.person(Status.PENDING)
    client.force_login(somebody())
    for answer in (client.get(page(person, "approve")), client.post(page(person, "approve"))):
        assert answer.status_code == 302
        assert "/login/" in answer.headers["Location"]
    assert now(person).status == Status.PENDING


def test_a_forged_form_is_refused(admin):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(admin)
    person = people.person(Status.PENDING)
    assert careful.post(page(person, "approve")).status_code == 403
    assert now(person).status == Status.PENDING


def test_what_can_not_be_done_for_one_reason_is_said_once():
    def grey(verb, *reasons):
        return Button(verb, "/", list(reasons))

    state, other_state = Reason("state", "can't be approved"), Reason("state", "can't be rejected")
    never = Reason("own_account", "Not your own.", "another System Admin")
    found = obstacles(
        [
            grey(verbs.APPROVE, state), grey(verbs.REJECT, other_state), grey(verbs.SUSPEND, never, state),
            Button(verbs.RESTORE, "/", []),
        ],
        wrong_state="Not now.",
    )  # fmt: skip
    assert [(each.sentence, each.who, [button.verb.slug for button in each.buttons]) for each in found] == [
        ("Not now.", "", ["approve", "reject"]),
        ("Not your own.", "another System Admin", ["suspend"]),
    ]
