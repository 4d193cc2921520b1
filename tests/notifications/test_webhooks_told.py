"""Which webhooks are told of which event, and what is said of tickets and people."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.actors import SYSTEM, WORKFLOW
from notifications.models import WebhookDelivery, WebhookSubscription
from notifications.webhooks import events, kinds, subscriptions
from people import lifecycle as people_door
from people.models import Employee
from tests.factories import files, people
from tests.factories.tickets import ticket
from tests.notifications.webhooks import EVENT, fresh, made, tell
from tickets import conversation, lifecycle

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _allowed(settings: Any) -> None:
    settings.WEBHOOKS_ALLOW_PRIVATE = True


@pytest.fixture
def admin() -> Employee:
    return people.admin()


# Who is told


def test_only_who_subscribed_to_the_event_is_told_and_who_is_switched_off_is_not(receiver):
    both, _secret = made(receiver.url, EVENT, "ticket.closed")
    made(receiver.url, "ticket.closed")
    off, _secret = made(receiver.url)
    subscriptions.switch_off(off, by=SYSTEM)
    tell()
    assert [row.subscription for row in WebhookDelivery.objects.all()] == [both]


def test_without_a_webhook_an_event_costs_one_statement_and_its_facts_are_not_asked_for():
    about = people.department()
    with CaptureQueriesContext(connection) as captured, transaction.atomic():
        events.emit(EVENT, about=about, facts=lambda: pytest.fail("nobody is told"))
    assert len([each for each in captured.captured_queries if "SAVEPOINT" not in each["sql"]]) == 1


def test_what_is_rolled_back_is_not_told(receiver):
    made(receiver.url)
    with transaction.atomic():
        tell()
        transaction.set_rollback(True)
    assert not WebhookDelivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_a_fault_of_ours():
    with pytest.raises(transaction.TransactionManagementError):
        events.emit(EVENT, about=people.department(), facts=dict)


# What is told of tickets and people

CANARY, NOTE = "canary-of-a-text", "canary-of-a-note"


def told() -> list[str]:
    return list(WebhookDelivery.objects.order_by("pk").values_list("event", flat=True))


@pytest.fixture
def everything(receiver) -> WebhookSubscription:
    return made(receiver.url, *kinds.registered())[0]


def test_each_verb_of_a_ticket_is_its_event(everything, admin):
    requester, it = people.person(), people.department()
    worker = people.coordinator(it)
    row = ticket("New", requester=requester)
    row = lifecycle.edit(row, by=requester, subject=row.subject, description=f"{CANARY} in ten words")
    row = lifecycle.approve(row, by=admin, priority="High", department=it)
    row = lifecycle.claim(row, by=worker)
    row = lifecycle.hold(row, by=worker, reason=CANARY)
    row = lifecycle.resume(row, by=worker)
    conversation.comment(row, by=requester, comment=CANARY)
    conversation.comment(row, by=worker, comment=NOTE, is_internal=True)
    row = lifecycle.reprioritise(row, by=worker, priority="Low", reason=CANARY)
    row = lifecycle.resolve(row, by=worker, resolution=CANARY)
    row = lifecycle.reopen(row, by=requester, reason=CANARY)
    row = lifecycle.start(row, by=worker)
    row = lifecycle.assign(row, by=worker, assignee=None)
    row = lifecycle.transfer(row, by=worker, department=people.department("Legal"), reason=CANARY)
    lifecycle.withdraw(row, by=requester, reason=CANARY)
    expected = (
        "submitted approved claimed held resumed commented reprioritised resolved reopened started assigned "
        "transferred withdrawn"
    )
    assert told() == [f"ticket.{event}" for event in expected.split()]
    bodies = "".join(WebhookDelivery.objects.values_list("body", flat=True))
    assert "canary" not in bodies


def test_rejecting_closing_and_attaching_are_events_too(everything, admin, settings, tmp_path):
    own = {"BACKEND": "backoffice.storage.PrivateFiles", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": own}
    requester = people.person()
    row = ticket("Resolved", requester=requester)
    WebhookDelivery.objects.all().delete()
    conversation.attach(row, by=requester, files=[files.staged(requester, f"{CANARY}.txt")])
    lifecycle.close(fresh(row), by=requester)
    lifecycle.reject(ticket("New", requester=requester), by=admin, reason=CANARY)
    assert told() == ["ticket.attached", "ticket.closed", "ticket.submitted", "ticket.rejected"]
    assert CANARY not in "".join(WebhookDelivery.objects.values_list("body", flat=True))


def test_what_is_said_of_a_ticket_is_what_its_requester_may_know(everything, admin, settings):
    settings.SITE_URL = "https://help.example.com"
    requester = people.person(first_name="Ada", last_name="Byron", email="ada@example.com")
    row = ticket("New", requester=requester)
    lifecycle.approve(row, by=admin, priority="High", department=people.department())
    body = json.loads(WebhookDelivery.objects.get(event="ticket.approved").body)
    assert sorted(body) == ["data", "timestamp", "type"]
    assert body["data"]["by"]["company_id"] == admin.company_id
    shown = body["data"]["ticket"]
    assert sorted(shown) == [
        "assigned_to", "category", "department", "employee", "priority", "resolution_time", "response_time",
        "scheduled_date", "status", "sub_category", "subject", "submit_date", "ticket_number", "time_closed", "url",
    ]  # fmt: skip
    assert shown["employee"] == {"company_id": requester.company_id, "name": "Ada Byron", "email": "ada@example.com"}
    assert (shown["status"], shown["priority"], shown["assigned_to"]) == ("Open", "High", None)
    assert shown["department"] == "IT Department"
    assert shown["url"] == f"https://help.example.com/api/tickets/{row.ticket_number}/"
    assert isinstance(shown["response_time"], int)


def test_what_a_named_actor_did_is_told_by_its_name(everything):
    row = ticket("Open")
    WebhookDelivery.objects.all().delete()
    lifecycle.start(row, by=WORKFLOW)
    assert json.loads(WebhookDelivery.objects.get().body)["data"]["by"] == {"name": "workflow"}


def test_what_becomes_of_accounts_is_told_and_an_application_only_once_its_address_is_proven(everything, admin):
    applicant = people_door.register(
        email="new@example.com", password="long enough 1", first_name="Nia", last_name="New",
        department=people.department(),
    )  # fmt: skip
    assert applicant
    assert told() == []
    people_door.prove_address(applicant, by=applicant)
    person = people_door.approve(applicant, by=admin)
    people_door.edit_profile(person, by=person, first_name="Nina", last_name="New")
    people_door.suspend(person, by=admin, reason=CANARY)
    people_door.restore(person, by=admin, reason=CANARY)
    another = people.person("Pending")
    people_door.reject(another, by=admin, reason=CANARY)
    expected = ["applied", "approved", "suspended", "restored", "rejected"]
    assert told() == [f"person.{event}" for event in expected]
    bodies = list(WebhookDelivery.objects.order_by("pk").values_list("body", flat=True))
    assert CANARY not in "".join(bodies)
    first = json.loads(bodies[0])["data"]["person"]
    assert (first["company_id"], first["status"], first["email"]) == (person.company_id, "Pending", "new@example.com")
