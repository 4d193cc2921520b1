"""Finding a person by address, and the two ways Django itself makes one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower

from audit.actors import SYSTEM
from audit.refusals import InvalidValues

if TYPE_CHECKING:
    from people.models.employee import Employee


def normal_address(email: str) -> str:
    """An address as it is stored: no space around it, the domain in lower case, what stands before the @ as written."""
    name, at, domain = email.strip().rpartition("@")
    return f"{name}@{domain.lower()}" if at else email.strip()


class EmployeeManager(BaseUserManager["Employee"]):
    def with_address(self, email: str | None) -> models.QuerySet[Employee]:
        """Whoever has this address, whatever the case it is written in: one person or nobody.

        By the expression of the unique index; `email__iexact` would read the whole table.
        """
        return self.alias(address=Lower("email")).filter(address=(email or "").strip().lower())

    def get_by_natural_key(self, email: str | None) -> Employee:
        return self.with_address(email).get()

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Employee:
        """Somebody brought in by SYSTEM, for commands and tests; takes what `lifecycle.bring_in` takes."""
        from people import lifecycle

        return lifecycle.bring_in(by=SYSTEM, email=email, password=password, **fields)

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Employee:
        """The operator: an Approved, verified System Admin who is_superuser. Raises ValidationError, as Django does."""
        from people import lifecycle

        try:
            return lifecycle.appoint_operator(email=email, password=password, **fields)
        except InvalidValues as invalid:
            raise ValidationError({field or "__all__": said for field, said in invalid.errors.items()}) from invalid
