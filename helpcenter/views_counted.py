"""How often pages are read, without a write for every reading.

Each process adds up in memory and writes at most every few seconds, all pages at once: under load a popular page costs
one row a process in that time, and no reader waits for another's lock. What a crash takes with it is seconds of views;
they decide what is popular and nothing else.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import threading
import time
from collections import Counter

from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from wagtail.models import Page

from helpcenter.models import ArticleViewCount

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_WRITES = 10.0
#: Programs that read for themselves. Whoever hides it is counted as a person, as everywhere.
_PROGRAM = re.compile(
    r"bot|crawl|spider|slurp|preview|monitor|curl|wget|python|http-?client|headless-check|lighthouse", re.IGNORECASE
)


class _Waiting:
    """Views not written yet, by database and schema, page and day: several organisations don't mix."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.views: Counter[tuple[str, int, dt.date]] = Counter()
        self.written_at = 0.0


_waiting = _Waiting()


def _house() -> str:
    """Which organisation's tables this thread works on."""
    return f"{connection.settings_dict['NAME']}/{getattr(connection, 'schema_name', '')}"


def is_a_reading(request: HttpRequest) -> bool:
    """Somebody looks at the page: no HEAD, no preview, no program, no browser that only fetches ahead."""
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    agent = request.headers.get("User-Agent", "")
    is_preview = getattr(request, "is_preview", False)
    return request.method == "GET" and not is_preview and "prefetch" not in purpose and not _PROGRAM.search(agent[:300])


def count(page_id: int, request: HttpRequest) -> None:
    """Note that a page was read, and write what has gathered when it is time."""
    if not is_a_reading(request):
        return
    with _waiting.lock:
        _waiting.views[(_house(), page_id, timezone.localdate())] += 1
        is_time = time.monotonic() - _waiting.written_at >= SECONDS_BETWEEN_WRITES
    if is_time:
        flush()


def flush() -> None:
    """Write what has gathered for this organisation. If the database won't take it, the page is shown all the same."""
    house = _house()
    with _waiting.lock:
        mine = {key: views for key, views in _waiting.views.items() if key[0] == house}
        for key in mine:
            del _waiting.views[key]
        _waiting.written_at = time.monotonic()
    try:
        with transaction.atomic():
            for (_of, page_id, day), views in sorted(mine.items()):
                _add(page_id, day, views)
    except DatabaseError:
        logger.warning("Views of %d pages could not be counted.", len(mine), exc_info=True)


def _add(page_id: int, day: dt.date, views: int) -> None:
    if not Page.objects.filter(pk=page_id).exists():
        return
    row, made = ArticleViewCount.objects.get_or_create(page_id=page_id, day=day, defaults={"views": views})
    if not made:
        ArticleViewCount.objects.filter(pk=row.pk).update(views=F("views") + views)
