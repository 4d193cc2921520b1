"""Whose address it is, and whether that is proven. allauth's EmailAddress is the one truth about it.

Each person has exactly one row there, the primary one, in step with `Employee.email` (in lower case, as allauth keeps
them). Written by the verbs alone.
"""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef, QuerySet

from people.models import Employee


def is_proven(person: Employee) -> bool:
    return EmailAddress.objects.filter(user=person, email=person.email.lower(), verified=True).exists()


def with_proof(people: QuerySet[Employee]) -> QuerySet[Employee]:
    """The same people, each with `address_is_proven`."""
    proven = EmailAddress.objects.filter(user=OuterRef("pk"), primary=True, verified=True)
    return people.annotate(address_is_proven=Exists(proven))


def start(person: Employee, *, proven: bool = False) -> EmailAddress:
    """The row of a new or changed address. Always a new one: links sent for an old address must not prove another."""
    EmailAddress.objects.filter(user=person).delete()
    return EmailAddress.objects.create(user=person, email=person.email.lower(), verified=proven, primary=True)


def mark_proven(person: Employee) -> bool:
    """Answers whether that was new."""
    row, _made = EmailAddress.objects.get_or_create(
        user=person, email=person.email.lower(), defaults={"primary": True, "verified": False}
    )
    if row.verified:
        return False
    row.verified = True
    row.save(update_fields=["verified"])
    return True
