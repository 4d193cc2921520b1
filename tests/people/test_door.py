"""What holds for every verb: versions, rights read anew, the last System Admin."""

from __future__ import annotations

import pytest

from audit.refusals import Refused, StaleVersion
from people import lifecycle
from people.enums import Role, Status
from people.models import Employee
from tests.factories import people

pytestmark = pytest.mark.django_db


def test_who_read_an_older_version_is_told():
    admin, person = people.admin(), people.person()
    lifecycle.edit_profile(person, by=admin, first_name="Theirs", last_name="x", expected_version=person.version)
    with pytest.raises(StaleVersion) as stale:
        lifecycle.edit_profile(person, by=admin, first_name="Mine", last_name="x", expected_version=person.version)
    assert stale.value.current.first_name == "Theirs"


def test_who_was_suspended_meanwhile_may_not_go_on():
    admin, other, person = people.admin(), people.admin(), people.person(Status.PENDING)
    lifecycle.suspend(admin, by=other, reason="Left.")
    assert admin.is_active  # as the caller has it still
    with pytest.raises(Refused):
        lifecycle.approve(person, by=admin)


def test_somebody_who_is_gone_is_nobody():
    person = people.person()
    person.emailaddress_set.all().delete()
    Employee.objects.get(pk=person.pk).delete()
    with pytest.raises(Refused) as refused:
        lifecycle.suspend(person, by=people.admin(), reason="x")
    assert refused.value.codes == {"unseen"}


def test_the_last_system_admin_can_not_be_taken_away():
    admin = people.admin()
    people.person(Status.SUSPENDED, Role.SYSTEM_ADMIN)
    with pytest.raises(Refused) as refused:
        lifecycle.suspend(admin, by=admin, reason="x")
    assert refused.value.codes == {"own_account", "last_admin"}
    with pytest.raises(Refused) as refused:
        lifecycle.change_role(admin, by=admin, role=Role.EMPLOYEE, reason="x")
    assert refused.value.codes == {"own_account", "last_admin"}
