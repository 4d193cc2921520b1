"""What the workflow system is told: literally the shape of domain.md, and nothing that is not for it."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from people.models import Employee
from tests.factories import files, people
from tests.tickets.workflow.conftest import API_KEY, last, of, send
from tickets import conversation, lifecycle
from tickets.models import Scan, TicketAttachment

pytestmark = pytest.mark.django_db

CANARY = "canary-in-an-internal-note"
LINK = re.compile(r"http://localhost:8000/files/[A-Za-z0-9_:\-]{40,}/")


@pytest.fixture
def pictured(house) -> Employee:
    house.ana.image.save("ana.png", ContentFile(files.picture("PNG")))
    return house.ana


def check_the_file(told: dict) -> None:
    there = TicketAttachment.objects.get()
    assert LINK.fullmatch(told.pop("url"))
    assert told == {"id": there.pk, "filename": "screen.png", "type": "image/png", "size": there.file_size}


def test_a_ticket_that_becomes_open_is_told_whole(house, remote, pictured):
    ticket = house.new(
        sub_category="Hardware",
        details={"issue_type": "Slow", "asset_name": "Laptop 12"},
        scheduled_date=dt.date(2099, 1, 31),
        files=[files.staged(house.ana, "screen.png")],
    )
    lifecycle.approve(ticket, by=house.dora, priority="High", department=house.legal)
    send()
    (body,), row = remote.bodies, last()
    picture, (attachment,) = body["customer"].pop("image"), body["request"].pop("attachments")
    assert body == {
        "ticket_id": ticket.ticket_number,
        "customer": {
            "id": house.ana.company_id,
            "name": house.ana.get_full_name(),
            "email": "ana@example.com",
            "department": "Legal",
        },
        "request": {
            "status": "Open",
            "subject": "Laptop is dead",
            "category": "IT Support",
            "subcategory": "Hardware",
            "description": "It does not start since this morning.",
            "priority": "High",
            "scheduled_date": "2099-01-31",
            "details": {"issue_type": "Slow", "asset_name": "Laptop 12"},
        },
        "metadata": {
            "source_system": "SmartSupport",
            "created_date": ticket.submit_date.isoformat(),
            "department": "Legal",
            "event": "opened",
            "delivery_id": str(row.delivery_id),
        },
    }
    assert LINK.fullmatch(picture)
    check_the_file(attachment)


def test_it_goes_with_the_key_and_names_itself(house, remote):
    house.open()
    send()
    (call,) = remote.calls
    assert (call.method, call.path) == ("POST", "/api/deliveries/")
    assert call.headers["authorization"] == f"Bearer {API_KEY}"
    assert call.headers["idempotency-key"] == str(last().delivery_id)
    assert call.headers["content-type"] == "application/json"


def test_a_comment_carries_its_text_its_author_and_its_time(house, remote):
    ticket = house.in_progress()
    said = conversation.comment(ticket, by=house.bea, comment="Größe? 🚀 <b>")
    send()
    assert remote.bodies[-1]["comment"] == {
        "text": "Größe? 🚀 <b>",
        "author": house.bea.get_full_name(),
        "created": said.created_at.isoformat(),
    }
    assert remote.bodies[-1]["metadata"]["event"] == "commented"
    assert "reason" not in remote.bodies[-1]
    assert "comment" not in remote.bodies[0]


def test_a_reason_is_told_where_there_is_one(house, remote):
    ticket = house.resolved()
    ticket = lifecycle.reopen(ticket, by=house.ana, reason="It died again.")
    lifecycle.withdraw(ticket, by=house.ana)
    send()
    told = [(body["metadata"]["event"], body.get("reason"), body["request"]["status"]) for body in remote.bodies]
    assert told == [("opened", None, "Open"), ("reopened", "It died again.", "Open"), ("withdrawn", None, "Withdrawn")]


def test_each_says_the_state_from_when_it_happened(house, remote):
    """A repeat under the same key must say the same, however late it is."""
    ticket = house.open()
    lifecycle.withdraw(ticket, by=house.ana, reason="Found it.")
    send()
    assert [body["request"]["status"] for body in remote.bodies] == ["Open", "Withdrawn"]


def test_no_note_no_file_on_one_and_no_secret_is_ever_told(house, remote, settings):
    settings.SECRET_KEY = "canary-" + settings.SECRET_KEY
    secrets = [CANARY, settings.SECRET_KEY]
    ticket = house.open(subject="Laptop is dead", files=[files.staged(house.ana, "mine.txt")])
    ticket = lifecycle.claim(ticket, by=house.bea)
    conversation.comment(
        ticket, by=house.bea, comment=CANARY, is_internal=True, files=[files.staged(house.bea, f"{CANARY}.txt")]
    )
    conversation.comment(ticket, by=house.ana, comment="Any news?")
    ticket = lifecycle.reprioritise(ticket, by=house.bea, priority="Low", reason=CANARY)
    ticket = lifecycle.transfer(ticket, by=house.bea, department=house.legal, reason=CANARY)
    lifecycle.withdraw(ticket, by=house.ana, reason="Bought one.")
    send()
    assert len(remote.calls) == 3
    for call in remote.calls:
        said = call.raw.decode() + json.dumps({k: v for k, v in call.headers.items() if k != "authorization"})
        assert [secret for secret in [*secrets, API_KEY] if secret in said] == []
    assert [each["filename"] for each in remote.bodies[-1]["request"]["attachments"]] == ["mine.txt"]


def test_no_key_stands_in_an_address_and_no_address_in_a_table(house, remote, pictured):
    ticket = house.open(files=[files.staged(house.ana)])
    send()
    (row,) = of(ticket)
    assert row.request == remote.bodies[0] | {
        "customer": remote.bodies[0]["customer"] | {"image": "…"},
        "request": remote.bodies[0]["request"]
        | {"attachments": [remote.bodies[0]["request"]["attachments"][0] | {"url": "…"}]},
    }
    assert "/files/" not in json.dumps(row.request)
    assert API_KEY not in remote.calls[0].path + remote.calls[0].raw.decode()


def test_files_with_a_virus_and_of_redacted_words_are_left_out(house, remote):
    ticket = house.open(files=[files.staged(house.ana, "bad.txt"), files.staged(house.ana, "good.txt")])
    TicketAttachment.objects.filter(file_name="bad.txt").update(scan=Scan.INFECTED)
    said = conversation.comment(ticket, by=house.ana, comment="See.", files=[files.staged(house.ana, "more.txt")])
    conversation.redact(said, by=house.dora, reason="A password.")
    send()
    assert [each["filename"] for each in remote.bodies[0]["request"]["attachments"]] == ["good.txt"]


def test_a_file_that_is_being_checked_is_waited_for_but_not_for_ever(house, remote, later):
    house.open(files=[files.staged(house.ana)])
    TicketAttachment.objects.update(scan=Scan.WAITING)
    send()
    assert (remote.calls, last().last_error) == ([], "A file is still being checked for viruses.")
    later(dt.timedelta(minutes=2))
    TicketAttachment.objects.update(scan=Scan.CLEAN)
    send()
    assert len(remote.bodies[0]["request"]["attachments"]) == 1
    ticket = house.open(files=[files.staged(house.ana)])
    TicketAttachment.objects.filter(ticket=ticket).update(scan=Scan.WAITING)
    later(dt.timedelta(minutes=20))
    send()
    assert remote.bodies[1]["request"]["attachments"] == []


def test_addresses_come_from_the_settings_whatever_host_a_request_named(house, remote, settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.SITE_URL = "https://help.example.com"
    ticket = house.new(files=[files.staged(house.ana)])
    client = Client(headers={"host": "evil.example.com"})
    client.force_login(house.dora)
    given = {"priority": "High", "department": house.it.pk, "version": ticket.version}
    client.post(f"/admin/tickets/ticket/{ticket.pk}/approve/", given)
    send()
    (attachment,) = remote.bodies[0]["request"]["attachments"]
    assert attachment["url"].startswith("https://help.example.com/files/")
    assert "evil" not in remote.calls[0].raw.decode()


def test_a_requester_without_department_and_picture_is_told_as_such(house, remote):
    house.open(by=people.person(first_name="Solo"))
    send()
    assert (remote.bodies[0]["customer"]["department"], remote.bodies[0]["customer"]["image"]) == (None, None)
