"""What an undo gives back, and that it can be tried again when the person was not allowed to."""

from __future__ import annotations

import pytest

from audit.models import AuditEvent
from jobs.models import Run
from jobs.spreadsheets import importing
from notifications.models import EmailNotification
from people import addresses, lifecycle
from people.enums import GrantedGroup
from people.models import Employee
from tests.factories import people
from tests.people.sheets.loading import exported, fresh, loaded, outcomes, planned, said, undone, work

pytestmark = pytest.mark.django_db

ROWS = [["ada@example.com", "Ada", "Lovelace", "", ""], ["grace@example.com", "Grace", "Hopper", "", ""]]
SENTENCE = "You may not load this kind of spreadsheet."


@pytest.fixture
def admin():
    people.department("Marketing")
    return people.admin(email="admin@example.com")


def no_clerk_any_more(clerk, admin):
    lifecycle.revoke(clerk, by=admin, group=GrantedGroup.DATA_CLERK, reason="Moved on.")


def stopped_with_the_sentence(run):
    work()
    run = fresh(run)
    assert (run.status, run.last_error) == (Run.Status.FAILED, SENTENCE)
    return run


def test_an_undo_by_somebody_who_may_no_more_leaves_the_rows_for_who_may(admin):
    clerk = people.clerk()
    run = importing.undo(loaded(ROWS, by=clerk), by=clerk)
    no_clerk_any_more(clerk, admin)
    run = stopped_with_the_sentence(run)
    assert outcomes(run) == {2: "applied", 3: "applied"}
    refusal = AuditEvent.objects.get(kind=AuditEvent.Kind.REFUSED)
    assert (refusal.actor, refusal.detail) == (clerk, {"verb": "run undo", "codes": ["not_yours"]})
    assert outcomes(undone(run, by=admin)) == {2: "undone", 3: "undone"}
    assert not Employee.objects.filter(email__in=["ada@example.com", "grace@example.com"]).exists()


def test_an_apply_by_somebody_who_may_no_more_leaves_the_rows_good(admin):
    clerk = people.clerk()
    run = importing.apply(planned(ROWS, by=clerk), by=clerk)
    no_clerk_any_more(clerk, admin)
    run = stopped_with_the_sentence(run)
    assert outcomes(run) == {2: "good", 3: "good"}
    assert not Employee.objects.filter(email="ada@example.com").exists()
    importing.go_on(run, by=admin)
    work()
    assert outcomes(run) == {2: "applied", 3: "applied"}


def test_a_plan_by_somebody_who_may_no_more_is_made_anew_by_who_may(admin):
    clerk = people.clerk()
    run = planned(ROWS, by=clerk)
    importing.with_options(run, {"announce": True}, by=clerk)
    no_clerk_any_more(clerk, admin)
    run = stopped_with_the_sentence(run)
    assert outcomes(run) == {2: "staged", 3: "staged"}
    run = importing.check(run.spreadsheet, by=admin)
    work()
    assert outcomes(run) == {2: "good", 3: "good"}


def edited(person, by, **cells):
    header, (row,) = exported(person, by=by)
    return header, [cells.get(title, cell) for title, cell in zip(header, row, strict=True)]


def test_who_had_no_department_has_none_again(admin):
    ada = people.person(email="ada@example.com", department=None)
    header, row = edited(ada, admin, Department="Marketing")
    run = loaded([row], header=header, by=admin)
    assert Employee.objects.get(pk=ada.pk).department.name == "Marketing"
    assert outcomes(undone(run, by=admin)) == {2: "undone"}
    assert Employee.objects.get(pk=ada.pk).department is None
    # By hand, and by a file, nobody can be left without one.
    header, row = edited(people.person(department=people.department("Marketing")), admin, Department="")
    assert outcomes(planned([row], header=header, by=admin)) == {2: "refused"}


@pytest.mark.parametrize("proven", [True, False], ids=["proven", "not-proven"])
def test_an_address_that_comes_back_is_as_proven_as_it_was_and_both_mails_are_announced(admin, proven):
    ada = people.person(email="ada@example.com", verified=proven)
    header, row = edited(ada, admin, **{"E-mail": "a@example.com"})
    run = planned([row], header=header, by=admin)
    assert said(run, 2) == ["They are told by mail, at the old address and at the new one; also when it is undone."]
    importing.apply(run, by=admin)
    work()
    assert not addresses.is_proven(Employee.objects.get(pk=ada.pk))
    EmailNotification.objects.all().delete()
    assert outcomes(undone(fresh(run), by=admin)) == {2: "undone"}
    now = Employee.objects.get(pk=ada.pk)
    assert (now.email, addresses.is_proven(now)) == ("ada@example.com", proven)
    messages = list(EmailNotification.objects.order_by("pk").values_list("message", flat=True))
    assert messages == ["people_address_changed"] * 2 + ([] if proven else ["people_prove_address"])
