"""The kinds of run: each app registers its own in ready()."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from audit.refusals import Refused
from jobs import outbox
from jobs.models import Run, RunRow


@dataclass(frozen=True)
class Effect:
    """What one row will do or did: sentences for people, what it is about, and what undoing must know (JSON).

    `action`: RunRow.Action, where a row may make something or change it. `outcome`: another than the good one of the
    phase, with what the row remembers of it: REFUSED or SAME of a plan, KEPT of an undo.
    """

    sentences: list[str] = field(default_factory=list)
    about: models.Model | None = None
    memory: Mapping[str, Any] = field(default_factory=dict)
    action: str = ""
    outcome: str = ""


class RunRefused(outbox.Final):
    """Raised by steps when the person may not do any of it: the run ends with that, and its rows stay as they are, so
    that somebody who may can go on."""

    def __init__(self, refused: Refused) -> None:
        self.refused = refused
        super().__init__(" ".join(str(reason.sentence) for reason in refused.reasons))


#: Called as step(row, by=person); row is a RunRow. Refuses with Refused, InvalidValues or StaleVersion.
Step = Callable[..., Effect | str | None]
#: Called as steps(rows, by=person, run=run) with up to CHUNK rows of one run; answers for each of them, in their order,
#: with an Effect or with the Refused, InvalidValues or StaleVersion. What it raises says nothing about a single row:
#: all of them are then done again, one by one; but for RunRefused, which ends the run.
Steps = Callable[..., Sequence[Effect | Exception]]
#: Called as read(run, after): the run's rows behind the one of that number, as (number, payload, key). Rows of one key
#: are repeats of each other; "" repeats nothing.
Read = Callable[[Run, int], Iterator[tuple[int, Mapping[str, Any], str]]]

#: So many rows are done in one transaction by a kind that takes several at once.
CHUNK = 250


@dataclass(frozen=True)
class Kind:
    """plan: says what would happen; whatever it writes is rolled back, so it may call the real verb.
    apply: does it, in a transaction that also holds the rows' outcomes.
    undo: takes it back, or refuses when the thing was touched since.
    read: where the rows come from, when they are not given at the start.
    """

    name: str
    plan: Steps
    apply: Steps
    undo: Steps | None = None
    read: Read | None = None
    chunk: int = 1


_kinds: dict[str, Kind] = {}


def register_kind(name: str, *, plan: Step, apply_row: Step, undo_row: Step | None = None) -> Kind:
    """Make a kind of run known whose rows are done one by one. Without `undo_row` its runs can't be undone."""
    return _register(Kind(name, _each(plan), _each(apply_row), _each(undo_row) if undo_row else None))


def register_kind_of_many(
    name: str, *, plan_rows: Steps, apply_rows: Steps, undo_rows: Steps | None = None, read: Read | None = None
) -> Kind:
    """Make a kind of run known whose rows are done CHUNK at a time, and read by the worker where `read` is given."""
    return _register(Kind(name, plan_rows, apply_rows, undo_rows, read, CHUNK))


def kind_of(name: str) -> Kind | None:
    return _kinds.get(name)


def _register(kind: Kind) -> Kind:
    _kinds[kind.name] = kind
    return kind


def _each(step: Step) -> Steps:
    def steps(rows: Sequence[RunRow], *, by: Any, run: Run) -> list[Effect | Exception]:
        return [_as_effect(step(row, by=by)) for row in rows]

    return steps


def _as_effect(said: Effect | str | None) -> Effect:
    if isinstance(said, Effect):
        return said
    return Effect(sentences=[str(said)] if said else [])
