"""Keys for programs: each acts as one person, within the scopes that it was given."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.history import History
from audit.versions import VersionedModel
from people.enums import Scope

NAME_LENGTH = 100
PREFIX_LENGTH = 8
REASON_LENGTH = 500


class ApiKey(VersionedModel):
    """A program's way in without a sign-in. Written by `people.api_keys` alone.

    The key itself is shown once and lies nowhere: here are the beginning by which it is found and known, and a digest.
    SHA-256 without salt or stretching is right for 256 random bits: there is nothing to guess.
    """

    name = models.CharField(_("name"), max_length=NAME_LENGTH, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="api_keys",
        verbose_name=_("acts as"),
        editable=False,
    )
    scopes = models.JSONField(_("scopes"), default=list, editable=False)
    prefix = models.CharField(_("begins with"), max_length=PREFIX_LENGTH, unique=True, editable=False)
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("made by"), editable=False
    )
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("runs out"), null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    last_used_from = models.GenericIPAddressField(_("last used from"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("revoked by"),
        editable=False,
    )
    revoke_reason = models.CharField(_("why revoked"), max_length=REASON_LENGTH, blank=True, editable=False)

    history = History(excluded_fields=["digest", "last_used_at", "last_used_from"])

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="apikey_revoked_by_somebody",
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_prefix(self) -> str:
        """As people see it: enough to tell keys apart, nothing to call with."""
        return f"ssk_{self.prefix}_…"

    @property
    def scope_labels(self) -> list[Any]:
        return [Scope(word).label for word in self.scopes]

    def is_good(self, now: datetime) -> bool:
        """Neither revoked nor run out, and the person it acts as may come in. `person` must be loaded."""
        in_time = self.expires_at is None or self.expires_at > now
        return self.revoked_at is None and in_time and self.person.is_active
