"""The verbs: what each changes, what stays in the history, who is told."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress

from audit.refusals import InvalidValues, Refused
from people import lifecycle
from people.enums import Role, Status
from people.models import Employee, RejectedEmployeeAudit
from people.roles import DATA_CLERK, HELP_CENTER_EDITOR
from tests.factories import people
from tests.people.mails import mails
from tests.people.verbs import NAMES, PASSWORD, VERBS, application
from tests.people.written import assert_written, groups

pytestmark = pytest.mark.django_db


def again(**changes: Any) -> dict[str, Any]:
    form = application(**changes)
    form.pop("email")
    return form


# The docstring


def test_the_docstring_tells_what_the_machine_does():
    table = {}
    for line in re.findall(r"^(\w+) +\| ([^|]+)\| ([^|]+)\|", lifecycle.__doc__, re.MULTILINE):
        verb, sources, target = (cell.strip() for cell in line)
        if verb != "verb":
            table[verb] = (sources, target)
    moves = {
        transition.method.__name__.removeprefix("machine_"): (transition.source, transition.target)
        for transition in Employee._meta.get_field("status").get_all_transitions(Employee)
    }
    assert {verb: cells for verb, cells in table.items() if cells[1] in Status.values and cells[0] != "-"} == moves
    assert set(table) == {
        name for name, function in vars(lifecycle).items()
        if callable(function) and function.__module__ == lifecycle.__name__ and not name.startswith("_")
    }  # fmt: skip


def test_the_docstring_tells_the_states_that_the_rules_allow():
    from people.rules import RULES

    for verb, rule in RULES.items():
        allowed = {state for states in rule.who.values() for state in states}
        said = re.search(rf"^{verb} +\| ([^|]+)\|", lifecycle.__doc__, re.MULTILINE)
        assert said is not None
        assert {state.strip() for state in said[1].split(",")} == allowed


# Registration


def test_who_registers_waits_and_gets_the_link_to_prove_the_address():
    person = lifecycle.register(**application(email=" Ada@Example.COM", middle_name="King", suffix="Jr."))
    assert person is not None
    assert (person.status, person.is_active, person.is_staff, person.role) == ("Pending", False, False, "Employee")
    assert person.email == "Ada@example.com"
    assert person.get_full_name() == "Ada King Byron Jr."
    assert re.fullmatch(r"MA\d{4}", person.company_id)
    assert person.check_password(PASSWORD)
    assert groups(person) == set()
    assert EmailAddress.objects.filter(user=person).values_list("email", "verified", "primary").get() == (
        "ada@example.com", False, True,
    )  # fmt: skip
    assert_written(person, by=person, verb="register", rows=1)
    assert mails() == {("prove_address", "Ada@example.com")}


def test_everything_that_is_wrong_with_an_application_is_said_at_once():
    with pytest.raises(InvalidValues) as refused:
        lifecycle.register(
            email="ada", password="short", first_name="", last_name="a\x00b", department=None, suffix="Dr.",
            middle_name="x" * 101,
        )  # fmt: skip
    assert set(refused.value.errors) == {
        "email", "password", "first_name", "last_name", "department", "suffix", "middle_name",
    }  # fmt: skip
    assert not Employee.objects.exists()
    assert mails() == set()


def test_nobody_registers_while_registration_is_closed(settings):
    settings.REGISTRATION_OPEN = False
    with pytest.raises(Refused) as refused:
        lifecycle.register(**application())
    assert refused.value.codes == {"closed"}


@pytest.mark.parametrize(
    ("status", "verified", "message"),
    [
        (Status.PENDING, False, "prove_address"),
        (Status.PENDING, True, "address_taken"),
        (Status.APPROVED, True, "address_taken"),
        (Status.REJECTED, True, "apply_again"),
        (Status.SUSPENDED, True, "address_taken"),
    ],
)
def test_a_known_address_is_told_only_by_mail_and_its_account_stays(status, verified, message):
    known = people.person(status, email="Ada@example.com", verified=verified)
    before = Employee.objects.values().get()
    assert lifecycle.register(**application(email="ADA@example.com")) is None
    assert Employee.objects.values().get() == before
    assert known.history.count() == 1
    assert mails() == {(message, "Ada@example.com")}


def test_no_role_state_or_number_can_be_given_with_an_application():
    for column in ("role", "status", "is_staff", "is_superuser", "company_id", "groups"):
        with pytest.raises(TypeError):
            lifecycle.register(**application(), **{column: "System Admin"})


def test_a_proven_application_is_received_and_the_admins_hear_of_it():
    admins = {people.admin().email for _ in range(2)}
    people.person(Status.SUSPENDED, Role.SYSTEM_ADMIN)
    people.coordinator(people.department())
    person = people.person(Status.PENDING, verified=False)
    proven = lifecycle.prove_address(person, by=person)
    assert EmailAddress.objects.get(user=person).verified
    assert_written(proven, by=person, verb="prove_address")
    assert mails() == {("application_received", person.email), *(("new_application", email) for email in admins)}


def test_proving_twice_changes_and_sends_nothing_more():
    people.admin()
    person = people.person(Status.PENDING, verified=False)
    lifecycle.prove_address(person, by=person)
    count, version = len(mails()), Employee.objects.get(pk=person.pk).version
    assert lifecycle.prove_address(person, by=person).version == version
    assert len(mails()) == count


# The decision


@pytest.mark.parametrize("role", [None, *Role])
def test_who_is_approved_may_sign_in_and_has_the_groups_of_the_role(role):
    admin, person = people.admin(), people.person(Status.PENDING, raw_password=PASSWORD)
    approved = lifecycle.approve(person, by=admin, role=role)
    expected = role or Role.EMPLOYEE
    assert (approved.status, approved.is_active, approved.role) == ("Approved", True, expected)
    assert approved.is_staff == (expected != Role.EMPLOYEE)
    assert groups(approved) == {expected}
    assert not approved.is_superuser
    assert_written(approved, by=admin, verb="approve")
    assert mails() == {("approved", person.email)}


def test_who_was_brought_in_without_a_password_gets_a_link_to_choose_one():
    person = people.person(Status.PENDING)
    lifecycle.approve(person, by=people.admin())
    assert mails() == {("set_password", person.email)}


def test_an_unproven_address_is_approved_only_with_a_tick_that_the_history_records():
    admin, person = people.admin(), people.person(Status.PENDING, verified=False)
    with pytest.raises(Refused) as refused:
        lifecycle.approve(person, by=admin)
    assert refused.value.codes == {"unverified"}
    approved = lifecycle.approve(person, by=admin, allow_unverified=True, reason="I know her.")
    reason = "Approved although the address is not proven. I know her."
    assert_written(approved, by=admin, verb="approve", reason=reason)
    assert not EmailAddress.objects.get(user=person).verified


def test_a_role_that_does_not_exist_is_refused():
    person = people.person(Status.PENDING)
    for role in ("King", "", "superuser"):
        with pytest.raises(InvalidValues):
            lifecycle.approve(person, by=people.admin(), role=role)


def test_a_rejection_leaves_the_account_and_a_row_of_its_own():
    admin, person = people.admin(), people.person(Status.PENDING, department=people.department("Legal"))
    rejected = lifecycle.reject(person, by=admin, reason="  Nobody here knows you.\r\nSorry. ")
    reason = "Nobody here knows you.\nSorry."
    assert (rejected.status, rejected.is_active) == ("Rejected", False)
    assert_written(rejected, by=admin, verb="reject", reason=reason)
    row = RejectedEmployeeAudit.objects.get()
    assert (row.first_name, row.last_name, row.email, row.company_id, row.department, row.reason, row.rejected_by) == (
        person.first_name, person.last_name, person.email, person.company_id, "Legal", reason, admin,
    )  # fmt: skip
    assert mails() == {("rejected", person.email)}


@pytest.mark.parametrize("verb", ["reject", "suspend", "restore", "change_role", "change_department", "change_email"])
@pytest.mark.parametrize("reason", ["", "   ", None, "x" * 5_001, "a\x00b"], ids=ascii)
def test_what_asks_for_a_reason_gets_one(verb, reason):
    states = {"reject": Status.PENDING, "restore": Status.SUSPENDED}
    person = people.person(states.get(verb, Status.APPROVED))
    values = {
        "change_role": {"role": Role.SYSTEM_ADMIN},
        "change_department": {"department": people.department()},
        "change_email": {"email": "new@example.com"},
    }
    before = Employee.objects.values().get(pk=person.pk)
    with pytest.raises(InvalidValues) as refused:
        getattr(lifecycle, verb)(person, by=people.admin(), reason=reason, **values.get(verb, {}))
    assert set(refused.value.errors) == {"reason"}
    assert Employee.objects.values().get(pk=person.pk) == before
    assert mails() == set()


def test_who_applies_again_waits_anew_under_the_old_number():
    admin = people.admin()
    person = people.person(Status.REJECTED, Role.TICKET_COORDINATOR, verified=False)
    pending = lifecycle.apply_again(person, by=person, **again(first_name="Augusta"))
    assert (pending.status, pending.role, pending.first_name) == ("Pending", Role.EMPLOYEE, "Augusta")
    assert (pending.company_id, pending.email) == (person.company_id, person.email)
    assert pending.check_password(PASSWORD)
    assert EmailAddress.objects.get(user=person).verified
    assert_written(pending, by=person, verb="apply_again")
    assert mails() == {("application_received", person.email), ("new_application", admin.email)}


# Out and back in


def test_who_is_suspended_is_out_and_hears_of_it():
    admin, person = people.admin(), people.coordinator(people.department())
    suspended = lifecycle.suspend(person, by=admin, reason="On leave.")
    assert (suspended.status, suspended.is_active, suspended.is_staff) == ("Suspended", False, False)
    assert suspended.get_session_auth_hash() != person.get_session_auth_hash()
    assert groups(suspended) == set()
    assert not suspended.has_perm("tickets.view_ticket")
    assert_written(suspended, by=admin, verb="suspend", reason="On leave.")
    assert mails() == {("suspended", person.email)}


def test_who_is_restored_has_the_role_and_the_grants_that_there_were():
    admin = people.admin()
    person = people.person(Status.SUSPENDED, Role.TICKET_COORDINATOR, is_data_clerk=True)
    restored = lifecycle.restore(person, by=admin, reason="Back.")
    assert (restored.status, restored.is_active, restored.is_staff) == ("Approved", True, True)
    assert groups(restored) == {Role.TICKET_COORDINATOR, DATA_CLERK}
    assert_written(restored, by=admin, verb="restore", reason="Back.")
    assert mails() == {("restored", person.email)}


def test_a_suspension_ends_sessions_for_good():
    admin, person = people.admin(), people.person()
    before = person.get_session_auth_hash()
    lifecycle.suspend(person, by=admin, reason="x")
    restored = lifecycle.restore(person, by=admin, reason="y")
    assert restored.get_session_auth_hash() != before


@pytest.mark.parametrize("verb", ["change_email", "change_department", "change_role", "edit_profile", "revoke"])
def test_nothing_is_mailed_to_somebody_suspended(verb):
    VERBS[verb](people.person(Status.SUSPENDED, is_data_clerk=True), people.admin())
    assert mails() == set()


# What somebody is


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.SYSTEM_ADMIN])
def test_a_change_of_role_brings_the_groups_along(role):
    admin, person = people.admin(), people.coordinator(people.department())
    changed = lifecycle.change_role(person, by=admin, role=role, reason="Promoted.")
    assert (changed.role, changed.is_staff, groups(changed)) == (role, role != Role.EMPLOYEE, {role})
    assert_written(changed, by=admin, verb="change_role", reason="Promoted.")
    assert mails() == {("role_changed", person.email)}


def test_an_operator_who_is_no_admin_any_more_is_no_superuser_either():
    operator = people.admin(is_superuser=True)
    changed = lifecycle.change_role(operator, by=people.admin(), role=Role.EMPLOYEE, reason="Left operations.")
    assert not changed.is_superuser


def test_a_change_of_department_is_on_the_record():
    admin, person = people.admin(), people.person(department=people.department("Sales"))
    changed = lifecycle.change_department(person, by=admin, department=people.department("Legal"), reason="Moved.")
    assert changed.department.name == "Legal"
    assert_written(changed, by=admin, verb="change_department", reason="Moved.")
    assert mails() == set()


@pytest.mark.parametrize("status", [Status.PENDING, Status.APPROVED])
def test_a_new_address_must_be_proven_and_both_hear_of_it(status):
    admin, person = people.admin(), people.person(status, email="old@example.com")
    row = EmailAddress.objects.get(user=person)
    changed = lifecycle.change_email(person, by=admin, email="New@Example.com", reason="Married.")
    assert (changed.email, changed.status) == ("New@example.com", status)
    new_row = EmailAddress.objects.get(user=person)
    assert (new_row.email, new_row.verified, new_row.primary) == ("new@example.com", False, True)
    assert new_row.pk != row.pk
    assert_written(changed, by=admin, verb="change_email", reason="Married.")
    assert mails() == {
        ("address_changed", "old@example.com"),
        ("address_changed", "New@example.com"),
        ("prove_address", "New@example.com"),
    }


def test_an_address_of_somebody_else_can_not_be_taken():
    people.person(email="Taken@example.com")
    person = people.person()
    with pytest.raises(InvalidValues, match="Somebody has this address"):
        lifecycle.change_email(person, by=people.admin(), email="taken@EXAMPLE.com", reason="x")


def test_another_spelling_of_the_same_address_stays_proven():
    person = people.person(email="ada@example.com")
    lifecycle.change_email(person, by=people.admin(), email="Ada@example.com", reason="Spelling.")
    assert EmailAddress.objects.get(user=person).verified
    assert mails() == set()


@pytest.mark.parametrize("group", [DATA_CLERK, HELP_CENTER_EDITOR])
def test_a_grant_is_given_and_taken_back(group):
    admin, person = people.admin(), people.person()
    granted = lifecycle.grant(person, by=admin, group=group, reason="Asked for it.")
    assert groups(granted) == {Role.EMPLOYEE, group}
    assert granted.is_staff == (group == DATA_CLERK)
    assert_written(granted, by=admin, verb="grant", reason="Asked for it.")
    with pytest.raises(InvalidValues):
        lifecycle.grant(person, by=admin, group=group, reason="Again.")
    revoked = lifecycle.revoke(person, by=admin, group=group, reason="Done.")
    assert (groups(revoked), revoked.is_staff) == ({Role.EMPLOYEE}, False)
    assert_written(revoked, by=admin, verb="revoke", reason="Done.", rows=3)


def test_a_role_is_no_group_that_can_be_granted():
    with pytest.raises(InvalidValues):
        lifecycle.grant(people.person(), by=people.admin(), group=Role.SYSTEM_ADMIN, reason="x")


# One's own


def test_a_new_password_ends_the_sessions_and_is_confirmed_by_mail():
    person = people.person(raw_password="another walk by the sea")
    changed = lifecycle.change_password(person, by=person, password=PASSWORD)
    assert changed.check_password(PASSWORD)
    assert changed.get_session_auth_hash() != person.get_session_auth_hash()
    assert_written(changed, by=person, verb="change_password")
    assert mails() == {("password_changed", person.email)}
    with pytest.raises(InvalidValues):
        lifecycle.change_password(person, by=person, password="12345678")


def test_a_profile_can_not_carry_a_role():
    with pytest.raises(TypeError):
        lifecycle.edit_profile(people.person(), by=people.admin(), **NAMES, role=Role.SYSTEM_ADMIN)  # type: ignore
