"""Who is who: the lists of people that pages and mails ask for."""

from __future__ import annotations

from django.db.models import QuerySet

from people import addresses
from people.enums import Role, Status
from people.models import Department, Employee


def approved_admins() -> QuerySet[Employee]:
    return Employee.objects.filter(status=Status.APPROVED, role=Role.SYSTEM_ADMIN).order_by("pk")


def coordinators_of(department: Department) -> QuerySet[Employee]:
    return Employee.objects.filter(
        status=Status.APPROVED, role=Role.TICKET_COORDINATOR, department=department
    ).order_by("pk")


def waiting_for_approval() -> QuerySet[Employee]:
    """Applications, the oldest first, each with `address_is_proven`."""
    return addresses.with_proof(Employee.objects.filter(status=Status.PENDING)).order_by("date_created", "pk")
