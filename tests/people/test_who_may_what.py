"""expected_who_may_what.txt holds the whole table, with what is denied. Compared with what really happens, not with the
rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.actors import SYSTEM, WORKFLOW
from audit.models import AuditEvent
from audit.refusals import Refused
from people import rules
from people.enums import Role, Status
from people.models import Employee
from tests.factories import people
from tests.people.verbs import VERBS

pytestmark = pytest.mark.django_db

LETTERS = {"state": "s", "not_yours": "y", "own_account": "o", "unseen": "u", "last_admin": "l"}
STATES = [Status.PENDING, Status.APPROVED, Status.REJECTED, Status.SUSPENDED]

EXPECTED = Path(__file__).with_name("expected_who_may_what.txt")


def somebody(actor: str, person: Employee):
    """Who asks."""
    others = {
        "an admin": lambda: people.admin(),
        "a coordinator": lambda: people.coordinator(people.department()),
        "a colleague": lambda: people.person(department=person.department),
        "a clerk": lambda: people.clerk(),
        "a suspended admin": lambda: people.person(Status.SUSPENDED, Role.SYSTEM_ADMIN),
        "nobody": lambda: None,
        "SYSTEM": lambda: SYSTEM,
        "WORKFLOW": lambda: WORKFLOW,
    }
    return person if actor.startswith("themselves") else others[actor]()


ACTORS = [
    "themselves", "themselves an admin", "an admin", "a coordinator", "a colleague", "a clerk", "a suspended admin",
    "nobody", "SYSTEM", "WORKFLOW",
]  # fmt: skip


def what_happens(verb: str, actor: str, status: str) -> str:
    role = Role.SYSTEM_ADMIN if actor == "themselves an admin" else Role.EMPLOYEE
    person = people.person(status, role, people.department(), is_data_clerk=True)
    by = somebody(actor, person)
    before = Employee.objects.values().get(pk=person.pk)
    rows = person.history.count()
    refusal = None
    try:
        VERBS[verb](person, by)
    except Refused as refused:
        refusal = refused
    if refusal is None:
        return "+"
    assert Employee.objects.values().get(pk=person.pk) == before
    assert person.history.count() == rows
    noted = AuditEvent.objects.get(kind=AuditEvent.Kind.REFUSED, about_id=person.pk)
    assert noted.detail == {"verb": verb, "codes": sorted(refusal.codes)}
    assert all(reason.sentence for reason in refusal.reasons)
    return "".join(LETTERS[reason.code] for reason in refusal.reasons)


def read_table() -> dict[tuple[str, str, str], str]:
    cells, verb = {}, ""
    for line in EXPECTED.read_text().splitlines():
        if line.startswith("#"):
            continue
        if not line.startswith(" "):
            verb = line.strip()
            continue
        actor, *found = line[2:22].strip(), *line[22:].split()
        assert len(found) == len(STATES), line
        cells |= {(verb, actor, state): cell for state, cell in zip(STATES, found, strict=True)}
    return cells


def test_the_table_has_a_cell_for_every_verb_actor_and_state():
    assert set(read_table()) == {(verb, actor, state) for verb in rules.RULES for actor in ACTORS for state in STATES}
    assert set(VERBS) == set(rules.RULES) == set(rules.CHECKS)


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("verb", list(VERBS))
def test_what_happens_is_what_the_table_says(verb, actor):
    cells = read_table()
    assert {state: what_happens(verb, actor, state) for state in STATES} == {
        state: cells[verb, actor, state] for state in STATES
    }
