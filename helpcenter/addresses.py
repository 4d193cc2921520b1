"""Which addresses pages may have: none that belongs to another part of the site."""

from __future__ import annotations

import re
from functools import cache

from django.urls import URLPattern, URLResolver, get_resolver
from wagtail.models import Page

#: The tree's own root is 1.
DEPTH_OF_HOME = 2
#: Served before any view is asked, or kept for what is to come (interfaces.md).
_BESIDES = {"healthz", "readyz", "metrics", "static", "media", "favicon.ico", "robots.txt", "search", "my", "files"}
_BESIDES |= {"attachments", "images", "pictures", "articles", "admin", "cms", "api", "accounts", "people", "topics"}


def is_taken(slug: str, parent: Page) -> bool:
    """Whether a page of this slug below this parent would lie under an address that something else answers."""
    return parent.depth == DEPTH_OF_HOME and slug.lower() in taken_slugs()


@cache
def taken_slugs() -> frozenset[str]:
    """First parts of all addresses that have a view of their own. They are the same for every organisation."""
    found = {first for pattern in get_resolver().url_patterns for first in _first_parts(pattern)}
    return frozenset(found | _BESIDES)


def _first_parts(pattern: URLPattern | URLResolver) -> set[str]:
    written = str(pattern.pattern).lstrip("^")
    first = re.match(r"[a-z0-9_.-]+", written)
    if first:
        return {first[0]}
    if written == "" and isinstance(pattern, URLResolver):
        return {first for each in pattern.url_patterns for first in _first_parts(each)}
    return set()
