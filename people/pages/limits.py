"""How often somebody may ask: allauth's limits, by address of the network, by person and by what was asked for."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

from allauth.core import ratelimit
from allauth.core.internal import ratelimit as internal
from allauth.core.internal.ratelimit import RateLimitUsage
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import ngettext

from audit.refusals import Reason, Refused

_APP = "allauth.account"


class TooOften(Refused):
    """More than one person may do in this time. `seconds`: after them it goes on."""

    def __init__(self, sentence: str, seconds: int) -> None:
        self.seconds = seconds
        super().__init__([Reason("too_often", sentence)])


def too_many(request: HttpRequest, action: str, *, key: str | None = None) -> HttpResponse | None:
    """The answer to who asks too often (429); None: go on. `action`: a name of allauth's ACCOUNT_RATE_LIMITS."""
    answer = ratelimit.consume_or_429(request, action=action, key=key)
    if answer is not None:
        answer["Retry-After"] = "60"
    return answer


def taken(
    request: HttpRequest, action: str, *, key: str | None = None, counts_get: bool = False
) -> RateLimitUsage | None:
    """The same, to be given back (`rollback`) when nothing came of it; None: too often. Of whoever only looks nothing
    counts, unless `counts_get`."""
    return internal.consume(request=request, app=_APP, action=action, key=key, limit_get=counts_get)


def is_within(request: HttpRequest, action: str, *, key: str) -> bool:
    return ratelimit.consume(request, action=action, key=key)


def seconds_to_wait(request: HttpRequest, action: str) -> int:
    """One more, by whatever method; 0, or the seconds until there is room for it."""
    usage = taken(request, action, counts_get=True)
    return 0 if usage is not None else _seconds_left(request, action)


# Where the page stays, with what was typed


def count(request: HttpRequest, action: str, sentence: str | Promise) -> RateLimitUsage:
    """One more by this person. Raises TooOften with the sentence, whose `%(wait)s` becomes "in 12 minutes"."""
    usage = taken(request, action)
    if usage is None:
        seconds = _seconds_left(request, action)
        raise TooOften(str(sentence) % {"wait": _in_words(seconds)}, seconds)
    return usage


@contextmanager
def counted(request: HttpRequest, action: str, sentence: str | Promise) -> Iterator[None]:
    """Around what is limited. What was refused in there does not count: nobody runs out by correcting a form."""
    usage, is_done = count(request, action, sentence), False
    try:
        yield
        is_done = True
    finally:
        if not is_done:
            usage.rollback()


def slowed(answer: HttpResponse, too_often: TooOften) -> HttpResponse:
    """The page as it is, for people; for programs the status and when to come back."""
    answer.status_code = 429
    answer["Retry-After"] = str(too_often.seconds)
    return answer


def _seconds_left(request: HttpRequest, action: str) -> int:
    """Until the oldest of what counts is older than the limit looks back."""
    left = 1
    for rate in internal.get_rates(app=_APP, action=action):
        newest_first = cache.get(internal.get_cache_key(request, app=_APP, action=action, rate=rate), [])
        if len(newest_first) >= rate.amount:
            left = max(left, math.ceil(newest_first[rate.amount - 1] + rate.duration - time.time()))
    return left


def _in_words(seconds: int) -> str:
    minutes = math.ceil(seconds / 60)
    return ngettext("in a minute", "in %(minutes)d minutes", minutes) % {"minutes": minutes}
