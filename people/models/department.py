"""Departments. Admins edit them; one that something names is retired, not deleted."""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.history import History
from audit.versions import VersionedModel
from people.enums import NAME_LENGTH
from people.models.lengths import length_between

#: Control characters, marks without a shape, halves of characters, line ends.
INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def plain_address(address: str) -> None:
    """What Django's own check lets through and no mail of ours may go to. What stands before the @ is ASCII, so that no
    two addresses look alike or become one by case folding (CVE-2019-19844); and nothing in it is invisible."""
    local_part = address.rpartition("@")[0]
    if not local_part.isascii() or any(unicodedata.category(character) in INVISIBLE for character in address):
        raise ValidationError(_("Enter an e-mail address, such as name@example.com."), code="invalid")


class Department(VersionedModel):
    """Where people work and where tickets queue."""

    name = models.CharField(_("name"), max_length=NAME_LENGTH[1])
    description = models.TextField(_("description"), blank=True, max_length=1000)
    head_email = models.EmailField(
        _("e-mail of its head"),
        blank=True,
        validators=[plain_address],
        help_text=_("Told of every ticket that comes to the department."),
    )
    is_active = models.BooleanField(
        _("in use"), default=True, help_text=_("A retired department stays readable, but nobody can choose it.")
    )
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)

    history = History()

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["name"]
        permissions = [
            ("import_department", "Can bring departments in from spreadsheets"),
            ("export_department", "Can export departments"),
        ]
        constraints = [
            models.UniqueConstraint(
                Lower("name"), name="department_name_unique", violation_error_message=_("There is one of this name.")
            ),
            models.CheckConstraint(name="department_name_length", condition=length_between("name", *NAME_LENGTH)),
            models.CheckConstraint(
                name="department_description_length", condition=length_between("description", 0, 1000)
            ),
            models.CheckConstraint(
                name="department_head_email", condition=Q(head_email="") | Q(head_email__contains="@")
            ),
        ]

    def __str__(self) -> str:
        return self.name
