"""Which edition of the help center this is: something else after every change of what strangers may read."""

from __future__ import annotations

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

_BITS = 40


def _nonce() -> int:
    return secrets.randbits(_BITS)


class EditionChange(models.Model):
    """One change. All of them together are the edition (`helpcenter.editions`): they are only ever added, for a row
    that everybody wrote to would make two editors who publish at once wait for each other's pages, both ways round."""

    nonce = models.BigIntegerField(default=_nonce)
    changed_at = models.DateTimeField(_("changed"), auto_now_add=True)

    class Meta:
        verbose_name = _("change of the help center")
        verbose_name_plural = _("changes of the help center")
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)
