"""A program that calls the API for somebody, as JSON or as a form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from people import tokens
from people.models import Employee


@dataclass
class Program:
    """`person` None: nobody."""

    person: Employee | None
    client: Client = field(default_factory=Client)

    def __post_init__(self) -> None:
        if self.person is not None:
            self.client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {tokens.start(self.person)['access']}"

    def get(self, address: str, asked: Any = None, **headers: str) -> Any:
        return self.client.get(f"/api/{address}", asked, headers=_headers(headers))

    def post(self, address: str, body: Any = None, **headers: str) -> Any:
        body = {} if body is None else body
        return self.client.post(f"/api/{address}", body, content_type="application/json", headers=_headers(headers))

    def patch(self, address: str, body: Any, **headers: str) -> Any:
        return self.client.patch(f"/api/{address}", body, content_type="application/json", headers=_headers(headers))

    def form(self, address: str, given: Any, **headers: str) -> Any:
        return self.client.post(f"/api/{address}", given, headers=_headers(headers))


def _headers(given: dict[str, str]) -> dict[str, str]:
    """if_match → If-Match."""
    return {name.replace("_", "-"): value for name, value in given.items()}


def codes(answer: Any) -> list[str]:
    return [reason["code"] for reason in answer.json()["reasons"]]


def details(answer: Any) -> dict[str, Any]:
    """What was wrong with which value, of an answer that must be 422."""
    assert answer.status_code == 422, answer.content
    return answer.json()["details"]
