"""The bell: what somebody was told within the house, what of it they have read, and how long it is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from notifications.messages import readable_by
from notifications.models import Notice

#: Older ones nobody looks for; what happened stands on the ticket.
KEPT = timedelta(days=90)
#: Beyond this a count says nothing more.
COUNTED_MOST = 99


def of(person: Any) -> QuerySet[Notice]:
    """The notices of somebody that they may (still) know of, newest first."""
    since = timezone.now() - KEPT
    return Notice.objects.filter(readable_by(person), recipient=person, created_at__gt=since)


def older_than(notice: Notice) -> Q:
    """Where a page that ends with this one goes on: by the date and, within one moment, the key, as they are listed."""
    return Q(created_at__lt=notice.created_at) | Q(created_at=notice.created_at, pk__lt=notice.pk)


def unread_of(person: Any) -> QuerySet[Notice]:
    return of(person).filter(read_at=None)


def unread_count(person: Any) -> int:
    """One statement, COUNTED_MOST + 1 at most: it is on every page."""
    return unread_of(person).order_by().values("pk")[: COUNTED_MOST + 1].count()


def read(person: Any, pk: int) -> Notice | None:
    """One of theirs, which is read with it; None if there is none for them."""
    found = of(person).filter(pk=pk).first()
    if found is not None and found.read_at is None:
        Notice.objects.filter(pk=found.pk, read_at=None).update(read_at=timezone.now())
    return found


def newest_unread(person: Any) -> int | None:
    """The highest key of what they have not read; None where they have read everything."""
    return unread_of(person).order_by().aggregate(key=Max("pk"))["key"]


def read_all(person: Any, *, up_to: int) -> int:
    """All up to that key are read, and not what came since the page was made: keys are given as they are written, dates
    are what they tell of. Answers how many."""
    return Notice.objects.filter(recipient=person, pk__lte=up_to, read_at=None).update(read_at=timezone.now())


def prune() -> int:
    """Remove what is older than it is kept. Answers how many."""
    removed, _by_table = Notice.objects.filter(created_at__lte=timezone.now() - KEPT).delete()
    return removed
