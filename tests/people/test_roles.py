"""Roles, grants, and the Django groups that follow them."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from people import roles
from people.enums import Role, Status
from tests.factories import people

pytestmark = pytest.mark.django_db


def codenames(group: str) -> set[str]:
    pairs = Group.objects.get(name=group).permissions.values_list("content_type__app_label", "codename")
    return {f"{label}.{codename}" for label, codename in pairs}


def test_the_groups_are_there_after_migrate():
    assert set(Group.objects.values_list("name", flat=True)) == {
        "Employee", "Ticket Coordinator", "System Admin", "Help Center Editor", "Data Clerk",
    }  # fmt: skip


def test_a_system_admin_has_every_permission_of_the_back_office_without_being_superuser():
    admin = people.admin()
    assert not admin.is_superuser
    ours = Permission.objects.filter(
        content_type__app_label__in=["people", "tickets", "notifications", "jobs", "audit", "account", "helpcenter"]
    )
    missing = {
        permission.codename
        for permission in ours
        if not admin.has_perm(f"{permission.content_type.app_label}.{permission.codename}")
    }
    assert missing == set()
    assert not admin.has_perm("auth.change_group")
    assert not admin.has_perm("auth.change_permission")


def test_others_have_what_their_role_names_and_no_more():
    assert codenames("Employee") == set()
    assert codenames("Ticket Coordinator") == {
        "people.view_employee", "people.view_department", "tickets.view_ticket", "tickets.view_ticketcategory",
    }  # fmt: skip
    assert {name for name in codenames("Data Clerk") if not name.split(".")[1].startswith("view_")} <= {
        "people.import_employee", "people.export_employee", "tickets.import_ticket", "tickets.export_ticket",
    }  # fmt: skip


def test_what_somebody_gave_a_group_by_hand_is_gone_after_the_next_migrate():
    wrong = Permission.objects.get(content_type__app_label="people", codename="delete_employee")
    Group.objects.get(name="Employee").permissions.add(wrong)
    right = Permission.objects.get(content_type__app_label="people", codename="change_employee")
    Group.objects.get(name="System Admin").permissions.remove(right)
    call_command("migrate", verbosity=0)
    assert codenames("Employee") == set()
    assert "people.change_employee" in codenames("System Admin")


def test_a_group_that_is_gone_comes_back():
    Group.objects.all().delete()
    roles.sync_groups()
    assert Group.objects.count() == len(roles.RIGHTS)
    assert "people.change_employee" in codenames("System Admin")


@pytest.mark.parametrize("status", [Status.PENDING, Status.REJECTED, Status.SUSPENDED])
def test_who_is_not_approved_is_in_no_group(status):
    person = people.person(status, Role.SYSTEM_ADMIN, is_data_clerk=True)
    assert not person.groups.exists()
    assert not person.has_perm("people.view_employee")


def test_holding_a_grant_asks_no_database(django_assert_num_queries):
    clerk, editor = people.clerk(), people.person(is_help_center_editor=True)
    with django_assert_num_queries(0):
        assert roles.holds(clerk, roles.DATA_CLERK)
        assert not roles.holds(clerk, roles.HELP_CENTER_EDITOR)
        assert roles.holds(editor, roles.HELP_CENTER_EDITOR)
        assert not roles.holds(None, roles.DATA_CLERK)
