"""What the verbs take: each value read into what is stored, or refused with a sentence.

Readers for `audit.reading`: they raise Unfit.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.reading import Reading, Unfit, bounded_text
from people import roles
from people.enums import Status as PersonStatus
from people.models import Department, Employee
from tickets import details, texts
from tickets.clocks import NOTHING, not_negative
from tickets.enums import (
    DEPARTMENT_OPTIONAL_STATUSES,
    ENDED_STATUSES,
    OPEN_STATUSES,
    REASON_LENGTH,
    SOLVED_STATUSES,
    STOPPED_CLOCK_STATUSES,
    WORKING_STATUSES,
    Priority,
    Status,
)
from tickets.models import Ticket, TicketCategory

#: No help desk remembers more; before it lie the zero dates of other systems.
EARLIEST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def request(
    category: TicketCategory,
    subject: Any,
    description: Any,
    sub_category: Any,
    given: Any,
    scheduled_date: Any,
    *,
    kept_date: dt.date | None = None,
    kept_details: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What a requester writes, as columns; all that is wrong with it at once. kept_…: what stands there already; its
    days may have passed meanwhile."""
    reading = Reading()
    asked: dict[str, Any] = {
        "subject": reading.take("subject", texts.subject, subject),
        "description": reading.take("description", texts.description, description),
        "scheduled_date": reading.take("scheduled_date", _wanted_by, scheduled_date, kept_date),
        "sub_category": reading.take("sub_category", _sub_category, sub_category, category),
        "dynamic_data": _details(reading, category, given, kept=kept_details),
    }
    reading.finish()
    return asked


def offered_category(category: Any) -> TicketCategory:
    category = _category(category)
    if not category.is_active:
        raise Unfit(_("This category is not offered any more."))
    return category


def chosen_priority(priority: Any) -> str:
    if not isinstance(priority, str) or priority not in Priority.values:
        raise Unfit(_("Choose a priority."))
    return priority


def chosen_department(department: Any) -> Department:
    if not isinstance(department, Department):
        raise Unfit(_("Choose a department."))
    if not department.is_active:
        raise Unfit(_("This department takes no tickets any more."))
    return department


def department_of(category: TicketCategory) -> Department | None:
    department = category.assigned_department
    return department if department and department.is_active else None


def chosen_assignee(ticket: Ticket, person: Any) -> Employee | None:
    """An approved coordinator or admin who did not ask for it themselves, or nobody."""
    return _able_to_work(person, requester_id=ticket.employee_id)


def future_day(day: Any) -> dt.date | None:
    day = _day(day)
    if day is not None and day <= timezone.localdate():
        raise Unfit(_("Choose a day after today."))
    return day


@dataclass(frozen=True)
class BroughtIn:
    """What another system knew of a ticket. Everything but state and submission may be missing there. The people are
    as they are now."""

    category: TicketCategory
    status: str
    submit_date: dt.datetime
    now: dt.datetime
    requester: Employee | None = None
    priority: str | None = None
    department: Department | None = None
    assignee: Employee | None = None
    details: Mapping[str, Any] | None = None
    sub_category: str = ""
    scheduled_date: dt.date | None = None
    response_time: dt.timedelta | None = None
    resolution_time: dt.timedelta | None = None
    time_closed: dt.datetime | None = None
    resolution: str = ""
    rejection_reason: str = ""


def brought_in(known: BroughtIn, subject: Any, description: Any, external_reference: Any) -> dict[str, Any]:
    """The columns of a brought-in ticket; all that can't be taken, said at once.

    Extra fields are read leniently (they were asked for under other rules), dates may lie in the past. What nobody has
    finished yet is held to today's rules on who may work on it; what is finished is history and stays as it was.
    """
    reading = Reading()
    known = replace(known, **{name: reading.take(name, read, getattr(known, name)) for name, read in _READERS.items()})
    category, status = known.category, known.status
    columns: dict[str, Any] = {
        "subject": reading.take("subject", texts.subject, subject),
        "description": reading.take("description", texts.description, description),
        "external_reference": reading.take("external_reference", reference, external_reference),
        "priority": reading.take("priority", _priority, known.priority, category),
        "department": reading.take("department", _department, known.department, status, category),
        "assigned_to": reading.take("assignee", _assignee, known.assignee, status, known.requester),
        "submit_date": reading.take("submit_date", _not_after, known.submit_date, known.now),
        "category": category,
        "status": status,
        "scheduled_date": known.scheduled_date,
        "sub_category": known.sub_category if category and known.sub_category in category.sub_categories else "",
        "dynamic_data": _details(reading, category, known.details, lenient=True) if category else {},
    }
    reading.finish()
    longest = known.now - known.submit_date
    known = replace(
        known,
        response_time=_possible(known.response_time, longest),
        resolution_time=_possible(known.resolution_time, longest),
    )
    return columns | _ending(known) | _clocks(known)


def _ending(known: BroughtIn) -> dict[str, Any]:
    ended = known.status in ENDED_STATUSES
    closed = known.time_closed or known.submit_date + (known.resolution_time or NOTHING)
    reason = known.rejection_reason.strip() or _("Rejected before it was brought in.")
    return {
        "time_closed": min(max(closed, known.submit_date), known.now) if ended else None,
        "resolution": known.resolution if known.status in SOLVED_STATUSES else "",
        "rejection_reason": reason if known.status == Status.REJECTED else "",
    }


def _clocks(known: BroughtIn) -> dict[str, Any]:
    resolution_time = known.resolution_time if known.status in SOLVED_STATUSES else None
    stands_still = known.status in STOPPED_CLOCK_STATUSES
    # It stands still from now on, and has run for the resolution time: so days until a Resolved ticket closes by itself
    # begin today, and not at once with a mail for each of ten thousand.
    not_worked_on = known.now - known.submit_date - resolution_time if resolution_time is not None else NOTHING
    return {
        "response_time": known.response_time,
        "resolution_time": resolution_time,
        "clock_stopped_at": known.now if stands_still else None,
        "clock_stopped_total": not_negative(not_worked_on),
    }


def _possible(duration: dt.timedelta | None, longest: dt.timedelta) -> dt.timedelta | None:
    """A clock that says something impossible (an answer before the question, or after today) is left empty rather
    than guessed."""
    return duration if duration is not None and NOTHING <= duration <= longest else None


# Readers: what each makes of one value of whatever type. Callers may be files and programs, so no type is a given.


def _details(
    reading: Reading,
    category: TicketCategory,
    given: Any,
    *,
    lenient: bool = False,
    kept: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    clean, errors = details.validate(category, given, lenient=lenient, kept=kept)
    for key, sentence in errors.items():
        reading.refuse(f"details-{key}" if key else "details", sentence)
    return clean


def _category(given: Any) -> TicketCategory:
    if not isinstance(given, TicketCategory):
        raise Unfit(_("Choose a category."))
    return given


def _sub_category(word: Any, category: TicketCategory) -> str:
    if word != "" and not (isinstance(word, str) and word in category.sub_categories):
        raise Unfit(_("Choose one of: %(words)s.") % {"words": ", ".join(category.sub_categories)})
    return word


def _day(given: Any) -> dt.date | None:
    # A datetime is a date to Python; which day it is depends on a time zone that nobody has named here.
    if given is not None and (not isinstance(given, dt.date) or isinstance(given, dt.datetime)):
        raise Unfit(_("Give a date as year-month-day, such as 2027-03-31."))
    return given if given is None else details.day_in_reach(given)


def _wanted_by(given: Any, kept_date: dt.date | None) -> dt.date | None:
    if kept_date is not None and given == kept_date:
        return kept_date
    day = _day(given)
    if day is not None and day < timezone.localdate():
        raise Unfit(_("Choose today or a later day."))
    return day


def _able_to_work(given: Any, *, requester_id: Any) -> Employee | None:
    if given is None:
        return None
    person = Employee.objects.filter(pk=given.pk).first() if isinstance(given, Employee) else None
    return _able_to_work_now(person, requester_id=requester_id)


def _able_to_work_now(person: Employee | None, *, requester_id: Any) -> Employee:
    if person is None or person.status != PersonStatus.APPROVED or person.role not in roles.STAFF_ROLES:
        raise Unfit(_("Choose an approved coordinator or System Admin."))
    if person.pk == requester_id and not settings.ALLOW_SELF_APPROVAL:
        raise Unfit(_("Somebody else than the requester must work on it."))
    return person


def _requester(given: Any) -> Employee:
    if not isinstance(given, Employee):
        raise Unfit(_("Choose a person."))
    return given


def _priority(given: Any, category: TicketCategory | None) -> str:
    if given is None or given == "":
        return category.default_priority if category else ""  # refused for that
    return chosen_priority(given)


def _department(given: Any, status: str | None, category: TicketCategory | None) -> Department | None:
    """Where it belongs: what nobody has finished can't belong to a department that takes no tickets any more."""
    if given is not None:
        return chosen_department(given) if status in OPEN_STATUSES else _any_department(given)
    if category is None or status is None:
        return None  # refused for that
    department = department_of(category) if status in OPEN_STATUSES else category.assigned_department
    return department if status in DEPARTMENT_OPTIONAL_STATUSES else _any_department(department)


def _any_department(given: Any) -> Department:
    if not isinstance(given, Department):
        raise Unfit(_("Choose a department."))
    return given


def _assignee(given: Any, status: str | None, requester: Employee | None) -> Employee | None:
    """Who works on it must be able to; who did, long ago, is history; on what is New nobody works."""
    if given is not None and not isinstance(given, Employee):
        raise Unfit(_("Choose an approved coordinator or System Admin."))
    if status in WORKING_STATUSES:
        return _able_to_work_now(given, requester_id=requester.pk if requester else None) if given else None
    return None if status == Status.NEW else given


def _status(given: Any) -> str:
    if not isinstance(given, str) or given not in Status.values:
        raise Unfit(_("Choose one of: %(words)s.") % {"words": ", ".join(Status.values)})
    return given


def _moment(given: Any) -> dt.datetime | None:
    """In UTC: two moments of one other time zone would be compared by their wall clocks."""
    if given is None:
        return None
    try:
        if isinstance(given, dt.datetime) and given.utcoffset() is not None:
            return given.astimezone(dt.UTC)
    except OverflowError:
        pass  # in year 1 or 9999, and beyond it in UTC
    raise Unfit(_("Give a date and time with its time zone."))


def _submitted(given: Any) -> dt.datetime:
    moment = _moment(given)
    if moment is None:
        raise Unfit(_("Give a date and time with its time zone."))
    # Earlier is a slip or an empty cell of a spreadsheet; and year 1 has no time in zones west of Greenwich.
    if moment < EARLIEST:
        raise Unfit(_("This can't be before 1970."))
    return moment


def _not_after(moment: dt.datetime | None, now: dt.datetime) -> dt.datetime | None:
    if moment is not None and moment > now:
        raise Unfit(_("This can't be in the future."))
    return moment


def _duration(given: Any) -> dt.timedelta | None:
    if given is not None and not isinstance(given, dt.timedelta):
        raise Unfit(_("Give a length of time."))
    return given


def reference(text: Any) -> str:
    if isinstance(text, str) and len(text) > 100:
        raise Unfit(_("At most 100 characters on one line."))
    line = bounded_text(text, 100).strip()
    if any(unicodedata.category(character) == "Cc" for character in line):
        raise Unfit(_("At most 100 characters on one line."))
    return line


def _old_text(text: Any) -> str:
    """Written under other rules: what is too long is cut off, and only what can't be stored is refused."""
    most = REASON_LENGTH[1]
    return bounded_text(text[:most] if isinstance(text, str) else text, most)


def _old_word(word: Any) -> str:
    if word is not None and not isinstance(word, str):
        raise Unfit(_("Write a text here."))
    return word or ""


_READERS: dict[str, Callable[[Any], Any]] = {
    "requester": _requester,
    "category": _category,
    "status": _status,
    "submit_date": _submitted,
    "sub_category": _old_word,
    "scheduled_date": _day,
    "response_time": _duration,
    "resolution_time": _duration,
    "time_closed": _moment,
    "resolution": _old_text,
    "rejection_reason": _old_text,
}
