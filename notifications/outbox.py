"""Writing e-mails down, to be sent after the commit of the transaction that causes them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from audit import events
from audit.actors import Actor, name_of, person_of
from audit.models import AuditEvent
from audit.refusals import InvalidValues, Reason, Refused, refuse
from jobs import leases
from jobs import outbox as jobs_outbox
from notifications import rendering
from notifications.messages import Message, hidden_from, message_of
from notifications.models import EmailNotification

_THREAD_KEY_LENGTH = EmailNotification._meta.get_field("thread_key").max_length


def queue(
    message: str,
    *,
    to: AbstractBaseUser | str,
    about: models.Model | None = None,
    by: Actor | None = None,
    data: Mapping[str, Any] | None = None,
    thread_key: str = "",
    dedup_key: str | None = None,
) -> EmailNotification | None:
    """Write one e-mail down and have it sent after commit; None if one with this `dedup_key` is already there.

    `data` is a JSON snapshot for the templates (dates arrive there as ISO text: give them as they shall be read); a
    secret message takes none. Whether the recipient may be mailed at all is the caller's rule. Call it in the
    transaction that causes the message.
    """
    row = written(message, to=to, about=about, by=by, data=data, thread_key=thread_key)
    if not _saved(row, dedup_key):
        return None
    jobs_outbox.wake(EmailNotification)
    return row


def queue_all(
    message: str,
    *,
    to: Iterable[AbstractBaseUser | str],
    data: Callable[[Any], Mapping[str, Any]],
    about: models.Model | None = None,
    by: Actor | None = None,
    thread_key: str = "",
    dedup_prefix: str = "",
) -> None:
    """The same to several, each an e-mail of their own, written by one statement. `data(recipient)` is their snapshot.

    With a `dedup_prefix` each row's key is the prefix and the address; who has such a row already gets none.
    """
    rows = [written(message, to=each, about=about, by=by, data=data(each), thread_key=thread_key) for each in to]
    if dedup_prefix:
        for row in rows:
            row.dedup_key = key_for(dedup_prefix, row.recipient_email)
    store(rows, repeats_are_passed_over=bool(dedup_prefix))


def key_for(dedup_prefix: str, address: str) -> str:
    return f"{dedup_prefix}{address.lower()}"


def store(rows: Sequence[EmailNotification], *, repeats_are_passed_over: bool = False) -> None:
    """Write what `written` made by one statement, and have it sent after commit."""
    if rows:
        EmailNotification.objects.bulk_create(rows, ignore_conflicts=repeats_are_passed_over)
        jobs_outbox.wake(EmailNotification)


def written(
    message: str,
    *,
    to: AbstractBaseUser | str,
    about: models.Model | None,
    by: Actor | None,
    data: Mapping[str, Any] | None,
    thread_key: str,
) -> EmailNotification:
    """The row of one e-mail, not stored yet."""
    kind = _kind(message, data)
    recipient = None if isinstance(to, str) else to
    snapshot = _storable(data or {})
    return EmailNotification(
        message=message,
        is_secret=kind.is_secret,
        recipient_email=_checked_address(to if isinstance(to, str) else to.email),  # type: ignore[attr-defined]
        recipient_id=recipient.pk if recipient is not None else None,
        subject=rendering.subject(kind.template, snapshot),
        template_name=kind.template,
        template_data=snapshot,
        thread_key=thread_key[:_THREAD_KEY_LENGTH],
        about_type=ContentType.objects.get_for_model(about) if about is not None else None,
        about_id=about.pk if about is not None else None,
        caused_by_id=getattr(person_of(by), "pk", None),
        caused_by_name=name_of(by),
    )


def visible_to(user: Any) -> models.QuerySet[EmailNotification]:
    """The outbox as somebody may know of it. Whether they may look at it at all is the caller's question."""
    return EmailNotification.objects.exclude(hidden_from(user))


def send_again(row: EmailNotification, *, by: Actor) -> EmailNotification:
    """Put a sent, failed or cancelled e-mail in line anew, with the Message-ID it had. Returns the fresh row.

    It goes to the address that the recipient has by now: the old one may be what was wrong, or somebody else's. Raises
    Refused for somebody without the permission, when its text was taken out, and when it is in line anyway.
    """
    row = EmailNotification.objects.get(pk=row.pk)
    refuse(against_sending_again(row, by=by))
    address = address_now(row)
    moved = {} if address == row.recipient_email else {"to": address}
    with transaction.atomic():
        among = EmailNotification.objects.filter(forgotten_at=None)
        anew = {"sent_at": None, "recipient_email": address}
        if not leases.again(EmailNotification, row.pk, of=EmailNotification.FINISHED, among=among, **anew):
            raise Refused([_waiting()])
        events.record(AuditEvent.Kind.SENT_AGAIN, by=by, about=row, message=row.message, was=row.status, **moved)
        jobs_outbox.wake(EmailNotification)
    return EmailNotification.objects.get(pk=row.pk)


def address_now(row: EmailNotification) -> str:
    """Where it would go if it were sent again. What is secret is for whoever reads at the address it was written to."""
    person: Any = row.recipient
    if person is None or row.is_secret or person.email.lower() == row.recipient_email.lower():
        return row.recipient_email
    return person.email if takes(person.email) else row.recipient_email


def against_sending_again(row: EmailNotification, *, by: Actor) -> list[Reason]:
    """The reasons against; empty means it may be sent again."""
    person = person_of(by)
    if person is not None and not person.has_perm("notifications.send_again_emailnotification"):
        return [Reason("not-allowed", _("You may not send e-mails again."), _("A System Admin"))]
    if person is not None and not visible_to(person).filter(pk=row.pk).exists():
        return [Reason("unseen", _("There is no such e-mail."))]
    if row.forgotten_at is not None:
        return [Reason("text-taken-out", _("Its text was taken out, so there is nothing left to send."))]
    return [] if row.is_finished else [_waiting()]


def forget(dedup_prefix: str) -> int:
    """Take the words out of every e-mail whose dedup_key begins so, and stop those not sent yet. Answers how many.

    For what was redacted: it must not live on here. A worker in the middle of sending loses its row, and so can't
    write the text back.
    """
    if not dedup_prefix:
        raise ValueError("An empty beginning would forget every e-mail.")
    rows = EmailNotification.objects.filter(dedup_key__startswith=dedup_prefix)
    with transaction.atomic():
        leases.call_off(rows, error=_("Its text was taken out before it was sent."))
        return rows.update(body="", template_data={}, forgotten_at=timezone.now())


def let_go(recipients: Iterable[AbstractBaseUser]) -> None:
    """These people are being taken out again: what was not sent to them yet is not sent, and what was is kept by its
    address."""
    rows = EmailNotification.objects.filter(recipient_id__in=[recipient.pk for recipient in recipients])
    leases.call_off(rows, error=_("The account was taken back before it was sent."))
    rows.update(recipient=None)


def takes(address: str) -> bool:
    """Whether a mail can be written to this address."""
    try:
        _checked_address(address)
    except InvalidValues:
        return False
    return True


def _kind(message: str, data: Mapping[str, Any] | None) -> Message:
    kind = message_of(message)
    if kind.is_secret and data:
        raise ValueError(f"{message} is secret: its data is made when it is sent and can't be given.")
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("An e-mail is written in the transaction that causes it.")
    return kind


def _waiting() -> Reason:
    return Reason("already-waiting", _("This e-mail is waiting to be sent already."))


def _saved(row: EmailNotification, dedup_key: str | None) -> bool:
    if dedup_key is None:
        row.save(force_insert=True)
        return True
    row.dedup_key = dedup_key
    try:
        # A savepoint: on PostgreSQL the refused insert would take the caller's transaction with it.
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        if EmailNotification.objects.filter(dedup_key=dedup_key).exists():
            return False
        raise
    return True


def _checked_address(address: str) -> str:
    """One plain address. A line break or a comma in it could add headers or recipients."""
    try:
        validate_email(address)
    except ValidationError as error:
        raise InvalidValues({"to": _("This is not an e-mail address.")}) from error
    if any(unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} for character in address):
        raise InvalidValues({"to": _("An e-mail address can't hold control characters.")})
    return address


def _storable(value: Any) -> Any:
    """`value` as JSON can hold it on both databases: translated words as text, and no NUL, which PostgreSQL refuses."""
    if isinstance(value, Mapping):
        return {str(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | models.QuerySet):
        return [_storable(item) for item in value]
    if isinstance(value, str | Promise):
        return re.sub("\x00", "", force_str(value))
    return value
