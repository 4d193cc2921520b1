"""What admins say in e-mails in words of their own."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.history import History
from audit.versions import VersionedModel

SUBJECT_LENGTH = 150
STATE_LENGTH = 300
NEXT_STEP_LENGTH = 2_000


class MessageText(VersionedModel):
    """The own words of one message; what is empty stays as the template has it. Data, and no template: only the
    placeholders of `notifications.texts` are filled in. Changed by that module alone.
    """

    message = models.CharField(_("message"), max_length=60, unique=True, editable=False)
    subject = models.CharField(_("subject"), max_length=SUBJECT_LENGTH, blank=True, editable=False)
    state = models.CharField(_("first line"), max_length=STATE_LENGTH, blank=True, editable=False)
    next_step = models.TextField(_("what comes next"), max_length=NEXT_STEP_LENGTH, blank=True, editable=False)

    history = History()

    class Meta:
        verbose_name = _("text of an e-mail")
        verbose_name_plural = _("texts of e-mails")
        ordering = ["message"]

    def __str__(self) -> str:
        return self.message

    @property
    def is_default(self) -> bool:
        return not (self.subject or self.state or self.next_step)
