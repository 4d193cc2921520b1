"""What System Admins demand of everybody's sign-in. One row; it is there from the migration on."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit.history import History
from audit.versions import VersionedModel


class SignInPolicy(VersionedModel):
    """Changed on its page in the back office, with history. Read by `people.second_factor`."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    staff_need_second_factor = models.BooleanField(
        _("staff need a second factor"),
        default=False,
        help_text=_("The back office opens for them only once they have one."),
    )

    history = History()

    class Meta:
        verbose_name = _("sign-in policy")
        verbose_name_plural = _("sign-in policy")
        constraints = [models.CheckConstraint(name="signinpolicy_one_row", condition=Q(id=1))]

    def __str__(self) -> str:
        return str(_("Sign-in policy"))
