"""Who asked, when they are not here yet: as applicants, made of an address and a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from audit.refusals import InvalidValues
from jobs.spreadsheets.lines import Line, Task
from people import founding, full_names, lifecycle
from people.models import Employee

#: Where what is wrong with a new person stands in the row of their ticket.
_CELLS = {"email": "requester"}
#: In a row's memory: whom it brought in.
CAME_WITH_IT = "person"
#: Sorts of remarks.
NEW_REQUESTER, OTHER_NAME = "new_requester", "other_name"


def parts_of_name(name: str) -> dict[str, str]:
    """First name, last name and suffix of a name in one piece. A single word stands for both names."""
    found = full_names.parts(name)
    first_name, last_name = found["first_name"], found["last_name"]
    return {
        "first_name": first_name or last_name,
        "last_name": last_name or first_name,
        "suffix": found.get("suffix", ""),
    }


def _newcomer(line: Line) -> dict[str, Any]:
    address = str(line.cells.get("requester", ""))
    # Without a name the address stands for it.
    return {"email": address, **parts_of_name(str(line.cells.get("requester_name") or address.partition("@")[0]))}


def compare_name(line: Line, person: Employee) -> None:
    """Say on the line when the file has another name for who is here."""
    name = " ".join(str(line.cells.get("requester_name", "")).split())
    if name and name != person.get_full_name() and CAME_WITH_IT not in line.row.memory:
        sentence = _("The requester is here under another name, %(name)s, and keeps it.")
        line.remark(sentence % {"name": person.get_full_name()}, sort=OTHER_NAME)


def checked(line: Line) -> Employee | None:
    """Somebody new, not stored; says on the line what is against them."""
    try:
        made = founding.newcomer(**_newcomer(line))
    except InvalidValues as invalid:
        _refuse(line, invalid)
        return None
    line.remark(_("New here, and an applicant: %(name)s") % {"name": made.get_full_name()}, sort=NEW_REQUESTER)
    return made


def brought_in(lines: Sequence[Line], task: Task) -> dict[str, Employee]:
    """Bring them in, each address once; remembers on its row which person came by it. By address in lower case."""
    first: dict[str, Line] = {}
    for line in lines:
        first.setdefault(str(line.cells.get("requester", "")).lower(), line)
    if not first:
        return {}
    newcomers = [_newcomer(line) | {"reason": task.reason(line.row)} for line in first.values()]
    made = lifecycle.bring_in_many(newcomers, by=task.by)
    people: dict[str, Employee] = {}
    for (address, line), person in zip(first.items(), made, strict=True):
        if isinstance(person, Employee):
            line.row.memory = {**line.row.memory, CAME_WITH_IT: person.pk}
            people[address] = person
        else:
            _refuse(line, person)
    return people


def taken_back(keys: Mapping[int, str], *, by: Any) -> set[int]:
    """Take the people out again whom nothing names any more; keys: person → reason. Answers with who stays."""
    people = list(Employee.objects.filter(pk__in=keys))
    against = lifecycle.take_back(people, by=by, reasons=[keys[person.pk] for person in people]) if people else []
    return {person.pk for person, declined in zip(people, against, strict=True) if declined is not None}


def _refuse(line: Line, refused: Exception) -> None:
    if isinstance(refused, InvalidValues):
        for name, sentences in refused.errors.items():
            line.refuse(_CELLS.get(name, "requester_name"), " ".join(map(str, sentences)))
    else:
        line.refuse_by(refused)
