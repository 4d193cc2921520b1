"""What each role and grant may do in the back office, as data; the Django groups are kept in step with it.

A role is a group of the same name. `sync_groups` gives the groups their permissions after every migrate;
`put_into_groups` gives a person the groups that follow from their role, their grants and their state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed_apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

from audit.actors import Actor, NamedActor
from people.enums import STAFF_ROLES, GrantedGroup, Role, Status
from people.models import Employee

__all__ = ["DATA_CLERK", "HELP_CENTER_EDITOR", "STAFF_ROLES", "holds", "put_into_groups", "sync_groups"]

HELP_CENTER_EDITOR = GrantedGroup.HELP_CENTER_EDITOR
DATA_CLERK = GrantedGroup.DATA_CLERK

#: The column that says whether somebody has a grant.
GRANT_COLUMNS = {HELP_CENTER_EDITOR: "is_help_center_editor", DATA_CLERK: "is_data_clerk"}

#: Stands for every permission of an app.
EVERYTHING = "*"


@dataclass(frozen=True)
class Rights:
    """App label → permission codenames, or EVERYTHING. What an app does not have (yet) is passed over."""

    of_apps: Mapping[str, Iterable[str]] = field(default_factory=dict)

    def codenames(self, app_label: str) -> Iterable[str]:
        return self.of_apps.get(app_label, ())


#: Rights on the tree of pages and on pictures are given beside these, by `helpcenter.rights`.
_EDITING = {"helpcenter": EVERYTHING, "wagtailadmin": ["access_admin"]}

#: Group → what it may. Codenames exist in several apps, so they always stand with the app's label.
RIGHTS: dict[str, Rights] = {
    Role.EMPLOYEE: Rights(),
    Role.TICKET_COORDINATOR: Rights(
        {
            "people": ["view_employee", "view_department"],
            "tickets": ["view_ticket", "view_ticketcategory"],
        }
    ),
    # Every permission of the back office. Not is_superuser: that is for the operator.
    Role.SYSTEM_ADMIN: Rights(
        {
            **dict.fromkeys(["people", "tickets", "notifications", "jobs", "audit", "account"], EVERYTHING),
            "auth": ["view_group", "view_permission"],
            **_EDITING,
        }
    ),
    HELP_CENTER_EDITOR: Rights(_EDITING),
    DATA_CLERK: Rights(
        {
            "people": ["view_employee", "view_department", "import_employee", "export_employee"],
            "tickets": ["view_ticket", "view_ticketcategory", "import_ticket", "export_ticket"],
        }
    ),
}

APP_LABELS = frozenset(label for rights in RIGHTS.values() for label in rights.of_apps)


def sync_groups(labels: Iterable[str] = APP_LABELS, *, using: str = "default") -> None:
    """Give each group exactly the permissions that RIGHTS names in these apps."""
    labels = set(labels) & APP_LABELS
    in_these = Permission.objects.using(using).filter(content_type__app_label__in=labels)
    known = list(in_these.select_related("content_type"))
    for name, rights in RIGHTS.items():
        group, _made = Group.objects.using(using).get_or_create(name=name)
        has = set(group.permissions.filter(content_type__app_label__in=labels).values_list("pk", flat=True))
        wanted = {permission.pk for permission in known if _is_given(permission, rights)}
        if wanted - has:
            group.permissions.add(*(wanted - has))
        if has - wanted:
            group.permissions.remove(*(has - wanted))


def _is_given(permission: Permission, rights: Rights) -> bool:
    codenames = rights.codenames(permission.content_type.app_label)
    return codenames == EVERYTHING or permission.codename in codenames


def sync_after_migrate(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Receiver of post_migrate, called for each app; its permissions may not be there yet, so they are made here."""
    if sender.label in APP_LABELS and installed_apps.is_installed("django.contrib.auth"):
        create_permissions(sender, verbosity=0, using=using, apps=kwargs.get("apps", installed_apps))
        sync_groups([sender.label], using=using)


def groups_of(person: Employee) -> set[str]:
    """The groups that follow from a person's columns. Who is not Approved is in none: other libraries list members."""
    if person.status != Status.APPROVED:
        return set()
    return {person.role, *(group for group in GRANT_COLUMNS if holds(person, group))}


def put_into_groups(person: Employee) -> None:
    """Bring a person's groups in step with their role, grants and state."""
    names = {str(name) for name in groups_of(person)}
    groups = list(Group.objects.filter(name__in=names))
    missing = names - {group.name for group in groups}
    person.groups.set([*groups, *(Group.objects.create(name=name) for name in sorted(missing))])


def put_new_into_groups(people: Iterable[Employee]) -> None:
    """The same for people who are new, and in no group yet: one statement for all."""
    wanted = {person.pk: {str(name) for name in groups_of(person)} for person in people}
    names = set().union(*wanted.values())
    if not names:
        return
    groups = {group.name: group for group in Group.objects.filter(name__in=names)}
    groups |= {name: Group.objects.create(name=name) for name in sorted(names - set(groups))}
    through = Employee.groups.through
    through.objects.bulk_create(
        through(employee_id=key, group_id=groups[name].pk) for key, of_one in wanted.items() for name in sorted(of_one)
    )


def holds(person: Actor | None, group: str) -> bool:
    """Whether somebody was granted a group. Asks no database."""
    if person is None or isinstance(person, NamedActor):
        return False
    return bool(getattr(person, GRANT_COLUMNS[GrantedGroup(group)], False))
