"""Who sees whom."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from people import queries, rules
from people.enums import Role, Status
from people.models import Employee
from tests.factories import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> dict[str, Employee]:
    return {status.lower(): people.person(status) for status in Status} | {"approved": people.person()}


def seen_by(user) -> set[Employee]:
    return set(rules.visible_to(user))


def test_a_system_admin_and_a_clerk_see_everybody(house):
    for user in (people.admin(), people.clerk()):
        assert seen_by(user) == set(Employee.objects.all())


def test_a_coordinator_sees_the_approved(house):
    user = people.coordinator()
    assert seen_by(user) == set(Employee.objects.filter(status=Status.APPROVED))


def test_an_employee_and_an_editor_see_themselves(house):
    for user in (people.person(), people.person(is_help_center_editor=True)):
        assert seen_by(user) == {user}


@pytest.mark.parametrize("status", [Status.PENDING, Status.REJECTED, Status.SUSPENDED])
def test_who_is_not_approved_sees_nobody(house, status):
    assert seen_by(people.person(status, Role.SYSTEM_ADMIN)) == set()
    assert seen_by(AnonymousUser()) == set()


def test_the_list_and_the_rule_for_one_person_agree(house):
    actors = [people.admin(), people.clerk(), people.coordinator(), people.person(), house["suspended"]]
    for user in actors:
        for person in Employee.objects.all():
            if user == person:
                continue
            assert (person in seen_by(user)) == bool(rules.relations(person, user)), (user, person)


def test_applications_wait_in_order_with_the_state_of_their_address():
    first, second = people.person(Status.PENDING, verified=False), people.person(Status.PENDING)
    people.person(Status.REJECTED)
    waiting = [(person, person.address_is_proven) for person in queries.waiting_for_approval()]
    assert waiting == [(first, False), (second, True)]


def test_coordinators_are_those_approved_of_the_department():
    department = people.department("Legal")
    mine = people.coordinator(department)
    people.coordinator(people.department("Sales"))
    people.person(Status.SUSPENDED, Role.TICKET_COORDINATOR, department)
    people.admin(department=department)
    assert list(queries.coordinators_of(department)) == [mine]
