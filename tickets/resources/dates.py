"""The dates of a ticket from elsewhere: what they make of its clocks, and what is said where they can't be right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from jobs.spreadsheets import moments
from jobs.spreadsheets.lines import Line
from tickets.enums import SOLVED_STATUSES
from tickets.models import Ticket

FIRST_RESPONSE, RESOLVED = "first_response_at", "resolved_at"
#: Sorts of remarks.
NO_FIRST_RESPONSE, SUBMISSION_GUESSED = "no_first_response", "submission_guessed"
DATES = ("submitted", FIRST_RESPONSE, RESOLVED, "closed_at")


def drop_late_response(line: Line) -> None:
    """Nobody answers first after the solution: which of the two dates is wrong nobody can tell, so that clock stays
    empty."""
    first, resolved = _moment(line, FIRST_RESPONSE), _moment(line, RESOLVED)
    if first is not None and resolved is not None and resolved < first:
        line.cells[FIRST_RESPONSE] = ""
        # Not as a lost date: the submission may still fall back to an earlier one of the row.
        sentence = _("Resolved before the first response: the time to the first response stays empty.")
        line.remark(sentence, sort=NO_FIRST_RESPONSE)


def told(line: Line, status: str, now: dt.datetime) -> dict[str, Any]:
    """Submission and clocks, as `values.BroughtIn` has them."""
    submitted = _moment(line, "submitted") or _earliest(line, now)
    solved = status in SOLVED_STATUSES
    if line.cells.get(RESOLVED) and not solved:
        sentence = _("“Resolved at” is not taken: a ticket that is “%(status)s” is not solved.")
        line.remark(sentence % {"status": status})
    return {
        "submit_date": submitted,
        "response_time": _clock(line, FIRST_RESPONSE, submitted, now, _("The first response")),
        "resolution_time": _clock(line, RESOLVED, submitted, now, _("The solution")) if solved else None,
        "time_closed": _moment(line, "closed_at"),
    }


def _earliest(line: Line, now: dt.datetime) -> dt.datetime:
    given = [found for name in DATES if (found := _moment(line, name)) is not None]
    if not given:
        line.remark(_("No date is known: it counts from the moment it comes in."))
        return now
    when = formats.date_format(timezone.localtime(min(given)), "j M Y, H:i")
    sentence = _("The file does not say when it was submitted: the earliest date stands for it, %(when)s.")
    line.remark(sentence % {"when": when}, sort=SUBMISSION_GUESSED)
    return min(given)


def _clock(line: Line, name: str, submitted: dt.datetime, now: dt.datetime, what: str) -> dt.timedelta | None:
    at = _moment(line, name)
    if at is None:
        return None
    if at < submitted:
        line.remark(_("%(what)s comes before the submission: that time stays empty.") % {"what": what})
        return None
    if at > now:
        line.refuse(name, _("This can't be in the future."))
        return None
    return at - submitted


def _moment(line: Line, name: str) -> dt.datetime | None:
    text = line.cells.get(name)
    return dt.datetime.fromisoformat(text) if text else None


# The same dates of a ticket that is here


def _after(clock: str) -> Callable[[Ticket], dt.datetime | None]:
    def at(ticket: Ticket) -> dt.datetime | None:
        length = getattr(ticket, clock)
        return None if length is None else moments.plain_moment(ticket.submit_date + length)

    return at


first_response_at = _after("response_time")


def resolved_at(ticket: Ticket) -> dt.datetime | None:
    """Of what came from elsewhere the clock is all that is known; here it stands still since the solution."""
    if ticket.resolution_time is None or ticket.external_reference:
        return _after("resolution_time")(ticket)
    return moments.plain_moment(ticket.clock_stopped_at)


def submitted(ticket: Ticket) -> dt.datetime | None:
    return moments.plain_moment(ticket.submit_date)


def closed_at(ticket: Ticket) -> dt.datetime | None:
    return moments.plain_moment(ticket.time_closed)
