"""For the demo alone: the house's clock set back for a while, and a mail server that takes everything but one address.

What happened "twelve days ago" then carries that time everywhere, in history, clocks, comments, files and mails, while
it goes through the same doors as anything else.
"""

from __future__ import annotations

import datetime as dt
import logging
import smtplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from jobs import leases
from notifications.models import EmailNotification

#: Somebody's address with a slip in it, so that the demo has a mail that failed.
WRONG_ADDRESS = "kofi.mensah@exmaple.com"
#: And one whose mailbox was full for a while: her ticket is flagged until the reply is sent again.
FULL_MAILBOX, FULL_WHEN = "sofia.almeida@example.com", "New comment: No VPN from the hotel"
#: Younger mails are left to the worker, which puts them where the installation's mails go.
LEFT_TO_THE_WORKER = dt.timedelta(hours=1)
#: How long after they were written the others went out.
SENT_AFTER = dt.timedelta(seconds=20)


class _Kind(type):
    """Real moments count as moments of the moved clock: what asks `isinstance` must not notice."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, dt.datetime)


@contextmanager
def at(moment: dt.datetime) -> Iterator[None]:
    """It is `moment` for whoever asks django.utils.timezone. One process, one thread: commands only."""

    class Moved(dt.datetime, metaclass=_Kind):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]  # not a Moved: nobody asks it again
            return moment.astimezone(tz)

    # Not timezone.now itself: columns have that function as their default, and would keep the real one.
    before = timezone.datetime  # type: ignore[attr-defined]  # imported there, not exported
    timezone.datetime = Moved  # type: ignore[attr-defined]  # as above
    try:
        yield
    finally:
        timezone.datetime = before  # type: ignore[attr-defined]  # as above


class Nowhere(BaseEmailBackend):
    """Takes every mail and sends none; knows nobody at the wrong address, and one mailbox is full."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            if WRONG_ADDRESS in message.to:
                refused = {WRONG_ADDRESS: (550, b"5.1.1 There is no such mailbox here")}
                raise smtplib.SMTPRecipientsRefused(refused)
            if FULL_MAILBOX in message.to and message.subject.endswith(FULL_WHEN):
                raise smtplib.SMTPRecipientsRefused({FULL_MAILBOX: (552, b"5.2.2 The mailbox is full")})
        return len(email_messages)


def send_what_is_old() -> int:
    """Deliver each mail of the past at its time, by the worker's own way, to nobody. Answers how many."""
    before, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{Nowhere.__module__}.{Nowhere.__name__}"
    worked, log = 0, logging.getLogger(leases.__name__)
    # That one address is wrong is meant: nobody who starts this for the first time should read a warning of it.
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        old = EmailNotification.objects.filter(created_at__lt=timezone.now() - LEFT_TO_THE_WORKER)
        for row in old.filter(status=EmailNotification.Status.PENDING).order_by("created_at", "pk"):
            with at(row.created_at + SENT_AFTER):
                if leases.claim(row):
                    leases.work(row)
                    worked += 1
    finally:
        settings.EMAIL_BACKEND = before
        log.setLevel(level)
    return worked
