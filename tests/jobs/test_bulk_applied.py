"""One verb over many rows: applied by the worker, tried again, stopped; and whose run it is."""

from __future__ import annotations

import pytest

from jobs import bulk, leases, outbox, runs
from jobs.models import Run, RunRow
from people import lifecycle
from people.bulk import PEOPLE
from people.enums import Role, Status
from people.models import Employee
from people.verbs import SUSPEND
from tests.factories import people
from tests.jobs import things
from tests.jobs.choosing import do, outcomes, page, planned, said, status_of
from tests.people.mails import mails

pytestmark = pytest.mark.django_db


CHANGED = "Somebody else has changed this since the plan was made. Make the plan anew."


def changed_since(run: Run) -> list[int]:
    """The keys of those that were refused because they are not as the plan found them."""
    return [row.payload["key"] for row in run.rows.filter(outcome="refused") if row.sentences == [CHANGED]]


# Applying


def test_apply_does_those_that_can_in_the_name_of_who_asked(client, admin):
    first, gone, second = people.person(), people.person(Status.SUSPENDED), people.person()
    run = planned(client, "suspend", first, gone, second, reason="The site closes.")
    answer = do(client, run, "apply")
    assert answer.headers["Location"] == f"/admin/jobs/run/{run.pk}/plan/"
    assert status_of(first) == Status.APPROVED
    assert "It is being done" in page(client, run)
    leases.drain(Run)
    assert {status_of(person) for person in (first, gone, second)} == {Status.SUSPENDED}
    row = first.history.first()
    assert (row.verb, row.history_user, row.history_change_reason) == ("suspend", admin, "The site closes.")
    assert {address for message, address in mails() if message == "suspended"} == {first.email, second.email}
    shown = page(client, run)
    assert "Done: 2 people." in shown
    assert f"{first.get_full_name()} is suspended." in shown
    assert "can&#x27;t be suspended" in shown


def test_a_double_click_does_it_once_and_complains_of_nothing(client, admin):
    person = people.person()
    run = planned(client, "suspend", person, reason="Left.")
    do(client, run, "apply")
    do(client, run, "apply")
    assert said(client) == []
    leases.drain(Run)
    do(client, run, "apply")
    leases.drain(Run)
    assert person.history.filter(verb="suspend").count() == 1


def test_who_changes_a_field_and_applies_sees_the_new_plan_first(client, admin):
    person = people.person()
    run = planned(client, "suspend", person, reason="Left.")
    do(client, run, "apply", with_values="1", reason="Left on Friday.")
    leases.drain(Run)
    assert status_of(person) == Status.APPROVED
    anew = Run.objects.latest("pk")
    assert (anew.pk != run.pk, anew.params["values"], anew.is_planned) == (True, {"reason": "Left on Friday."}, True)
    assert said(client) == ["You changed something, so this is another plan. Look at it, then apply it."]
    do(client, anew, "apply", with_values="1", reason="Left on Friday.")
    leases.drain(Run)
    assert person.history.first().history_change_reason == "Left on Friday."


def test_the_button_posts_the_fields_beside_it(client, admin):
    shown = page(client, planned(client, "suspend", people.person(), reason="Left."))
    button = shown.partition("Apply to the 1")[0].rpartition("<button")[2]
    assert 'form="values"' in button
    assert 'id="values"' in shown


def test_rules_are_asked_again_when_it_is_done(client, admin):
    person = people.person(Status.PENDING)
    run = planned(client, "approve", person)
    lifecycle.reject(person, by=people.admin(), reason="No.")
    do(client, run, "apply")
    leases.drain(Run)
    assert status_of(person) == Status.REJECTED
    assert outcomes(run) == ["refused"]


def test_a_plan_is_not_applied_to_somebody_who_was_changed_since(client, admin):
    person, other = people.person(Status.PENDING, first_name="Old"), people.person(Status.PENDING)
    run = planned(client, "approve", person, other)
    # What was looked at was an Employee with that name.
    lifecycle.change_role(person, by=admin, role=Role.SYSTEM_ADMIN, reason="Takes over.")
    do(client, run, "apply")
    leases.drain(Run)
    assert (status_of(person), status_of(other)) == (Status.PENDING, Status.APPROVED)
    assert changed_since(run) == [person.pk]
    shown = page(client, run)
    assert CHANGED in shown
    assert "For those that were left you get a new plan, by the rules as they are now." in shown
    assert ("approved", person.email) not in mails()


def test_a_row_that_no_plan_found_good_is_not_applied_by_trying_again(client, admin):
    person, other = people.person(Status.PENDING, verified=False), people.person(Status.PENDING)
    run = planned(client, "approve", person, other)
    do(client, run, "apply")
    leases.drain(Run)
    lifecycle.prove_address(person, by=person)
    runs.retry(run, by=admin)
    leases.drain(Run)
    assert changed_since(run) == [person.pk]
    assert status_of(person) == Status.PENDING


def test_who_lost_the_right_meanwhile_does_nothing(client, admin):
    person, other = people.person(Status.PENDING), people.admin()
    run = planned(client, "approve", person)
    do(client, run, "apply")
    lifecycle.change_role(admin, by=other, role=Role.EMPLOYEE, reason="Moved.")
    leases.drain(Run)
    assert status_of(person) == Status.PENDING
    assert outcomes(run) == ["refused"]


def test_of_all_admins_one_stays(client, admin):
    others = [people.admin(), people.admin()]
    run = planned(client, "suspend", admin, *others, reason="All of us leave.")
    do(client, run, "apply")
    leases.drain(Run)
    assert status_of(admin) == Status.APPROVED
    assert sorted(outcomes(run)) == ["applied", "applied", "refused"]


def test_the_refused_ones_can_be_tried_again(client, admin):
    person = people.person(Status.PENDING)
    run = planned(client, "approve", person)
    lifecycle.reject(person, by=admin, reason="No.")
    do(client, run, "apply")
    leases.drain(Run)
    assert "Try the refused ones again" in page(client, run)
    lifecycle.apply_again(
        Employee.objects.get(pk=person.pk), by=person, password="a long walk by the sea", first_name="Ada",
        last_name="Byron", department=people.department(),
    )  # fmt: skip
    answers = [do(client, run, "retry") for _each in range(2)]
    anew = Run.objects.latest("pk")
    assert {answer.headers["Location"] for answer in answers} == {f"/admin/jobs/run/{anew.pk}/plan/"}
    assert said(client) == []
    assert (anew.is_planned, outcomes(anew), status_of(person)) == (True, ["good"], Status.PENDING)
    assert (Run.objects.count(), Run.objects.get(pk=run.pk).phase) == (2, Run.Phase.APPLY)
    do(client, anew, "apply")
    leases.drain(Run)
    assert status_of(person) == Status.APPROVED
    shown = page(client, anew)
    assert "Try the refused ones again" not in shown
    assert "you get a new plan" not in shown


def test_what_is_refused_still_says_so_in_the_new_plan_and_can_be_planned_once_more(client, admin):
    done, refused = people.person(), people.person(Status.SUSPENDED)
    run = planned(client, "suspend", refused, done, reason="The site closes.")
    do(client, run, "apply")
    leases.drain(Run)
    do(client, run, "retry")
    anew = Run.objects.latest("pk")
    assert list(anew.rows.values_list("payload__key", "outcome")) == [(refused.pk, "refused")]
    assert anew.params["values"] == {"reason": "The site closes."}
    do(client, anew, "cancel")
    do(client, run, "retry")
    assert Run.objects.latest("pk").pk not in {run.pk, anew.pk}


@pytest.mark.parametrize("state", ["planned", "all done"])
def test_where_nothing_was_left_there_is_no_new_plan(client, admin, state):
    run = planned(client, "suspend", people.person(), reason="Left.")
    if state == "all done":
        do(client, run, "apply")
        leases.drain(Run)
    answer = do(client, run, "retry")
    assert answer.headers["Location"] == f"/admin/jobs/run/{run.pk}/plan/"
    assert len(said(client)) == 1
    assert Run.objects.count() == 1


def test_one_can_stop_it_and_go_on(client, admin):
    chosen = [people.person() for _each in range(3)]
    run = planned(client, "suspend", *chosen, reason="Left.")
    do(client, run, "apply")
    do(client, run, "cancel")
    leases.drain(Run)
    assert {status_of(person) for person in chosen} == {Status.APPROVED}
    assert "Go on with the rest" in page(client, run)
    do(client, run, "retry")
    anew = Run.objects.latest("pk")
    assert outcomes(anew) == ["good"] * 3
    do(client, anew, "apply")
    leases.drain(Run)
    assert {status_of(person) for person in chosen} == {Status.SUSPENDED}


def test_progress_is_told_to_whoever_polls(client, admin):
    run = planned(client, "suspend", people.person(), people.person(), reason="Left.")
    do(client, run, "apply")
    progress = client.get(f"/admin/jobs/run/{run.pk}/progress/").json()
    assert progress == {
        "phase": "apply", "status": "pending", "done": 0, "total": 2, "finished": False, "words": "0 of 2",
    }  # fmt: skip
    leases.drain(Run)
    assert client.get(f"/admin/jobs/run/{run.pk}/progress/").json()["finished"] is True


def test_without_a_script_the_page_refreshes_itself_while_something_happens(client, admin):
    run = planned(client, "suspend", people.person(), reason="Left.")
    assert 'http-equiv="refresh"' not in page(client, run)
    do(client, run, "apply")
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page(client, run)


def test_rows_come_a_page_at_a_time_and_by_what_became_of_them(client, admin):
    chosen = [people.person(Status.PENDING) for _each in range(101)] + [people.person()]
    run = planned(client, "approve", *chosen)
    assert page(client, run).count('class="bo-row ') == 100
    assert page(client, run, p="2").count('class="bo-row ') == 2
    assert page(client, run, show="refused").count('class="bo-row ') == 1
    assert page(client, run, show="<b>", p="x").count('class="bo-row ') == 100


# Whose it is


def test_a_run_is_for_who_made_it_and_for_system_admins(client):
    maker = people.coordinator()
    client.force_login(maker)
    run = bulk.start(PEOPLE, SUSPEND, [people.person().pk], by=maker, values={"reason": "canary-15"})
    assert "canary-15" in page(client, run)
    for stranger in (people.coordinator(), people.clerk()):
        client.force_login(stranger)
        assert client.get(f"/admin/jobs/run/{run.pk}/plan/").status_code == 404
        assert client.get(f"/admin/jobs/run/{run.pk}/progress/").status_code == 404
        for what in ("plan", "apply", "retry", "cancel"):
            assert do(client, run, what).status_code == 404
    client.force_login(people.admin())
    seen = page(client, run) + client.get(f"/admin/jobs/run/{run.pk}/change/").content.decode()
    assert "Suspend" in seen
    # What was given to the verb is for who gave it: another may be the one whom it is about.
    assert "canary-15" not in seen
    assert client.get("/admin/jobs/run/987654321/plan/").status_code == 404


def test_nothing_happens_by_opening_an_address(client, admin):
    person = people.person()
    run = planned(client, "suspend", person, reason="Left.")
    for what in ("apply", "retry", "cancel"):
        assert client.get(f"/admin/jobs/run/{run.pk}/{what}/").status_code == 405
    page(client, run)
    leases.drain(Run)
    assert Run.objects.get(pk=run.pk).is_planned


def test_names_of_people_that_a_reader_may_not_see_are_not_told(client):
    maker, person = people.coordinator(), people.person(first_name="Canary")
    client.force_login(maker)
    run = bulk.start(PEOPLE, SUSPEND, [person.pk], by=maker, values={"reason": "Left."})
    lifecycle.suspend(person, by=people.admin(), reason="Left.")
    shown = page(client, run)
    assert "Canary" not in shown
    assert "row 1" in shown


def test_words_of_people_stay_words_on_the_plan(client, admin):
    person = people.person(first_name="<script>alert(1)</script>")
    run = planned(client, "suspend", person, reason="<img src=x onerror=alert(2)>")
    shown = page(client, run)
    assert "<script>alert(1)" not in shown
    assert "<img src=x" not in shown
    assert "&lt;img src=x onerror=alert(2)&gt;" in shown


@pytest.mark.usefixtures("things_kind")
def test_a_run_of_another_kind_has_a_page_too(client, admin):
    run = runs.start(things.NAME, by=admin, rows=[{"name": "x"}])
    leases.drain(Run)
    assert "Makes x." in page(client, run)
    do(client, run, "apply")
    leases.drain(Run)
    assert "Done: 1 row of a run." in page(client, run)
    do(client, run, "plan")
    assert Run.objects.count() == 1


def test_the_list_of_runs_leads_to_their_pages(client, admin):
    run = planned(client, "suspend", people.person(), reason="Left.")
    assert f'href="/admin/jobs/run/{run.pk}/plan/"' in client.get("/admin/jobs/run/").content.decode()


def test_the_rows_of_a_run_are_all_that_it_keeps_of_people(client, admin):
    person = people.person(Status.PENDING)
    run = planned(client, "approve", person)
    assert RunRow.objects.get(run=run).payload == {"key": person.pk}
    assert outbox.model_of("jobs.run") is Run
