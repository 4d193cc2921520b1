"""The conversation on a ticket: public comments, and internal notes that the requester never sees."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.actors import ACTOR_NAMES, PERSON
from audit.history import History
from tickets.enums import COMMENT_LENGTH


class TicketComment(models.Model):
    """Written once. `user` is None when SYSTEM or WORKFLOW wrote it (`actor_name`). Redacted: the text is gone."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="comments")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="ticket_comments",
        verbose_name=_("by"),
    )
    actor_name = models.CharField(
        _("actor"), max_length=10, choices=[(name, name) for name in ACTOR_NAMES], default=PERSON
    )
    comment = models.TextField(_("text"), blank=True, max_length=COMMENT_LENGTH[1])
    is_internal = models.BooleanField(_("internal note"), default=False)
    created_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("last change"), default=timezone.now, editable=False)
    redacted_at = models.DateTimeField(_("redacted"), null=True, editable=False)

    # Without the text: what was redacted must not live on in the history.
    history = History(excluded_fields=["comment"])

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["ticket", "created_at"], name="comment_of_ticket")]
        constraints = [
            models.CheckConstraint(
                name="comment_text_or_redacted",
                condition=(Q(redacted_at__isnull=True) & ~Q(comment="")) | Q(redacted_at__isnull=False, comment=""),
            ),
            models.CheckConstraint(
                name="comment_length", condition=Q(LessThanOrEqual(Length("comment"), COMMENT_LENGTH[1]))
            ),
            models.CheckConstraint(
                name="comment_author",
                condition=Q(user__isnull=False, actor_name=PERSON)
                | Q(user__isnull=True, actor_name__in=[name for name in ACTOR_NAMES if name != PERSON]),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
