"""Words that every page of the back office needs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def ago(when: datetime | None) -> str:
    """How long ago, roughly: "just now", "3 days ago"."""
    if when is None:
        return ""
    seconds = (timezone.now() - when).total_seconds()
    if -60 < seconds < 60:
        return _("just now")
    if seconds < 0:
        return _("in %(time)s") % {"time": timesince(timezone.now(), when, depth=1)}
    return _("%(time)s ago") % {"time": timesince(when, depth=1)}


@register.filter
def of_key(values: dict[Any, Any], key: Any) -> Any:
    """What a dictionary has under a key that only the page knows; None for nothing."""
    return values.get(key)


@register.filter
def short_ago(when: datetime | None) -> str:
    """The same for narrow columns: "5 min ago", "3 h ago", "6 d ago", then the day."""
    if when is None:
        return ""
    minutes = int((timezone.now() - when).total_seconds() // 60)
    if minutes < 0 or minutes >= 30 * 24 * 60:
        return short_day(timezone.localtime(when).date())
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return _("%(n)d min ago") % {"n": minutes}
    hours = minutes // 60
    return _("%(n)d h ago") % {"n": hours} if hours < 24 else _("%(n)d d ago") % {"n": hours // 24}


@register.filter
def short_day(day: date | None) -> str:
    """A day without its year, when that is this one."""
    if day is None:
        return ""
    return date_format(day, "j M" if day.year == timezone.localdate().year else "j M Y")
