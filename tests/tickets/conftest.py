"""A department with its people, and a ticket of theirs."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from people.models import Department, Employee
from tests.factories import people
from tickets import lifecycle
from tickets.models import Ticket, TicketCategory

DESCRIPTION = "It does not start since this morning."


@dataclass
class House:
    """ana asks; bea coordinates IT; cem coordinates Legal; dora is admin; eve is a stranger."""

    it: Department
    legal: Department
    ana: Employee
    bea: Employee
    cem: Employee
    dora: Employee
    eve: Employee

    def category(self, name: str = "IT Support") -> TicketCategory:
        return TicketCategory.objects.get(name=name)

    def new(self, **given) -> Ticket:
        given = {"by": self.ana, "category": self.category(), "subject": "Laptop is dead"} | given
        return lifecycle.submit(**({"description": DESCRIPTION} | given))

    def open(self, **given) -> Ticket:
        return lifecycle.approve(self.new(**given), by=self.dora, priority="Medium", department=self.it)

    def in_progress(self, **given) -> Ticket:
        return lifecycle.claim(self.open(**given), by=self.bea)

    def on_hold(self, **given) -> Ticket:
        return lifecycle.hold(self.in_progress(), by=self.bea, reason="Waits for parts.", **given)

    def resolved(self) -> Ticket:
        return lifecycle.resolve(self.in_progress(), by=self.bea, resolution="New battery.")

    def closed(self) -> Ticket:
        return lifecycle.close(self.resolved(), by=self.ana)


def peopled() -> House:
    it, legal = people.department("IT Department"), people.department("Legal")
    return House(
        it=it,
        legal=legal,
        ana=people.person(department=legal, first_name="Ana", email="ana@example.com"),
        bea=people.coordinator(it, first_name="Bea", email="bea@example.com"),
        cem=people.coordinator(legal, first_name="Cem", email="cem@example.com"),
        dora=people.admin(first_name="Dora", email="dora@example.com"),
        eve=people.person(department=it, first_name="Eve", email="eve@example.com"),
    )


@pytest.fixture
def house(db) -> House:
    return peopled()
