"""Tickets: brought over from another help desk with their old numbers, states and dates; taken out and back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.refusals import InvalidValues, Reason, Refused
from jobs.models import Run, RunRow
from jobs.runs import Effect
from jobs.spreadsheets import moments
from jobs.spreadsheets.columns import Column
from jobs.spreadsheets.lines import Line, Task
from jobs.spreadsheets.resources import Option, SheetResource
from people import rules as people_rules
from people.enums import Role
from people.models import Employee
from tickets import founding, lifecycle, rules
from tickets.enums import Priority, Status
from tickets.models import Ticket
from tickets.resources import changing, dates, extra, requesters, words
from tickets.resources.known import Known
from tickets.resources.texts import (
    AsWritten,
    address,
    looks_like_addresses,
    looks_like_other_addresses,
    looks_like_texts,
)

NEW_PEOPLE = "new_people"


def _category_names() -> list[str]:
    return changing.names_of_categories()


def _column(name: str, title: Any, **given: Any) -> Column:
    return Column(title, synonyms=words.TITLES.get(name, ()), **given)


class TicketResource(SheetResource):
    kind, title = "tickets", gettext_lazy("Tickets")
    key_column, unique_column = "ticket_number", "external_reference"
    name_columns = ("subject",)
    remark_sorts = {
        dates.NO_FIRST_RESPONSE: gettext_lazy("First response left empty"),
        dates.SUBMISSION_GUESSED: gettext_lazy("Earliest date as submission"),
        requesters.NEW_REQUESTER: gettext_lazy("New requester"),
        requesters.OTHER_NAME: gettext_lazy("Requester's other name"),
    }
    # Without a question the list opens at the first queue with something in it.
    whole_list = "queue=all"

    ticket_number = _column(
        "ticket_number",
        gettext_lazy("SmartSupport number"),
        help=gettext_lazy("Only in files that came from here. A new ticket gets its number when it comes in."),
    )
    version = _column("version", gettext_lazy("Version"), help=gettext_lazy("Only in files that came from here."))
    external_reference = _column(
        "external_reference",
        gettext_lazy("Number elsewhere"),
        help=gettext_lazy("The number it has in the other help desk. A file that comes again is known by it."),
        example="INC0042",
    )
    requester = _column(
        "requester",
        gettext_lazy("Requester's e-mail"),
        attribute="employee__email",
        required=True,
        looks_like=looks_like_addresses,
        reads_into=address,
        example="ana@example.com",
    )
    requester_name = _column(
        "requester_name",
        gettext_lazy("Requester's name"),
        dehydrate_method=lambda ticket: ticket.employee.get_full_name(),
        is_compared=False,
        help=gettext_lazy("For people who are not here yet."),
        example="Ana Silva",
    )
    subject = _column("subject", gettext_lazy("Subject"), required=True, example="The printer is jammed")
    description = AsWritten(
        gettext_lazy("Description"),
        required=True,
        synonyms=words.TITLES["description"],
        looks_like=looks_like_texts,
        example="It says “paper jam”, but there is no paper in it.",
    )
    category = _column(
        "category",
        gettext_lazy("Category"),
        attribute="category__name",
        required=True,
        choices=_category_names,
        can_change=True,
        example="IT Support",
    )
    sub_category = _column("sub_category", gettext_lazy("Sub-category"), example="Hardware")
    priority = _column(
        "priority",
        gettext_lazy("Priority"),
        choices=lambda: list(Priority.values),
        value_synonyms=words.PRIORITIES,
        can_change=True,
        help=gettext_lazy("Empty: the one of its category."),
        example="Medium",
    )
    department = _column(
        "department",
        gettext_lazy("Department"),
        attribute="department__name",
        choices=changing.names_of_departments,
        can_change=True,
        help=gettext_lazy("Empty: the one of its category."),
        example="IT Department",
    )
    status = _column(
        "status",
        gettext_lazy("Status"),
        required=True,
        choices=lambda: list(Status.values),
        value_synonyms=words.STATUSES,
        example="Closed",
    )
    assignee = _column(
        "assignee",
        gettext_lazy("Assignee's e-mail"),
        attribute="assigned_to__email",
        looks_like=looks_like_other_addresses,
        reads_into=address,
        can_change=True,
        example="bea@example.com",
    )
    submitted = _column(
        "submitted",
        gettext_lazy("Submitted"),
        dehydrate_method=dates.submitted,
        reads_into=moments.moment,
        looks_like=moments.like_moments,
        help=gettext_lazy("Empty: the earliest date of the row."),
        example="2027-03-31 14:30",
    )
    first_response_at = _column(
        "first_response_at",
        gettext_lazy("First response"),
        dehydrate_method=dates.first_response_at,
        reads_into=moments.moment,
        looks_like=moments.like_other_moments,
        example="2027-03-31 15:00",
    )
    resolved_at = _column(
        "resolved_at",
        gettext_lazy("Resolved at"),
        dehydrate_method=dates.resolved_at,
        reads_into=moments.moment,
        looks_like=moments.like_other_moments,
        example="2027-04-01 09:00",
    )
    closed_at = _column(
        "closed_at",
        gettext_lazy("Closed at"),
        dehydrate_method=dates.closed_at,
        reads_into=moments.moment,
        looks_like=moments.like_other_moments,
        example="2027-04-08 09:00",
    )
    scheduled_date = _column("scheduled_date", gettext_lazy("Wanted by"), reads_into=moments.day, example="2027-04-15")
    resolution = AsWritten(
        gettext_lazy("Resolution"), synonyms=words.TITLES["resolution"], example="A new drum was put in."
    )
    rejection_reason = AsWritten(
        gettext_lazy("Reason of rejection"), synonyms=words.TITLES["rejection_reason"], example=""
    )

    class Meta:
        model = Ticket

    @property
    def columns(self) -> list[Column]:
        """With the extra fields of all categories, as they are asked for now."""
        return [*super().columns, *extra.columns({str(column.title) for column in self.fields.values()})]

    # Who may

    def may_import(self, person: Any) -> bool:
        return super().may_import(person) and not rules.against_bring_in(person)

    def options_for(self, person: Any) -> list[Option]:
        if people_rules.against_bring_in(person, approved=False, role=Role.EMPLOYEE):
            return []
        return [
            Option(
                NEW_PEOPLE,
                gettext_lazy("Bring in requesters who are not here yet"),
                gettext_lazy("They come in as applicants and are told nothing. Taking the import back removes them."),
            )
        ]

    def exported(self, person: Any) -> models.QuerySet[Ticket]:
        return rules.visible_to(person).select_related("employee", "assigned_to", "department", "category")

    def existing_by(self, name: str, values: Iterable[str], *, by: Any) -> dict[str, models.Model]:
        """By their own columns as they are, which have an index; no help desk writes one number in two ways."""
        wanted = set(values)
        if name == self.key_column:
            wanted = {value.upper() for value in wanted} | wanted
        if not wanted:
            return {}
        seen = self.exported(by).exclude(**{name: ""}).filter(**{f"{name}__in": wanted}).order_by("pk")
        return {self.folded(name, getattr(ticket, name)): ticket for ticket in seen}

    def folded(self, name: str, value: str) -> str:
        return value if name == self.unique_column else super().folded(name, value)

    def lines(self, rows: Sequence[RunRow], task: Task) -> list[Line]:
        lines = super().lines(rows, task)
        for line in lines:
            dates.drop_late_response(line)
        return lines

    # New ones

    def check_new(self, lines: Sequence[Line], task: Task) -> None:
        """What somebody brought in before and may not see is passed over: of it they know what they told us, and hear
        no more."""
        before = founding.brought_in_by(task.by, (line.cells.get("external_reference", "") for line in lines))
        for line in lines:
            if line.cells.get("external_reference") in before:
                line.passed_over = _("You brought this in before. It stays as it is here.")
        lines = [line for line in lines if not line.passed_over]
        _judge(_newcomers(lines, Known.of(lines), task), task)

    def make_new(self, lines: Sequence[Line], task: Task) -> Sequence[models.Model | Exception]:
        known = Known.of(lines)
        newcomers = _newcomers(lines, known, task)
        # Nobody is made whose ticket is refused.
        strangers = [(line, told) for line, told in newcomers if known.requester(line) is None]
        _judge(strangers, task)
        people = requesters.brought_in([line for line, _told in strangers if not line.is_refused], task)
        people = {**known.people, **people}
        good = [(line, told) for line, told in newcomers if not line.is_refused]
        for line, told in good:
            told["requester"], told["reason"] = people[line.cells["requester"].lower()], task.reason(line.row)
            # Whom a row before it brought in nobody knew when the plan was made.
            requesters.compare_name(line, told["requester"])
        made = lifecycle.bring_in_many([told for _line, told in good], by=task.by, once=True) if good else []
        _let_go([line for (line, _told), each in zip(good, made, strict=True) if isinstance(each, Exception)], task)
        by_row = {line.row.number: ticket for (line, _told), ticket in zip(good, made, strict=True)}
        return [by_row.get(line.row.number) or _declined(line) for line in lines]

    # Those that are here

    def change(
        self, instance: Any, values: Mapping[str, Any], *, by: Any, reason: str, expected_version: int
    ) -> models.Model:
        return changing.change(instance, values, by=by, reason=reason, expected_version=expected_version)

    def check_change(self, line: Line, task: Task) -> None:
        changing.check(line, by=task.by)

    def take_back_many(
        self, instances: Sequence[Any], *, by: Any, reasons: Sequence[str]
    ) -> Sequence[Exception | None]:
        return lifecycle.take_back(instances, by=by, reasons=reasons)

    def undo_rows(self, rows: Sequence[RunRow], *, by: Any, run: Run) -> list[Effect | Exception]:
        """The people whom a ticket brought along go with it, unless something else names them."""
        said = super().undo_rows(rows, by=by, run=run)
        brought = requesters.CAME_WITH_IT
        came = {row.number: row.memory[brought] for row in rows if brought in row.memory}
        pairs = zip(rows, said, strict=True)
        gone = [(row, effect) for row, effect in pairs if isinstance(effect, Effect) and not effect.outcome]
        task = self.task(by, run)
        reasons = {came[row.number]: f"{task.reason(row)}, taken back" for row, _effect in gone if row.number in came}
        staying = requesters.taken_back(reasons, by=by)
        for row, effect in gone:
            if came.get(row.number) in staying:
                effect.sentences.append(_("Its requester came in with it and stays: they are in use by now."))
        return said


def _let_go(lines: Sequence[Line], task: Task) -> None:
    """Take out again who came in with a ticket that was refused in the end, unless another one names them."""
    rows = [line.row for line in lines if requesters.CAME_WITH_IT in line.row.memory]
    if rows:
        keys = {row.memory[requesters.CAME_WITH_IT]: f"{task.reason(row)}, taken back" for row in rows}
        requesters.taken_back(keys, by=task.by)


def _newcomers(lines: Sequence[Line], known: Known, task: Task) -> list[tuple[Line, dict[str, Any]]]:
    """The rows as `bring_in` takes them, but for those that say why not."""
    here, now = founding.references_here(line.cells.get("external_reference", "") for line in lines), timezone.now()
    found = []
    for line in lines:
        if line.cells.get("external_reference") in here:
            line.refuse_by(founding.came_before())
        requester = _requester(line, known, task)
        told = _told(line, known, now) | {"requester": requester or Employee()}
        # What is wrong with the rest is said too; without a category everything would be said twice.
        if told["category"] is not None and told["status"]:
            found.append((line, told))
    return found


def _judge(newcomers: Sequence[tuple[Line, dict[str, Any]]], task: Task) -> None:
    """Say on the lines what `bring_in` would say."""
    outcome = founding.checked([told for _line, told in newcomers], by=task.by)
    for (line, _told), made in zip(newcomers, outcome, strict=True):
        if isinstance(made, InvalidValues):
            line.refuse_by(_by_column(made))


def _requester(line: Line, known: Known, task: Task) -> Employee | None:
    """Who asked: here already, or somebody new. Says on the line why there is nobody."""
    if not line.cells.get("requester"):
        return None  # said for the column
    if (person := known.requester(line)) is not None:
        requesters.compare_name(line, person)
        return person
    if task.options.get(NEW_PEOPLE):
        return requesters.checked(line)
    line.refuse("requester", _("Nobody here has this address. Correct it, or have such people brought in as well."))
    return None


def _told(line: Line, known: Known, now: dt.datetime) -> dict[str, Any]:
    cells = line.cells
    category, status = known.category(line), str(cells.get("status", ""))
    if category is not None and cells.get("sub_category") and cells["sub_category"] not in category.sub_categories:
        line.remark(_("“%(word)s” is no sub-category of it and is left out.") % {"word": cells["sub_category"]})
    if cells.get("scheduled_date"):
        scheduled: dt.date | None = dt.date.fromisoformat(cells["scheduled_date"])
    else:
        scheduled = None
    return {
        "category": category,
        "subject": cells.get("subject", ""),
        "description": cells.get("description", ""),
        "status": status,
        "external_reference": cells.get("external_reference", ""),
        "priority": cells.get("priority") or None,
        "department": known.department(line),
        "assignee": known.assignee(line),
        "sub_category": cells.get("sub_category", ""),
        "scheduled_date": scheduled,
        "resolution": cells.get("resolution", ""),
        "rejection_reason": cells.get("rejection_reason", ""),
        "details": extra.given(line, category) if category else {},
        **dates.told(line, status, now),
    }


def _by_column(invalid: InvalidValues) -> InvalidValues:
    """Fields of `bring_in` by the columns that they come from."""
    columns = {"submit_date": "submitted", "response_time": "first_response_at", "time_closed": "closed_at"}
    return InvalidValues({columns.get(name, name): said for name, said in invalid.errors.items()})


def _declined(line: Line) -> Exception:
    if line.errors:
        return InvalidValues(line.errors)
    return Refused([Reason("refused", sentence) for sentence in line.against])
