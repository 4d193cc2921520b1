"""Telling people of an event: one place that writes the e-mails, the notices behind the bell, and the ledger that says
who was told by what, and who was not and why. Whom an event is for is the app's rule; by what, is each person's choice.

Of everything there is one statement an event, however many people: verbs are counted in statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.db import models

from audit.actors import Actor, name_of, person_of
from notifications import outbox, preferences, rendering
from notifications.messages import BY_EMAIL, IN_APP, message_of
from notifications.models import EmailNotification, LedgerEntry, Notice

#: Why somebody is not told; `notifications.ledger` has the words.
OWN_ACTION, UNSEEN, NOT_APPROVED, PREFERENCE = "own_action", "unseen", "not_approved", "preference"


@dataclass(frozen=True)
class Told:
    """A message for a person, or for an address outside; or, with `why`, that they are not told. `data` is the snapshot
    for the templates: `path` is where the notice leads, `number` what it is called."""

    message: str
    to: AbstractBaseUser | str
    data: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True)
class _Event:
    about: models.Model
    by: Actor | None
    thread_key: str
    dedup_prefix: str

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "about_type": ContentType.objects.get_for_model(self.about),
            "about_id": self.about.pk,
            "caused_by_id": getattr(person_of(self.by), "pk", None),
            "caused_by_name": name_of(self.by),
        }


def tell(
    event: str,
    everybody: Iterable[Told],
    *,
    about: models.Model,
    by: Actor | None,
    thread_key: str = "",
    dedup_prefix: str = "",
) -> None:
    """Write down who is told of `event`, and who is not. Call it once in the transaction of the event.

    With a `dedup_prefix` each e-mail's key is the prefix and the address: `outbox.forget` finds them by it.
    """
    everybody = list(everybody)
    if not everybody:
        return
    happened = _Event(about, by, thread_key, dedup_prefix)
    chosen = preferences.chosen_by(told.to for told in everybody if not told.why and not isinstance(told.to, str))
    emails: list[EmailNotification] = []
    notices: list[Notice] = []
    lines: list[dict[str, Any]] = []
    for told in everybody:
        channels = frozenset() if told.why else preferences.channels_of(told.message, told.to, chosen)
        email = _email(told, happened) if BY_EMAIL in channels else None
        notice = _notice(told, happened, email) if IN_APP in channels else None
        emails += [email] if email else []
        notices += [notice] if notice else []
        lines.append(_line(told, email, notice))
    outbox.store(emails, repeats_are_passed_over=bool(dedup_prefix))
    if notices:
        Notice.objects.bulk_create(notices)
    LedgerEntry(event=event, told=lines, **happened.columns).save()


def notice(message: str, *, to: AbstractBaseUser, text: str, path: str, number: str, about: models.Model) -> None:
    """One notice by itself, of what nobody did: it goes to no ledger and is nobody's choice."""
    columns = _Event(about, None, "", "").columns
    Notice.objects.create(
        recipient_id=to.pk, message=message, text=rendering.one_line(text), number=number, path=path, **columns
    )


def _email(told: Told, event: _Event) -> EmailNotification:
    row = outbox.written(
        told.message, to=told.to, about=event.about, by=event.by, data=told.data, thread_key=event.thread_key
    )
    if event.dedup_prefix:
        row.dedup_key = outbox.key_for(event.dedup_prefix, row.recipient_email)
    return row


def _notice(told: Told, event: _Event, email: EmailNotification | None) -> Notice:
    words = email.subject if email else rendering.subject(message_of(told.message).template, told.data)
    number = str(told.data.get("number", ""))
    return Notice(
        recipient_id=told.to.pk,  # type: ignore[union-attr]  # an address outside has no bell
        message=told.message,
        number=number,
        text=rendering.title(words, number),
        path=told.data["path"],
        **event.columns,
    )


def _line(told: Told, email: EmailNotification | None, notice: Notice | None) -> dict[str, Any]:
    is_outside = isinstance(told.to, str)
    return {
        "to": None if is_outside else told.to.pk,  # type: ignore[union-attr]
        "address": told.to if is_outside else "",
        "message": told.message,
        "email": email.dedup_key if email else None,
        "in_app": notice is not None,
        "why": told.why or ("" if email or notice else PREFERENCE),
    }
