"""People for tests, of any role and in any state, made directly: quick, and without going through the door.

person(), person("Suspended"), coordinator(department), admin(), clerk(), department("Legal")
"""

from __future__ import annotations

from typing import Any

import factory
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import connection, transaction

from people.enums import STAFF_ROLES, Role, Status
from people.models import Department, Employee
from people.models.sequence import NumberSequence
from people.numbers import COMPANY_IDS, next_company_id

UNUSABLE = "!" + "x" * 40


class DepartmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Department

    name = factory.Sequence(lambda n: f"Department {n}")
    description = "A department of a test."


# Thousands of people are made in a run of the suite: what follows does in a statement what the house does in several.


def _company_id(_person: Any) -> str:
    if connection.in_atomic_block and (last := _number_taken()):
        return f"MA{last:04d}"
    with transaction.atomic():
        return next_company_id()


def _number_taken() -> int | None:
    """From the house's own sequence; None before its first use."""
    table = NumberSequence._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET last = last + 1 WHERE name = %s", [COMPANY_IDS])  # noqa: S608 - our own name
        cursor.execute(f"SELECT last FROM {table} WHERE name = %s", [COMPANY_IDS])  # noqa: S608
        found = cursor.fetchone()
    return found[0] if found else None


def _put_into_groups(made: Employee) -> None:
    from people import roles

    names = sorted(str(name) for name in roles.groups_of(made))
    if not names:
        return
    through, groups = Employee.groups.through._meta.db_table, Group._meta.db_table
    marks = ", ".join(["%s"] * len(names))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {through} (employee_id, group_id) SELECT %s, id FROM {groups} WHERE name IN ({marks})",  # noqa: S608
            [made.pk, *names],
        )
        found = cursor.rowcount
    if found != len(names):
        roles.put_into_groups(made)


class EmployeeFactory(factory.django.DjangoModelFactory):
    """Approved, verified, without a usable password (hashing one is slow) unless `raw_password` is given."""

    class Meta:
        model = Employee

    class Params:
        verified = True
        raw_password = None

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    company_id = factory.LazyAttribute(_company_id)
    first_name = factory.Sequence(lambda n: f"First{n}")
    last_name = factory.Sequence(lambda n: f"Last{n}")
    status = Status.APPROVED
    role = Role.EMPLOYEE
    password = factory.LazyAttribute(lambda made: make_password(made.raw_password) if made.raw_password else UNUSABLE)
    is_active = factory.LazyAttribute(lambda made: made.status == Status.APPROVED)
    is_staff = factory.LazyAttribute(
        lambda made: made.is_active and (made.role in STAFF_ROLES or getattr(made, "is_data_clerk", False))
    )

    @classmethod
    def _create(cls, model_class: type[Employee], *args: Any, **kwargs: Any) -> Employee:
        verified = kwargs.pop("is_proven", True)
        made = super()._create(model_class, *args, **kwargs)
        EmailAddress.objects.create(user=made, email=made.email.lower(), verified=verified, primary=True)
        _put_into_groups(made)
        return made

    is_proven = factory.SelfAttribute("verified")


def person(
    status: str = Status.APPROVED, role: str = Role.EMPLOYEE, department: Department | None = None, **fields: Any
) -> Employee:
    """Somebody. `verified=False`: the address is not proven; `raw_password="…"`: can sign in."""
    return EmployeeFactory(status=status, role=role, department=department, **fields)


def coordinator(department: Department | None = None, **fields: Any) -> Employee:
    return person(role=Role.TICKET_COORDINATOR, department=department, **fields)


def admin(**fields: Any) -> Employee:
    return person(role=Role.SYSTEM_ADMIN, **fields)


def clerk(**fields: Any) -> Employee:
    return person(is_data_clerk=True, **fields)


def department(name: str = "IT Department") -> Department:
    """The department of that name; the first set is there from the migration, but not after a flushing test."""
    return Department.objects.get_or_create(name=name)[0]
