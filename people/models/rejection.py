"""What stays of a rejected application, whatever becomes of the account afterwards."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit.permanence import PermanentModel
from people.enums import NAME_LENGTH, REASON_LENGTH
from people.models.lengths import length_between


class RejectedEmployeeAudit(PermanentModel):
    """The application as it was, why it was rejected, by whom and when. Written by `people.lifecycle.reject`."""

    first_name = models.CharField(_("first name"), max_length=NAME_LENGTH[1])
    last_name = models.CharField(_("last name"), max_length=NAME_LENGTH[1])
    email = models.EmailField(_("e-mail"), db_index=True)
    company_id = models.CharField(_("company ID"), max_length=20, db_index=True)
    department = models.CharField(_("department"), max_length=NAME_LENGTH[1], blank=True)
    reason = models.TextField(_("reason"), max_length=REASON_LENGTH[1])
    rejected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("rejected by")
    )
    rejected_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        verbose_name = _("rejected application")
        verbose_name_plural = _("rejected applications")
        ordering = ["-rejected_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="rejection_first_name", condition=length_between("first_name", *NAME_LENGTH)),
            models.CheckConstraint(name="rejection_last_name", condition=length_between("last_name", *NAME_LENGTH)),
            models.CheckConstraint(name="rejection_reason", condition=length_between("reason", *REASON_LENGTH)),
            models.CheckConstraint(name="rejection_email", condition=Q(email__contains="@")),
        ]

    def __str__(self) -> str:
        return f"{self.company_id} {self.first_name} {self.last_name}"
