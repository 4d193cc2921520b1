"""What a program that signed in over the API holds: one row for all tokens that came of one sign-in."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.history import OriginFields


class TokenFamily(OriginFields):
    """A sign-in over the API and every token made from it. No token lies here, only the name of the newest.

    A refresh token is used once; whoever brings an older one has a copy that somebody else used, and the whole family
    ends. Written by `people.tokens` alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="token_families",
        verbose_name=_("person"),
        editable=False,
    )
    newest_refresh = models.CharField(_("newest refresh token"), max_length=64, editable=False)
    created_at = models.DateTimeField(_("signed in"), default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(_("last used"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("ends by itself"), editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("API sign-in")
        verbose_name_plural = _("API sign-ins")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["person", "-created_at"], name="tokenfamily_person")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.created_at:%Y-%m-%d %H:%M}"
