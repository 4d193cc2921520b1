"""How far a ticket has come, in the steps that its requester thinks in, and its clocks in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.enums import FINAL_STATUSES, Status
from tickets.models import Ticket
from tickets.timeline import Entry

DONE, NOW, TO_COME, ENDED = "done", "now", "to-come", "ended"

#: The way of a ticket that goes well, and how far along it each state is.
_WAY: tuple[tuple[str | Promise, str], ...] = (
    (gettext_lazy("Submitted"), Status.NEW),
    (gettext_lazy("Approved"), Status.OPEN),
    (gettext_lazy("In progress"), Status.IN_PROGRESS),
    (gettext_lazy("Resolved"), Status.RESOLVED),
    (gettext_lazy("Closed"), Status.CLOSED),
)
_FAR = {state: place for place, (_title, state) in enumerate(_WAY)} | {Status.ON_HOLD: 2}


@dataclass(frozen=True)
class Step:
    title: str | Promise
    #: One of the words above.
    state: str
    icon: str
    when: datetime | None = None
    note: str = ""


def steps(ticket: Ticket, entries: Iterable[Entry]) -> list[Step]:
    """`entries`: its timeline. Of what happened before the first of them the times are not known, and not said."""
    moments = _moments(ticket, entries)
    if ticket.status in FINAL_STATUSES:
        return _cut_short(ticket, moments)
    here = _FAR[Status(ticket.status)]
    return [_step(ticket, place, here, moments) for place in range(len(_WAY))]


def _step(ticket: Ticket, place: int, here: int, moments: dict[str, datetime]) -> Step:
    title, state = _WAY[place]
    if place > here:
        return Step(title, TO_COME, "off")
    when = moments.get(state)
    if place < here or ticket.status == Status.CLOSED:
        return Step(title, NOW if place == here else DONE, "tick", when)
    note = _("Reopened") if "reopened" in moments and ticket.status != Status.RESOLVED else ""
    if ticket.status == Status.ON_HOLD:
        return Step(_("On hold"), NOW, "on-hold", moments.get(Status.ON_HOLD), note)
    if ticket.status == Status.NEW:
        note = _("Waits for approval")
    icon = "tick" if ticket.status == Status.RESOLVED else "new"
    return Step(title, NOW, icon, moments.get("reopened", when) if ticket.status == Status.OPEN else when, note)


def _cut_short(ticket: Ticket, moments: dict[str, datetime]) -> list[Step]:
    """Rejected or withdrawn: what there was, and then the end."""
    passed = [Step(title, DONE, "tick", moments[state]) for title, state in _WAY[:3] if state in moments]
    rejected = ticket.status == Status.REJECTED
    end = _("Rejected") if rejected else _("Withdrawn")
    return [*passed, Step(end, ENDED if rejected else NOW, "cross" if rejected else "withdrawn", ticket.time_closed)]


def _moments(ticket: Ticket, entries: Iterable[Entry]) -> dict[str, Any]:
    """State → when it was reached: approval the first time, the others the last time."""
    moments: dict[str, Any] = {Status.NEW: ticket.submit_date}
    for entry in entries:
        if entry.verb == "reopen":
            moments["reopened"] = entry.when
        elif entry.state and entry.state != Status.NEW:
            moments[entry.state] = entry.when
    if ticket.time_closed and ticket.status == Status.CLOSED:
        moments[Status.CLOSED] = ticket.time_closed
    return moments


def length(duration: timedelta) -> str:
    """A length of time, roughly: "2 days, 3 hours"."""
    if duration < timedelta(minutes=1):
        return _("less than a minute")
    now = timezone.now()
    return timesince(now - duration, now)


def answered(ticket: Ticket) -> str:
    """The first answer by somebody else than the requester, in words; "" where there is nothing to say."""
    if ticket.response_time is not None:
        return _("after %(time)s") % {"time": length(ticket.response_time)}
    return "" if ticket.time_closed else _("not yet")


def solved(ticket: Ticket) -> str:
    if ticket.resolution_time is None:
        return ""
    return _("after %(time)s") % {"time": length(ticket.resolution_time)}


def closes_at(ticket: Ticket) -> datetime | None:
    """When a solution that nobody answers is taken as one."""
    if ticket.status != Status.RESOLVED or ticket.clock_stopped_at is None:
        return None
    return ticket.clock_stopped_at + timedelta(days=settings.AUTO_CLOSE_DAYS)
