"""What each person wants to be told of, and by what. Without a choice of theirs, by everything there is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from notifications import messages
from notifications.messages import BY_EMAIL, IN_APP, Kind
from notifications.models import NoticePreference

EVERY_CHANNEL = frozenset({BY_EMAIL, IN_APP})

#: (key of a person, kind) → the channels they left on.
Chosen = Mapping[tuple[Any, str], frozenset[str]]


@dataclass(frozen=True)
class Choice:
    """A kind, and what somebody has chosen for it."""

    kind: Kind
    by_email: bool
    in_app: bool


def chosen_by(people: Iterable[Any]) -> Chosen:
    """What these people have chosen, in one statement; none where there are no people."""
    keys = {person.pk for person in people}
    if not keys:
        return {}
    rows = NoticePreference.objects.filter(person__in=keys).order_by()
    chosen = rows.values_list("person_id", "kind", "by_email", "in_app")
    return {(person, kind): _channels(by_email, in_app) for person, kind, by_email, in_app in chosen}


def channels_of(message: str, to: Any, chosen: Chosen) -> frozenset[str]:
    """By what a message goes to somebody; an address outside has no bell and nobody to choose."""
    kind = messages.kind_of(message)
    if kind is None or isinstance(to, str):
        return frozenset({BY_EMAIL})
    return kind.channels & chosen.get((to.pk, kind.name), EVERY_CHANNEL)


def choices_of(person: Any) -> list[Choice]:
    """Every kind that somebody can choose about, with what is chosen."""
    chosen = chosen_by([person])
    found = []
    for kind in messages.kinds_for(person):
        channels = kind.channels & chosen.get((person.pk, kind.name), EVERY_CHANNEL)
        found.append(Choice(kind, BY_EMAIL in channels, IN_APP in channels))
    return found


def choose(person: Any, wanted: Mapping[str, Collection[str]]) -> None:
    """Keep what somebody wants: kind → channels. A kind that is not there, or not for them, is passed over; a channel
    that a kind does not have stays as if it were on."""
    with transaction.atomic():
        for kind in messages.kinds_for(person):
            if kind.name in wanted:
                left = set(wanted[kind.name]) | (EVERY_CHANNEL - kind.channels)
                values = {"by_email": BY_EMAIL in left, "in_app": IN_APP in left}
                NoticePreference.objects.update_or_create(person=person, kind=kind.name, defaults=values)


def _channels(by_email: bool, in_app: bool) -> frozenset[str]:
    return frozenset({BY_EMAIL} if by_email else ()) | frozenset({IN_APP} if in_app else ())
