"""Many who sign up at the same moment."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.db import transaction

from audit.refusals import InvalidValues
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


@pytest.mark.postgresql
@pytest.mark.usefixtures("real_commits")
def test_an_address_given_by_an_admin_and_one_signed_up_with_at_once_belong_to_one_person(at_once):
    department, admin = people.department(), people.admin()
    for turn in range(10):
        email, person = f"wanted{turn}@example.com", people.person()
        form = application(email=email, department=department)
        works = [
            lambda: lifecycle.register(**form),  # noqa: B023 - called in this turn
            lambda: lifecycle.change_email(person, by=admin, email=email, reason="Married."),  # noqa: B023
        ]
        outcomes = at_once(2, lambda number: works[number]())  # noqa: B023
        assert Employee.objects.with_address(email).count() == 1
        assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] in ([], [outcomes[1]])
        assert isinstance(outcomes[1], Employee | InvalidValues)


@pytest.mark.postgresql
@pytest.mark.usefixtures("real_commits")
def test_of_three_ways_to_one_address_one_wins_and_the_others_say_so(at_once):
    department, admin, person = people.department(), people.admin(), people.person()
    form = application(email="wanted@example.com", department=department)
    brought = {name: form[name] for name in ("email", "first_name", "last_name", "department")}
    works = [
        lambda: lifecycle.register(**form),
        lambda: lifecycle.change_email(person, by=admin, email="wanted@example.com", reason="Married."),
        lambda: lifecycle.bring_in(by=admin, **brought),
    ]
    outcomes = at_once(3, lambda number: works[number]())
    assert Employee.objects.with_address("wanted@example.com").count() == 1
    assert {type(outcome) for outcome in outcomes} <= {Employee, InvalidValues, type(None)}
