"""Many who sign up at the same moment."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.db import transaction

from notifications.models import EmailNotification
from people import lifecycle
from people.models import Employee, NumberSequence
from people.numbers import take_next
from tests.factories import people
from tests.people.verbs import application


@pytest.mark.django_db
def test_of_two_who_sign_up_with_one_address_the_second_gets_a_mail():
    assert lifecycle.register(**application()) is not None
    assert lifecycle.register(**application()) is None
    assert EmailNotification.objects.count() == 2


@pytest.mark.postgresql
@pytest.mark.usefixtures("real_commits")
def test_of_twenty_who_sign_up_with_one_address_one_gets_the_account_and_the_others_a_mail(at_once):
    people.department()
    spellings = ["Ada@example.com", "ADA@example.com"]
    forms = [application(email=spellings[number % 2]) for number in range(20)]
    made = at_once(20, lambda number: lifecycle.register(**forms[number]))
    assert [type(answer) for answer in made].count(Employee) == 1
    assert made.count(None) == 19
    person = Employee.objects.get()
    assert person.history.count() == 1
    assert EmailAddress.objects.get().user == person
    assert EmailNotification.objects.count() == 20


@pytest.mark.postgresql
@pytest.mark.usefixtures("real_commits")
def test_of_forty_who_sign_up_each_gets_a_number_of_their_own(at_once):
    department = people.department()
    NumberSequence.objects.update_or_create(name="company ID", defaults={"last": 9_980})
    forms = [application(email=f"person{number}@example.com", department=department) for number in range(40)]
    made = at_once(40, lambda number: lifecycle.register(**forms[number]))
    assert {person.company_id for person in made} == {f"MA{number:04d}" for number in range(9_981, 10_021)}


@pytest.mark.postgresql
@pytest.mark.usefixtures("real_commits")
def test_the_first_use_of_a_sequence_by_many_gives_no_number_twice(at_once):
    def take(_number: int) -> int:
        with transaction.atomic():
            return take_next("new")

    assert sorted(at_once(20, take)) == list(range(1, 21))


@pytest.mark.postgresql
@pytest.mark.usefixtures("real_commits")
def test_one_application_approved_and_rejected_at_once_is_decided_once(at_once):
    from audit.refusals import Refused

    admins, person = [people.admin(), people.admin()], people.person("Pending")
    verbs = [
        lambda: lifecycle.approve(person, by=admins[0]),
        lambda: lifecycle.reject(person, by=admins[1], reason="No."),
    ]
    outcomes = at_once(2, lambda number: verbs[number]())
    assert [type(outcome) for outcome in outcomes].count(Refused) == 1
    assert person.history.count() == 2
    assert EmailNotification.objects.filter(recipient=person).count() == 1
