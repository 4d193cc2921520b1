"""Making an account: what a registration, an import and the operator's command have in common."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import IntegrityError, transaction

from audit.actors import Actor
from audit.reading import Reading
from audit.refusals import InvalidValues
from people import addresses, door, values
from people.models import Employee
from people.numbers import next_company_id
from people.pictures import NewPicture


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


def newcomer(*, email: Any, department: Any, role: Any, **parts_of_name: Any) -> Employee:
    """Somebody who is brought in, not stored yet; all that is wrong with what is given is said at once."""
    reading = Reading()
    person = Employee(
        **values.names(reading, **parts_of_name),
        email=reading.take("email", values.email, email),
        department=reading.take("department", values.optional_department, department),
        role=reading.take("role", values.role, role),
    )
    reading.finish()
    return person


def open_account(person: Employee, *, by: Actor | None, verb: str, proven: bool = False) -> None:
    """Store a new person with their number and the row of their address, inside a transaction. For those who may know
    who is here: a known address is refused with that.

    Before the number is taken nothing is locked. Its row keeps all others who open an account waiting until the commit,
    so the second look at the address is the last word on it.
    """
    try:
        _refuse_known(person.email)
        person.company_id = next_company_id()
        _refuse_known(person.email)
    except AddressKnown:
        raise address_known() from None
    try:
        with transaction.atomic():
            door.store(person, by=by, verb=verb)
    except IntegrityError:
        if Employee.objects.with_address(person.email).exists():
            raise address_known() from None
        raise
    addresses.start(person, proven=proven)


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
