"""People who come from elsewhere: an import, a migration, a command."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress

from audit.actors import SYSTEM
from audit.refusals import InvalidValues, Refused
from people import lifecycle
from people.enums import Role, Status
from tests.factories import people
from tests.people.mails import mails
from tests.people.verbs import NAMES
from tests.people.written import assert_written, groups

pytestmark = pytest.mark.django_db


def test_who_is_brought_in_has_no_password_and_hears_nothing():
    admin = people.admin()
    person = lifecycle.bring_in(by=admin, email="a@example.com", **NAMES, role=Role.TICKET_COORDINATOR, approved=True)
    assert (person.status, person.is_staff, person.has_usable_password()) == ("Approved", True, False)
    assert not EmailAddress.objects.get(user=person).verified
    assert groups(person) == {Role.TICKET_COORDINATOR}
    assert_written(person, by=admin, verb="bring_in", rows=1)
    assert mails() == set()


@pytest.mark.parametrize(("approved", "message"), [(True, "set_password"), (False, "prove_address")])
def test_who_is_brought_in_and_announced_gets_a_link(approved, message):
    lifecycle.bring_in(by=SYSTEM, email="a@example.com", **NAMES, approved=approved, announce=True)
    assert mails() == {(message, "a@example.com")}


def test_a_clerk_brings_in_applicants_and_decides_nothing():
    clerk = people.clerk()
    assert lifecycle.bring_in(by=clerk, email="a@example.com", **NAMES).status == Status.PENDING
    for decided in ({"approved": True}, {"role": Role.SYSTEM_ADMIN}):
        with pytest.raises(Refused):
            lifecycle.bring_in(by=clerk, email="b@example.com", **NAMES, **decided)


@pytest.mark.parametrize("who", ["employee", "coordinator", "suspended", "nobody"])
def test_nobody_else_brings_people_in(who):
    by = {
        "employee": people.person,
        "coordinator": lambda: people.coordinator(people.department()),
        "suspended": lambda: people.person(Status.SUSPENDED, Role.SYSTEM_ADMIN),
        "nobody": lambda: None,
    }[who]()
    with pytest.raises(Refused):
        lifecycle.bring_in(by=by, email="a@example.com", **NAMES)


def test_nobody_is_brought_in_twice():
    people.person(email="Ada@example.com")
    with pytest.raises(InvalidValues, match="Somebody has this address"):
        lifecycle.bring_in(by=SYSTEM, email="ADA@example.com", **NAMES)
