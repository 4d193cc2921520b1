"""The steps that every change of a person takes, in this order (architecture.md "What every verb does"):

atomic → lock and re-read the person and who asks → version → rules → (the verb's own work) → flags and groups in step →
save with version + 1 and a history row → e-mail and webhook rows are part of the same transaction. Only `lifecycle`
passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from audit.actors import Actor, NamedActor
from audit.events import refusals_noted
from audit.history import note
from audit.refusals import Refused, StaleVersion, refuse
from people import pictures, roles, rules, tokens, webhooks
from people.enums import Role, Status
from people.models import Employee


@dataclass
class Passage:
    """What a verb works on: the locked row, and who asks as they are now. `reason` goes into history; a verb that
    finds nothing to change says `changed = False`, and nothing is written."""

    person: Employee
    by: Actor
    reason: str = ""
    changed: bool = True


@contextmanager
def passing(person: Employee, verb: str, *, by: Actor, expected_version: int | None = None) -> Iterator[Passage]:
    """Lock, ask, let the verb work, save. Raises Refused (and puts it on the record) or StaleVersion."""
    with refusals_noted(verb, by=by, about=person), transaction.atomic():
        row, by = _locked(person, by, with_admins=verb in rules.ENDING_ADMINS)
        # Who may not see the person learns nothing of versions either.
        if not rules.relations(row, by):
            raise Refused([rules.unseen()])
        if expected_version is not None and row.version != expected_version:
            raise StaleVersion(row)
        refuse(rules.CHECKS[verb](row, by))
        passage, generation = Passage(row, by), row.session_generation
        with pictures.in_step(row):
            yield passage
            if passage.changed:
                store(row, by=by, verb=verb, reason=passage.reason)
                webhooks.happened(verb, row)
        if row.session_generation != generation:
            # They are worthless already; whoever looks at the list shall see that.
            tokens.end_all(row)


def store(row: Employee, *, by: Actor | None, verb: str, reason: str = "") -> None:
    """Save a person with what follows from their columns, and with the history row."""
    row.set_flags()
    note(row, by=by, verb=verb, reason=reason)
    row.save()
    roles.put_into_groups(row)


def anew(by: Actor | None) -> Actor | None:
    """Who asks, as they are now: a long run or request must not outlive a suspension."""
    return by if by is None or isinstance(by, NamedActor) else Employee.objects.filter(pk=by.pk).first()


def locked_all(people: Iterable[Employee]) -> list[Employee]:
    """These people, read under their locks in the order of the keys."""
    rows = Employee.objects.select_for_update(of=("self",)).select_related("department")
    return list(rows.filter(pk__in=[person.pk for person in people]).order_by("pk"))


def _locked(person: Employee, by: Actor, *, with_admins: bool) -> tuple[Employee, Actor]:
    """The person and who asks, read under their locks; on SQLite the immediate transaction is that lock.

    One statement in the order of the keys, so that two of them can't wait for each other. `with_admins`: all approved
    System Admins too, so that two admins who suspend each other at once leave one.
    """
    asked = person.pk if by is None or isinstance(by, NamedActor) else by.pk
    wanted = Q(pk__in={person.pk, asked})
    if with_admins:
        wanted |= Q(status=Status.APPROVED, role=Role.SYSTEM_ADMIN)
    # NO KEY: rows that merely name these people (a ticket, a history row) need not wait.
    rows = Employee.objects.select_for_update(of=("self",), no_key=True).select_related("department")
    found = {row.pk: row for row in rows.filter(wanted).order_by("pk")}
    if person.pk not in found:
        raise Refused([rules.unseen()])
    return found[person.pk], (found.get(by.pk) if _is_person(by) else by)


def _is_person(by: Actor | None) -> bool:
    return by is not None and not isinstance(by, NamedActor)
