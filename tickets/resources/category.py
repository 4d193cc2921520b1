"""Categories: their names, words and defaults. Their extra fields are edited on their page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.refusals import InvalidValues
from jobs.spreadsheets.columns import Column, yes_or_no
from jobs.spreadsheets.edited_rows import EditedRows
from jobs.spreadsheets.folding import first_called
from people.models import Department
from tickets.enums import Priority
from tickets.models import TicketCategory
from tickets.resources import words
from tickets.resources.changing import names_of_departments
from tickets.resources.texts import AsWritten

#: Between the sub-categories in their cell.
SEPARATOR = "; "


def _listed(given: Any) -> str:
    """As they are written out, whatever blanks stand around the semicolons."""
    return SEPARATOR.join(word for each in str(given).split(";") if (word := each.strip()))


class CategoryResource(EditedRows):
    kind, title = "categories", gettext_lazy("Ticket categories")
    key_column, unique_column = "id", "name"

    id = Column(gettext_lazy("Category ID"), help=gettext_lazy("Only in files that came from here."))
    version = Column(gettext_lazy("Version"), help=gettext_lazy("Only in files that came from here."))
    name = Column(
        gettext_lazy("Name"), required=True, synonyms=["category", "category name"], can_change=True,
        example="Vehicle Request",
    )  # fmt: skip
    description = AsWritten(gettext_lazy("Description"), can_change=True, example="Cars and vans of the motor pool.")
    sub_categories = Column(
        gettext_lazy("Sub-categories"),
        dehydrate_method=lambda category: SEPARATOR.join(category.sub_categories),
        reads_into=_listed,
        can_change=True,
        help=gettext_lazy("With semicolons between them."),
        example="Car; Van; Bicycle",
    )
    default_priority = Column(
        gettext_lazy("Default priority"), synonyms=["priority"], choices=lambda: list(Priority.values),
        value_synonyms=words.PRIORITIES, can_change=True, example="Medium",
    )  # fmt: skip
    assigned_department = Column(
        gettext_lazy("Department"), attribute="assigned_department__name", choices=names_of_departments,
        synonyms=["assigned department", "team"], can_change=True, example="Operations",
    )  # fmt: skip
    is_active = Column(
        gettext_lazy("Offered"), synonyms=["active", "in use"], reads_into=yes_or_no, can_change=True, example="yes"
    )
    fields_count = Column(
        gettext_lazy("Extra fields"), dehydrate_method=lambda category: _labels(category), can_import=False
    )

    class Meta:
        model = TicketCategory

    def exported(self, person: Any) -> models.QuerySet:
        return super().exported(person).select_related("assigned_department").prefetch_related("fields")

    def values_of(self, cells: Mapping[str, Any]) -> dict[str, Any]:
        values = dict(cells)
        if "sub_categories" in values:
            values["sub_categories"] = [word for word in values["sub_categories"].split(SEPARATOR) if word]
        if "assigned_department" in values:
            values["assigned_department"] = _department(values["assigned_department"])
        return values

    def names_it(self, instance: TicketCategory) -> bool:
        return instance.fields.exists()


def _labels(category: TicketCategory) -> str:
    fields = getattr(category, "fields", None)  # a row of the history has none
    return ", ".join(field.label for field in fields.all() if field.is_active) if fields is not None else ""


def _department(name: str) -> Department | None:
    if not name:
        return None
    found = first_called(Department.objects.all(), "name", name)
    if found is None:
        raise InvalidValues({"assigned_department": _("There is no department “%(word)s”.") % {"word": name}})
    if not found.is_active:
        raise InvalidValues({"assigned_department": _("This department takes no tickets any more.")})
    return found
