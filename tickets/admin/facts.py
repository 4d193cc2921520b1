"""A ticket's clocks and days in words, as its page shows them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tickets import clocks
from tickets.enums import ENDED_STATUSES, OPEN_STATUSES, SOLVED_STATUSES, Status
from tickets.models import Ticket

RUNNING, STILL, DONE, NONE = "running", "still", "done", "none"


@dataclass(frozen=True)
class Clock:
    """`state` is one of the words above; `since` the moment from which it has been in it, where that says something."""

    title: str
    words: str
    state: str
    note: str = ""
    since: dt.datetime | None = None


@dataclass(frozen=True)
class Day:
    """`is_overdue` only while somebody still has to do something about it."""

    day: dt.date
    words: str
    is_overdue: bool


def clocks_of(ticket: Ticket, now: dt.datetime | None = None) -> list[Clock]:
    now = now or timezone.now()
    return [_response(ticket, now), _resolution(ticket, now)]


def _response(ticket: Ticket, now: dt.datetime) -> Clock:
    title = _("First response")
    if ticket.response_time is not None:
        return Clock(title, in_words(ticket.response_time), DONE, _("after it was submitted"))
    if ticket.status in (*ENDED_STATUSES, *SOLVED_STATUSES):
        return Clock(title, _("none"), NONE)
    waited = clocks.response_time(ticket.submit_date, now)
    return Clock(title, in_words(waited), RUNNING, _("waiting for an answer"))


def _resolution(ticket: Ticket, now: dt.datetime) -> Clock:
    title = _("Resolution")
    if ticket.resolution_time is not None:
        return Clock(title, in_words(ticket.resolution_time), DONE, _("final, without the time on hold"))
    if ticket.status in (*ENDED_STATUSES, *SOLVED_STATUSES):
        return Clock(title, _("none"), NONE)
    elapsed = in_words(ticket.clock.elapsed(now))
    if ticket.status == Status.ON_HOLD:
        return Clock(title, elapsed, STILL, _("stands still since"), ticket.clock_stopped_at)
    return Clock(title, elapsed, RUNNING, _("running"))


def in_words(duration: dt.timedelta) -> str:
    """At most two units: "2 days 3 h", "45 min". Seconds say nothing."""
    minutes = int(duration.total_seconds() // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        words = [ngettext("%(n)d day", "%(n)d days", days) % {"n": days}]
        words += [_("%(n)d h") % {"n": hours}] if hours and days < 14 else []
    elif hours:
        words = [_("%(n)d h") % {"n": hours}]
        words += [_("%(n)d min") % {"n": minutes}] if minutes else []
    else:
        words = [_("%(n)d min") % {"n": minutes}] if minutes else [_("under a minute")]
    return " ".join(words)


def wanted_by(ticket: Ticket, today: dt.date | None = None) -> Day | None:
    """None: no day was asked for."""
    if ticket.scheduled_date is None:
        return None
    days = (ticket.scheduled_date - (today or timezone.localdate())).days
    if ticket.status not in OPEN_STATUSES:
        return Day(ticket.scheduled_date, "", False)
    if days < 0:
        words = ngettext("%(n)d day overdue", "%(n)d days overdue", -days) % {"n": -days}
        return Day(ticket.scheduled_date, words, True)
    words = {0: _("today"), 1: _("tomorrow")}.get(days) or ngettext("in %(n)d day", "in %(n)d days", days) % {"n": days}
    return Day(ticket.scheduled_date, words, False)
