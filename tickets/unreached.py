"""Tickets whose requester we did not reach: an e-mail to them failed for good, and since then nobody has sent it again
with success, or corrected their address."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from notifications.models import EmailNotification
from tickets.models import Ticket


def failed() -> QuerySet[EmailNotification]:
    """The e-mails. Few at any time: whatever asks for tickets begins with them, and not with every ticket."""
    theirs = Ticket.objects.filter(pk=OuterRef("about_id"), employee=OuterRef("recipient")).order_by()
    rows = EmailNotification.objects.filter(status=EmailNotification.Status.FAILED, forgotten_at=None).order_by()
    about = ContentType.objects.get_for_model(Ticket)
    return rows.filter(Exists(theirs), about_type=about, recipient_email=F("recipient__email"))


def condition() -> Q:
    """On tickets, for filters and counts."""
    return Q(pk__in=failed().values("about_id"))


def among(keys: Iterable[int]) -> set[int]:
    """Which of these tickets; one statement."""
    return set(Ticket.objects.filter(condition(), pk__in=list(keys)).values_list("pk", flat=True))
