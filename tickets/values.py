"""What the verbs take: each value read into what is stored, or refused with a sentence.

Readers for `audit.reading`: they raise Unfit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.reading import Reading, Unfit
from people import roles
from people.enums import Status as PersonStatus
from people.models import Department, Employee
from tickets import details, texts
from tickets.enums import (
    DEPARTMENT_OPTIONAL_STATUSES,
    ENDED_STATUSES,
    REASON_LENGTH,
    SOLVED_STATUSES,
    STOPPED_CLOCK_STATUSES,
    Priority,
    Status,
)
from tickets.models import Ticket, TicketCategory


def request(
    category: TicketCategory,
    subject: Any,
    description: Any,
    sub_category: str,
    given: Mapping[str, Any] | None,
    scheduled_date: dt.date | None,
    *,
    kept_date: dt.date | None = None,
) -> dict[str, Any]:
    """What a requester writes, as columns; all that is wrong with it at once. kept_date: may lie in the past."""
    reading = Reading()
    asked: dict[str, Any] = {
        "subject": reading.take("subject", texts.subject, subject),
        "description": reading.take("description", texts.description, description),
        "scheduled_date": scheduled_date,
        "sub_category": sub_category,
    }
    if sub_category and sub_category not in category.sub_categories:
        reading.refuse("sub_category", _("Choose one of: %(words)s.") % {"words": ", ".join(category.sub_categories)})
    if scheduled_date is not None and scheduled_date != kept_date and scheduled_date < timezone.localdate():
        reading.refuse("scheduled_date", _("Choose today or a later day."))
    asked["dynamic_data"], errors = details.validate(category, given)
    for key, sentence in errors.items():
        reading.refuse(f"details-{key}", sentence)
    reading.finish()
    return asked


def offered_category(category: TicketCategory) -> TicketCategory:
    if not category.is_active:
        raise Unfit(_("This category is not offered any more."))
    return category


def chosen_priority(priority: str) -> str:
    if priority not in Priority.values:
        raise Unfit(_("Choose a priority."))
    return priority


def chosen_department(department: Department | None) -> Department:
    if department is None:
        raise Unfit(_("Choose a department."))
    if not department.is_active:
        raise Unfit(_("This department takes no tickets any more."))
    return department


def department_of(category: TicketCategory) -> Department | None:
    department = category.assigned_department
    return department if department and department.is_active else None


def chosen_assignee(ticket: Ticket, person: Employee | None) -> Employee | None:
    """An approved coordinator or admin who did not ask for it themselves, or nobody."""
    if person is None:
        return None
    person = Employee.objects.get(pk=person.pk)
    if person.status != PersonStatus.APPROVED or person.role not in roles.STAFF_ROLES:
        raise Unfit(_("Choose an approved coordinator or System Admin."))
    if person.pk == ticket.employee_id and not settings.ALLOW_SELF_APPROVAL:
        raise Unfit(_("Somebody else than the requester must work on it."))
    return person


def future_day(day: dt.date | None) -> dt.date | None:
    if day is not None and day <= timezone.localdate():
        raise Unfit(_("Choose a day after today."))
    return day


@dataclass(frozen=True)
class BroughtIn:
    """What another system knew of a ticket. Everything but state and submission may be missing there."""

    category: TicketCategory
    status: str
    submit_date: dt.datetime
    now: dt.datetime
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


def brought_in(known: BroughtIn, subject: Any, description: Any, external_reference: str) -> dict[str, Any]:
    """The columns of a brought-in ticket; all that can't be taken, said at once.

    Extra fields are read leniently (they were asked for under other rules), dates may lie in the past.
    """
    reading = Reading()
    status = reading.take("status", _status, known.status)
    reading.take("submit_date", lambda moment: _not_after(moment, known.now), known.submit_date)
    columns: dict[str, Any] = {
        "subject": reading.take("subject", texts.subject, subject),
        "description": reading.take("description", texts.description, description),
        "external_reference": reading.take("external_reference", _reference, external_reference),
        "priority": reading.take("priority", chosen_priority, known.priority or known.category.default_priority),
        "department": known.department or known.category.assigned_department,
        "category": known.category,
        "status": status,
        "submit_date": known.submit_date,
        "scheduled_date": known.scheduled_date,
        "sub_category": known.sub_category if known.sub_category in known.category.sub_categories else "",
        "assigned_to": None if status == Status.NEW else known.assignee,
    }
    columns["dynamic_data"], errors = details.validate(known.category, known.details, lenient=True)
    for key, sentence in errors.items():
        reading.refuse(f"details-{key}", sentence)
    if columns["department"] is None and status not in DEPARTMENT_OPTIONAL_STATUSES:
        reading.refuse("department", _("Choose a department."))
    reading.finish()
    return columns | _ending(known) | _clocks(known)


def _ending(known: BroughtIn) -> dict[str, Any]:
    ended = known.status in ENDED_STATUSES
    closed = known.time_closed or known.submit_date + (known.resolution_time or dt.timedelta(0))
    reason = known.rejection_reason.strip()[: REASON_LENGTH[1]] or _("Rejected before it was brought in.")
    return {
        "time_closed": min(max(closed, known.submit_date), known.now) if ended else None,
        "resolution": known.resolution[: REASON_LENGTH[1]] if known.status in SOLVED_STATUSES else "",
        "rejection_reason": reason if known.status == Status.REJECTED else "",
    }


def _clocks(known: BroughtIn) -> dict[str, Any]:
    """A clock that says something impossible (an answer before the question) is left empty rather than guessed."""
    solved = known.status in SOLVED_STATUSES
    resolution_time = _sensible(known.resolution_time) if solved else None
    stands_still = known.status in STOPPED_CLOCK_STATUSES
    # It stands still from now on, and has run for the resolution time: so days until a Resolved ticket closes by itself
    # begin today, and not at once with a mail for each of ten thousand.
    not_worked_on = known.now - known.submit_date - resolution_time if resolution_time is not None else dt.timedelta(0)
    return {
        "response_time": _sensible(known.response_time),
        "resolution_time": resolution_time,
        "clock_stopped_at": known.now if stands_still else None,
        "clock_stopped_total": max(not_worked_on, dt.timedelta(0)),
    }


def _sensible(duration: dt.timedelta | None) -> dt.timedelta | None:
    return duration if duration is not None and duration >= dt.timedelta(0) else None


def _status(status: str) -> str:
    if status not in Status.values:
        raise Unfit(_("Choose one of: %(words)s.") % {"words": ", ".join(Status.values)})
    return status


def _not_after(moment: dt.datetime, now: dt.datetime) -> dt.datetime:
    if moment > now:
        raise Unfit(_("This can't be in the future."))
    return moment


def _reference(text: str) -> str:
    if len(text) > 100 or any(ord(character) < 32 for character in text):
        raise Unfit(_("At most 100 characters on one line."))
    return text.strip()
