"""Each verb of people.lifecycle with values it takes, for tests that ask who may and when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP

from audit.actors import Actor
from people import lifecycle
from people.enums import Role
from people.models import Employee
from people.roles import DATA_CLERK, HELP_CENTER_EDITOR
from tests.factories import people

PASSWORD = "a long walk by the sea"
NAMES = {"first_name": "Ada", "last_name": "Byron"}


def application(**changes: Any) -> dict[str, Any]:
    """A form that is filled in well."""
    return {
        "email": "ada@example.com",
        "password": PASSWORD,
        **NAMES,
        "department": people.department(),
        **changes,
    }


def _again(person: Employee, by: Actor) -> Employee:
    form = application()
    del form["email"]
    return lifecycle.apply_again(person, by=by, **form)


def _another_role(person: Employee, by: Actor) -> Employee:
    role = Role.TICKET_COORDINATOR if person.role == Role.EMPLOYEE else Role.EMPLOYEE
    return lifecycle.change_role(person, by=by, role=role, reason="They asked for it.")


def _without_second_factor(person: Employee, by: Actor) -> Employee:
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")
    return lifecycle.remove_second_factor(person, by=by, reason="Lost the phone.")


VERBS: dict[str, Callable[[Employee, Any], Employee]] = {
    "prove_address": lambda person, by: lifecycle.prove_address(person, by=by),
    "approve": lambda person, by: lifecycle.approve(person, by=by),
    "reject": lambda person, by: lifecycle.reject(person, by=by, reason="Nobody here knows you."),
    "apply_again": _again,
    "suspend": lambda person, by: lifecycle.suspend(person, by=by, reason="Left."),
    "restore": lambda person, by: lifecycle.restore(person, by=by, reason="Came back."),
    "change_role": _another_role,
    "change_department": lambda person, by: lifecycle.change_department(
        person, by=by, department=people.department("Legal"), reason="Moved."
    ),
    "change_email": lambda person, by: lifecycle.change_email(
        person, by=by, email=f"elsewhere{person.pk}@example.com", reason="Married."
    ),
    "grant": lambda person, by: lifecycle.grant(person, by=by, group=HELP_CENTER_EDITOR, reason="Writes well."),
    "revoke": lambda person, by: lifecycle.revoke(person, by=by, group=DATA_CLERK, reason="Done."),
    "edit_profile": lambda person, by: lifecycle.edit_profile(person, by=by, **NAMES),
    "change_password": lambda person, by: lifecycle.change_password(person, by=by, password=PASSWORD),
    "end_sessions": lambda person, by: lifecycle.end_sessions(person, by=by),
    "remove_second_factor": _without_second_factor,
}
