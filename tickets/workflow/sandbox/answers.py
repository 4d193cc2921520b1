"""What the sandbox's server answers with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HTML = "text/html; charset=utf-8"
JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    code: int
    body: bytes = b""
    kind: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(code: int, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(code, json.dumps(body).encode(), JSON, headers or {})


def sentence(code: int, error: str, headers: Mapping[str, str] | None = None) -> Answer:
    """An error, in one sentence."""
    return as_json(code, {"error": error}, headers)


def leads_to(address: str) -> Answer:
    """After a form was taken."""
    return Answer(303, headers={"Location": address})
