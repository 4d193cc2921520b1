"""When somebody last looked at a ticket; what came since is unread."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class TicketVisit(models.Model):
    """One row a person and ticket. A mark of viewing like a counter of downloads: a GET may move it."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="visits")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="ticket_visits")
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)

    class Meta:
        verbose_name = _("visit of a ticket")
        verbose_name_plural = _("visits of tickets")
        constraints = [models.UniqueConstraint(fields=["ticket", "person"], name="visit_once_a_person")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.person_id}"
