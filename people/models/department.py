"""Departments. Admins edit them; one that something names is retired, not deleted."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.history import History
from audit.versions import VersionedModel
from people.enums import NAME_LENGTH
from people.models.lengths import length_between


class Department(VersionedModel):
    """Where people work and where tickets queue."""

    name = models.CharField(_("name"), max_length=NAME_LENGTH[1])
    description = models.TextField(_("description"), blank=True, max_length=1000)
    head_email = models.EmailField(
        _("e-mail of its head"), blank=True, help_text=_("Told of every ticket that comes to the department.")
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
