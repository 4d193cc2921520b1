"""Departments as rows of spreadsheets."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from jobs.spreadsheets.columns import Column, yes_or_no
from jobs.spreadsheets.edited_rows import EditedRows
from people.models import Department


class DepartmentResource(EditedRows):
    kind, title = "departments", gettext_lazy("Departments")
    key_column, unique_column = "id", "name"

    id = Column(gettext_lazy("Department ID"), help=gettext_lazy("Only in files that came from here."))
    version = Column(gettext_lazy("Version"), help=gettext_lazy("As it was exported. Leave it as it is."))
    name = Column(
        gettext_lazy("Name"),
        required=True,
        synonyms=("department", "department name", "team", "unit"),
        can_change=True,
        example="Research",
    )
    description = Column(
        gettext_lazy("Description"), synonyms=("what it does",), can_change=True, example="Trials and prototypes."
    )
    head_email = Column(
        gettext_lazy("E-mail of its head"),
        synonyms=("head", "manager", "manager email", "head of department"),
        can_change=True,
        example="research-lead@example.com",
    )
    is_active = Column(
        gettext_lazy("In use"), synonyms=("active",), reads_into=yes_or_no, can_change=True, example="yes"
    )

    class Meta:
        model = Department
