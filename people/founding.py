"""Making an account: what a registration, an import and the operator's command have in common."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from audit.actors import SYSTEM, Actor
from audit.history import delete_many, insert_many, note
from audit.reading import Reading
from audit.refusals import InvalidValues, Refused
from notifications import outbox
from people import addresses, door, roles, rules, values
from people.enums import Role
from people.models import Department, Employee
from people.numbers import next_company_id, next_company_ids
from people.pictures import NewPicture

#: Departments as they are now, by key.
Departments = Mapping[int, Department]


class AddressKnown(Exception):
    """Somebody has this address already: `person`."""

    def __init__(self, person: Employee) -> None:
        self.person = person
        super().__init__("This address is known.")


def application(
    *,
    password: Any,
    first_name: Any,
    last_name: Any,
    department: Any,
    middle_name: Any,
    suffix: Any,
    picture: NewPicture,
    email: Any = None,
    applicant: Employee | None = None,
) -> tuple[dict[str, Any], str]:
    """An application as columns, but for the picture, and its password; all that is wrong with it at once.

    `applicant`: who applies again, with the address they have; otherwise `email` is read.
    """
    reading = Reading()
    columns: dict[str, Any] = values.names(
        reading, first_name=first_name, last_name=last_name, middle_name=middle_name, suffix=suffix
    )
    columns["email"] = applicant.email if applicant else reading.take("email", values.applicants_email, email)
    # Compared with the words around it, as far as they could be read.
    described = Employee(**{column: value or "" for column, value in columns.items()})
    raw_password = reading.take("password", values.password, password, described)
    columns["department"] = reading.take("department", values.department, department)
    reading.take("image", picture.check)
    reading.finish()
    return columns, raw_password


def newcomer(
    *, email: Any, department: Any = None, role: Any = Role.EMPLOYEE, known: Departments | None = None, **parts: Any
) -> Employee:
    """Somebody who is brought in, not stored yet; all that is wrong with what is given is said at once. `parts` of the
    name; `known`: departments as they are now, for who reads many."""
    reading = Reading()
    person = Employee(
        **values.names(reading, **{"middle_name": "", "suffix": "", **parts}),
        email=reading.take("email", values.email, email),
        department=reading.take("department", values.optional_department, department, known),
        role=reading.take("role", values.role, role),
    )
    reading.finish()
    return person


# Many at once


def checked(
    newcomers: Sequence[Mapping[str, Any]], *, by: Actor | None, approved: bool
) -> list[Employee | InvalidValues | Refused]:
    """Each as a person who is not stored yet, or what is against them. Writes nothing."""
    named = {given.pk for each in newcomers if isinstance(given := each.get("department"), Department)}
    known = Department.objects.in_bulk(named)
    outcome = [_checked(each, by, known, approved=approved) for each in newcomers]
    return _without_known(outcome)


def _checked(
    given: Mapping[str, Any], by: Actor | None, known: Departments, *, approved: bool
) -> Employee | InvalidValues | Refused:
    parts = dict(given)
    raw_password, reason = parts.pop("password", None), parts.pop("reason", "")
    try:
        person = newcomer(**parts, known=known)
    except InvalidValues as invalid:
        return invalid
    if reasons := rules.against_bring_in(by, approved=approved, role=person.role):
        return Refused(reasons)
    if raw_password is not None and by is SYSTEM:
        person.set_password(raw_password)
    note(person, by=by, verb="bring_in", reason=reason)
    return person


def _without_known(outcome: Sequence[Employee | InvalidValues | Refused]) -> list[Employee | InvalidValues | Refused]:
    """Of those, nobody has an address that somebody here has, or somebody before them."""
    taken = set(addresses.known_among([each.email for each in outcome if isinstance(each, Employee)]))
    free: list[Employee | InvalidValues | Refused] = []
    for each in outcome:
        if isinstance(each, Employee):
            address = each.email.lower()
            free.append(address_known() if address in taken else each)
            taken.add(address)
        else:
            free.append(each)
    return free


def open_accounts(
    outcome: Sequence[Employee | InvalidValues | Refused], *, proven: bool = False
) -> list[Employee | InvalidValues | Refused]:
    """Store the new people among these, each told of by note(), with their numbers and the rows of their addresses,
    inside a transaction. For those who may know who is here: a known address is refused with that.

    Before the numbers are taken nothing is locked. Their row keeps all others who open an account waiting until the
    commit, so the second look at the addresses is the last word on them; but for somebody who is given one of them by a
    change of address, which waits for no number.
    """
    outcome = _without_known(outcome)
    people = [each for each in outcome if isinstance(each, Employee)]
    if not people:
        return outcome
    for person, number in zip(people, next_company_ids(len(people)), strict=True):
        person.company_id = number
        # As Django marks that nobody knows one; its own way takes longer than all other checks of a person.
        person.password = person.password or f"{UNUSABLE_PASSWORD_PREFIX}{secrets.token_hex(20)}"
        person.set_flags()
    outcome = _without_known(outcome)
    people = [each for each in outcome if isinstance(each, Employee)]
    try:
        with transaction.atomic():
            insert_many(people)
    except IntegrityError:
        found = addresses.known_among([person.email for person in people])
        if not found:
            raise
        if len(outcome) == 1:
            return [address_known()]
        return open_accounts(outcome, proven=proven)
    addresses.start_many(people, proven=proven)
    roles.put_new_into_groups(people)
    return outcome


def take_back(people: Sequence[Employee], *, by: Actor | None, reasons: Sequence[str]) -> list[Refused | None]:
    """Delete people whom nobody had to do with since they came; see `lifecycle.take_back`."""
    rows = {row.pk: row for row in door.locked_all(people)}
    first = _first_verbs(list(rows))
    said: dict[int, Refused | None] = {}
    for person in people:
        row = rows.get(person.pk)
        against = rules.against_take_back(row, by, came_by=first.get(person.pk, "")) if row else [rules.unseen()]
        said[person.pk] = Refused(against) if against else None
    for person, reason in zip(people, reasons, strict=True):
        if said[person.pk] is None:
            note(rows[person.pk], by=by, verb="take_back", reason=reason)
    going = [rows[person.pk] for person in people if said[person.pk] is None]
    if not _deleted(going):
        for row in going:
            said[row.pk] = None if _deleted([row]) else Refused([rules.touched()])
    return [said[person.pk] for person in people]


def _first_verbs(keys: Sequence[int]) -> dict[int, str]:
    """By which verb each of them came."""
    rows = Employee.history.filter(id__in=keys, history_type="+").values_list("id", "verb")
    return dict(rows)


def _deleted(people: Sequence[Employee]) -> bool:
    """False when something names one of them. One look at each table for all."""
    try:
        with transaction.atomic():
            outbox.let_go(people)
            delete_many(people)
    except ProtectedError:
        return False
    return True


def open_unless_known(person: Employee) -> Employee | None:
    """Open the account of an applicant; answers who has the address already, if somebody has.

    Then the same work is done under an address that nobody has, and taken back: as many statements, as much time. The
    rollback is one statement more, the second look at the address one less.
    """
    known = addresses.with_proof(Employee.objects.with_address(person.email)).first()
    if known is not None:
        person.email = f"{uuid.uuid4().hex}@applicant.invalid"
    try:
        with transaction.atomic():
            person.company_id = next_company_id()
            if known is None:
                _refuse_known(person.email)
            door.store(person, by=person, verb="register")
            addresses.start(person)
            if known is not None:
                raise AddressKnown(known)
    except AddressKnown as found:
        # Also by the second look, when two signed up at once.
        return found.person
    except IntegrityError:
        # An admin gave somebody this address in the same moment: a change of address waits for no number.
        found_now = Employee.objects.with_address(person.email).first()
        if found_now is None:
            raise
        return found_now
    return None


def _refuse_known(email: str) -> None:
    known = Employee.objects.with_address(email).first()
    if known is not None:
        raise AddressKnown(known)


def address_known() -> InvalidValues:
    """For those who may know who is here."""
    return InvalidValues({"email": values.somebody_has_it()})
