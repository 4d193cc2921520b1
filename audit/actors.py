"""Who does something: an Employee, or one of two named actors. There are no invented people."""

from __future__ import annotations

from enum import Enum
from typing import Any, TypeAlias

from django.utils.translation import gettext_lazy as _


class NamedActor(Enum):
    """An actor that is not a person: our own timers (SYSTEM), the external workflow system (WORKFLOW)."""

    SYSTEM = "system"
    WORKFLOW = "workflow"

    def __str__(self) -> str:
        return str({"system": _("SmartSupport"), "workflow": _("the workflow system")}[self.value])


SYSTEM = NamedActor.SYSTEM
WORKFLOW = NamedActor.WORKFLOW

#: What every verb takes as `by`: an Employee or a NamedActor. Any, because people live in an app that this one must
#: not import, and a narrower name would only be cast back everywhere.
Actor: TypeAlias = Any

#: The value of an `actor_name` column where a person stands in the column beside it.
PERSON = "person"

ACTOR_NAMES = [PERSON, *(actor.value for actor in NamedActor)]


def person_of(actor: Actor | None) -> Any:
    """The person behind an actor, or None for SYSTEM, WORKFLOW and nobody (None, or a request without sign-in)."""
    return None if isinstance(actor, NamedActor) or getattr(actor, "is_anonymous", True) else actor


def name_of(actor: Actor | None) -> str:
    """The stored word for an actor: "person", "system", "workflow"; nobody known is "system"."""
    return actor.value if isinstance(actor, NamedActor) else SYSTEM.value if person_of(actor) is None else PERSON
