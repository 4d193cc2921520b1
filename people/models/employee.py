"""The people: who may sign in, as what, and in which state their account is."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from audit.history import History
from audit.states import StateField, WithState
from audit.versions import VersionedModel
from people.enums import EMAIL_LENGTH, NAME_LENGTH, STAFF_ROLES, Role, Status, Suffix
from people.models.lengths import length_between
from people.models.managers import EmployeeManager

# \A and \Z: "$" would let a line break follow.
COMPANY_ID_PATTERN = r"\AMA([0-9]{4}|[1-9][0-9]{4,})\Z"
EMAIL_PATTERN = r"\A[^@\s]+@[^@\s]+\Z"

_IS_STAFF = Q(status=Status.APPROVED) & (Q(role__in=STAFF_ROLES) | Q(is_data_clerk=True))


def picture_path(person: Employee, file_name: str) -> str:
    """A random name: what somebody called their file is nobody's business and no part of an address."""
    return f"people/pictures/{uuid.uuid4().hex}{PurePath(file_name).suffix.lower()[:10]}"


class Employee(WithState, VersionedModel, AbstractBaseUser, PermissionsMixin):
    """Somebody with an account. Changed by `people.lifecycle` alone.

    `is_active` is true exactly when the status is Approved, `is_staff` exactly when it is and the role or a grant says
    so: both are columns because sign-in, sessions, tokens and other libraries look at them, and constraints because one
    of them half-set would let a suspended person in. The groups follow the role and the two grants (roles.py).
    """

    email = models.EmailField(_("e-mail"), max_length=EMAIL_LENGTH[1], unique=True)
    company_id = models.CharField(_("company ID"), max_length=20, unique=True, editable=False)
    first_name = models.CharField(_("first name"), max_length=NAME_LENGTH[1])
    middle_name = models.CharField(_("middle name"), max_length=NAME_LENGTH[1], blank=True)
    last_name = models.CharField(_("last name"), max_length=NAME_LENGTH[1])
    suffix = models.CharField(_("suffix"), max_length=10, choices=Suffix, blank=True)
    department = models.ForeignKey(
        "people.Department",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="people",
        verbose_name=_("department"),
    )
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.EMPLOYEE)
    status = StateField(_("status"), max_length=10, choices=Status.choices, default=Status.PENDING)
    is_active = models.BooleanField(_("may sign in"), default=False, editable=False)
    is_staff = models.BooleanField(_("staff"), default=False, editable=False)
    is_help_center_editor = models.BooleanField(_("Help Center Editor"), default=False, editable=False)
    is_data_clerk = models.BooleanField(_("Data Clerk"), default=False, editable=False)
    image = models.ImageField(_("picture"), upload_to=picture_path, max_length=200, blank=True)
    date_created = models.DateTimeField(_("since"), default=timezone.now, editable=False)
    #: Part of every session's fingerprint: one more, and all sessions of the person are over, also after a restore.
    session_generation = models.PositiveIntegerField(default=0, editable=False)

    objects = EmployeeManager()
    history = History(excluded_fields=["password", "last_login", "session_generation"])

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["last_name", "first_name", "pk"]
        permissions = [
            ("import_employee", "Can bring people in from spreadsheets"),
            ("export_employee", "Can export people"),
        ]
        indexes = [
            models.Index(fields=["status", "-date_created"], name="employee_status_date"),
            models.Index(fields=["department", "role"], name="employee_department_role"),
            models.Index(fields=["-date_created"], name="employee_by_date"),
        ]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="employee_email_unique",
                violation_error_message=_("There is an account with this address."),
            ),
            models.CheckConstraint(name="employee_email_format", condition=Q(email__regex=EMAIL_PATTERN)),
            models.CheckConstraint(name="employee_email_length", condition=length_between("email", *EMAIL_LENGTH)),
            models.CheckConstraint(name="employee_company_id", condition=Q(company_id__regex=COMPANY_ID_PATTERN)),
            models.CheckConstraint(
                name="employee_first_name_length", condition=length_between("first_name", *NAME_LENGTH)
            ),
            models.CheckConstraint(
                name="employee_middle_name_length", condition=length_between("middle_name", 0, NAME_LENGTH[1])
            ),
            models.CheckConstraint(
                name="employee_last_name_length", condition=length_between("last_name", *NAME_LENGTH)
            ),
            models.CheckConstraint(name="employee_suffix", condition=Q(suffix__in=["", *Suffix.values])),
            models.CheckConstraint(name="employee_role", condition=Q(role__in=Role.values)),
            models.CheckConstraint(name="employee_status", condition=Q(status__in=Status.values)),
            models.CheckConstraint(
                name="employee_active_when_approved",
                condition=Q(status=Status.APPROVED, is_active=True) | (~Q(status=Status.APPROVED) & Q(is_active=False)),
            ),
            models.CheckConstraint(
                name="employee_staff_when_due",
                condition=(_IS_STAFF & Q(is_staff=True)) | (~_IS_STAFF & Q(is_staff=False)),
            ),
            models.CheckConstraint(
                name="employee_superuser_is_admin", condition=Q(is_superuser=False) | Q(role=Role.SYSTEM_ADMIN)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_full_name()} ({self.company_id})"

    def clean(self) -> None:
        # Not AbstractBaseUser.clean: it would normalise the address by other rules than ours.
        pass

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        # The protected field refuses even the assignment of its own value that Django's cleaning makes.
        super().clean_fields(exclude={*(exclude or ()), "status"})

    def get_full_name(self) -> str:
        return " ".join(filter(None, [self.first_name, self.middle_name, self.last_name, self.suffix]))

    def get_short_name(self) -> str:
        return self.first_name

    @property
    def initials(self) -> str:
        """One or two letters, for where there is no picture."""
        return (self.first_name[:1] + self.last_name[:1]).upper()

    def set_flags(self) -> None:
        """`is_active` and `is_staff` from what they follow. Called by whoever changes status, role or a grant."""
        self.is_active = self.status == Status.APPROVED
        self.is_staff = self.is_active and (self.role in STAFF_ROLES or self.is_data_clerk)

    # Sessions carry this fingerprint; one that differs ends them at the next click.

    def get_session_auth_hash(self) -> str:
        return self._session_fingerprint(None)

    def get_session_auth_fallback_hash(self) -> Any:
        return (self._session_fingerprint(secret) for secret in settings.SECRET_KEY_FALLBACKS)

    def _session_fingerprint(self, secret: str | bytes | None) -> str:
        ends_with = f"{self.session_generation}:{self.password}"
        return salted_hmac("people.session", ends_with, secret=secret, algorithm="sha256").hexdigest()

    # The machine. Only lifecycle.py calls these; who may, what else changes and what goes out stands there.

    @transition(field=status, source=[Status.PENDING], target=Status.APPROVED)
    def machine_approve(self) -> None: ...

    @transition(field=status, source=[Status.PENDING], target=Status.REJECTED)
    def machine_reject(self) -> None: ...

    @transition(field=status, source=[Status.REJECTED], target=Status.PENDING)
    def machine_apply_again(self) -> None: ...

    @transition(field=status, source=[Status.APPROVED], target=Status.SUSPENDED)
    def machine_suspend(self) -> None: ...

    @transition(field=status, source=[Status.SUSPENDED], target=Status.APPROVED)
    def machine_restore(self) -> None: ...
