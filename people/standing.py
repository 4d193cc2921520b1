"""Where an account stands, told to somebody who is not signed in: they have just shown the right password.

The session remembers them for a while; it opens nothing.
"""

from __future__ import annotations

import time

from django.http import HttpRequest

from people import addresses
from people.enums import Status
from people.models import Employee, RejectedEmployeeAudit

_KEY = "people.standing"
_SECONDS = 30 * 60


def remember(request: HttpRequest, person: Employee) -> None:
    request.session[_KEY] = {"person": person.pk, "since": int(time.time())}


def recall(request: HttpRequest) -> Employee | None:
    """Who showed the right password here a short while ago; None if nobody did, or they may sign in by now."""
    kept = request.session.get(_KEY)
    if not kept or kept["since"] < time.time() - _SECONDS:
        return None
    return Employee.objects.filter(pk=kept["person"]).exclude(status=Status.APPROVED).first()


def of(person: Employee) -> str:
    """unverified, waiting, rejected or suspended."""
    if person.status == Status.PENDING:
        return "waiting" if addresses.is_proven(person) else "unverified"
    return person.status.lower()


def reason_of_rejection(person: Employee) -> str:
    """The reason as the person was told; "" when they are not rejected."""
    if person.status != Status.REJECTED:
        return ""
    row = RejectedEmployeeAudit.objects.filter(company_id=person.company_id).order_by("-rejected_at", "-pk").first()
    return row.reason if row else ""
