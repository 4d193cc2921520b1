"""Where a change comes from: address, browser and request id, carried beside the call and not through it.

Verbs take no `request`; the middleware notes the origin here, and history rows and audit events read it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

USER_AGENT_LENGTH = 255


@dataclass(frozen=True)
class Origin:
    """ip_address: None outside a request; request_id: one for all rows that a request or task wrote."""

    ip_address: str | None = None
    user_agent: str = ""
    request_id: str = ""


_NOWHERE = Origin()
_origin: ContextVar[Origin] = ContextVar("origin", default=_NOWHERE)


def current() -> Origin:
    return _origin.get()


def new_request_id() -> str:
    return uuid.uuid4().hex


def note_program(name: str) -> None:
    """Within a request: what its sender calls itself stands behind what we know it as."""
    here = _origin.get()
    words = f"{name} · {here.user_agent}" if here.user_agent else name
    _origin.set(replace(here, user_agent=words[:USER_AGENT_LENGTH]))


@contextmanager
def coming_from(origin: Origin) -> Iterator[Origin]:
    """Everything written inside carries this origin."""
    token = _origin.set(origin)
    try:
        yield origin
    finally:
        _origin.reset(token)
