"""The events that a webhook can be told of. Each app registers its own in ready()."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Sent by hand from a webhook's page, whatever it is subscribed to.
TEST = "webhook.test"

#: Which deliveries somebody must not know of, though they may look at the log.
HiddenFrom = Callable[[Any], Q]

_kinds: dict[str, str | Promise] = {}
_hidden: dict[str, HiddenFrom] = {}


def register(name: str, words: str | Promise) -> None:
    """Make an event known: "ticket.approved", and what it means in a few words."""
    _kinds[name] = words


def registered() -> dict[str, str | Promise]:
    """Name → words, without the test."""
    return dict(_kinds)


def words_of(name: str) -> str | Promise:
    return _("A test") if name == TEST else _kinds.get(name, name)


def register_hidden(app: str, hidden: HiddenFrom) -> None:
    """An app says which deliveries are not there for somebody. Called in ready()."""
    _hidden[app] = hidden


def hidden_from(user: Any) -> Q:
    """The deliveries that are not there for somebody, by the rules of all apps."""
    found = Q(pk__in=[])
    for hidden in _hidden.values():
        found |= hidden(user)
    return found
