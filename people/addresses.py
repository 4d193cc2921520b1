"""Whose address it is, and whether that is proven. allauth's EmailAddress is the one truth about it.

Each person has exactly one row there, the primary one, in step with `Employee.email` (in lower case, as allauth keeps
them). Written by the verbs alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Lower

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


def start_many(people: Sequence[Employee], *, proven: bool = False) -> None:
    """The same for people who are new."""
    EmailAddress.objects.bulk_create(
        EmailAddress(user=person, email=person.email.lower(), verified=proven, primary=True) for person in people
    )


def known_among(emails: Sequence[str]) -> set[str]:
    """Which of these addresses somebody has, in lower case."""
    lower = [email.lower() for email in emails]
    found = Employee.objects.alias(address=Lower("email")).filter(address__in=lower)
    return {email.lower() for email in found.values_list("email", flat=True)} if lower else set()


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
