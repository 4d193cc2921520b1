"""Every door to a ticket, its notes, its files and its mails, with people who knock: what each of them is answered.

A door is a method and a route of the resolver, such as "GET my/tickets/<str:ticket_number>/". What is expected of it
stands in expected_doors.txt; here is only how to knock, and how to read the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from jobs.models import RunRow
from notifications.models import EmailNotification, WebhookDelivery
from tests.factories import files as made
from tests.security.house import House
from tickets.enums import Status
from tickets.models import (
    StagedFile,
    SyncDrift,
    Ticket,
    TicketAttachment,
    TicketCategory,
    TicketComment,
    WorkflowDelivery,
)

SIGN_IN = ("/accounts/login/", "/admin/login/")
MISSING = {
    "<str:ticket_number>": "TX9998", "<int:pk>": "987654321", "<path:object_id>": "987654321",
    "<int:comment>": "987654321", "<uuid:token>": "00000000-0000-4000-8000-000000000000",
}  # fmt: skip
#: Stands for one in what is sent.
A_FILE = "a file"
#: Nobody's, to be forgotten before two answers are compared.
OF_THE_MOMENT = re.compile(rb'name="(?:csrfmiddlewaretoken|once)" value="[^"]*"|nonce="[^"]*"|nonce-[\w+/=-]+')


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    for pattern in (resolver or get_resolver()).url_patterns:
        route = f"{before}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        else:
            assert isinstance(pattern, URLPattern)
            yield route


@dataclass(frozen=True)
class Door:
    """`row`: what of the house the last key of the route is of. `tells`: what only a page has that tells of it. In this
    and in what is sent, "{note}" stands for the key of that row."""

    state: str = Status.IN_PROGRESS
    row: str = "ticket"
    asks: dict[str, str] = field(default_factory=dict)
    sends: dict[str, Any] = field(default_factory=dict)
    tells: str = ""


@dataclass
class Answer:
    word: str
    body: bytes
    status: int


def knock(client: Client, label: str, door: Door, house: House, *, missing: bool = False) -> Answer:
    """Undone afterwards, so that everybody finds the house as it was."""
    method, _blank, route = label.partition(" (")[0].partition(" ")
    address = f"/{_filled(route, door, house, missing=missing)}"
    asks, sends = _filled_in(door.asks, house), _filled_in(door.sends, house)
    telltale = door.tells.format_map(house)
    client.cookies.pop("messages", None)  # what the door before this one had to say
    before, kept = facts(house), transaction.savepoint()
    try:
        answer = client.get(address, asks) if method == "GET" else client.post(address, sends, **_kind(route, sends))
        body = b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]  # never asynchronous
        return Answer(_word(answer, body, telltale, changed=facts(house) != before), body, answer.status_code)
    finally:
        transaction.savepoint_rollback(kept)


def _kind(route: str, sends: dict[str, Any]) -> dict[str, Any]:
    """Programs send JSON, but where there is a file."""
    has_file = any(hasattr(value, "read") for value in sends.values())
    return {"content_type": "application/json"} if route.startswith("api/") and not has_file else {}


def _filled(route: str, door: Door, house: House, *, missing: bool) -> str:
    """Of two keys in a route the first is the ticket's."""
    keys = dict(MISSING)
    if not missing:
        last = "<int:comment>" if "<int:comment>" in route else "<int:pk>"
        keys |= {"<str:ticket_number>": "{number}", "<int:pk>": "{ticket}", "<path:object_id>": f"{{{door.row}}}"}
        keys |= {last: f"{{{door.row}}}", "<uuid:token>": f"{{token of {door.row}}}"}
    for name, key in keys.items():
        if name in route:
            route = route.replace(name, key.format_map(house))
    return route


def _filled_in(given: dict[str, Any], house: House) -> dict[str, Any]:
    return {name: _filled_one(value, house) for name, value in given.items()}


def _filled_one(value: Any, house: House) -> Any:
    if not isinstance(value, str):
        return value
    return made.upload() if value == A_FILE else value.format_map(house)


def facts(house: House) -> tuple[Any, ...]:
    """What nobody may change who is refused."""
    return (
        list(Ticket.objects.order_by("pk").values_list("version", "status", "priority")),
        list(TicketComment.objects.order_by("pk").values_list("pk", "comment")),
        TicketAttachment.objects.count(),
        StagedFile.objects.count(),
        RunRow.objects.count(),
        sorted(EmailNotification.objects.values_list("pk", "status")),
        sorted(WebhookDelivery.objects.values_list("pk", "status")),
        sorted(WorkflowDelivery.objects.values_list("pk", "status")),
        sorted(SyncDrift.objects.values_list("pk", "settled")),
        TicketCategory.objects.count(),
    )


def _word(answer: HttpResponseBase, body: bytes, telltale: str, *, changed: bool) -> str:
    if changed:
        return "done"
    if answer.status_code in {302, 303}:
        return "in" if answer.headers["Location"].startswith(SIGN_IN) else "back"
    if answer.status_code == 200 and telltale:
        return "has" if telltale.encode() in body else "lacks"
    return "page" if answer.status_code in {200, 201} else str(answer.status_code)


def route_of(label: str) -> str:
    return label.partition(" (")[0].partition(" ")[2]


def read(path: Path) -> dict[str, dict[str, str]]:
    """Door → column → word. Lines with # are comments; one that begins with "door" names the columns."""
    table: dict[str, dict[str, str]] = {}
    columns: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        door, *cells = [cell.strip() for cell in line.split("|")]
        if door == "door":
            columns = cells
            continue
        assert len(cells) == len(columns), line
        assert door not in table, line
        table[door] = dict(zip(columns, cells, strict=True))
    return table


def alike(one: Answer, other: Answer) -> bool:
    """What is not for somebody, and what never was."""
    bodies = [OF_THE_MOMENT.sub(b"", each.body) for each in (one, other)]
    return (one.status, bodies[0]) == (other.status, bodies[1])
