"""E-mails in the words of the admins: their own subject, first line and what comes next.

They are data with placeholders ({number}, {requester}), filled in once by plain replacement from a fixed list: nothing
in them is a template, so “{{ settings.SECRET_KEY }}”, “{% load %}” and walks along attributes are printed as they
stand, and so are placeholders within what is filled in. Only messages that name their placeholders can have own words:
those that open an account or keep it safe stay as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit.actors import Actor, person_of
from audit.events import refusals_noted
from audit.history import note
from audit.reading import Reading, Unfit, bounded_text
from audit.refusals import Reason, StaleVersion, refuse
from notifications import rendering
from notifications.messages import Message
from notifications.models import MessageText
from notifications.text_models import NEXT_STEP_LENGTH, STATE_LENGTH, SUBJECT_LENGTH

PERMISSION = "notifications.change_messagetext"
#: What looks like a placeholder; whether it is one, the message says.
_BRACED = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]{0,49})\}")


@dataclass(frozen=True)
class Words:
    """Own words; "" leaves the template's."""

    subject: str = ""
    state: str = ""
    next_step: str = ""


@dataclass(frozen=True)
class Written:
    """An e-mail as it reads."""

    subject: str
    text: str
    html: str


def own_words(message: Message) -> Words:
    """What the admins wrote for it; one statement, and none for a message that can't have any."""
    row = MessageText.objects.filter(message=message.name).first() if message.placeholders else None
    return Words(row.subject, row.state, row.next_step) if row else Words()


def written(message: Message, data: Mapping[str, Any], words: Words, *, subject_data: Mapping[str, Any]) -> Written:
    """The e-mail with these words: subject and text of the same ones, whatever it was called when it went out before.
    `subject_data`: what the subject may say, which is what is stored and never a secret."""
    own_subject = rendering.one_line(filled(words.subject, message, subject_data))
    own_subject = own_subject or rendering.subject(message.template, subject_data)
    own = {"own_state": filled(words.state, message, data), "own_next": filled(words.next_step, message, data)}
    body = rendering.body(message.template, {**data, **own}, email_subject=own_subject)
    return Written(own_subject, body.text, body.html)


def sample(message: Message, words: Words) -> Written:
    """The same with made-up people and tickets, to be looked at."""
    return written(message, message.sample, words, subject_data=message.sample)


def filled(words: str, message: Message, data: Mapping[str, Any]) -> str:
    """Placeholders of the message replaced, once; everything else as it stands."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        return str(data.get(name) or "") if name in message.placeholders else found[0]

    return _BRACED.sub(value, words)


def change(
    message: Message, *, by: Actor, subject: str, state: str, next_step: str, expected_version: int | None = None
) -> MessageText:
    """Write own words for a message; all empty: it reads as the template has it again.

    Raises Refused, InvalidValues (which names placeholders that are none) or StaleVersion: somebody wrote others
    since the `expected_version`, or the very first ones in this moment.
    """
    with refusals_noted("change_text", by=by), transaction.atomic():
        refuse(against_change(message, by=by))
        reading = Reading()
        values = {
            "subject": reading.take("subject", _read, subject, SUBJECT_LENGTH, message),
            "state": reading.take("state", _read, state, STATE_LENGTH, message),
            "next_step": reading.take("next_step", _read_lines, next_step, NEXT_STEP_LENGTH, message),
        }
        reading.finish()
        row = MessageText.objects.select_for_update().filter(message=message.name).first()
        row = row or MessageText(message=message.name)
        if expected_version is not None and expected_version != version_of(row):
            raise StaleVersion(row)
        for name, value in values.items():
            setattr(row, name, value)
        note(row, by=by, verb="change" if row.pk else "add")
        _save(row)
    return row


def _save(row: MessageText) -> None:
    """Before the first words for a message there is no row to lock: of two who write them at once the second finds out
    here. A savepoint, since the row that won is read afterwards."""
    is_first = row.pk is None
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        won = MessageText.objects.filter(message=row.message).first() if is_first else None
        if won is None:
            raise
        raise StaleVersion(won) from None


def against_change(message: Message, *, by: Actor) -> list[Reason]:
    """The reasons against; empty means it may be changed."""
    person = person_of(by)
    if person is not None and not person.has_perm(PERMISSION):
        return [Reason("not-allowed", _("You may not change the texts of e-mails."), _("A System Admin"))]
    if not message.placeholders:
        return [Reason("fixed", _("The words of this message stay as they are."))]
    return []


def version_of(row: MessageText | None) -> int:
    """0 while nobody has written anything."""
    return row.version if row is not None and row.pk is not None else 0


def _read(given: Any, most: int, message: Message) -> str:
    line = bounded_text(given, most).strip()
    if any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in line):
        raise Unfit(_("This is one line: remove line breaks and control characters."))
    return _with_known_placeholders(line, message)


def _read_lines(given: Any, most: int, message: Message) -> str:
    return _with_known_placeholders(bounded_text(given, most).strip(), message)


def _with_known_placeholders(words: str, message: Message) -> str:
    unknown = [f"{{{name}}}" for name in dict.fromkeys(_BRACED.findall(words)) if name not in message.placeholders]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in message.placeholders)
        sentence = _("Nothing stands behind %(unknown)s. There are: %(known)s.")
        raise Unfit(sentence % {"unknown": ", ".join(unknown), "known": known})
    return words
