"""One verb over many rows, before anything happens: choosing, and the plan. Tried on people and their real verbs."""

from __future__ import annotations

import pytest
from huey.contrib import djhuey

from audit.models import AuditEvent
from jobs import bulk, heartbeat, leases
from jobs.models import Heartbeat, Run
from notifications.models import EmailNotification
from people.admin.employee import EmployeeAdmin
from people.bulk import PEOPLE
from people.enums import Role, Status
from people.models import Employee, RejectedEmployeeAudit
from people.verbs import APPROVE, BULK_VERBS
from tests.factories import people
from tests.jobs.choosing import LIST, choose, do, outcomes, page, planned, said, sentences, status_of

pytestmark = pytest.mark.django_db


# Choosing


def test_a_verb_for_those_ticked_leads_to_the_plan_and_changes_nothing(client, admin):
    first, second, other = (people.person(Status.PENDING) for _each in range(3))
    run = planned(client, "approve", first, second)
    assert (run.kind, run.created_by, run.is_planned) == ("people.verbs", admin, True)
    assert sorted(run.rows.values_list("payload__key", flat=True)) == [first.pk, second.pk]
    assert {status_of(person) for person in (first, second, other)} == {Status.PENDING}
    assert not EmailNotification.objects.exists()


def test_all_of_the_list_are_meant_with_its_filter(client, admin):
    legal = people.department("Legal")
    here = [people.person(Status.PENDING, department=legal) for _each in range(60)]
    people.person(Status.PENDING)
    people.person(department=legal)
    query = f"?department__id__exact={legal.pk}&status__exact=Pending"
    run = planned(client, "approve", here[0], query=query, select_across="1")
    assert set(run.rows.values_list("payload__key", flat=True)) == {person.pk for person in here}


@pytest.mark.parametrize("keys", [[], ["x"], ["٣"], ["-1"], ["9" * 40], ["987654321"]], ids=ascii)
def test_with_nothing_ticked_one_is_told_so_and_stays(client, admin, keys):
    answer = client.post(f"{LIST}?tab=all", {"action": "suspend", "_selected_action": keys})
    assert answer.headers["Location"] == f"{LIST}?tab=all"
    assert said(client) == ["Nothing is ticked yet. Tick the rows you mean, then choose what to do."]
    assert not Run.objects.exists()


@pytest.mark.parametrize("action", ["", "grant", "delete_selected", "change_email", "<b>"])
def test_what_is_no_verb_for_many_is_not_done(client, admin, action):
    choose(client, action, people.person())
    assert said(client) == ["Choose what to do with the rows you ticked."]
    assert not Run.objects.exists()


@pytest.mark.parametrize("make", [people.coordinator, people.clerk])
@pytest.mark.parametrize("action", ["approve", "change-role", "grant", ""])
def test_who_is_offered_no_verb_makes_no_plan(client, make, action):
    client.force_login(make())
    shown = client.get(f"{LIST}?tab=all").content.decode()
    assert 'name="action"' not in shown
    assert "_selected_action" not in shown
    assert choose(client, action, people.person(), role="System Admin", reason="x").status_code == 403
    assert choose(client, action, select_across="1", role="System Admin", reason="x").status_code == 403
    assert not Run.objects.exists()


def test_a_verb_that_the_list_does_not_offer_is_not_planned(client, admin, monkeypatch):
    offered = [verb for verb in BULK_VERBS if verb.slug != "suspend"]
    monkeypatch.setattr(EmployeeAdmin, "bulk_verbs", lambda self, request: offered)
    assert choose(client, "suspend", people.person(), reason="x").status_code == 403
    assert not Run.objects.exists()
    planned(client, "change-role", people.person(), role="System Admin", reason="x")


def test_of_those_whom_one_may_not_see_a_plan_says_nothing():
    pending, approved = people.person(Status.PENDING), people.person()
    keys = [pending.pk, approved.pk]
    run = bulk.start(PEOPLE, APPROVE, keys, by=people.coordinator(), values={})
    assert sentences(run, 1) == ["It is not there any more."]
    assert sentences(run, 2)[0] == "Only a System Admin can do that."


def test_who_is_not_staff_makes_no_plan(client):
    client.force_login(people.person())
    assert choose(client, "approve", people.person(Status.PENDING)).status_code == 302
    assert not Run.objects.exists()


# The plan


def test_the_plan_says_what_will_happen_who_gets_a_mail_and_why_not(client, admin):
    fine = people.person(Status.PENDING, email="ada@example.com", verified=True, raw_password="a long walk")
    unproven = people.person(Status.PENDING, verified=False)
    approved = people.person()
    run = planned(client, "approve", fine, unproven, approved)
    found = {row.payload["key"]: (row.outcome, row.sentences) for row in run.rows.all()}
    assert found[fine.pk] == (
        "good",
        ["Status: Pending → Approved", "Mail to ada@example.com: “[SmartSupport] Welcome: your account is approved”"],
    )
    assert found[unproven.pk] == (
        "refused", ["They have not proven their address yet. Tick “approve anyway” if you know them."],
    )  # fmt: skip
    assert found[approved.pk] == ("refused", ["An account that is “Approved” can't be approved."])
    shown = page(client, run)
    for words in ("Approve: 3 people", "Apply to the 1 that can", fine.get_full_name(), "Pending → Approved"):
        assert words in shown
    assert f'href="/admin/people/employee/{fine.pk}/change/"' in shown


def test_all_reasons_are_said(client, admin):
    suspended = people.person(Status.SUSPENDED, verified=False)
    run = planned(client, "approve", suspended)
    assert len(sentences(run, 1)) == 2


def test_with_the_tick_also_the_unproven_can_be_approved(client, admin):
    unproven = people.person(Status.PENDING, verified=False)
    run = planned(client, "approve", unproven)
    assert outcomes(run) == ["refused"]
    answer = do(client, run, "plan", allow_unverified="on", role=Role.TICKET_COORDINATOR)
    anew = Run.objects.latest("pk")
    assert answer.headers["Location"] == f"/admin/jobs/run/{anew.pk}/plan/"
    assert Run.objects.get(pk=run.pk).status == Run.Status.CANCELLED
    assert outcomes(anew) == ["good"]
    assert sentences(anew, 1)[:2] == ["Status: Pending → Approved", "Role: Employee → Ticket Coordinator"]
    assert " checked>" in page(client, anew).partition('name="allow_unverified"')[2].partition("<label")[0]


def test_a_verb_that_needs_a_reason_asks_for_it_first(client, admin):
    person, gone = people.person(), people.person(Status.SUSPENDED)
    run = planned(client, "suspend", person, gone)
    assert outcomes(run) == ["good", "refused"]
    shown = page(client, run)
    assert "One more thing is needed" in shown
    assert 'name="reason"' in shown
    assert "Apply to the" not in shown
    do(client, run, "apply")
    leases.drain(Run)
    assert status_of(person) == Status.APPROVED
    assert Run.objects.get(pk=run.pk).phase == Run.Phase.PLAN


def test_a_value_that_can_not_be_taken_is_said_beside_each_row(client, admin):
    legal = people.department("Legal")
    run = planned(client, "change-department", people.person(department=legal), department=legal.pk, reason="x")
    assert outcomes(run) == ["refused"]
    assert sentences(run, 1) == ["They are in this department already."]
    assert "It can be done with none of them" in page(client, run)


def test_values_given_with_the_choice_count_at_once(client, admin):
    person = people.person()
    run = planned(client, "suspend", person, reason="Left\x00.", role="System Admin")
    assert run.params == {"verb": "suspend", "values": {"reason": "Left."}}
    assert outcomes(run) == ["good"]


def test_a_plan_that_is_over_is_not_made_anew(client, admin):
    run = planned(client, "suspend", people.person(), reason="Left.")
    do(client, run, "cancel")
    do(client, run, "plan", reason="Gone.")
    assert Run.objects.count() == 1
    assert "This plan was dropped" in page(client, run)


def test_a_plan_writes_nothing_into_the_record(client, admin):
    people.person()
    run = planned(client, "suspend", people.person(Status.SUSPENDED), people.person(), reason="Left.")
    assert outcomes(run) == ["refused", "good"]
    assert not AuditEvent.objects.filter(kind=AuditEvent.Kind.REFUSED).exists()
    assert not RejectedEmployeeAudit.objects.exists()
    assert not Employee.history.filter(verb="suspend").exists()


def test_a_plan_made_in_a_request_is_no_sign_of_life_of_the_worker(client, admin):
    planned(client, "approve", people.person(Status.PENDING))
    assert not Heartbeat.objects.exists()
    with heartbeat.of_somebody_else():
        heartbeat.beat_if_old()
    assert not Heartbeat.objects.exists()
    heartbeat.beat_if_old()
    assert heartbeat.is_alive()


def test_a_large_plan_is_the_workers(client, admin, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    run = planned(client, "approve", *(people.person(Status.PENDING) for _each in range(3)))
    assert (run.status, run.done) == (Run.Status.PENDING, 0)
    shown = page(client, run)
    assert "The plan is being made" in shown
    assert "No worker is running at the moment." in shown
    leases.drain(Run)
    assert Run.objects.get(pk=run.pk).is_planned


def test_what_a_request_does_not_get_through_the_worker_goes_on_with(
    client, admin, monkeypatch, memory_queue, django_capture_on_commit_callbacks
):
    from jobs.runs import engine

    monkeypatch.setattr(engine, "SLICE_SECONDS", 0)
    chosen = [people.person(Status.PENDING) for _each in range(3)]
    with django_capture_on_commit_callbacks(execute=True):
        run = planned(client, "approve", *chosen)
    assert (run.status, run.done) == (Run.Status.PENDING, 1)
    assert djhuey.HUEY.pending_count() >= 1
    for _each in range(3):
        leases.drain(Run)
    assert Run.objects.get(pk=run.pk).is_planned
