"""Addresses for one file and a quarter of an hour: they open that file, and nothing else, and nothing later."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.core import signing
from django.core.files.base import ContentFile
from django.test import Client

from audit.models import AuditEvent
from people import lifecycle as people_door
from tests.factories import files
from tickets import conversation
from tickets.models import Scan, TicketAttachment
from tickets.workflow import links

pytestmark = pytest.mark.django_db

BYTES = files.content_for("screen.png")


@pytest.fixture
def attachment(house) -> TicketAttachment:
    house.open(files=[files.staged(house.ana, "screen.png", BYTES)])
    return TicketAttachment.objects.get()


def path_to(address: str | None) -> str:
    return urlsplit(str(address)).path


def read(answer) -> bytes:
    return b"".join(answer.streaming_content)


def test_it_hands_out_the_file_to_whoever_has_the_address(client: Client, attachment):
    answer = client.get(path_to(links.to_attachment(attachment)))
    assert (answer.status_code, read(answer)) == (200, BYTES)
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"] == 'attachment; filename="screen.png"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert "Set-Cookie" not in answer


def test_each_fetch_is_counted_and_on_the_record_as_the_workflow_systems(client: Client, attachment):
    address = path_to(links.to_attachment(attachment))
    for _time in range(2):
        read(client.get(address))
    for close in client.head(address)._resource_closers:
        close()
    attachment.refresh_from_db()
    assert attachment.download_count == 2
    assert attachment.last_accessed is not None
    events = AuditEvent.objects.filter(kind=AuditEvent.Kind.DOWNLOADED)
    assert [(event.actor_name, event.about) for event in events] == [("workflow", attachment)] * 2


def test_after_a_quarter_of_an_hour_it_opens_nothing(client: Client, attachment, monkeypatch):
    address = path_to(links.to_attachment(attachment))
    own = signing.time.time
    monkeypatch.setattr(signing.time, "time", lambda: own() + 15 * 60 - 5)
    answer = client.get(address)
    assert answer.status_code == 200
    read(answer)
    monkeypatch.setattr(signing.time, "time", lambda: own() + 15 * 60 + 5)
    assert client.get(address).status_code == 404


def test_one_that_was_changed_or_signed_for_something_else_opens_nothing(client: Client, attachment):
    signed = path_to(links.to_attachment(attachment)).split("/")[2]
    body, stamp, mark = signed.split(":")
    another = signing.b64_encode(b'["attachment",%d]' % (attachment.pk + 1)).decode()
    forged = [
        f"{another}:{stamp}:{mark}",
        f"{body}:{stamp}:{mark[:-2]}xx",
        f"{body}:{mark}",
        body,
        "x" * 5000,
        signing.dumps(["attachment", attachment.pk]),
        signing.dumps(["attachment", attachment.pk], salt="people.links"),
        signing.dumps(["attachment", attachment.pk], salt="tickets.workflow.links", key="another key"),
        signing.dumps(["picture", attachment.pk], salt="tickets.workflow.links"),
        signing.dumps(["attachment"], salt="tickets.workflow.links"),
        signing.dumps({"attachment": attachment.pk}, salt="tickets.workflow.links"),
    ]
    for each in forged:
        assert client.get(f"/files/{each}/").status_code == 404, each
    assert TicketAttachment.objects.get().download_count == 0
    assert not AuditEvent.objects.filter(kind=AuditEvent.Kind.DOWNLOADED).exists()


def test_what_may_not_be_handed_out_any_more_is_gone(client: Client, house, attachment):
    address = path_to(links.to_attachment(attachment))
    for scan in (Scan.WAITING, Scan.INFECTED):
        TicketAttachment.objects.update(scan=scan)
        assert client.get(address).status_code == 404, scan
    said = conversation.comment(
        attachment.ticket, by=house.ana, comment="See.", files=[files.staged(house.ana, "more.txt")]
    )
    with_it = TicketAttachment.objects.get(comment=said)
    conversation.redact(said, by=house.dora, reason="A password.")
    assert client.get(path_to(links.to_attachment(with_it))).status_code == 404


def test_a_file_on_an_internal_note_is_never_handed_out_so(client: Client, house, attachment):
    note = conversation.comment(
        attachment.ticket, by=house.bea, comment="For us.", is_internal=True, files=[files.staged(house.bea)]
    )
    on_it = TicketAttachment.objects.get(comment=note)
    assert client.get(path_to(links.to_attachment(on_it))).status_code == 404


def test_a_file_that_the_storage_lost_is_not_there(client: Client, attachment):
    attachment.file.storage.delete(attachment.file.name)
    assert client.get(path_to(links.to_attachment(attachment))).status_code == 404
    assert TicketAttachment.objects.get().download_count == 0


def test_only_looking_is_allowed(client: Client, attachment):
    address = path_to(links.to_attachment(attachment))
    for ask in (client.post, client.put, client.delete, client.options):
        assert ask(address).status_code == 405


def test_a_persons_picture_comes_by_an_address_of_its_own(client: Client, house):
    assert links.to_picture(house.ana) is None
    drawn = files.picture("PNG")
    house.ana.image.save("ana.png", ContentFile(drawn))
    address = path_to(links.to_picture(house.ana))
    answer = client.get(address)
    assert (answer.status_code, read(answer), answer["Content-Type"]) == (200, drawn, "image/png")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    people_door.edit_profile(house.ana, by=house.ana, first_name="Ana", last_name="Berg", image=None)
    assert client.get(address).status_code == 404


def test_the_address_of_one_picture_is_not_that_of_the_next(client: Client, house):
    house.ana.image.save("ana.png", ContentFile(files.picture("PNG")))
    address = path_to(links.to_picture(house.ana))
    house.ana.image.save("ana.png", ContentFile(files.picture("PNG", (9, 9))))
    assert client.get(address).status_code == 404


def test_no_name_number_or_key_can_be_read_out_of_an_address(attachment, settings):
    signed = path_to(links.to_attachment(attachment)).split("/")[2]
    said = signing.b64_decode(signed.split(":")[0].encode())
    assert said == b'["attachment",%d]' % attachment.pk
