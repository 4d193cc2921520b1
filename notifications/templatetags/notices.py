"""The bell, for every frame that has one."""

from __future__ import annotations

from typing import Any

from django import template

from notifications import notices

register = template.Library()


@register.simple_tag(takes_context=True)
def unread_notices(context: Any) -> str:
    """How many somebody has not read, as it stands there: "" for none; asked only where the page knows who reads."""
    request = context.get("request")
    person = context.get("user") or getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return ""
    count = notices.unread_count(person)
    return f"{notices.COUNTED_MOST}+" if count > notices.COUNTED_MOST else str(count or "")
