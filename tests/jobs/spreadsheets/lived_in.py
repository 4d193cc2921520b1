"""A house in which every list of the back office has rows, with a canary in whatever no list may show."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from audit.history import note
from jobs import heartbeat
from jobs.models import ColumnMemory, IdempotencyKey, Run, RunRow
from jobs.spreadsheet_models import Export, Spreadsheet
from notifications import preferences, texts
from notifications.messages import message_of
from notifications.models import EmailNotification, MessageText, WebhookDelivery, WebhookSubscription
from people import api_keys, lifecycle, tokens
from people.enums import Status
from people.models import ApiKey, Employee, SignInPolicy, TokenFamily
from tests.factories import files, people
from tests.notifications import webhooks
from tests.tickets.conftest import House
from tickets import conversation, visits
from tickets.models import (
    Sync,
    SyncDrift,
    SyncReport,
    Ticket,
    WorkflowBreaker,
    WorkflowCallback,
    WorkflowDelivery,
    WorkflowNote,
    WorkflowStanding,
)

#: In hashes, keys, texts of mails, addresses of webhooks, bodies, storage names.
CANARY = "canarywren"
#: What dora may not know of: a note on her own ticket, and the name of its file.
NOTE = "canaryfinch"
#: So many rows that a statement for each would show.
MANY = 12


def lived_in(house: House, settings: Any) -> House:
    settings.WEBHOOKS_ALLOW_PRIVATE = True
    ticket = house.in_progress()
    _tickets(house, ticket)
    _people(house)
    _workflow(house, ticket)
    _programs(house)
    _work(house)
    _messages(house)
    return house


def _tickets(house: House, ticket: Ticket) -> None:
    for number in range(MANY):
        said = f"Any news? {number}"
        conversation.comment(ticket, by=house.ana, comment=said, files=[files.staged(house.ana, f"plan{number}.txt")])
    visits.seen(ticket, house.ana)
    files.staged(house.ana, f"{CANARY}.txt")
    own, other = house.new(by=house.dora, subject="Her own ticket"), people.admin(email="other@example.com")
    noted = [files.staged(other, f"{NOTE}.txt")]
    conversation.comment(own, by=other, comment=NOTE, is_internal=True, files=noted)
    category = house.category()
    note(category, by=house.dora, verb="change")
    category.save()
    field = category.fields.first()
    note(field, by=house.dora, verb="change")
    field.save()


def _people(house: House) -> None:
    lifecycle.reject(people.person(Status.PENDING), by=house.dora, reason="Nobody knows them. " * 8)
    for number in range(MANY):
        lifecycle.suspend(people.person(), by=house.dora, reason=f"Left {number}.")
    for row in (house.it, SignInPolicy.objects.first() or SignInPolicy()):
        note(row, by=house.dora, verb="change")
        row.save()
    Employee.objects.exclude(pk=house.dora.pk).update(password=CANARY)


def _workflow(house: House, ticket: Ticket) -> None:
    now = timezone.now()
    comment = ticket.comments.first()
    assert comment is not None
    for number in range(MANY):
        WorkflowDelivery.objects.create(
            ticket=ticket, event="opened", ticket_status="Open", request={"x": CANARY}, response_body=CANARY,
            reason=CANARY, caused_by=house.ana,
        )  # fmt: skip
        WorkflowCallback.objects.create(
            webhook_id=f"msg_{number}", sent_at=now, body=CANARY, body_digest=CANARY, ticket=ticket,
            ticket_number=ticket.ticket_number, answer={"x": CANARY},
        )  # fmt: skip
    WorkflowNote.objects.create(ticket=ticket, fingerprint=CANARY, comment=comment)
    WorkflowStanding.objects.create(ticket=ticket, remote_id="WF-1", status_word="WORKING")
    (WorkflowBreaker.objects.first() or WorkflowBreaker(pk=1)).save()
    sync = Sync.objects.create(asked_by=house.dora, since=now)
    SyncDrift.objects.create(sync=sync, ticket=ticket, ticket_number=ticket.ticket_number, kind="differs")
    SyncReport.objects.create(day=now.date(), created=3)


def _programs(house: House) -> None:
    for number in range(MANY):
        api_keys.make(by=house.dora, name=f"Backups {number}", person=house.eve, scopes=["read"])
    ApiKey.objects.update(digest=CANARY)
    hook, _secret = webhooks.made(f"http://127.0.0.1:1/{CANARY}")
    WebhookSubscription.objects.update(secret=CANARY, former_secret=CANARY)
    for _each in range(MANY):
        WebhookDelivery.objects.create(subscription=hook, event=webhooks.EVENT, body=CANARY, answer_body=CANARY)
    tokens.start(house.ana)
    TokenFamily.objects.update(newest_refresh=CANARY)
    IdempotencyKey.objects.create(
        person=house.ana, key=CANARY, digest=CANARY, turn=CANARY, made=CANARY, taken_until=timezone.now()
    )


def _work(house: House) -> None:
    heartbeat.beat()
    for number in range(MANY):
        run = Run.objects.create(kind="people.verbs", params={"x": CANARY}, created_by=house.dora, asked_by=house.dora)
        RunRow.objects.create(run=run, number=number, payload={"x": CANARY}, memory={"x": CANARY})
        Spreadsheet.objects.create(
            kind="people", file=CANARY, file_name="people.csv", file_size=3, digest=CANARY, sample=[[2, [CANARY]]],
            header=[CANARY], uploaded_by=house.dora, run=run, is_stored=True,
        )  # fmt: skip
        Export.objects.create(kind="people", params={"filters": CANARY}, file=CANARY, asked_by=house.dora, total=number)
    ColumnMemory.objects.create(person=house.dora, kind="people", shape="a1", mapping={"x": CANARY})


def _messages(house: House) -> None:
    preferences.choose(house.ana, {choice.kind.name: [] for choice in preferences.choices_of(house.ana)})
    message = message_of("ticket_submitted")
    texts.change(message, by=house.dora, subject="", state="It is here.", next_step="")
    assert MessageText.objects.exists()
    EmailNotification.objects.update(body=CANARY, template_data={"x": CANARY}, template_name=CANARY)
    newest = EmailNotification.objects.latest("pk")
    EmailNotification.objects.filter(pk=newest.pk).update(
        subject="=1+1", created_at=timezone.now() + timedelta(hours=1)
    )
