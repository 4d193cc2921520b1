"""What a verb leaves behind, for tests."""

from __future__ import annotations

from audit.actors import Actor, name_of, person_of
from people.models import Employee


def groups(person: Employee) -> set[str]:
    return set(person.groups.values_list("name", flat=True))


def assert_written(person: Employee, *, by: Actor, verb: str, reason: str = "", rows: int = 2) -> None:
    """One history row more, with who, which verb and why; the version went with it."""
    row = person.history.first()
    assert person.history.count() == rows
    assert (row.history_user, row.actor_name, row.verb) == (person_of(by), name_of(by), verb)
    assert (row.history_change_reason or "") == reason
    assert (row.status, row.version) == (person.status, person.version)
