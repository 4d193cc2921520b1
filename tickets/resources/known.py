"""What the rows of a chunk name, looked up at once: categories, departments, people; and what they don't find."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from jobs.spreadsheets.lines import Line
from people.models import Department, Employee
from tickets.models import TicketCategory

T = TypeVar("T")


@dataclass(frozen=True)
class Known:
    """By name or address in lower case."""

    categories: Mapping[str, TicketCategory]
    departments: Mapping[str, Department]
    people: Mapping[str, Employee]

    @classmethod
    def of(cls, lines: Sequence[Line]) -> Known:
        addresses = {_text(line, name) for line in lines for name in ("requester", "assignee")}
        return cls(categories(), departments(), people_at(addresses))

    def category(self, line: Line) -> TicketCategory | None:
        return _found(line, "category", self.categories, _("There is no category “%(word)s”. Choose one for it."))

    def department(self, line: Line) -> Department | None:
        return _found(line, "department", self.departments, _("There is no department “%(word)s”. Choose one for it."))

    def assignee(self, line: Line) -> Employee | None:
        return _found(line, "assignee", self.people, _("Nobody here has the address %(word)s. Empty the cell."))

    def requester(self, line: Line) -> Employee | None:
        """Says nothing when there is none: they may be brought in as well."""
        return self.people.get(_text(line, "requester"))


def categories() -> dict[str, TicketCategory]:
    """Those not offered any more as well: old tickets are of them."""
    found = TicketCategory.objects.select_related("assigned_department").prefetch_related("fields")
    return {category.name.casefold(): category for category in found}


def departments() -> dict[str, Department]:
    return {department.name.casefold(): department for department in Department.objects.all()}


def people_at(addresses: Iterable[str]) -> dict[str, Employee]:
    wanted = {address for address in addresses if address}
    if not wanted:
        return {}
    found = Employee.objects.alias(address=Lower("email")).filter(address__in=wanted)
    return {person.email.lower(): person for person in found}


def _text(line: Line, name: str) -> str:
    return str(line.cells.get(name, "")).lower()


def _found(line: Line, name: str, among: Mapping[str, T], sentence: str) -> T | None:
    word = str(line.cells.get(name, ""))
    if not word:
        return None
    found = among.get(word.casefold())
    if found is None:
        line.refuse(name, sentence % {"word": word})
    return found
