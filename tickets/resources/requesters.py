"""Who asked, when they are not here yet: as applicants, made of an address and a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from audit.refusals import InvalidValues
from jobs.spreadsheets.lines import Line, Task
from people import founding, lifecycle
from people.enums import Suffix
from people.models import Employee

#: Where what is wrong with a new person stands in the row of their ticket.
_CELLS = {"email": "requester"}


def parts_of_name(name: str) -> dict[str, str]:
    """First name, last name and suffix of a name in one piece. A single word stands for both names."""
    words = name.split()
    suffix = words.pop() if len(words) > 2 and words[-1] in Suffix.values else ""
    first_name, last_name = (" ".join(words[:-1]), words[-1]) if len(words) > 1 else ("".join(words), "".join(words))
    return {"first_name": first_name, "last_name": last_name, "suffix": suffix}


def _newcomer(line: Line) -> dict[str, Any]:
    address = str(line.cells.get("requester", ""))
    # Without a name the address stands for it.
    return {"email": address, **parts_of_name(str(line.cells.get("requester_name") or address.partition("@")[0]))}


def checked(line: Line) -> Employee | None:
    """Somebody new, not stored; says on the line what is against them."""
    try:
        made = founding.newcomer(**_newcomer(line))
    except InvalidValues as invalid:
        _refuse(line, invalid)
        return None
    line.remark(_("%(name)s is not here yet and comes in as an applicant.") % {"name": made.get_full_name()})
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
            line.row.memory = {**line.row.memory, "person": person.pk}
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
