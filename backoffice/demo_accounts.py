"""The three people one can sign in as after `manage.py demo`. Their password is in the README: never in production."""

from __future__ import annotations

from people.enums import Role
from people.models import Employee

PASSWORD = "smartsupport"
EMPLOYEE, COORDINATOR, ADMIN = "employee@example.com", "coordinator@example.com", "admin@example.com"
ROLES = {EMPLOYEE: Role.EMPLOYEE, COORDINATOR: Role.TICKET_COORDINATOR, ADMIN: Role.SYSTEM_ADMIN}


def present() -> list[str]:
    """Addresses of demo accounts that can sign in."""
    people = Employee.objects.filter(email__in=list(ROLES), is_active=True)
    return sorted(people.values_list("email", flat=True))
