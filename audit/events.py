"""Writing the record of what no row's history shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q

from audit.actors import Actor, name_of, person_of
from audit.models import AuditEvent
from audit.refusals import Refused


def record(
    kind: AuditEvent.Kind, *, by: Actor | None = None, about: models.Model | None = None, **detail: Any
) -> AuditEvent:
    """Add one event. `detail` is JSON, without secrets and without what the reader of the record may not see."""
    event = AuditEvent(kind=kind, actor=person_of(by), actor_name=name_of(by), detail=detail)
    if about is not None:
        event.about_type, event.about_id = ContentType.objects.get_for_model(about), about.pk
    event.note_origin()
    event.save()
    return event


#: App → which events are not there for somebody, though they may read the record.
_hidden: dict[str, Callable[[Any], Q]] = {}


def register_hidden(app: str, hidden: Callable[[Any], Q]) -> None:
    """An app says which events are not there for somebody: what goes on among staff about their own matters. Called in
    ready()."""
    _hidden[app] = hidden


def visible_to(user: Any) -> models.QuerySet[AuditEvent]:
    """The record as somebody may read it. Whether they may read it at all is the caller's question."""
    found = AuditEvent.objects.all()
    for hidden in _hidden.values():
        found = found.exclude(hidden(user))
    return found


def record_refusal(refused: Refused, *, verb: str, by: Actor | None, about: models.Model | None) -> None:
    """Note a refusal. Call it outside the transaction that the refusal rolled back."""
    record(AuditEvent.Kind.REFUSED, by=by, about=about, verb=verb, codes=sorted(refused.codes))


@contextmanager
def refusals_noted(verb: str, *, by: Actor | None, about: models.Model | None = None) -> Iterator[None]:
    """Around a door's transaction: notes a refusal that leaves it. Inside, the rollback would take the note with it."""
    try:
        yield
    except Refused as refused:
        record_refusal(refused, verb=verb, by=by, about=about)
        raise
