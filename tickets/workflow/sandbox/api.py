"""What programs ask of the sandbox: SmartSupport itself, and tests that set its mood from another process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tickets.workflow.sandbox.answers import Answer, as_json, sentence
from tickets.workflow.sandbox.moods import Mood
from tickets.workflow.sandbox.store import Row

if TYPE_CHECKING:
    from tickets.workflow.sandbox.sandbox import Sandbox

#: Under EXTERNAL_WORKFLOW_API_URL: deliveries come there, and what it knows is asked for beneath.
PATH, VIEW, CONTROL = "/api/", "/api/tickets/", "/control/"
KEY_LENGTH = 200


def take(sandbox: Sandbox, key: str, body: bytes) -> Answer:
    """A delivery."""
    if sandbox.mood is Mood.REFUSES:
        return sentence(422, "We don't do such things here.")
    if not key or len(key) > KEY_LENGTH:
        return sentence(400, "An Idempotency-Key is needed: by it we know what came before.")
    payload = _object(body)
    if payload is None or not isinstance(payload.get("ticket_id"), str) or not payload["ticket_id"]:
        return sentence(400, "That is no delivery: it must be a JSON object with a ticket_id.")
    code, answer = sandbox.take(key, payload)
    return as_json(code, answer)


def view(sandbox: Sandbox, query: Mapping[str, list[str]]) -> Answer:
    """What it knows of the tickets that changed since a moment."""
    asked = (query.get("updated_since") or [""])[-1]
    try:
        since = datetime.fromisoformat(asked) if asked else datetime.fromtimestamp(0, UTC)
    except ValueError:
        return sentence(400, "updated_since must be a time such as 2026-01-31T12:00:00Z.")
    since = since if since.tzinfo else since.replace(tzinfo=UTC)
    return as_json(200, [as_seen(ticket) for ticket in sandbox.store.tickets(since=since.timestamp())])


def as_seen(ticket: Row) -> dict[str, Any]:
    return {
        "ticket_id": ticket["number"],
        "status": ticket["word"],
        "last_modified": datetime.fromtimestamp(ticket["modified"], UTC).isoformat(),
        "assigned_technician": ticket["technician"] or None,
    }


def down(sandbox: Sandbox) -> Answer | None:
    """What it says when it takes nothing; None where it says nothing at all."""
    if sandbox.mood is Mood.BUSY:
        return sentence(429, "Too much at once.", {"Retry-After": str(sandbox.retry_after)})
    return None if sandbox.mood is Mood.DROPS else sentence(500, "Something broke here.")


def control(sandbox: Sandbox, body: bytes) -> Answer:
    """Set what is named; answers how it is now."""
    wanted = _object(body)
    try:
        if wanted is None:
            raise ValueError("It must be a JSON object.")
        sandbox.behave(
            mood=wanted.get("mood", sandbox.mood),
            pace=wanted.get("pace", sandbox.pace),
            answers=bool(wanted.get("answers", sandbox.answers)),
        )
    except (TypeError, ValueError) as error:
        return sentence(422, str(error))
    return as_json(200, {"mood": sandbox.mood, "pace": sandbox.pace, "answers": sandbox.answers})


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
