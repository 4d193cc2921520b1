"""The form of the list's filters: what can be chosen, and what is on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from people.models import Department
from tickets import queries
from tickets.admin import filters
from tickets.enums import Priority, Status
from tickets.models import TicketCategory

Choices = list[tuple[str, Any, bool]]


@dataclass(frozen=True)
class Group:
    """Ticks, of which several may be on, or one list to choose from. `choices`: value, word, whether it is on."""

    name: str
    title: Any
    choices: Choices


class FilterPage:
    def __init__(self, asked: filters.Asked, user: Any) -> None:
        self.asked, self.user = asked, user

    def ticks(self) -> list[Group]:
        return [self._group("status", Status.choices), self._group("priority", Priority.choices)]

    def lists(self) -> list[Group]:
        departments = Department.objects.values_list("pk", "name")
        categories = TicketCategory.objects.values_list("pk", "name")
        able = [(person.pk, person.get_full_name()) for person in queries.able_to_work()]
        nobody = [(filters.ME, _("Me")), (filters.NOBODY, _("Nobody"))]
        days = [(value, words) for value, (words, _meaning) in filters.DUE.items()]
        return [
            self._group("department", [("", _("Any")), *departments, (filters.NONE, _("None yet"))]),
            self._group("category", [("", _("Any")), *categories]),
            self._group("assignee", [("", _("Anybody")), *nobody, *able]),
            self._group("due", [("", _("Whenever")), *days]),
            self._group("mail", [("", _("Any")), (filters.FAILED, filters.NOT_REACHED)]),
        ]

    def days(self) -> list[tuple[str, Any, str]]:
        """Name, title, and the day that is on."""
        return [
            (name, filters.FILTERS[name].title, (self._on(name) or ("",))[-1][:10])
            for name in ("submitted_from", "submitted_to")
        ]

    def kept(self) -> list[tuple[str, str]]:
        """What this form does not ask for and the list keeps."""
        asked_here = {group.name for group in (*self.ticks(), *self.lists())} | {"submitted_from", "submitted_to"}
        others = [(name, value) for name, values in self.asked.given.items() for value in values]
        always = [(filters.QUEUE, self.asked.queue), (filters.TEXT, self.asked.text), (filters.SORT, self.asked.sort)]
        return [pair for pair in [*always, *others] if pair[1] and pair[0] not in asked_here]

    def _group(self, name: str, choices: Iterable[tuple[Any, Any]]) -> Group:
        on = self._on(name)
        found = [(str(value), word, str(value) in on or (not on and value == "")) for value, word in choices]
        return Group(name, filters.FILTERS[name].title, found)

    def _on(self, name: str) -> tuple[str, ...]:
        return tuple(self.asked.given.get(name, ()))
