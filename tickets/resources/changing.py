"""Tickets that are here, changed by a file: priority, department, category and assignee, each by its verb."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

from django.utils.translation import gettext as _

from audit.reading import Reading, Unfit
from audit.refusals import InvalidValues, Refused
from jobs.spreadsheets.folding import first_called
from jobs.spreadsheets.lines import Line
from people.models import Department, Employee
from tickets import lifecycle, rules, values
from tickets.details import fitting
from tickets.models import Ticket, TicketCategory
from tickets.resources.known import people_at


def names_of_categories() -> list[str]:
    return list(TicketCategory.objects.filter(is_active=True).values_list("name", flat=True))


def names_of_departments() -> list[str]:
    return list(Department.objects.filter(is_active=True).values_list("name", flat=True))


def change(ticket: Ticket, given: Mapping[str, Any], *, by: Any, reason: str, expected_version: int) -> Ticket:
    """given: column → as the file has it. The priority first: a transfer may take the ticket out of one's hands."""
    reading = Reading()
    if "priority" in given:
        ticket = lifecycle.reprioritise(
            ticket, by=by, priority=given["priority"], reason=reason, expected_version=expected_version
        )
        expected_version = ticket.version
    if given.keys() & {"category", "department"}:
        category = reading.take("category", _category, given.get("category"), ticket)
        department = reading.take("department", _department, given.get("department"), ticket)
        reading.finish()
        ticket = lifecycle.transfer(
            ticket,
            by=by,
            department=department,
            category=category,
            reason=reason,
            expected_version=expected_version,
        )
        expected_version = ticket.version
    if "assignee" in given:
        person = reading.take("assignee", _person, given["assignee"])
        reading.finish()
        if person != ticket.assigned_to:
            ticket = lifecycle.assign(ticket, by=by, assignee=person, reason=reason, expected_version=expected_version)
    return ticket


def check(line: Line, *, by: Any) -> None:
    """Say on the line what `change` would say, without doing it; and that a transfer leaves nobody assigned."""
    ticket, reading = copy(line.existing), Reading()
    given = {name: new for name, (_old, new) in line.changes.items()}
    if "priority" in given:
        _ask(line, "reprioritise", ticket, by)
        reading.take("priority", values.chosen_priority, given["priority"])
    if given.keys() & {"category", "department"}:
        _ask(line, "transfer", ticket, by)
        category = reading.take("category", _category, given.get("category"), ticket)
        department = reading.take("department", _department, given.get("department"), ticket)
        if category is not None:
            reading.take("category", _nothing_lost, ticket, category)
        if ticket.department is None and "department" in given:
            line.remark(_("It has no department now. That can't be given back: undoing the import leaves it as it is."))
        if department is not None:
            ticket.department = department
        if ticket.assigned_to is not None and "assignee" not in given:
            line.changes["assignee"] = (ticket.assigned_to.email, "")
    if "assignee" in given:
        _ask(line, "assign", ticket, by)
        person = reading.take("assignee", _person, given["assignee"])
        reading.take("assignee", values.chosen_assignee, ticket, person)
    if reading.errors:
        line.refuse_by(InvalidValues(reading.errors))


def _ask(line: Line, verb: str, ticket: Ticket, by: Any) -> None:
    if not rules.relations(ticket, by):
        line.refuse_by(Refused([rules.unseen()]))
    elif against := rules.CHECKS[verb](ticket, by):
        line.refuse_by(Refused(against))


def _category(name: str | None, ticket: Ticket) -> TicketCategory:
    if name is None:
        return ticket.category
    found = first_called(TicketCategory.objects.all(), "name", name)
    if found is None:
        raise Unfit(_("There is no category “%(word)s”. Choose one for it.") % {"word": name})
    return found if found == ticket.category else values.offered_category(found)


def _department(name: str | None, ticket: Ticket) -> Department:
    if name is None:
        if ticket.department is None:
            raise Unfit(_("Choose a department."))
        return values.chosen_department(ticket.department)
    found = first_called(Department.objects.all(), "name", name)
    if found is None:
        raise Unfit(_("There is no department “%(word)s”. Choose one for it.") % {"word": name})
    return values.chosen_department(found)


def _nothing_lost(ticket: Ticket, category: TicketCategory) -> None:
    """A transfer by hand may drop details, and its page says so; ten thousand would do it unseen, and for good."""
    if category == ticket.category:
        return
    has_word = not ticket.sub_category or ticket.sub_category in category.sub_categories
    if fitting(category, ticket.dynamic_data) != ticket.dynamic_data or not has_word:
        raise Unfit(_("Details of this ticket have no place in that category. Transfer it by hand."))


def _person(email: str) -> Employee | None:
    if not email:
        return None
    found = people_at([email.lower()]).get(email.lower())
    if found is None:
        raise Unfit(_("Nobody here has the address %(word)s. Empty the cell.") % {"word": email})
    return found
