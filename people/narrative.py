"""The history of a person, a department or the sign-in policy in sentences, as one would tell it.

Sentences are plain text with people's names and words in them: pages escape them like all text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from audit.actors import PERSON, NamedActor
from people import browsers
from people.enums import GrantedGroup, Role, Status
from people.models import Department, Employee, SignInPolicy

#: Columns whose change a reader wants to see, in the order in which they are told.
PERSON_COLUMNS = (
    "status", "role", "department_id", "email", "first_name", "middle_name", "last_name", "suffix", "image",
    "is_help_center_editor", "is_data_clerk", "is_superuser",
)  # fmt: skip
DEPARTMENT_COLUMNS = ("name", "description", "head_email", "is_active")
POLICY_COLUMNS = ("staff_need_second_factor",)


@dataclass(frozen=True)
class Difference:
    """One column before and after, as shown."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `who` is the person, None for SmartSupport and other systems."""

    when: datetime
    sentence: str
    reason: str
    who: Employee | None
    address: str
    browser: str
    differences: list[Difference] = field(default_factory=list)


def of_person(person: Employee, *, most: int = 50) -> list[Entry]:
    """Newest first."""
    return _entries(person, PERSON_COLUMNS, _person_sentence, most)


def of_department(department: Department, *, most: int = 50) -> list[Entry]:
    return _entries(department, DEPARTMENT_COLUMNS, _plain_sentence, most)


def of_policy(policy: SignInPolicy, *, most: int = 50) -> list[Entry]:
    return _entries(policy, POLICY_COLUMNS, _plain_sentence, most)


def has_more(row: Any, *, most: int = 50) -> bool:
    return row.history.count() > most


Names = dict[Any, str]


def _entries(row: Any, columns: Sequence[str], told: Callable[..., str], most: int) -> list[Entry]:
    newest = row.history.select_related("history_user").order_by("-history_date", "-history_id")
    # One more than shown: the last one shown is compared with the one before it.
    rows = list(newest[: most + 1])
    names = _names_of_departments(rows)
    return [
        _entry(after, before, columns, told, names)
        for after, before in zip(rows[:most], [*rows[1:], None], strict=False)
    ]


def _entry(after: Any, before: Any, columns: Sequence[str], told: Callable[..., str], names: Names) -> Entry:
    return Entry(
        when=after.history_date,
        sentence=told(after, before, names),
        reason=after.history_change_reason or "",
        who=after.history_user,
        address=after.ip_address or "",
        browser=browsers.in_words(after.user_agent) if after.user_agent else "",
        differences=differences(after, before, columns, names) if before is not None else [],
    )


def _names_of_departments(rows: Iterable[Any]) -> Names:
    """History keeps keys; a department has the name it has today. One statement for all."""
    keys = {key for row in rows if (key := getattr(row, "department_id", None))}
    return dict(Department.objects.filter(pk__in=keys).values_list("pk", "name")) if keys else {}


def differences(after: Any, before: Any, columns: Sequence[str], names: Names | None = None) -> list[Difference]:
    """Between two states of a row (or its history), column by column."""
    names = names if names is not None else _names_of_departments([after, before])
    return [
        Difference(_label(after, column), _shown(before, column, names), _shown(after, column, names))
        for column in columns
        if getattr(before, column) != getattr(after, column)
    ]


def _label(row: Any, column: str) -> str:
    return str(row._meta.get_field(column).verbose_name)


def _shown(row: Any, column: str, names: Names) -> str:
    value = getattr(row, column)
    if column == "department_id":
        return names.get(value, "") or _("none")
    if column == "image":
        return _("a picture") if value else _("none")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    choices = dict(row._meta.get_field(column).flatchoices or [])
    return str(choices.get(value, value)) or _("none")


# Sentences


def who_of(row: Any) -> str:
    """The name of who did it; SYSTEM and the workflow system under their own."""
    if row.history_user is not None:
        return str(row.history_user.get_full_name())
    return str(NamedActor.SYSTEM if row.actor_name == PERSON else NamedActor(row.actor_name))


def _plain_sentence(after: Any, before: Any, names: Names) -> str:
    who = {"who": who_of(after)}
    if before is None or after.verb == "add":
        return _("%(who)s made it.") % who
    if getattr(before, "is_active", None) and not getattr(after, "is_active", True):
        return _("%(who)s retired it.") % who
    if not getattr(before, "is_active", True) and getattr(after, "is_active", False):
        return _("%(who)s took it into use again.") % who
    return _("%(who)s changed it.") % who


def _person_sentence(after: Any, before: Any, names: Names) -> str:
    telling = _SENTENCES.get(after.verb)
    if telling is None:
        return _("%(who)s changed the account (%(verb)s).") % {"who": who_of(after), "verb": after.verb or _("unnamed")}
    words = {
        "who": who_of(after),
        "role": Role(after.role).label if after.role in Role.values else after.role,
        "email": after.email,
        "department": names.get(after.department_id, "") or _("no department"),
        "old_role": _shown(before, "role", names) if before else "",
        "old_email": before.email if before else "",
        "old_department": (names.get(before.department_id, "") if before else "") or _("no department"),
        "group": _group(after, before),
    }
    return telling(after, before) % words


def _group(after: Any, before: Any) -> str:
    """The grant that differs."""
    columns = {
        "is_help_center_editor": GrantedGroup.HELP_CENTER_EDITOR.label,
        "is_data_clerk": GrantedGroup.DATA_CLERK.label,
    }
    changed = [
        str(label) for column, label in columns.items() if before and getattr(before, column) != getattr(after, column)
    ]
    return ", ".join(changed)


def _themselves(after: Any) -> bool:
    return bool(after.history_user_id is not None and after.history_user_id == after.id)


def _approve(after: Any, before: Any) -> str:
    if before is not None and before.role != after.role:
        return _("%(who)s approved the application, as %(role)s.")
    return _("%(who)s approved the application.")


def _brought_in(after: Any, before: Any) -> str:
    if after.status == Status.APPROVED:
        return _("%(who)s made the account, approved, as %(role)s.")
    return _("%(who)s brought the application in.")


def _signed_out(after: Any, before: Any) -> str:
    return _("%(who)s signed out everywhere.") if _themselves(after) else _("%(who)s signed them out everywhere.")


def _edited(after: Any, before: Any) -> str:
    return _("%(who)s edited the profile.")


#: Verb → the sentence, to be completed with names.
_SENTENCES: dict[str, Callable[[Any, Any], str]] = {
    "register": lambda after, before: _("%(who)s applied for an account."),
    "bring_in": _brought_in,
    "appoint_operator": lambda after, before: _("%(who)s made the operator's account."),
    "prove_address": lambda after, before: _("%(who)s proved the address %(email)s."),
    "approve": _approve,
    "reject": lambda after, before: _("%(who)s rejected the application."),
    "apply_again": lambda after, before: _("%(who)s applied again."),
    "suspend": lambda after, before: _("%(who)s suspended the account."),
    "restore": lambda after, before: _("%(who)s restored the account."),
    "change_role": lambda after, before: _("%(who)s changed the role from %(old_role)s to %(role)s."),
    "change_department": lambda after, before: _(
        "%(who)s changed the department from %(old_department)s to %(department)s."
    ),
    "change_email": lambda after, before: _("%(who)s changed the address from %(old_email)s to %(email)s."),
    "grant": lambda after, before: _("%(who)s granted %(group)s."),
    "revoke": lambda after, before: _("%(who)s took %(group)s away."),
    "edit_profile": _edited,
    "change_password": lambda after, before: _("%(who)s chose a new password."),
    "end_sessions": _signed_out,
    "remove_second_factor": lambda after, before: _("%(who)s removed the second factor."),
}

#: For who looks through all of it: every verb of the door has its sentence.
TOLD_VERBS = frozenset(_SENTENCES)


def told_in_plan(before: models.Model, after: models.Model) -> list[str]:
    """What a verb would change in a person, one sentence a column."""
    found = differences(after, before, PERSON_COLUMNS)
    return [_("%(label)s: %(before)s → %(after)s") % vars(each) for each in found]
