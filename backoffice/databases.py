"""Which table lies in which database: the cache alone in a file of its own, all else in the main one."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from backoffice.services import CACHE_ALIAS

#: The label under which Django asks where the table of a DatabaseCache is.
CACHE_LABEL = "django_cache"


class CacheRouter:
    """Without the cache's file in DATABASES it has no opinion."""

    def _place(self, app_label: str) -> str | None:
        return CACHE_ALIAS if app_label == CACHE_LABEL and CACHE_ALIAS in settings.DATABASES else None

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return self._place(model._meta.app_label)

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return self._place(model._meta.app_label)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        if CACHE_ALIAS not in settings.DATABASES:
            return None
        return (db == CACHE_ALIAS) == (app_label == CACHE_LABEL)
