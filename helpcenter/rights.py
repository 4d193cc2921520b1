"""Who may write pages: kept in step with the roles after every migrate, as `people.roles` does it for its groups.

Wagtail asks for rights on a part of the tree and on a collection of pictures, not only for permissions on a table.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from wagtail.models import Collection, GroupApprovalTask, GroupCollectionPermission, GroupPagePermission, Page, Site

from people.enums import GrantedGroup, Role
from people.models import Employee
from people.roles import groups_of

#: Whoever edits may also publish. Review is offered, not demanded.
EDITING_GROUPS = (GrantedGroup.HELP_CENTER_EDITOR, Role.SYSTEM_ADMIN)
ON_PAGES = ("add_page", "change_page", "publish_page", "bulk_delete_page", "lock_page", "unlock_page")
ON_PICTURES = ("add_image", "change_image", "choose_image")


def sync_after_migrate(sender: AppConfig, using: str = "default", **kwargs: Any) -> None:
    """Receiver of post_migrate for this app. Tables of Wagtail are older than ours, so they are there."""
    home = Page.objects.using(using).filter(depth=2).first()
    if home is None:
        return
    for name in EDITING_GROUPS:
        group, _made = Group.objects.using(using).get_or_create(name=name)
        _give(group, home, using)
    task = GroupApprovalTask.objects.using(using).first()
    if task is not None:
        task.groups.set(Group.objects.using(using).filter(name__in=EDITING_GROUPS))
    _site_is_here(using)


def _give(group: Group, home: Page, using: str) -> None:
    permissions = Permission.objects.using(using).select_related("content_type")
    for permission in permissions.filter(content_type__app_label="wagtailcore", codename__in=ON_PAGES):
        GroupPagePermission.objects.using(using).get_or_create(group=group, page=home, permission=permission)
    root = Collection.get_first_root_node()
    for permission in permissions.filter(content_type__app_label="wagtailimages", codename__in=ON_PICTURES):
        GroupCollectionPermission.objects.using(using).get_or_create(
            group=group, collection=root, permission=permission
        )


def _site_is_here(using: str) -> None:
    """Previews ask our own address; Wagtail takes it from the site's row."""
    here = urlsplit(settings.SITE_URL)
    port = here.port or (443 if here.scheme == "https" else 80)
    site = Site.objects.using(using).filter(is_default_site=True).first()
    if site is not None and (site.hostname, site.port) != (here.hostname, port):
        site.hostname, site.port = here.hostname or "localhost", port
        site.save(using=using)


def may_edit(user: Any) -> bool:
    """Whether somebody writes pages. Asks no database."""
    return isinstance(user, Employee) and (user.is_superuser or bool(groups_of(user) & set(EDITING_GROUPS)))
