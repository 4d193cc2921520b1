"""Words that every page of the back office needs."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone
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
