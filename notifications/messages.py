"""The kinds of message. Each app registers its own in ready()."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q

if TYPE_CHECKING:
    from notifications.models import EmailNotification

#: Makes the data of a secret message, when it is sent. May raise jobs.outbox.Cancelled (no longer wanted) or Final.
Compose = Callable[["EmailNotification"], dict[str, Any]]

#: Whether the recipient may still get it.
StillWanted = Callable[["EmailNotification"], bool]

#: Which e-mails somebody must not know of, though they may look at the outbox.
HiddenFrom = Callable[[Any], Q]


@dataclass(frozen=True)
class Message:
    """`template`: "people/emails/approved" stands for …_subject.txt, ….txt and ….html under templates/."""

    name: str
    template: str
    compose: Compose | None = None
    is_internal: bool = False
    still_wanted: StillWanted | None = None

    @property
    def is_secret(self) -> bool:
        return self.compose is not None


_messages: dict[str, Message] = {}
_hidden: dict[str, HiddenFrom] = {}


def register(
    name: str,
    template: str,
    compose: Compose | None = None,
    *,
    is_internal: bool = False,
    still_wanted: StillWanted | None = None,
) -> Message:
    """Make a message known. With `compose` it is secret: its data is made when it is sent and never stored.

    is_internal: its words are not for everybody who may look at the outbox (an internal note on a ticket that an admin
    asked for themselves), so that the outbox does not show them.
    still_wanted: asked right before each sending, also "send again": days may lie between writing and sending, and
    the recipient may have been suspended or lost sight of what it is about. No: it is cancelled.
    """
    message = Message(name, template, compose, is_internal, still_wanted)
    _messages[name] = message
    return message


def register_hidden(app: str, hidden: HiddenFrom) -> None:
    """An app says which of its e-mails are not there for somebody. Called in ready()."""
    _hidden[app] = hidden


def hidden_from(user: Any) -> Q:
    """The e-mails that are not there for somebody, by the rules of all apps."""
    found = Q(pk__in=[])
    for hidden in _hidden.values():
        found |= hidden(user)
    return found


def message_of(name: str) -> Message:
    """The message of that name; KeyError if no app registered it."""
    return _messages[name]


def registered() -> list[Message]:
    return list(_messages.values())
