"""The kinds of run: each app registers its own in ready()."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models


@dataclass(frozen=True)
class Effect:
    """What one row will do or did: sentences for people, what it is about, and what undo_row must know (JSON)."""

    sentences: list[str] = field(default_factory=list)
    about: models.Model | None = None
    memory: Mapping[str, Any] = field(default_factory=dict)


#: Called as step(row, by=person); row is a RunRow. Refuses with Refused, InvalidValues or StaleVersion.
Step = Callable[..., Effect | str | None]


@dataclass(frozen=True)
class Kind:
    """plan: says what would happen; whatever it writes is rolled back, so it may call the real verb.
    apply_row: does it, in a transaction that also holds the row's outcome.
    undo_row: takes it back, or refuses when the thing was touched since.
    """

    name: str
    plan: Step
    apply_row: Step
    undo_row: Step | None = None


_kinds: dict[str, Kind] = {}


def register_kind(name: str, *, plan: Step, apply_row: Step, undo_row: Step | None = None) -> Kind:
    """Make a kind of run known. Without `undo_row` its runs can't be undone."""
    kind = Kind(name, plan, apply_row, undo_row)
    _kinds[name] = kind
    return kind


def kind_of(name: str) -> Kind | None:
    return _kinds.get(name)
