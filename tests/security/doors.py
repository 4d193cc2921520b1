"""Every door to a ticket, its notes, its files and its mails, with people who knock: what each of them is answered.

A door is a method and a route of the resolver, such as "GET my/tickets/<str:ticket_number>/". What is expected of it
stands in expected_doors.txt; here is only how to knock, and how to read the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from jobs import bulk
from jobs.models import RunRow
from notifications.models import EmailNotification, LedgerEntry, Notice, WebhookDelivery, WebhookSubscription
from people import tokens
from people.enums import Status as PersonStatus
from people.models import Employee
from tests.factories import files as made
from tests.factories import people
from tests.factories.tickets import category
from tickets import conversation, lifecycle
from tickets.bulk import TICKETS
from tickets.enums import Status
from tickets.models import (
    StagedFile,
    Sync,
    SyncDrift,
    Ticket,
    TicketAttachment,
    TicketCategory,
    TicketComment,
    TicketVisit,
    WorkflowCallback,
    WorkflowDelivery,
    WorkflowNote,
    WorkflowStanding,
)

#: Words by which whoever reads one of them knows of the ticket, or of what is said between its staff.
SUBJECT, DESCRIPTION = "Feeder for zebrafinches", "The okapi has eaten the old one."
NOTE, NOTE_FILE, WHY = "Quokka says no.", "quokka-7f3a.txt", "Because of the quokka."
SECRET = re.compile("quokka", re.IGNORECASE)
OF_THE_TICKET = re.compile("zebrafinch|okapi", re.IGNORECASE)

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
class House:
    """One ticket, asked for by the requester – or, for the one who is its requester and nothing more, by an admin."""

    people: dict[str, Employee | None]
    asked_by: Employee
    state: str = Status.IN_PROGRESS
    #: What has been looked up or made so far.
    rows: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def ticket(self) -> Ticket:
        it, admin, assignee = people.department(), self.people["admin"], self.people["assignee"]
        ticket = lifecycle.submit(
            by=self.asked_by, category=category(it), subject=SUBJECT, description=DESCRIPTION,
            files=[made.staged(self.asked_by, "plan.txt")],
        )  # fmt: skip
        coordinator: Any = self.people["coordinator"]
        conversation.comment(
            ticket, by=coordinator, comment=NOTE, is_internal=True, files=[made.staged(coordinator, NOTE_FILE)]
        )
        if self.state == Status.NEW:
            return ticket
        free = self.state == "free"
        ticket = lifecycle.approve(
            ticket, by=admin, priority="Medium", department=it, assignee=None if free else assignee
        )
        conversation.comment(ticket, by=coordinator, comment=NOTE, is_internal=True)
        conversation.comment(ticket, by=coordinator, comment="We look for one.")
        ways: dict[str, tuple[Any, dict[str, str]]] = {
            Status.IN_PROGRESS: (lifecycle.start, {}),
            Status.ON_HOLD: (lifecycle.hold, {"reason": "It is on its way."}),
            Status.RESOLVED: (lifecycle.resolve, {"resolution": "There it is."}),
        }
        if self.state in ways:
            verb, given = ways[self.state]
            ticket = verb(ticket, by=admin, **given)
        return ticket

    # What lies behind the doors, by the name that a Door has for it

    def note(self) -> Any:
        return TicketComment.objects.filter(ticket=self.ticket, is_internal=True).order_by("pk")[0]

    def comment(self) -> Any:
        return TicketComment.objects.get(ticket=self.ticket, is_internal=False)

    def file(self) -> Any:
        return TicketAttachment.objects.get(ticket=self.ticket, comment=None)

    def note_file(self) -> Any:
        return TicketAttachment.objects.get(ticket=self.ticket, file_name=NOTE_FILE)

    def note_event(self) -> Any:
        return self.ticket.history.filter(verb="note")[0]

    def submission(self) -> Any:
        return self.ticket.history.get(verb="submit")

    def note_record(self) -> Any:
        return self.note().history.get()

    def note_file_record(self) -> Any:
        return self.note_file().history.get()

    def visit(self) -> Any:
        seen = {"seen_at": timezone.now()}
        return TicketVisit.objects.get_or_create(ticket=self.ticket, person=self.asked_by, defaults=seen)[0]

    def delivery(self) -> Any:
        return WorkflowDelivery.objects.create(ticket=self.ticket, event="opened", ticket_status=Status.OPEN)

    def callback(self) -> Any:
        known = {"ticket": self.ticket, "ticket_number": self.ticket.ticket_number, "body": NOTE}
        answered = {"outcome": "unknown status", "answer_status": 202}
        return WorkflowCallback.objects.create(webhook_id=uuid4().hex, sent_at=timezone.now(), **known, **answered)

    def drift(self) -> Any:
        sync = Sync.objects.create(since=timezone.now())
        known = {"ticket": self.ticket, "ticket_number": self.ticket.ticket_number, "status_here": self.ticket.status}
        return SyncDrift.objects.create(sync=sync, kind="differs", status_there="COMPLETED", **known)

    def standing(self) -> Any:
        return WorkflowStanding.objects.create(ticket=self.ticket, status_word="WORKING")

    def work_note(self) -> Any:
        return WorkflowNote.objects.create(ticket=self.ticket, fingerprint=uuid4().hex, comment=self.note())

    def person(self) -> Any:
        return self.ticket.employee

    def staged(self) -> Any:
        return made.staged(self.asked_by, "not-sent.txt")

    def mail(self) -> Any:
        return self._mail("ticket_approved")

    def note_mail(self) -> Any:
        return self._mail("ticket_noted")

    def notice(self) -> Any:
        return self._notice("ticket_approved")

    def note_notice(self) -> Any:
        return self._notice("ticket_noted")

    def _notice(self, message: str) -> Any:
        self.ticket  # noqa: B018 - it is made
        return Notice.objects.filter(message=message).order_by("pk")[0]

    def told(self) -> Any:
        self.ticket  # noqa: B018 - it is made
        return LedgerEntry.objects.filter(event="approve").order_by("pk")[0]

    def note_told(self) -> Any:
        self.ticket  # noqa: B018 - it is made
        return LedgerEntry.objects.filter(event="note").order_by("-pk")[0]

    def _mail(self, message: str) -> Any:
        self.ticket  # noqa: B018 - it is made
        EmailNotification.objects.filter(message=message).update(status="failed", finished_at=timezone.now())
        return EmailNotification.objects.filter(message=message).order_by("pk")[0]

    def webhook_delivery(self) -> Any:
        subscription = WebhookSubscription.objects.create(name="Chat", url="https://8.8.8.8/")
        told = {"event": "ticket.noted", "body": "{}", "about": self.ticket}
        over = {"status": "failed", "finished_at": timezone.now()}
        return WebhookDelivery.objects.create(subscription=subscription, **told, **over)

    def run(self) -> Any:
        verb, admin = TICKETS.verb("reprioritise"), self.people["admin"]
        assert verb
        assert admin
        return bulk.start(TICKETS, verb, [self.ticket.pk], by=admin, values={"priority": "High", "reason": WHY})

    def run_row(self) -> Any:
        return RunRow.objects.get(run=int(self["run"]))

    def admin(self) -> Any:
        return self.people["admin"]

    def legal(self) -> Any:
        return people.department("Legal")

    def it(self) -> Any:
        return people.department()

    def id_of_admin(self) -> str:
        """As the API knows people."""
        admin: Any = self.people["admin"]
        return admin.company_id

    def _as_read(self) -> str:
        client = Client()
        client.force_login(self.asked_by)
        page = client.get(f"/my/tickets/{self.ticket.ticket_number}/edit/").content.decode()
        return re.findall(r'name="as_read" value="([^"]+)"', page)[0]

    def __getitem__(self, name: str) -> str:
        """Of a row its key, or as "token of note_file" the other one that it has; "number" is the ticket's, and
        "as read" what the form to edit it says of what it shows."""
        if name == "number":
            return self.ticket.ticket_number
        if name == "as read":
            return self._as_read()
        if name == "id of admin":
            return self.id_of_admin()
        row = name.removeprefix("token of ")
        if row not in self.rows:
            self.rows[row] = self.ticket if row == "ticket" else getattr(self, row)()
        found = self.rows[row]
        if row == name:
            return str(found.pk)
        return str(found.token if isinstance(found, StagedFile) else found.secure_token)


def everybody() -> dict[str, Employee | None]:
    """The columns of the table. Whoever is not approved any more was, when they came in."""
    it, legal = people.department("IT Department"), people.department("Legal")
    return {
        "requester": people.person(),
        "colleague": people.person(department=it),
        "coordinator": people.coordinator(it),
        "of another": people.coordinator(legal),
        "of none": people.coordinator(None),
        "assignee": people.coordinator(legal),
        "admin": people.admin(),
        "own admin": people.admin(),
        "clerk": people.clerk(department=it),
        "editor": people.person(is_help_center_editor=True, department=it),
        "suspended": people.coordinator(it),
        "pending": people.person(),
        "nobody": None,
    }


def window_of(column: str, person: Employee | None) -> Client:
    client = Client()
    if person is None:
        return client
    client.force_login(person)
    # For the API, which knows no sessions.
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {tokens.start(person)['access']}"
    status = {"suspended": PersonStatus.SUSPENDED, "pending": PersonStatus.PENDING}.get(column)
    if status:
        Employee.objects.filter(pk=person.pk).update(status=status, is_active=False, is_staff=False)
    return client


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
