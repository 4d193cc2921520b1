"""A person's page: who they are, what can be done, what happened; each part for who may see it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from audit.actors import SYSTEM
from audit.origin import Origin, coming_from
from people import lifecycle, narrative
from people.enums import Role, Status
from people.models import Employee
from tests.factories import people
from tests.people.naughty import NAMES_KEPT
from tests.people.verbs import VERBS, application
from tests.tickets.conftest import house  # noqa: F401 - a fixture
from tickets import conversation

pytestmark = pytest.mark.django_db


def page(client: Client, person: Employee) -> str:
    answer = client.get(f"/admin/people/employee/{person.pk}/change/")
    assert answer.status_code == 200
    return answer.content.decode()


def part(shown: str, title: str) -> str:
    return shown.partition(f'id="{title}"')[2].partition("</section>")[0]


def test_the_head_says_who_it_is(client, admin):
    person = people.clerk(role=Role.TICKET_COORDINATOR, department=people.department("Legal"))
    shown = page(client, person)
    for word in (person.get_full_name(), person.company_id, person.email, "Legal", "Ticket Coordinator", "Data Clerk"):
        assert word in shown
    assert f'src="/people/{person.company_id}/picture/?v={person.version}"' in shown
    assert 'class="pill pill-approved"' in shown


def test_what_can_be_done_is_a_link_and_what_can_not_says_why(client, admin):
    person = people.person(Status.SUSPENDED)
    done = part(page(client, person), "do-title")
    for slug in ("restore", "change-role", "change-department", "change-email"):
        assert f'href="/admin/people/employee/{person.pk}/{slug}/"' in done
    for slug in ("approve", "reject", "suspend", "grant", "end-sessions"):
        assert f"/{slug}/" not in done
    assert "Not while the account is “Suspended”." in done
    assert done.count('aria-disabled="true"') == 7


def test_on_ones_own_page_one_reads_who_could(client, admin):
    done = part(page(client, admin), "do-title")
    assert "You can&#x27;t do this with your own account. Who can: another System Admin." in " ".join(done.split())
    assert "/suspend/" not in done


def test_an_applicant_comes_with_what_a_decision_needs(client, admin):
    people.person(email="other@known.example")
    person = people.person(Status.PENDING, email="new@known.example", verified=False)
    shown = part(page(client, person), "application-title")
    assert "Address not proven" in shown
    assert "1 colleague uses @known.example" in shown
    assert "application-title" not in page(client, people.person())


# What happened


def entries(person: Employee) -> list[str]:
    return [entry.sentence for entry in narrative.of_person(person)]


def test_history_is_told_in_sentences_newest_first(client, admin):
    person = lifecycle.register(**application(email="ada@example.com"))
    lifecycle.prove_address(person, by=person)
    lifecycle.approve(person, by=admin, role=Role.TICKET_COORDINATOR)
    lifecycle.change_role(person, by=admin, role=Role.EMPLOYEE, reason="She asked.")
    lifecycle.change_department(person, by=admin, department=people.department("Legal"), reason="Moved.")
    lifecycle.change_email(person, by=admin, email="byron@example.com", reason="Married.")
    lifecycle.grant(person, by=admin, group="Data Clerk", reason="Counts well.")
    lifecycle.revoke(person, by=admin, group="Data Clerk", reason="Done.")
    lifecycle.end_sessions(person, by=admin)
    lifecycle.end_sessions(person, by=Employee.objects.get(pk=person.pk))
    lifecycle.suspend(person, by=admin, reason="Left.")
    lifecycle.restore(person, by=admin, reason="Came back.")
    assert entries(person) == [
        "Amara Okafor restored the account.",
        "Amara Okafor suspended the account.",
        "Ada Byron signed out everywhere.",
        "Amara Okafor signed them out everywhere.",
        "Amara Okafor took Data Clerk away.",
        "Amara Okafor granted Data Clerk.",
        "Amara Okafor changed the address from ada@example.com to byron@example.com.",
        "Amara Okafor changed the department from IT Department to Legal.",
        "Amara Okafor changed the role from Ticket Coordinator to Employee.",
        "Amara Okafor approved the application, as Ticket Coordinator.",
        "Ada Byron proved the address ada@example.com.",
        "Ada Byron applied for an account.",
    ]
    shown = part(page(client, person), "history-title")
    assert "Amara Okafor changed the role from Ticket Coordinator to Employee." in shown
    assert "She asked." in shown


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_its_sentence(admin, verb):
    status = {"approve": "Pending", "reject": "Pending", "apply_again": "Rejected", "restore": "Suspended"}
    proven, is_clerk = verb != "prove_address", verb == "revoke"
    person = people.person(status.get(verb, "Approved"), verified=proven, is_data_clerk=is_clerk)
    own = verb in {"prove_address", "apply_again", "edit_profile", "change_password"}
    VERBS[verb](person, person if own else admin)
    assert verb in narrative.TOLD_VERBS
    sentence = entries(person)[0]
    assert sentence.startswith((person.get_full_name(), "Ada Byron") if own else "Amara Okafor")
    assert sentence.endswith(".")
    assert "%" not in sentence


def test_what_the_house_does_itself_has_its_name(admin):
    person = lifecycle.bring_in(by=SYSTEM, email="new@example.com", first_name="Ada", last_name="Byron")
    assert entries(person) == ["SmartSupport brought the application in."]


def test_a_change_past_the_verbs_is_told_too(client, admin):
    person = people.person()
    person.first_name = "Renamed"
    person.save()
    (newest, _first) = narrative.of_person(person)
    assert newest.sentence == "SmartSupport changed the account (unnamed)."
    assert [(each.label, each.after) for each in newest.differences] == [("first name", "Renamed")]


def test_an_entry_says_from_where_and_what_changed(client, admin):
    person = people.person(department=people.department("Legal"))
    with coming_from(Origin("192.0.2.44", "Mozilla/5.0 (Windows NT 10.0) Firefox/128.0", "r" * 32)):
        lifecycle.change_department(person, by=admin, department=people.department("Sales"), reason="One\ntwo.")
    entry = narrative.of_person(person)[0]
    assert (entry.address, entry.browser, entry.reason) == ("192.0.2.44", "Firefox on Windows", "One\ntwo.")
    assert [(each.before, each.after) for each in entry.differences] == [("Legal", "Sales")]
    shown = part(page(client, person), "history-title")
    assert "from 192.0.2.44" in shown
    assert "Firefox on Windows" in shown
    assert "<del>Legal</del>" in shown


def test_a_long_history_is_cut_and_leads_to_the_whole(client, admin):
    person = people.person()
    for _each in range(31):
        lifecycle.end_sessions(person, by=admin)
    shown = part(page(client, person), "history-title")
    assert shown.count('class="bo-entry"') == 30
    assert f"/admin/people/employee/{person.pk}/history/" in shown


@pytest.mark.parametrize("name", NAMES_KEPT, ids=ascii)
def test_naughty_names_and_reasons_stay_words(client, admin, name):
    person = people.person(first_name=name, last_name="Byron", department=people.department())
    Employee.objects.filter(pk=admin.pk).update(first_name=name)
    lifecycle.suspend(person, by=admin, reason=f"Because of {name}")
    shown = page(client, person)
    assert "<script>alert(1)" not in shown
    assert "<img src=x" not in shown
    escaped = name.translate({38: "&amp;", 60: "&lt;", 62: "&gt;", 34: "&quot;", 39: "&#x27;"})
    assert f"Because of {escaped}" in shown


# The record, for those who may read it


def test_sign_ins_mails_and_rejections_are_there_for_an_admin(client, admin):
    person = people.person(email="ada@example.com", raw_password="a long walk by the sea")
    stranger = Client(HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux) Firefox/128.0", REMOTE_ADDR="192.0.2.9")
    stranger.post("/accounts/login/", {"login": "ada@example.com", "password": "wrong"})
    stranger.post("/accounts/login/", {"login": "ada@example.com", "password": "a long walk by the sea"})
    lifecycle.change_role(person, by=admin, role=Role.TICKET_COORDINATOR, reason="Takes over.")
    shown = page(client, person)
    signing_in = part(shown, "sign-ins-title")
    assert "Sign-in failed" in signing_in
    assert "Signed in" in signing_in
    assert "from 192.0.2.9" in signing_in
    assert "Firefox on Linux" in signing_in
    assert "Your role has changed" in part(shown, "emails-title")
    applicant = people.person(Status.PENDING)
    lifecycle.reject(applicant, by=admin, reason="No <b>room</b>.")
    assert "No &lt;b&gt;room&lt;/b&gt;." in part(page(client, applicant), "rejections-title")


@pytest.mark.parametrize("make", [people.coordinator, people.clerk])
def test_nobody_else_reads_the_record(client, make):
    admin, person = people.admin(), people.person()
    lifecycle.change_department(person, by=admin, department=people.department("Legal"), reason="canary-12")
    client.force_login(make())
    shown = page(client, person)
    assert "canary-12" not in shown
    for title in ("history-title", "sign-ins-title", "emails-title", "rejections-title"):
        assert title not in shown
    assert "Only a System Admin can do that." in part(shown, "do-title")
    assert f"/admin/people/employee/{person.pk}/suspend/" not in shown


def test_whom_one_may_not_see_has_no_page(client):
    pending = people.person(Status.PENDING)
    client.force_login(people.coordinator())
    gone = client.get(f"/admin/people/employee/{pending.pk}/change/")
    nobody = client.get("/admin/people/employee/987654321/change/")
    assert gone.status_code == nobody.status_code == 302
    assert gone.headers["Location"] == nobody.headers["Location"]


# Their tickets


def tickets_of(client: Client, person: Employee, **headers: str):
    return client.get(reverse("admin:tickets_of_person", args=[person.pk]), headers=headers)


def test_the_page_asks_for_the_tickets_and_has_a_link_to_them(client, admin):
    person = people.person()
    address = f"/admin/tickets/ticket/of-person/{person.pk}/"
    shown = part(page(client, person), "tickets-title")
    assert f'data-fragment="{address}"' in shown
    assert f'href="{address}"' in shown


def test_a_persons_tickets_come_as_a_part_or_as_a_page(client, house):  # noqa: F811
    ticket = house.in_progress()
    client.force_login(house.dora)
    fragment = tickets_of(client, house.ana, **{"X-Fragment": "1"}).content.decode()
    assert ticket.ticket_number in fragment
    assert "Asked for" in fragment
    assert "<html" not in fragment
    whole = tickets_of(client, house.ana).content.decode()
    assert ticket.ticket_number in whole
    assert "<html" in whole
    assert "Assigned to them" in tickets_of(client, house.bea).content.decode()


def test_of_a_persons_tickets_one_sees_those_that_one_may_see(client, house):  # noqa: F811
    ticket = house.in_progress()
    conversation.comment(ticket, by=house.bea, comment="canary-13", is_internal=True)
    elsewhere = people.coordinator(people.department("Legal"))
    client.force_login(elsewhere)
    shown = tickets_of(client, house.ana, **{"X-Fragment": "1"}).content.decode()
    assert ticket.ticket_number not in shown
    assert "None." in shown
    client.force_login(house.dora)
    assert "canary-13" not in tickets_of(client, house.ana).content.decode()


def test_the_tickets_of_nobody_are_not_there(client, house):  # noqa: F811
    pending = people.person(Status.PENDING)
    client.force_login(house.bea)
    assert tickets_of(client, pending).status_code == 404
    assert client.get("/admin/tickets/ticket/of-person/987654321/").status_code == 404
    assert client.post(f"/admin/tickets/ticket/of-person/{house.ana.pk}/").status_code == 405
