"""What each verb asks for, as a form: for the pages of single tickets and for bulk.

The fields have the names that REST has. What is missing or wrong the door says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.db import models
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.verb_pages import VerbForm
from people.models import Department, Employee
from tickets import queries
from tickets.enums import Priority
from tickets.models import Ticket, TicketCategory

#: Said of many tickets: each keeps what it has; and, for an assignee, none. On a form for one, nothing is none.
KEEP, NOBODY = "keep", "nobody"

Choice = tuple[str, Any]


class ChosenRow(forms.ModelChoiceField):
    """A row by its key, or one of the words above. Which ones may be chosen the door says."""

    def to_python(self, value: Any) -> Any:
        if value == KEEP:
            return KEEP
        return None if value == NOBODY else super().to_python(value)


def _reason(hint: Any) -> forms.CharField:
    return forms.CharField(label=gettext_lazy("Reason"), help_text=hint, widget=forms.Textarea(attrs={"rows": 3}))


_STAFF_READS = gettext_lazy("Kept in the history, for the staff.")
_THEY_READ = gettext_lazy("The requester reads exactly this.")
_FOR_THEM = gettext_lazy(
    "You do this for the requester, who reads exactly this. On a ticket of your own you may leave it empty."
)


# What is offered; each asks the database only when it is shown.


class _Departments:
    """Those in use. `now` is said to be where the ticket is; `first` stands on top."""

    def __init__(self, first: Choice, now: int | None = None) -> None:
        self.first, self.now = first, now

    def __iter__(self) -> Iterator[Choice]:
        yield self.first
        for pk, name in Department.objects.filter(is_active=True).values_list("pk", "name"):
            yield str(pk), _("%(name)s (where it is now)") % {"name": name} if pk == self.now else name


class _Categories:
    """Those that are offered, but for the ticket's own."""

    def __init__(self, first: Choice, now: int | None = None) -> None:
        self.first, self.now = first, now

    def __iter__(self) -> Iterator[Choice]:
        yield self.first
        for pk, name in TicketCategory.objects.filter(is_active=True).values_list("pk", "name"):
            if pk != self.now:
                yield str(pk), name


class _Assignees:
    """Who can work on a ticket: first those of its department, then the others, each under where they are."""

    def __init__(self, first: Iterable[Choice], subject: models.Model | None) -> None:
        self.first, self.subject = list(first), subject

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        yield from self.first
        groups: dict[str, list[Choice]] = {}
        department = _of(self.subject, "department_id")
        for person in queries.able_to_work(self.subject if isinstance(self.subject, Ticket) else None):
            here = department is not None and person.department_id == department
            where = str(person.department) if person.department else _("Without a department")
            groups.setdefault(f" {where}" if here else where, []).append((str(person.pk), person.get_full_name()))
        # The blank puts its own department on top.
        for where in sorted(groups):
            yield where.strip(), groups[where]


def _offer(form: VerbForm, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
    form.fields[name].widget.choices = choices


def _of(subject: models.Model | None, column: str) -> Any:
    return getattr(subject, column, None)


def _priority(label: Any) -> forms.CharField:
    # A text with a list to choose from, not a field of choices: what does not fit the door says, in its own words.
    return forms.CharField(label=label, widget=forms.Select)


def _department(label: Any, hint: Any = "") -> ChosenRow:
    return ChosenRow(label=label, help_text=hint, queryset=Department.objects.all())


_CHOOSE: Choice = ("", gettext_lazy("Choose one"))


# The forms


class ApproveForm(VerbForm):
    optional: ClassVar[frozenset[str]] = frozenset({"assigned_to"})

    priority = _priority(gettext_lazy("Priority"))
    department = _department(gettext_lazy("Department"), gettext_lazy("Its coordinators find the ticket there."))
    assigned_to = ChosenRow(label=gettext_lazy("Assignee"), queryset=Employee.objects.all())

    def __init__(self, subject: models.Model | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(subject, *args, **kwargs)
        of_each: list[tuple[Any, Any]] = []
        if subject is None:
            of_each = [(KEEP, gettext_lazy("The priority that each has"))]
            departments = _Departments((KEEP, gettext_lazy("Where each belongs by its category")))
            self.fields["priority"].initial = self.fields["department"].initial = KEEP
        else:
            departments = _Departments(_CHOOSE)
            self.fields["priority"].initial = _of(subject, "priority")
            self.fields["department"].initial = _of(subject, "department_id")
        _offer(self, "priority", [*of_each, *Priority.choices])
        _offer(self, "department", departments)
        nobody = [("", gettext_lazy("Nobody yet: it waits in the department"))]
        _offer(self, "assigned_to", _Assignees(nobody, subject))

    def values(self) -> dict[str, Any]:
        values = super().values()
        return {
            name: _of(self.subject, name) if name != "assigned_to" and value == KEEP else value
            for name, value in values.items()
        }


class RejectForm(VerbForm):
    reason = _reason(_THEY_READ)


class AssignForm(VerbForm):
    assigned_to = ChosenRow(label=gettext_lazy("Assignee"), queryset=Employee.objects.all())

    def __init__(self, subject: models.Model | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(subject, *args, **kwargs)
        nobody = gettext_lazy("Nobody: back into the department's queue")
        first = [_CHOOSE, (NOBODY, nobody)] if subject is None else [("", nobody)]
        self.fields["assigned_to"].initial = _of(subject, "assigned_to_id")
        _offer(self, "assigned_to", _Assignees(first, subject))


class HoldForm(VerbForm):
    optional: ClassVar[frozenset[str]] = frozenset({"resume_date"})

    reason = _reason(gettext_lazy("What it waits for. The requester reads exactly this."))
    resume_date = forms.DateField(
        label=gettext_lazy("Resumes on"),
        help_text=gettext_lazy("On that day it goes on by itself."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("Give a date as year-month-day, such as 2027-03-31.")},
    )

    def __init__(self, subject: models.Model | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(subject, *args, **kwargs)
        self.fields["resume_date"].widget.attrs["min"] = (timezone.localdate() + timedelta(days=1)).isoformat()


class ResolveForm(VerbForm):
    resolution = forms.CharField(
        label=gettext_lazy("Resolution"),
        help_text=gettext_lazy("What was done. The requester reads exactly this, and says whether it is solved."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class ForRequesterForm(VerbForm):
    """What an admin does in the requester's place."""

    reason = _reason(_FOR_THEM)


class ReopenForm(VerbForm):
    reason = _reason(gettext_lazy("Requester and assignee read exactly this."))


class ReprioritiseForm(VerbForm):
    priority = _priority(gettext_lazy("New priority"))
    reason = _reason(gettext_lazy("The assignee reads this; the requester does not."))

    def __init__(self, subject: models.Model | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(subject, *args, **kwargs)
        others = [choice for choice in Priority.choices if choice[0] != _of(subject, "priority")]
        _offer(self, "priority", [_CHOOSE, *others])


class TransferForm(VerbForm):
    optional: ClassVar[frozenset[str]] = frozenset({"category"})

    department = _department(
        gettext_lazy("New department"), gettext_lazy("Its coordinators are told in the way they chose.")
    )
    category = ChosenRow(label=gettext_lazy("New category"), queryset=TicketCategory.objects.all())
    reason = _reason(_STAFF_READS)

    def __init__(self, subject: models.Model | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(subject, *args, **kwargs)
        stays: Any = gettext_lazy("Each stays what it is")
        if isinstance(subject, Ticket):
            stays = format_lazy("{words}: {name}", words=gettext_lazy("Stays"), name=subject.category.name)
        self.fields["category"].help_text = _what_falls_away(subject)
        _offer(self, "department", _Departments(_CHOOSE, _of(subject, "department_id")))
        _offer(self, "category", _Categories(("", stays), _of(subject, "category_id")))


def _what_falls_away(subject: models.Model | None) -> str:
    words = _("Extra fields that the new category does not have fall away; the history keeps them.")
    asked = _of(subject, "dynamic_data")
    if not isinstance(subject, Ticket) or not asked:
        return words
    labels = dict(subject.category.fields.values_list("key", "label"))
    filled = ", ".join(str(labels.get(key, key)) for key in asked)
    return f"{words} {_('This ticket has: %(labels)s.') % {'labels': filled}}"
