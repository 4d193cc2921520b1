"""What the database itself holds, whoever writes to it; and how people are found and shown."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.db.models import ProtectedError

from audit.permanence import PermanentRecord
from audit.refusals import StaleVersion
from people.enums import Role, Status
from people.models import Department, Employee, NumberSequence, RejectedEmployeeAudit
from tests.factories import people
from tests.people.verbs import VERBS

pytestmark = pytest.mark.django_db


def refuses(person: Employee, **columns: object) -> None:
    # DataError: PostgreSQL on a text too long for its column.
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        Employee.objects.filter(pk=person.pk).update(**columns)


@pytest.mark.parametrize(
    "columns",
    [
        {"email": "nobody"},
        {"email": "a b@example.com"},
        {"email": "a@b@c"},
        {"email": "a@example.com\n"},
        {"email": "a@" + "b" * 260},
        {"email": ""},
        {"company_id": "MA1"},
        {"company_id": "MA00012"},
        {"company_id": "XX0001"},
        {"company_id": "MA0001\n"},
        {"company_id": "MA\u0660\u0660\u0660\u0661"},
        {"first_name": ""},
        {"first_name": "x" * 101},
        {"last_name": ""},
        {"last_name": "x" * 101},
        {"middle_name": "x" * 101},
        {"suffix": "Dr."},
        {"role": "King"},
        {"role": ""},
        {"status": "Gone", "is_active": False},
        {"is_superuser": True},
        {"session_generation": -1},
    ],
    ids=str,
)
def test_the_database_refuses_what_no_person_can_be(columns):
    refuses(people.person(), **columns)


@pytest.mark.parametrize("status", list(Status))
def test_active_is_true_exactly_when_approved(status):
    person = people.person(status)
    assert person.is_active == (status == Status.APPROVED)
    refuses(person, is_active=not person.is_active)


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("is_data_clerk", [True, False])
def test_staff_is_true_exactly_when_the_role_or_the_grant_says_so(status, role, is_data_clerk):
    person = people.person(status, role, is_data_clerk=is_data_clerk)
    assert person.is_staff == (status == Status.APPROVED and (role != Role.EMPLOYEE or is_data_clerk))
    refuses(person, is_staff=not person.is_staff)


def test_a_help_center_editor_alone_is_not_staff():
    assert not people.person(is_help_center_editor=True).is_staff


def test_an_address_is_unique_whatever_the_case():
    people.person(email="Ada.Byron@example.com")
    with pytest.raises(IntegrityError), transaction.atomic():
        people.person(email="ada.BYRON@example.com")


def test_a_person_is_found_by_address_whatever_the_case():
    ada = people.person(email="Ada.Byron@example.com")
    assert Employee.objects.get_by_natural_key(" ada.byron@EXAMPLE.com ") == ada
    assert not Employee.objects.with_address("ada.byron@example.co").exists()


def test_finding_by_address_uses_the_index():
    plan = Employee.objects.with_address("a@example.com").explain()
    assert "employee_email_unique" in plan or "Seq Scan" in plan  # PostgreSQL reads a small table whole


def test_the_state_can_not_be_assigned():
    person = people.person(Status.PENDING)
    with pytest.raises(AttributeError):
        person.status = Status.APPROVED


def test_cleaning_a_person_does_not_touch_the_state():
    people.person(Status.PENDING).full_clean()
    broken = people.person()
    broken.first_name = ""
    with pytest.raises(ValidationError) as refused:
        broken.full_clean()
    assert "first_name" in refused.value.message_dict


def test_names_are_shown_whole():
    person = people.person(first_name="Ada", middle_name="King", last_name="Byron", suffix="Jr.")
    assert person.get_full_name() == "Ada King Byron Jr."
    assert person.get_short_name() == "Ada"
    assert person.initials == "AB"
    assert str(person) == f"Ada King Byron Jr. ({person.company_id})"


def test_a_save_over_a_newer_version_is_refused():
    person = people.person()
    mine, theirs = Employee.objects.get(pk=person.pk), Employee.objects.get(pk=person.pk)
    theirs.first_name = "Theirs"
    theirs.save()
    mine.first_name = "Mine"
    with pytest.raises(StaleVersion), transaction.atomic():
        mine.save()
    assert Employee.objects.get(pk=person.pk).first_name == "Theirs"


def test_history_holds_no_secrets():
    columns = {field.name for field in Employee.history.model._meta.get_fields()}
    assert not columns & {"password", "last_login", "session_generation"}
    assert {"status", "role", "email", "is_data_clerk", "verb", "actor_name"} <= columns


def test_whoever_is_named_anywhere_is_not_deleted():
    admin = people.admin()
    VERBS["suspend"](people.person(), admin)
    with pytest.raises(ProtectedError):
        admin.delete()


# Departments, numbers, rejections


def test_the_first_departments_are_there_with_their_history():
    names = set(Department.objects.values_list("name", flat=True))
    assert names == {
        "IT Department", "Human Resources", "Finance", "Operations", "Marketing", "Sales", "Customer Service", "Legal",
        "Asset Management", "Budget",
    }  # fmt: skip
    first = Department.history.get(name="Legal")
    assert (first.actor_name, first.verb, first.history_type) == ("system", "first set", "+")


def test_a_department_is_unique_whatever_the_case():
    with pytest.raises(IntegrityError), transaction.atomic():
        Department.objects.create(name="legal")
    with pytest.raises(ValidationError, match="one of this name"):
        Department(name="LEGAL").full_clean()


@pytest.mark.parametrize("columns", [{"name": ""}, {"name": "x", "head_email": "nobody"}])
def test_the_database_refuses_what_no_department_can_be(columns):
    with pytest.raises(IntegrityError), transaction.atomic():
        Department.objects.create(**columns)


HEADS = ["ada@exam\u200bple.com", "ada@example.com\u2028", "\u0131@example.com", "ada@exam\u00adple.com"]


@pytest.mark.parametrize("address", HEADS, ids=ascii)
def test_an_address_with_something_invisible_is_no_head_of_a_department(address):
    legal = Department.objects.get(name="Legal")
    legal.head_email = address
    with pytest.raises(ValidationError) as refused:
        legal.full_clean()
    assert set(refused.value.message_dict) == {"head_email"}


def test_a_plain_address_is_a_head_of_a_department():
    Department(name="Of this test", head_email="head.of.legal+x@bücher.example").full_clean()


def test_a_department_with_people_is_not_deleted():
    person = people.person(department=people.department("Legal"))
    with pytest.raises(ProtectedError):
        person.department.delete()


def test_a_sequence_is_never_negative():
    with pytest.raises(IntegrityError), transaction.atomic():
        NumberSequence.objects.create(name="odd", last=-1)


def test_a_rejection_is_written_once():
    row = RejectedEmployeeAudit.objects.create(
        first_name="Ada", last_name="Byron", email="a@example.com", company_id="MA0001", reason="No.",
        rejected_by=people.admin(),
    )  # fmt: skip
    row.reason = "Yes."
    with pytest.raises(PermanentRecord):
        row.save()
    with pytest.raises(PermanentRecord):
        row.delete()
    with pytest.raises(PermanentRecord):
        RejectedEmployeeAudit.objects.update(reason="Yes.")
