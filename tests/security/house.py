"""A ticket with all that hangs on it (notes, files, mails, deliveries), and the people who may want to see it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import uuid4

from django.test import Client
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
