"""The kinds of message, and the messages. Each app registers its own in ready()."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.functional import Promise

if TYPE_CHECKING:
    from notifications.models import EmailNotification

#: Makes the data of a secret message, when it is sent. May raise jobs.outbox.Cancelled (no longer wanted) or Final.
Compose = Callable[["EmailNotification"], dict[str, Any]]

#: Whether the recipient may still get it.
StillWanted = Callable[["EmailNotification"], bool]

#: Which e-mails somebody must not know of, though they may look at the outbox.
HiddenFrom = Callable[[Any], Q]

#: Which notices, or entries of the ledger, somebody may (still) know of: a condition on the rows, asked each time.
Readable = Callable[[Any], Q]

#: Called for an e-mail that will not arrive, in the transaction that writes so.
Undelivered = Callable[["EmailNotification"], None]

BY_EMAIL, IN_APP = "by_email", "in_app"


@dataclass(frozen=True)
class Kind:
    """Messages that somebody wants to get or not, together. `channels`: what there is to choose from; a message of a
    kind without IN_APP never stands behind the bell. `is_for(person)`: whether they could ever get one."""

    name: str
    title: str | Promise
    hint: str | Promise
    channels: frozenset[str]
    is_for: Callable[[Any], bool]


@dataclass(frozen=True)
class Message:
    """`template`: "people/emails/approved" stands for …_subject.txt, ….txt and ….html under templates/. Without a kind
    it always goes by e-mail and never stands behind the bell: what keeps an account safe is nobody's choice."""

    name: str
    template: str
    compose: Compose | None = None
    is_internal: bool = False
    still_wanted: StillWanted | None = None
    kind: str = ""
    undelivered: Undelivered | None = None
    placeholders: Mapping[str, str | Promise] = field(default_factory=dict)
    sample: Mapping[str, Any] = field(default_factory=dict)
    mailing_list: str = ""

    @property
    def is_secret(self) -> bool:
        return self.compose is not None


_kinds: dict[str, Kind] = {}
_messages: dict[str, Message] = {}
_hidden: dict[str, HiddenFrom] = {}
_readable: dict[str, Readable] = {}
_ledger_readable: dict[str, Readable] = {}


def register(
    name: str,
    template: str,
    compose: Compose | None = None,
    *,
    is_internal: bool = False,
    still_wanted: StillWanted | None = None,
    kind: str = "",
    undelivered: Undelivered | None = None,
    placeholders: Mapping[str, str | Promise] | None = None,
    sample: Mapping[str, Any] | None = None,
    mailing_list: str = "",
) -> Message:
    """Make a message known. With `compose` it is secret: its data is made when it is sent and never stored.

    is_internal: its words are not for everybody who may look at the outbox (an internal note on a ticket that an admin
    asked for themselves), so that the outbox does not show them.
    still_wanted: asked right before each sending, also "send again": days may lie between writing and sending, and
    the recipient may have been suspended or lost sight of what it is about. No: it is cancelled.
    placeholders: what admins may use in own words for it, with what it stands for; without any it keeps its words.
    sample: made-up data to show it with.
    mailing_list: one word, by which mailboxes sort it (RFC 2919): "tickets" stands in List-Id as
    <tickets.help.example.com>, the same in every e-mail of that list.
    """
    given, shown = placeholders or {}, sample or {}
    message = Message(name, template, compose, is_internal, still_wanted, kind, undelivered, given, shown, mailing_list)
    _messages[name] = message
    return message


def register_kind(kind: Kind) -> None:
    _kinds[kind.name] = kind


def register_hidden(app: str, hidden: HiddenFrom) -> None:
    """An app says which of its e-mails are not there for somebody. Called in ready()."""
    _hidden[app] = hidden


def register_readable(app: str, readable: Readable, *, ledger: Readable) -> None:
    """An app says which notices about its rows somebody may know of, and which entries of the `ledger`; what no app
    speaks for, nobody may."""
    _readable[app], _ledger_readable[app] = readable, ledger


def hidden_from(user: Any) -> Q:
    """The e-mails that are not there for somebody, by the rules of all apps."""
    return _by_any(_hidden, user)


def readable_by(user: Any) -> Q:
    """The notices that somebody may know of, by the rules of all apps."""
    return _by_any(_readable, user)


def ledger_readable_by(user: Any) -> Q:
    """The entries of the ledger that somebody may know of, by the rules of all apps."""
    return _by_any(_ledger_readable, user)


def _by_any(rules: dict[str, Callable[[Any], Q]], user: Any) -> Q:
    found = Q(pk__in=[])
    for readable in rules.values():
        found |= readable(user)
    return found


def message_of(name: str) -> Message:
    """The message of that name; KeyError if no app registered it."""
    return _messages[name]


def registered() -> list[Message]:
    return list(_messages.values())


def kind_of(message: str) -> Kind | None:
    """The kind of the message of that name; None: it is nobody's choice."""
    return _kinds.get(_messages[message].kind) if message in _messages else None


def kinds_for(person: Any) -> list[Kind]:
    """What somebody can choose about, in the order of registration."""
    return [kind for kind in _kinds.values() if kind.is_for(person)]
