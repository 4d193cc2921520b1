"""What happened to a ticket in sentences, as one would tell it, and what differs between two states of it.

Sentences are plain text with people's names in them: pages escape them like all text. Reasons are not part of them:
who may read which is for `tickets.timeline`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.actors import SYSTEM, NamedActor
from people.models import Department, Employee
from people.narrative import Difference, who_of
from tickets import showing
from tickets.enums import Priority, Status
from tickets.models import CategoryField, Ticket, TicketCategory

#: Columns whose change a reader wants to see, in the order in which they are told. The extra fields come after them.
COLUMNS = (
    "status", "priority", "department_id", "assigned_to_id", "category_id", "sub_category", "subject", "description",
    "scheduled_date", "resume_date", "resolution", "rejection_reason", "external_assignee", "external_reference",
)  # fmt: skip


@dataclass(frozen=True)
class Names:
    """What the keys in a history stand for today."""

    people: Mapping[int, str] = field(default_factory=dict)
    departments: Mapping[int, str] = field(default_factory=dict)
    categories: Mapping[int, str] = field(default_factory=dict)
    #: By category and key.
    fields: Mapping[tuple[int, str], CategoryField] = field(default_factory=dict)


def names_of(rows: Iterable[Any], *, with_fields: bool = False, about: Ticket | None = None) -> Names:
    """For rows of a history: at most one statement a kind, however many rows. `about`: the ticket itself, as a page has
    it; what its own columns name is not asked for again."""
    rows = list(rows)
    known = _names_on(about, with_fields=with_fields) if about is not None else Names()
    people = Employee.objects.filter(pk__in=_keys(rows, "assigned_to_id") - known.people.keys())
    departments = Department.objects.filter(pk__in=_keys(rows, "department_id") - known.departments.keys())
    unknown = _keys(rows, "category_id") - known.categories.keys()
    categories = TicketCategory.objects.filter(pk__in=unknown)
    fields = CategoryField.objects.filter(category__in=unknown) if with_fields else ()
    return Names(
        people={**known.people, **{person.pk: person.get_full_name() for person in people}},
        departments={**known.departments, **dict(departments.values_list("pk", "name"))},
        categories={**known.categories, **dict(categories.values_list("pk", "name"))},
        fields={**known.fields, **{(each.category_id, each.key): each for each in fields}},
    )


def _keys(rows: Iterable[Any], column: str) -> set[int]:
    return {key for row in rows if (key := getattr(row, column)) is not None}


def _names_on(ticket: Ticket, *, with_fields: bool) -> Names:
    people = [person for person in (ticket.employee, ticket.assigned_to) if person]
    fields = ticket.category.fields.all() if with_fields else ()
    return Names(
        people={person.pk: person.get_full_name() for person in people},
        departments={ticket.department.pk: ticket.department.name} if ticket.department else {},
        categories={ticket.category.pk: ticket.category.name},
        fields={(each.category_id, each.key): each for each in fields},
    )


# Sentences


def who_in_words(row: Any) -> str:
    """Who did it, as a sentence begins: a name, "SmartSupport", "The workflow system". Of a row of any history."""
    return capfirst(who_of(row))


def actor_in_words(actor_name: str) -> str:
    """The same for what is no person, by its stored word."""
    return capfirst(str(NamedActor(actor_name)))


def sentence(after: Any, before: Any = None, names: Names | None = None) -> str:
    """One row of a ticket's history; `before` is the one before it, None for the first.

    Every verb has its sentence; one that this release does not know gets a neutral one.
    """
    names = names if names is not None else names_of(row for row in (after, before) if row is not None)
    telling = _SENTENCES.get(after.verb, _other)
    words = {
        "who": who_in_words(after),
        "verb": after.verb or _("unnamed"),
        "department": names.departments.get(after.department_id, "") or _("no department"),
        "category": names.categories.get(after.category_id, "") or _("no category"),
        "assignee": names.people.get(after.assigned_to_id, ""),
        "old_assignee": names.people.get(before.assigned_to_id, "") if before is not None else "",
        "priority": _label(Priority, after.priority),
        "old_priority": _label(Priority, before.priority) if before is not None else "",
        "state": _label(Status, after.status),
        "resume_date": _day(after.resume_date, near=after.history_date),
        "reference": after.external_reference,
        "technician": after.external_assignee,
    }
    return telling(after, before) % words


def of_files(who: str, count: int) -> str:
    """Files that came by themselves."""
    return ngettext("%(who)s added a file.", "%(who)s added %(count)d files.", count) % {"who": who, "count": count}


def _label(choices: Any, value: str) -> str:
    return str(choices(value).label) if value in choices.values else value


def _day(day: dt.date | None, *, near: dt.datetime) -> str:
    """The year only where it is not the one of the event."""
    if day is None:
        return ""
    return date_format(day, "j F" if day.year == timezone.localtime(near).year else "j F Y")


def _other(after: Any, before: Any) -> str:
    return _("%(who)s changed the ticket (%(verb)s).")


def _approve(after: Any, before: Any) -> str:
    if after.assigned_to_id:
        return _("%(who)s approved it and gave it to %(assignee)s (%(department)s).")
    return _("%(who)s approved it: it is with %(department)s now.")


def _assign(after: Any, before: Any) -> str:
    if after.assigned_to_id:
        return _("%(who)s gave it to %(assignee)s.")
    if before is not None and before.assigned_to_id:
        return _("%(who)s took it from %(old_assignee)s; nobody has it now.")
    return _("%(who)s gave it to nobody.")


def _hold(after: Any, before: Any) -> str:
    return _("%(who)s put it on hold until %(resume_date)s.") if after.resume_date else _("%(who)s put it on hold.")


def _close(after: Any, before: Any) -> str:
    if after.actor_name == SYSTEM.value:
        return _("%(who)s closed it, as no answer came.")
    if after.history_user_id == after.employee_id:
        return _("%(who)s said that it is solved, and closed it.")
    return _("%(who)s closed it.")


def _reprioritise(after: Any, before: Any) -> str:
    if before is None:
        return _("%(who)s changed the priority to %(priority)s.")
    return _("%(who)s changed the priority from %(old_priority)s to %(priority)s.")


def _transfer(after: Any, before: Any) -> str:
    if before is not None and before.category_id != after.category_id:
        return _("%(who)s passed it on to %(department)s, as “%(category)s”.")
    return _("%(who)s passed it on to %(department)s.")


def _brought_in(after: Any, before: Any) -> str:
    if after.external_reference:
        return _("%(who)s brought it over from elsewhere, where its number was %(reference)s.")
    return _("%(who)s brought it over from elsewhere.")


#: Verb → the sentence, to be completed with names.
_SENTENCES: dict[str, Callable[[Any, Any], str]] = {
    "submit": lambda after, before: _("%(who)s submitted the ticket."),
    "edit": lambda after, before: _("%(who)s edited the request."),
    "approve": _approve,
    "reject": lambda after, before: _("%(who)s rejected it."),
    "claim": lambda after, before: _("%(who)s took it on."),
    "assign": _assign,
    "start": lambda after, before: _("%(who)s started to work on it."),
    "hold": _hold,
    "resume": lambda after, before: _("%(who)s took it off hold: work goes on."),
    "resolve": lambda after, before: _("%(who)s resolved it."),
    "close": _close,
    "reopen": lambda after, before: _("%(who)s reopened it."),
    "withdraw": lambda after, before: _("%(who)s withdrew it."),
    "reprioritise": _reprioritise,
    "transfer": _transfer,
    "bring_in": _brought_in,
    "comment": lambda after, before: _("%(who)s wrote a comment."),
    "note": lambda after, before: _("%(who)s wrote an internal note."),
    "attach": lambda after, before: _("%(who)s added files."),
    "redact": lambda after, before: _("%(who)s took away the text of a comment."),
    "technician": lambda after, before: _("%(who)s gave it to %(technician)s."),
}

#: For who looks through all of it: every verb of the door has its sentence.
TOLD_VERBS = frozenset(_SENTENCES)


# Differences


def differences(after: Any, before: Any, names: Names | None = None) -> list[Difference]:
    """Between two rows of a history, column by column, then the extra fields."""
    names = names if names is not None else names_of([after, before], with_fields=True)
    found = [
        Difference(_label_of(column), _shown(before, column, names), _shown(after, column, names))
        for column in COLUMNS
        if getattr(before, column) != getattr(after, column)
    ]
    return found + _of_details(after, before, names)


def _of_details(after: Any, before: Any, names: Names) -> list[Difference]:
    old, new = before.dynamic_data or {}, after.dynamic_data or {}
    found = []
    for key in [*old, *(key for key in new if key not in old)]:
        if old.get(key) != new.get(key):
            was, now = names.fields.get((before.category_id, key)), names.fields.get((after.category_id, key))
            known = now or was
            found.append(
                Difference(
                    known.label if known else key,
                    showing.in_words(was or now, old.get(key)) or _("none"),
                    showing.in_words(now or was, new.get(key)) or _("none"),
                )
            )
    return found


def _label_of(column: str) -> str:
    return str(getattr(Ticket._meta.get_field(column.removesuffix("_id")), "verbose_name", column))


def _shown(row: Any, column: str, names: Names) -> str:
    value = getattr(row, column)
    known = {"department_id": names.departments, "assigned_to_id": names.people, "category_id": names.categories}
    if column in known:
        shown = known[column].get(value, "")
    elif column in ("status", "priority"):
        shown = _label(Status if column == "status" else Priority, value)
    elif isinstance(value, dt.date):
        shown = date_format(value, "j F Y")
    else:
        shown = str(value or "")
    return shown or _("none")


def told_in_plan(before: Ticket, after: Ticket) -> list[str]:
    """What a verb would change in a ticket, one sentence a column. Both are tickets with their people and departments
    loaded, so that a plan over many asks the database nothing."""
    names = Names(
        people={row.assigned_to.pk: row.assigned_to.get_full_name() for row in (before, after) if row.assigned_to},
        departments={row.department.pk: row.department.name for row in (before, after) if row.department},
        categories={row.category.pk: row.category.name for row in (before, after)},
    )
    found = differences(after, before, names)
    return [_("%(label)s: %(before)s → %(after)s") % {**vars(each), "label": capfirst(each.label)} for each in found]
