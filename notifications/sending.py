"""Sending one e-mail row: the worker's side, called outside any transaction.

The same row is sent with the same Message-ID however often: a worker killed between the server's "accepted" and our
commit sends it once more, and whoever gets both can tell.
"""

from __future__ import annotations

import hashlib
import logging
import re
import smtplib
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from jobs import leases
from jobs.outbox import Cancelled, Final, Outcome, Temporary, Unavailable
from notifications import outbox, rendering, texts
from notifications.gmail import GmailProblem
from notifications.messages import Message, message_of
from notifications.models import EmailNotification

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 30
#: What the ways of sending raise, besides OSError, when the other side says no.
REFUSALS = (smtplib.SMTPException, GmailProblem)


def deliver(row: EmailNotification) -> dict[str, Any]:
    """Send a claimed row; answers what to write into it with "done". Raises jobs.outbox.Temporary or Final.

    It reads as it reads by now, also when it is sent again: admins may have found better words, or gone back to the
    original ones, and then subject and text both do. What it is about stays as it was when it was written.
    """
    kind = _kind_of(row)
    _follow(row)
    if kind.still_wanted is not None and not kind.still_wanted(row):
        raise Cancelled(_("The recipient may not get this any more."))
    try:
        written = texts.written(kind, _data_of(row, kind), texts.own_words(kind), subject_data=row.template_data)
        # What the server answers may quote the message, as filters of links do.
        _send(_mail(row, kind, written), answers_in_full=not row.is_secret)
    except Outcome:
        raise
    except Exception as error:
        if not row.is_secret:
            raise
        # The error's text and its chain may quote the link that nobody but the recipient shall see.
        raise Temporary(_("Unexpected error: %(kind)s") % {"kind": type(error).__name__}) from None
    keeps_text = not row.is_secret or secrets_are_readable()
    return {"sent_at": timezone.now(), "subject": written.subject, "body": written.text if keeps_text else ""}


def _follow(row: EmailNotification) -> None:
    """To the address that the recipient has by now: the old one may be somebody else's, and what waited for an address
    to be corrected must not be lost with it."""
    address = outbox.address_now(row)
    if address == row.recipient_email:
        return
    if not leases.renew(row, recipient_email=address):
        raise Cancelled(_("It was called off in this moment."))
    row.recipient_email = address


def undelivered(row: EmailNotification) -> None:
    """It has failed for good: whoever must know of it is told by the app whose message it is. Called in the transaction
    that says so, which must not fail with it: the row would be sent again and again."""
    try:
        tell = message_of(row.message).undelivered
    except KeyError:
        return
    if tell is None:
        return
    try:
        with transaction.atomic():
            tell(row)
    except Exception:
        logger.exception("Nobody could be told that e-mail %s was not delivered.", row.pk)


def preview(row: EmailNotification) -> str | None:
    """The text: as sent, or as it would be sent now; None where nobody may read it, or nothing is left to read."""
    if row.forgotten_at is not None or (row.is_secret and not secrets_are_readable()):
        return None
    if row.body or row.is_secret:
        return row.body or None
    try:
        kind = replace(message_of(row.message), template=row.template_name)
    except KeyError:
        kind = Message(row.message, row.template_name)
    return texts.written(kind, row.template_data, texts.own_words(kind), subject_data=row.template_data).text


def secrets_are_readable() -> bool:
    """Only on one's own machine without a mail server: else nobody could sign up there."""
    return settings.APP_ENV == "local" and not settings.EMAIL_URL


def _kind_of(row: EmailNotification) -> Message:
    try:
        return message_of(row.message)
    except KeyError:
        raise Final(_("Nobody here knows the message “%(message)s”.") % {"message": row.message}) from None


def _data_of(row: EmailNotification, kind: Message) -> dict[str, Any]:
    return row.template_data if kind.compose is None else kind.compose(row)


def _mail(row: EmailNotification, kind: Message, written: texts.Written) -> EmailMultiAlternatives:
    headers = {"Message-ID": row.message_id, "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    if row.thread_key:
        # All mails of a thread answer to one that was never sent: they group whichever of them arrives first.
        headers["References"] = headers["In-Reply-To"] = _thread_root(row)
    if kind.mailing_list:
        headers["List-Id"] = f"SmartSupport {kind.mailing_list} <{kind.mailing_list}.{row.message_host}>"
    mail = EmailMultiAlternatives(
        subject=written.subject,
        body=written.text,
        to=[row.recipient_email],
        headers=headers,
    )
    mail.attach_alternative(written.html, "text/html")
    return mail


def _thread_root(row: EmailNotification) -> str:
    key = row.thread_key
    if not re.fullmatch(r"[A-Za-z0-9]+([.-][A-Za-z0-9]+)*", key):
        key = hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"<thread.{key}@{row.message_host}>"


def _send(mail: EmailMultiAlternatives, *, answers_in_full: bool) -> None:
    connection = get_connection(timeout=TIMEOUT_SECONDS)
    try:
        connection.open()
    except (OSError, *REFUSALS) as error:
        said = _answer(error, in_full=answers_in_full)
        raise Unavailable(_("The mail server can't be reached: %(answer)s") % {"answer": said}) from error
    try:
        connection.send_messages([mail])
    except REFUSALS as error:
        raise _outcome_of(error, answer=_answer(error, in_full=answers_in_full)) from error
    except OSError as error:
        said = _answer(error, in_full=answers_in_full)
        raise Unavailable(_("The mail server stopped answering: %(answer)s") % {"answer": said}) from error
    finally:
        _close(connection)


def _close(connection: Any) -> None:
    try:
        connection.close()
    except (OSError, *REFUSALS):
        # The message is accepted or refused already; a clumsy goodbye must not send it a second time.
        logger.info("The mail server did not take our goodbye.", exc_info=True)


def _outcome_of(error: Exception, *, answer: str) -> Outcome:
    """What an answer of the mail server means for this row (RFC 5321 4.2.1: 5yz is for good, 4yz for now)."""
    if isinstance(error, GmailProblem) and not error.is_final:
        # How much is sent, who may send, or a fault of theirs: the same for every row.
        return Unavailable(_("The mail server did not take it: %(answer)s") % {"answer": answer}, error.retry_after)
    code, _said = _code_and_words(error)
    for_good = isinstance(error, GmailProblem) or (code is not None and 500 <= code <= 599)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        words = _("The mail server refused the address: %(answer)s") % {"answer": answer}
        return Final(words) if for_good else Temporary(words)
    if isinstance(error, smtplib.SMTPDataError | GmailProblem):
        words = _("The mail server refused the message: %(answer)s") % {"answer": answer}
        return Final(words) if for_good else Temporary(words)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Final(_("The mail server can't write to such an address: %(answer)s") % {"answer": answer})
    # Our own sender, credentials or greeting refused, or the line cut: nothing that this row could help.
    return Unavailable(_("The mail server did not take it: %(answer)s") % {"answer": answer})


def _code_and_words(error: Exception) -> tuple[int | None, bytes | str]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))  # never more than one
        return code, said
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code, error.smtp_error
    if isinstance(error, GmailProblem):
        return error.code, error.words
    return None, str(error)


def _answer(error: Exception, *, in_full: bool) -> str:
    """What was said, as one short line; without `in_full` only the code, or the kind of error. What we know how to mend
    is said in words of our own, which quote nothing."""
    if isinstance(error, GmailProblem) and error.advice:
        return error.advice
    code, said = _code_and_words(error)
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    if not in_full or not words:
        return type(error).__name__ if code is None else str(code)
    line = rendering.one_line(words)
    return line if code is None else f"{code} {line}"
