"""The cache in a database keeps what is over until somebody asks for it by name; most of it nobody asks for again."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router
from django.utils import timezone


def prune() -> int:
    """Remove expired rows from each cache that lies in a database, and no other row. Answers how many."""
    found = [caches[alias] for alias in settings.CACHES]
    return sum(_prune(cache) for cache in found if isinstance(cache, DatabaseCache))


def _prune(cache: Any) -> int:
    alias = router.db_for_write(cache.cache_model_class)
    with connections[alias].cursor() as cursor:
        # The library's own way to make room; counted as empty, the table needs none beyond what is over.
        cache._cull(alias, cursor, timezone.now(), 0)
        return max(cursor.rowcount, 0)
