"""The three people one can sign in as after `manage.py demo`. Their password is in the README: never in production.

Read by the settings, hence without models at the top.
"""

from __future__ import annotations

PASSWORD = "smartsupport"
EMPLOYEE, COORDINATOR, ADMIN = "employee@example.com", "coordinator@example.com", "admin@example.com"
#: Address → role, as stored.
ROLES = {EMPLOYEE: "Employee", COORDINATOR: "Ticket Coordinator", ADMIN: "System Admin"}


def sign_ins() -> list[dict[str, str]]:
    return [{"email": email, "password": PASSWORD, "role": role} for email, role in ROLES.items()]


def present() -> list[str]:
    """Addresses of demo accounts that can sign in."""
    from people.models import Employee

    people = Employee.objects.filter(email__in=list(ROLES), is_active=True)
    return sorted(people.values_list("email", flat=True))
