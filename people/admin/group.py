"""The groups, to look at: what each may is data in roles.py, and a change here would be undone by the next migrate."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth import admin as _registers_groups  # noqa: F401 - so that it is registered by now, not later
from django.contrib.auth.models import Group

from audit.admin import ReadOnlyAdmin

if admin.site.is_registered(Group):
    admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(ReadOnlyAdmin):
    list_display = ["name"]
    search_fields = ["name"]
