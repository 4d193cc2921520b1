"""The door: one function a verb, for whoever asks. Nothing else changes a ticket.

verb         | from                                | to          | who is told
submit       | -                                   | New         | requester; System Admins
edit         | New                                 | same        | -
approve      | New                                 | Open        | requester; assignee, or else the department; workflow
reject       | New, Open, In Progress, On Hold     | Rejected    | requester; assignee
claim        | Open, In Progress                   | In Progress | requester
claim        | On Hold                             | On Hold     | requester
assign       | Open, In Progress, On Hold          | same        | requester; the new assignee
start        | Open                                | In Progress | -
hold         | Open, In Progress                   | On Hold     | requester; assignee
resume       | On Hold                             | In Progress | requester; assignee
resolve      | Open, In Progress, On Hold          | Resolved    | requester; assignee
close        | Resolved                            | Closed      | requester; assignee
reopen       | Resolved, Closed                    | Open        | requester; assignee; workflow
withdraw     | New, Open, In Progress, On Hold     | Withdrawn   | requester; assignee; workflow, if it knows of it
reprioritise | New, Open, In Progress, On Hold     | same        | assignee
transfer     | New, Open, In Progress, On Hold     | same        | the new department
bring_in     | -                                   | any         | requester, when asked to announce
bring_in_many | -                                  | any         | the same
take_back    | -                                   | gone        | -

"The department" is its coordinators and its `head_email`, "workflow" the external workflow system. Nobody is told of
what they did themselves, but for the receipt of a submission. Who may is in `rules`, the clocks in `clocks`. Every
function returns the ticket as it is now and raises Refused, InvalidValues or StaleVersion (when the caller gives the
`expected_version` it had read).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.actors import Actor
from audit.events import refusals_noted
from audit.history import note
from audit.reading import Reading, one
from audit.refusals import InvalidValues, Refused, refuse
from people.models import Department, Employee
from tickets import clocks, door, emails, founding, rules, texts, values, webhooks
from tickets import files as attachments
from tickets.details import fitting, retired
from tickets.door import passing
from tickets.models import StagedFile, Ticket, TicketCategory
from tickets.numbers import next_ticket_number
from tickets.workflow import deliveries


def submit(
    *,
    by: Employee,
    category: TicketCategory,
    subject: str,
    description: str,
    sub_category: str = "",
    details: Mapping[str, Any] | None = None,
    scheduled_date: dt.date | None = None,
    files: Sequence[StagedFile] = (),
    external_reference: str = "",
) -> Ticket:
    """Ask for something. Priority and department come from the category. `external_reference`: for our commands."""
    with refusals_noted("submit", by=by), transaction.atomic():
        by = door.anew(by)
        refuse(rules.against_submit(by))
        one("category", values.offered_category, category)
        asked = values.request(category, subject, description, sub_category, details, scheduled_date)
        claimed = attachments.claimed(files, by=by)
        now = timezone.now()
        ticket = Ticket(
            employee=by,
            category=category,
            priority=category.default_priority,
            department=values.department_of(category),
            submit_date=now,
            update_date=now,
            external_reference=one("external_reference", values.reference, external_reference),
            **asked,
        )
        # As late as may be: until the commit, the row of the sequence keeps other submitters waiting.
        ticket.ticket_number = next_ticket_number(now)
        note(ticket, by=by, verb="submit")
        ticket.save()
        attachments.sent(claimed, ticket=ticket, by=by, now=now)
        emails.submitted(ticket)
        webhooks.happened("submit", ticket, by=by)
    return ticket


def edit(
    ticket: Ticket,
    *,
    by: Actor,
    subject: str,
    description: str,
    sub_category: str = "",
    details: Mapping[str, Any] | None = None,
    scheduled_date: dt.date | None = None,
    reason: str = "",
    expected_version: int | None = None,
) -> Ticket:
    """Change what was asked, while nobody has decided. The category stays: `transfer` changes it."""
    with passing(ticket, "edit", by=by, expected_version=expected_version) as passage:
        row = passage.ticket
        passage.reason = _reason_for_requester(passage, reason)
        kept_date = row.scheduled_date if scheduled_date == row.scheduled_date else None
        kept = retired(row.category, row.dynamic_data)
        if isinstance(details, Mapping):
            details = {key: value for key, value in details.items() if key not in kept or value != kept[key]}
        kept_word = sub_category == row.sub_category
        asked = values.request(
            row.category,
            subject,
            description,
            "" if kept_word else sub_category,
            details,
            scheduled_date,
            kept_date=kept_date,
            kept_details=row.dynamic_data,
        )
        asked |= {"dynamic_data": kept | asked["dynamic_data"], "sub_category": sub_category}
        for field, value in asked.items():
            setattr(row, field, value)
    return row


def approve(
    ticket: Ticket,
    *,
    by: Actor,
    priority: str,
    department: Department | None,
    assignee: Employee | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Let it through to its department's queue, or to an assignee's."""
    with passing(ticket, "approve", by=by, expected_version=expected_version) as passage:
        row = passage.ticket
        reading = Reading()
        row.priority = reading.take("priority", values.chosen_priority, priority)
        row.department = reading.take("department", values.chosen_department, department)
        row.assigned_to = reading.take("assigned_to", lambda person: values.chosen_assignee(row, person), assignee)
        reading.finish()
        row.machine_approve()
        _answered(passage)
        emails.approved(row, by=passage.by)
        deliveries.opened(row, by=passage.by)
    return row


def reject(ticket: Ticket, *, by: Actor, reason: str, expected_version: int | None = None) -> Ticket:
    """Say no, and why: the requester reads exactly that."""
    with passing(ticket, "reject", by=by, expected_version=expected_version) as passage:
        row = passage.ticket
        row.rejection_reason = passage.reason = one("reason", texts.reason, reason)
        row.machine_reject()
        _end(passage)
        _answered(passage)
        emails.rejected(row, by=passage.by)
    return row


def claim(ticket: Ticket, *, by: Employee, expected_version: int | None = None) -> Ticket:
    """Take a ticket that nobody has. One On Hold stays there."""
    with passing(ticket, "claim", by=by, expected_version=expected_version) as passage:
        row = passage.ticket
        row.assigned_to = passage.by
        row.machine_claim()
        _answered(passage)
        emails.claimed(row, by=passage.by)
    return row


def assign(
    ticket: Ticket, *, by: Actor, assignee: Employee | None, reason: str = "", expected_version: int | None = None
) -> Ticket:
    """Give a ticket to somebody, or to nobody (None)."""
    with passing(ticket, "assign", by=by, expected_version=expected_version) as passage:
        row = passage.ticket
        passage.reason = one("reason", texts.optional_reason, reason)
        chosen = one("assigned_to", lambda person: values.chosen_assignee(row, person), assignee)
        if chosen == row.assigned_to:
            raise InvalidValues({"assigned_to": _("That is who has it now.")})
        row.assigned_to = chosen
        emails.assigned(row, by=passage.by)
    return row


def start(ticket: Ticket, *, by: Actor, expected_version: int | None = None) -> Ticket:
    """Begin to work on it."""
    with passing(ticket, "start", by=by, expected_version=expected_version) as passage:
        passage.ticket.machine_start()
    return passage.ticket


def hold(
    ticket: Ticket, *, by: Actor, reason: str, resume_date: dt.date | None = None, expected_version: int | None = None
) -> Ticket:
    """Wait for something outside; the resolution clock stands still. On `resume_date` SYSTEM resumes it."""
    with passing(ticket, "hold", by=by, expected_version=expected_version) as passage:
        row = passage.ticket
        reading = Reading()
        passage.reason = reading.take("reason", texts.reason, reason)
        row.resume_date = reading.take("resume_date", values.future_day, resume_date)
        reading.finish()
        row.machine_hold()
        row.clock = row.clock.stop(passage.now)
        emails.held(row, by=passage.by, reason=passage.reason)
    return row


def resume(ticket: Ticket, *, by: Actor, expected_version: int | None = None) -> Ticket:
    """Go on with it."""
    with passing(ticket, "resume", by=by, expected_version=expected_version) as passage:
        row = passage.ticket
        row.machine_resume()
        row.resume_date = None
        row.clock = row.clock.go(passage.now)
        emails.resumed(row, by=passage.by)
    return row


def resolve(ticket: Ticket, *, by: Actor, resolution: str, expected_version: int | None = None) -> Ticket:
    """Say how it was solved. Then it waits for the requester's word."""
    with passing(ticket, "resolve", by=by, expected_version=expected_version) as passage:
        row = passage.ticket
        row.resolution = passage.reason = one("resolution", texts.reason, resolution)
        row.machine_resolve()
        row.resume_date = None
        row.clock = row.clock.stop(passage.now)
        row.resolution_time = row.clock.elapsed(passage.now)
        emails.resolved(row, by=passage.by)
    return row


def close(ticket: Ticket, *, by: Actor, reason: str = "", expected_version: int | None = None) -> Ticket:
    """Agree that it is solved; SYSTEM does so after AUTO_CLOSE_DAYS without a word."""
    with passing(ticket, "close", by=by, expected_version=expected_version) as passage:
        row = passage.ticket
        passage.reason = _reason_for_requester(passage, reason)
        row.machine_close()
        row.time_closed = passage.now
        emails.closed(row, by=passage.by, reason=passage.reason)
    return row


def reopen(ticket: Ticket, *, by: Actor, reason: str, expected_version: int | None = None) -> Ticket:
    """Back into the queue, with the assignee it had. What passed since Resolved does not count as work."""
    with passing(ticket, "reopen", by=by, expected_version=expected_version) as passage:
        row = passage.ticket
        passage.reason = one("reason", texts.reason, reason)
        row.machine_reopen()
        row.clock = row.clock.go(passage.now)
        row.resolution_time = row.time_closed = None
        emails.reopened(row, by=passage.by, reason=passage.reason)
        deliveries.reopened(row, by=passage.by, reason=passage.reason)
    return row


def withdraw(ticket: Ticket, *, by: Actor, reason: str = "", expected_version: int | None = None) -> Ticket:
    """The requester needs it no more; an admin may say so for them, with a reason."""
    with passing(ticket, "withdraw", by=by, expected_version=expected_version) as passage:
        row = passage.ticket
        passage.reason = _reason_for_requester(passage, reason)
        row.machine_withdraw()
        _end(passage)
        emails.withdrawn(row, by=passage.by, reason=passage.reason)
        deliveries.withdrawn(row, by=passage.by, reason=passage.reason)
    return row


def reprioritise(
    ticket: Ticket, *, by: Actor, priority: str, reason: str, expected_version: int | None = None
) -> Ticket:
    """Another priority, and why."""
    with passing(ticket, "reprioritise", by=by, expected_version=expected_version) as passage:
        row = passage.ticket
        reading = Reading()
        passage.reason = reading.take("reason", texts.reason, reason)
        wanted = reading.take("priority", values.chosen_priority, priority)
        if wanted == row.priority:
            reading.refuse("priority", _("That is its priority now."))
        reading.finish()
        before, row.priority = row.priority, wanted
        emails.reprioritised(row, by=passage.by, reason=passage.reason, before=before)
    return row


def transfer(
    ticket: Ticket,
    *,
    by: Actor,
    department: Department,
    reason: str,
    category: TicketCategory | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """To another department (and category), without assignee. Extra fields that the new category lacks fall away;
    the history keeps them."""
    with passing(ticket, "transfer", by=by, expected_version=expected_version) as passage:
        row = passage.ticket
        reading = Reading()
        passage.reason = reading.take("reason", texts.reason, reason)
        wanted = reading.take("department", values.chosen_department, department)
        # Its own category may be retired by now: that must not keep a ticket where it does not belong.
        chosen = category is not None and category != row.category
        category = reading.take("category", values.offered_category, category) if chosen else row.category
        if wanted is not None and wanted.pk == row.department_id and category == row.category:
            reading.refuse("department", _("It is there already."))
        reading.finish()
        _move(row, wanted, category)
        emails.transferred(row, by=passage.by, reason=passage.reason)
    return row


def bring_in(
    *,
    by: Actor,
    requester: Employee,
    category: TicketCategory,
    subject: str,
    description: str,
    status: str,
    submit_date: dt.datetime,
    external_reference: str,
    announce: bool = False,
    **told: Any,
) -> Ticket:
    """Bring a ticket over from elsewhere, in its old state. Its own number is new; it says so in the history.

    told: what else is known, as `values.BroughtIn` has it (priority, department, assignee, details, sub_category,
    scheduled_date, response_time, resolution_time, time_closed, resolution, rejection_reason).
    """
    newcomer = dict(
        told, requester=requester, category=category, subject=subject, description=description, status=status,
        submit_date=submit_date, external_reference=external_reference,
    )  # fmt: skip
    if isinstance(made := bring_in_many([newcomer], by=by, announce=announce)[0], InvalidValues):
        raise made
    return made


def bring_in_many(
    newcomers: Sequence[Mapping[str, Any]], *, by: Actor, announce: bool = False, once: bool = False
) -> list[Ticket | InvalidValues]:
    """The same for many, each with what `bring_in` takes. In their order the tickets, or what is wrong with them; with
    `once` also that a ticket here has its number elsewhere."""
    with refusals_noted("bring_in", by=by), transaction.atomic():
        by = door.anew(by)
        refuse(rules.against_bring_in(by))
        outcome = founding.stored(founding.checked(newcomers, by=by), once=once)
        for ticket in [each for each in outcome if announce and isinstance(each, Ticket)]:
            emails.brought_in(ticket, by=by)
    return outcome


def take_back(tickets: Sequence[Ticket], *, by: Actor, reasons: Sequence[str]) -> list[Refused | None]:
    """Take out again what came from elsewhere and nobody touched since; its history stays. For each, why not."""
    with refusals_noted("take_back", by=by), transaction.atomic():
        refuse(rules.against_bring_in(by := door.anew(by)))
        return founding.take_back(tickets, by=by, reasons=reasons)


# What the verbs share


def _reason_for_requester(passage: door.Passage, reason: str) -> str:
    """Optional for the requester and our timers; an admin who acts for the requester says why."""
    must = rules.acts_for_requester(passage.ticket, passage.by)
    return one("reason", texts.reason if must else texts.optional_reason, reason)


def _answered(passage: door.Passage) -> None:
    """The first answer by somebody else than the requester stops the response clock for good."""
    row = passage.ticket
    if row.response_time is None and getattr(passage.by, "pk", None) != row.employee_id:
        row.response_time = clocks.response_time(row.submit_date, passage.now)


def _end(passage: door.Passage) -> None:
    row = passage.ticket
    row.time_closed = passage.now
    row.resume_date = None
    row.clock = row.clock.go(passage.now)


def _move(row: Ticket, department: Department, category: TicketCategory) -> None:
    row.department, row.assigned_to = department, None
    if category != row.category:
        row.dynamic_data = fitting(category, row.dynamic_data)
        row.sub_category = row.sub_category if row.sub_category in category.sub_categories else ""
        row.category = category
