"""Which pages somebody may read: published ones, but for those an editor has kept to the signed-in or to groups.

Lists, links, the search and the page itself ask here.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from wagtail.models import Page, PageViewRestriction


def hidden_paths(user: Any) -> list[str]:
    """Where in the tree the parts begin that this person may not read. One query; most help centers have none."""
    restrictions = PageViewRestriction.objects.select_related("page").prefetch_related("groups")
    return sorted(each.page.path for each in restrictions if not _passes(each, user))


def _passes(restriction: PageViewRestriction, user: Any) -> bool:
    if user is None or not user.is_authenticated:
        return False
    if restriction.restriction_type == PageViewRestriction.LOGIN:
        return True
    if restriction.restriction_type == PageViewRestriction.GROUPS:
        mine = set(user.groups.values_list("pk", flat=True))
        return any(group.pk in mine for group in restriction.groups.all())
    # A shared password is not offered (settings); one that came in otherwise opens no list.
    return False


def visible_pages(pages: QuerySet[Any], user: Any, *, hidden: list[str] | None = None) -> QuerySet[Any]:
    """Those of these pages that this person (None or anonymous: a stranger) may read. `hidden`: of `hidden_paths`."""
    out_of_sight = Q()
    for path in hidden_paths(user) if hidden is None else hidden:
        out_of_sight |= Q(path__startswith=path)
    published = pages.filter(live=True)
    return published.exclude(out_of_sight) if out_of_sight else published


def hidden_from(request: HttpRequest) -> list[str]:
    """`hidden_paths` of who asks; once a request."""
    found: list[str] | None = getattr(request, "_hidden_paths", None)
    if found is None:
        found = hidden_paths(request.user)
        request._hidden_paths = found  # type: ignore[attr-defined]  # ours
    return found


def is_hidden(page: Page, request: HttpRequest) -> bool:
    """Whether who asks may not read it, though it is published."""
    return any(page.path.startswith(path) for path in hidden_from(request))


def is_public(page: Page) -> bool:
    """Whether a stranger may read it, too."""
    return bool(page.live) and not any(page.path.startswith(path) for path in hidden_paths(None))
