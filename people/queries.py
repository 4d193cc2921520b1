"""Who is who: the lists of people that pages and mails ask for."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet

from audit.models import AuditEvent
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


#: What one sees of one's account's comings and goings.
SIGN_IN_KINDS = [
    AuditEvent.Kind.SIGNED_IN,
    AuditEvent.Kind.SIGN_IN_FAILED,
    AuditEvent.Kind.SIGNED_OUT,
    AuditEvent.Kind.TOKEN_REUSED,
]


def sign_ins(person: Employee, most: int = 20) -> QuerySet[AuditEvent]:
    """Sign-ins, failed tries and sign-outs of an account, newest first."""
    about = ContentType.objects.get_for_model(Employee)
    return AuditEvent.objects.filter(about_type=about, about_id=person.pk, kind__in=SIGN_IN_KINDS)[:most]
