"""The number beside “Webhooks” in the sidebar. That is on every page of the back office, so no page but the first one
counts: the others show what it found."""

from __future__ import annotations

from django.core.cache import cache

from notifications.webhooks import log

_KEY = "notifications.webhooks.badge"
_SECONDS = 60 * 60


def counted() -> int:
    """Webhooks that somebody should look at. Only for those who may."""
    count = log.needing_somebody().count()
    cache.set(_KEY, count, _SECONDS)
    return count


def known() -> int:
    """What was counted last; 0 when that is too long ago."""
    return int(cache.get(_KEY) or 0)


def forget() -> None:
    """After a change the number is another one."""
    cache.delete(_KEY)
