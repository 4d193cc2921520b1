"""The ledger, read: of each event who was told, by what, whether it arrived, and who was not told and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from notifications import telling
from notifications.models import EmailNotification, LedgerEntry

WHY: dict[str, str | Promise] = {
    telling.OWN_ACTION: _("They did it themselves."),
    telling.UNSEEN: _("They may not see it."),
    telling.NOT_APPROVED: _("Their account is not approved."),
    telling.PREFERENCE: _("They chose not to be told of this."),
}


@dataclass(frozen=True)
class Line:
    """One person, or an address outside. `why`: they were told neither way, and this is why."""

    person: Any
    address: str
    email: EmailNotification | None
    in_app: bool
    why: str | Promise


@dataclass(frozen=True)
class Event:
    entry: LedgerEntry
    lines: list[Line] = field(default_factory=list)


def of(about: models.Model, *, first: int, most: int) -> list[Event]:
    """The events of a row, newest first, from `first` on. Four statements at most. Who may see them the caller asks."""
    kind = ContentType.objects.get_for_model(about)
    rows = LedgerEntry.objects.filter(about_type=kind, about_id=about.pk).select_related("caused_by")
    return events_of(list(rows.order_by("-pk")[first : first + most]))


def events_of(entries: list[LedgerEntry]) -> list[Event]:
    told = [line for entry in entries for line in entry.told]
    people = get_user_model()._default_manager.in_bulk({line["to"] for line in told if line["to"] is not None})
    keys = [line["email"] for line in told if line["email"]]
    rows = EmailNotification.objects.filter(dedup_key__in=keys).defer("body", "template_data") if keys else []
    emails = {row.dedup_key: row for row in rows}
    return [Event(entry, [_line(line, people, emails) for line in entry.told]) for entry in entries]


def in_words(event: Event) -> str:
    """Who was told and who was not, a line each, for a page of facts."""
    return format_html_join("", "<p>{}: {}</p>", ((_name(line), _how(line)) for line in event.lines))


def _name(line: Line) -> str:
    return line.person.get_full_name() if line.person else line.address


def _how(line: Line) -> str:
    if line.why:
        return str(line.why)
    by_email = _("e-mail (%(state)s)") % {"state": line.email.get_status_display()} if line.email else ""
    return ", ".join(str(way) for way in (by_email, _("behind the bell") if line.in_app else "") if way)


def _line(line: dict[str, Any], people: dict[Any, Any], emails: dict[str, EmailNotification]) -> Line:
    return Line(
        person=people.get(line["to"]),
        address=line["address"],
        email=emails.get(line["email"] or ""),
        in_app=line["in_app"],
        # A reason that nobody knows any more is still one.
        why=WHY.get(line["why"], line["why"]),
    )
