"""How often somebody may ask: allauth's limits, by address of the network and by what was asked for."""

from __future__ import annotations

from allauth.core import ratelimit
from allauth.core.internal import ratelimit as internal
from allauth.core.internal.ratelimit import RateLimitUsage
from django.http import HttpRequest, HttpResponse


def too_many(request: HttpRequest, action: str, *, key: str | None = None) -> HttpResponse | None:
    """The answer to who asks too often (429); None: go on. `action`: a name of allauth's ACCOUNT_RATE_LIMITS."""
    answer = ratelimit.consume_or_429(request, action=action, key=key)
    if answer is not None:
        answer["Retry-After"] = "60"
    return answer


def taken(request: HttpRequest, action: str, *, key: str) -> RateLimitUsage | None:
    """The same, to be given back (`rollback`) when nothing came of it; None: too often."""
    return internal.consume(request=request, app="allauth.account", action=action, key=key)


def is_within(request: HttpRequest, action: str, *, key: str) -> bool:
    return ratelimit.consume(request, action=action, key=key)
