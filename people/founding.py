"""Making an account: what a registration, an import and the operator's command have in common."""

from __future__ import annotations

from typing import Any

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


def open_account(person: Employee, *, by: Actor | None, verb: str, reason: str = "", proven: bool = False) -> None:
    """Store a new person with their number and the row of their address. Inside a transaction; raises AddressKnown.

    Before the number is taken nothing is locked. Its row keeps all others who open an account waiting until the commit,
    so the second look at the address is the last word on it.
    """
    _refuse_known(person.email)
    person.company_id = next_company_id()
    _refuse_known(person.email)
    door.store(person, by=by, verb=verb, reason=reason)
    addresses.start(person, proven=proven)


def _refuse_known(email: str) -> None:
    known = Employee.objects.with_address(email).first()
    if known is not None:
        raise AddressKnown(known)


def address_known() -> InvalidValues:
    """For those who may know who is here."""
    return InvalidValues({"email": values.somebody_has_it()})
