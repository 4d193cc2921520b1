"""The number beside “People” in the sidebar. It is on every page of the back office, so it is kept for a minute."""

from __future__ import annotations

from django.core.cache import cache

from people.enums import Status
from people.models import Employee

_KEY = "people.badge.waiting"
_SECONDS = 60


def waiting() -> int:
    """Applications that wait for a decision. Only for those who see all people."""
    return int(cache.get_or_set(_KEY, _count, _SECONDS) or 0)


def forget() -> None:
    """After a decision the next page counts anew."""
    cache.delete(_KEY)


def _count() -> int:
    return Employee.objects.filter(status=Status.PENDING).count()
