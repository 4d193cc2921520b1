"""Files over the web: sent up, and handed out to nobody but who may see the ticket and the note that they hang on."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from audit.models import AuditEvent
from backoffice.uploads import MEGABYTE, limit_of
from people import lifecycle as people_lifecycle
from people.models import Employee
from tests.factories import files as factory
from tests.factories import people
from tests.security import naughty
from tests.tickets.conftest import House, house  # noqa: F401 - a fixture
from tickets import conversation, file_kinds, files
from tickets.models import StagedFile, TicketAttachment

pytestmark = pytest.mark.django_db

NOWHERE = uuid.UUID(int=0)
#: Another one on every page.
MARK = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"')


def address(attachment: TicketAttachment | StagedFile, query: str = "") -> str:
    token = attachment.secure_token if isinstance(attachment, TicketAttachment) else attachment.token
    return f"/attachments/{token}/{query}"


def of(client: Client, person: Employee) -> Client:
    client.force_login(person)
    return client


class Reading(Client):
    """A browser that reads to the end what it asks for; then the file is closed."""

    def request(self, **request: Any) -> Any:
        answer = super().request(**request)
        answer.body = b"".join(answer) if answer.streaming else answer.content
        return answer


@pytest.fixture
def client() -> Client:
    return Reading()


def body(answer: Any) -> bytes:
    return answer.body


@pytest.fixture
def pair(house: House) -> tuple[TicketAttachment, TicketAttachment]:  # noqa: F811
    """A public file of ana's, and one on an internal note of bea's."""
    ticket = house.open(files=[factory.staged(house.ana, "report.pdf")])
    note = conversation.comment(
        ticket, by=house.bea, comment="Ours.", is_internal=True, files=[factory.staged(house.bea, "canary.png")]
    )
    return ticket.attachments.get(comment=None), note.attachments.get()


# Handed out


def test_who_gets_which_file(client: Client, house: House, pair: tuple[Any, Any]) -> None:  # noqa: F811
    public, internal = pair
    expected = {
        house.ana: (200, 404),
        house.bea: (200, 200),
        house.dora: (200, 200),
        house.cem: (404, 404),
        house.eve: (404, 404),
        people.coordinator(None): (404, 404),
        people.clerk(): (404, 404),
    }
    for person, (of_public, of_internal) in expected.items():
        of(client, person)
        for attachment, status in ((public, of_public), (internal, of_internal)):
            for query in ("", "?inline=1"):
                for ask in (client.get, client.head):
                    assert ask(address(attachment, query)).status_code == status, (person.email, query)
    people_lifecycle.suspend(house.bea, by=house.dora, reason="Left.")
    of(client, people.admin())
    assert client.get(address(internal)).status_code == 200


def test_the_assignee_gets_them_as_long_as_they_are_staff(
    client: Client,
    house: House,  # noqa: F811
    pair: tuple[Any, Any],
) -> None:
    of(client, house.cem)
    pair[0].ticket.__class__.objects.filter(pk=pair[0].ticket_id).update(assigned_to=house.cem)
    assert [client.get(address(each)).status_code for each in pair] == [200, 200]
    Employee.objects.filter(pk=house.cem.pk).update(role="Employee", is_staff=False)
    assert [client.get(address(each)).status_code for each in pair] == [404, 404]


def test_staff_get_no_file_of_a_note_on_their_own_ticket(client: Client, house: House) -> None:  # noqa: F811
    ticket, boss = house.new(by=house.dora), people.admin()
    noted = conversation.comment(
        ticket, by=boss, comment="Ours.", is_internal=True, files=[factory.staged(boss, "canary.txt")]
    )
    answer = of(client, house.dora).get(address(noted.attachments.get()))
    assert answer.status_code == 404
    assert b"canary" not in answer.content


def test_what_one_may_not_see_answers_as_what_is_not_there(
    client: Client,
    house: House,  # noqa: F811
    pair: tuple[Any, Any],
) -> None:
    of(client, house.ana)
    pages = [client.get(address(pair[1])), client.get(f"/attachments/{NOWHERE}/")]
    pages.append(client.get(address(factory.staged(house.ana))))  # what is not sent has no address, also for its owner
    assert {page.status_code for page in pages} == {404}
    assert len({MARK.sub(b"", page.content).replace(page.request["PATH_INFO"].encode(), b"") for page in pages}) == 1
    for malformed in ("nothing", "1", f"{pair[0].secure_token}x", str(pair[0].secure_token).upper(), "..%2f..%2fetc"):
        assert client.get(f"/attachments/{malformed}/").status_code == 404


def test_a_stranger_is_led_to_the_sign_in_whether_there_is_something_or_not(
    client: Client, pair: tuple[Any, Any]
) -> None:
    for asked in (address(pair[0]), address(pair[1]), f"/attachments/{NOWHERE}/"):
        answer = client.get(asked)
        assert (answer.status_code, answer.url) == (302, f"/accounts/login/?next={asked}")


def test_a_file_comes_as_it_was_sent_and_can_do_nothing(client: Client, house: House) -> None:  # noqa: F811
    given = [factory.staged(house.ana, name) for name in sorted(factory.FITTING)]
    tickets = [house.new(files=given[:6]), house.new(files=given[6:])]
    of(client, house.ana)
    for attachment in TicketAttachment.objects.filter(ticket__in=tickets):
        answer = client.get(address(attachment))
        assert body(answer) == factory.FITTING[attachment.file_name]
        assert answer["Content-Disposition"] == f'attachment; filename="{attachment.file_name}"'
        assert answer["Content-Type"] == attachment.file_type
        assert int(answer["Content-Length"]) == attachment.file_size
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert set(answer["Cache-Control"].split(", ")) == {"private", "no-store"}


def test_pictures_alone_show_within_a_page(client: Client, house: House) -> None:  # noqa: F811
    of(client, house.ana)
    for name in sorted(factory.FITTING):
        attachment = house.new(files=[factory.staged(house.ana, name)]).attachments.get()
        answer = client.get(address(attachment, "?inline=1"))
        is_picture = name.rpartition(".")[2] in {"png", "gif", "jpg", "jpeg"}
        assert answer["Content-Disposition"].startswith("inline" if is_picture else "attachment"), name
        assert ("no-store" in answer["Cache-Control"]) is not is_picture
        assert "private" in answer["Cache-Control"]
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert client.get(address(attachment, "?inline=0"))["Content-Disposition"].startswith("attachment")


def test_a_page_that_calls_itself_a_text_is_sent_as_a_text(client: Client, house: House) -> None:  # noqa: F811
    page = b"<html><script>alert(document.domain)</script></html>"
    attachment = house.new(files=[factory.staged(house.ana, "page.html.txt", page)]).attachments.get()
    answer = of(client, house.bea).get(address(attachment, "?inline=1"))
    assert answer["Content-Type"] == "text/plain"
    assert answer["Content-Disposition"] == 'attachment; filename="page.html.txt"'


def test_each_download_is_counted_and_on_the_record_and_of_looks_one_an_hour_is_on_the_record(
    client: Client,
    house: House,  # noqa: F811
    pair: tuple[Any, Any],
) -> None:
    public, internal = pair
    before = timezone.now()
    of(client, house.bea)
    client.head(address(public))
    assert not AuditEvent.objects.filter(kind="downloaded").exists()
    for reader in (client, client, of(Reading(), house.dora)):
        body(reader.get(address(internal, "?inline=1")))
    looks = AuditEvent.objects.filter(kind="downloaded").order_by("pk")
    assert [(event.actor, event.about) for event in looks] == [(house.bea, internal), (house.dora, internal)]
    assert [event.detail for event in looks] == [{"inline": True}] * 2
    for _time in range(2):
        body(client.get(address(public)))
    body(of(Reading(), house.ana).get(address(public, "?inline=1")))  # a PDF is sent, not shown: it counts
    counted = TicketAttachment.objects.get(pk=public.pk)
    assert counted.download_count == 3
    assert counted.last_accessed is not None
    assert counted.last_accessed >= before
    assert TicketAttachment.objects.get(pk=internal.pk).download_count == 0
    events = AuditEvent.objects.filter(kind="downloaded", detail={}).order_by("pk")
    assert [(event.actor, event.about) for event in events] == [
        (house.bea, public), (house.bea, public), (house.ana, public)
    ]  # fmt: skip
    assert counted.history.count() == 1, "a download is no change of the file"
    assert events[0].ip_address == "127.0.0.1"


def test_a_refused_download_counts_nothing(client: Client, house: House, pair: tuple[Any, Any]) -> None:  # noqa: F811
    of(client, house.eve).get(address(pair[0]))
    assert TicketAttachment.objects.get(pk=pair[0].pk).download_count == 0
    assert not AuditEvent.objects.filter(kind="downloaded").exists()


def test_bytes_that_are_gone_are_a_page_and_a_line_in_the_log(
    client: Client,
    house: House,  # noqa: F811
    pair: tuple[Any, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    default_storage.delete(pair[0].file.name)
    for query in ("", "?inline=1"):
        answer = of(client, house.ana).get(address(pair[0], query))
        assert answer.status_code == 503
        assert "can&#x27;t get this file out of our storage" in answer.content.decode()
        assert "report.pdf" in answer.content.decode()
    assert f"File {pair[0].pk} can't be read from the storage." in caplog.text
    assert TicketAttachment.objects.get(pk=pair[0].pk).download_count == 0


def test_a_storage_that_is_down_is_the_same(
    client: Client,
    house: House,  # noqa: F811
    pair: tuple[Any, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def down(*_given: Any) -> None:
        raise ConnectionError("secret-host is down")

    monkeypatch.setattr(default_storage, "_open", down)
    answer = of(client, house.ana).get(address(pair[0]))
    assert answer.status_code == 503
    assert b"secret-host" not in answer.content


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_file_is_only_read_at_its_address(
    client: Client,
    house: House,  # noqa: F811
    pair: tuple[Any, Any],
    method: str,
) -> None:
    assert getattr(of(client, house.ana), method)(address(pair[0])).status_code == 405


def test_a_naughty_name_ends_no_header_and_comes_back_whole(client: Client, house: House) -> None:  # noqa: F811
    of(client, house.ana)
    names = dict.fromkeys(file_kinds.kept_name(f"{text}.txt") for text in naughty.all_of_them())
    ticket = house.open()
    row = conversation.attach(ticket, by=house.ana, files=[factory.staged(house.ana, "plain.txt")])[0]
    assert len(names) > 300
    for name in names:
        TicketAttachment.objects.filter(pk=row.pk).update(file_name=name)
        said = client.get(address(row))["Content-Disposition"]
        assert "\r" not in said
        assert "\n" not in said
        assert named_in(said) == name


def named_in(disposition: str) -> str:
    """The file name, as RFC 6266 has it read."""
    kind, _semicolon, rest = disposition.partition("; ")
    assert kind == "attachment"
    if rest.startswith("filename*=utf-8''"):
        return unquote(rest.removeprefix("filename*=utf-8''"))
    assert rest.startswith('filename="')
    assert rest.endswith('"')
    quoted = rest[len('filename="') : -1]
    assert '"' not in quoted.replace("\\\\", "").replace('\\"', ""), "nothing within it ends the name"
    return quoted.replace('\\"', '"').replace("\\\\", "\\")


# Sent up


def sent_up(client: Client, name: str = "report.pdf", content: bytes | None = None) -> tuple[int, dict[str, Any]]:
    answer = client.post("/my/uploads/", {"file": factory.upload(name, content)})
    return answer.status_code, json.loads(answer.content)


def test_what_is_sent_up_is_there_for_a_form(client: Client, house: House) -> None:  # noqa: F811
    of(client, house.ana)
    status, said = sent_up(client)
    assert status == 201
    token = said.pop("token")
    assert said == {"name": "report.pdf", "size": len(factory.PDF), "type_label": "PDF document"}
    ticket = house.new(files=files.staged([token], by=house.ana))
    assert body(client.get(address(ticket.attachments.get()))) == factory.PDF


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("tool.exe", b"MZ", "“tool.exe” is of a kind that can't be attached."),
        ("report.pdf", b"<html>", "“report.pdf” is not what its name says"),
        ("empty.txt", b"", "“empty.txt” is empty."),
    ],
)
def test_what_can_not_be_taken_is_said_in_a_sentence(
    client: Client,
    house: House,  # noqa: F811
    name: str,
    content: bytes,
    words: str,
) -> None:
    status, said = sent_up(of(client, house.ana), name, content)
    assert status == 422
    assert said["error"].startswith(words)
    assert set(said) == {"error"}
    assert not StagedFile.objects.exists()


def test_a_form_without_a_file_is_said_in_a_sentence(client: Client, house: House) -> None:  # noqa: F811
    of(client, house.ana)
    for sent in ({}, {"file": "words"}, {"files": factory.upload()}):
        answer = client.post("/my/uploads/", sent)
        assert (answer.status_code, answer.json()) == (422, {"error": "Choose a file."})


def test_strangers_and_suspended_people_send_nothing_up(client: Client, house: House) -> None:  # noqa: F811
    status, said = sent_up(client)
    assert status == 401
    assert said["error"].endswith(".")
    of(client, house.ana)
    people_lifecycle.suspend(house.ana, by=house.dora, reason="Left.")
    assert sent_up(client)[0] == 401
    assert not StagedFile.objects.exists()


def test_only_our_own_forms_send_up_and_take_back(house: House) -> None:  # noqa: F811
    row = factory.staged(house.ana)
    client = of(Client(enforce_csrf_checks=True), house.ana)
    for asked in ("/my/uploads/", f"/my/uploads/{row.token}/discard/"):
        assert client.post(asked, {"file": factory.upload()}).status_code == 403
    assert StagedFile.objects.get() == row


def test_a_look_neither_sends_up_nor_takes_back(client: Client, house: House) -> None:  # noqa: F811
    row = factory.staged(house.ana)
    of(client, house.ana)
    for asked in ("/my/uploads/", f"/my/uploads/{row.token}/discard/"):
        assert client.get(asked).status_code == 405
    assert StagedFile.objects.get() == row


def test_one_takes_back_ones_own_alone(client: Client, house: House) -> None:  # noqa: F811
    mine, theirs = factory.staged(house.ana), factory.staged(house.eve)
    assert client.post(f"/my/uploads/{mine.token}/discard/").status_code == 401
    of(client, house.ana)
    for token in (theirs.token, NOWHERE):
        answer = client.post(f"/my/uploads/{token}/discard/")
        assert (answer.status_code, answer.json()) == (404, {"error": "There is no such file."})
    assert client.post(f"/my/uploads/{mine.token}/discard/").status_code == 204
    assert StagedFile.objects.get() == theirs


def test_a_body_larger_than_a_file_is_refused_before_it_is_read(
    client: Client,
    house: House,  # noqa: F811
    settings: Any,
) -> None:
    settings.ATTACHMENT_MAX_BYTES = 2 * MEGABYTE
    assert limit_of("/my/uploads/") == 3 * MEGABYTE
    answer = of(client, house.ana).post("/my/uploads/", {"file": factory.upload("large.txt", b"x" * 3 * MEGABYTE)})
    assert answer.status_code == 413
    assert answer.json()["error"].endswith(".")
    status, said = sent_up(client, "large.txt", b"x" * (2 * MEGABYTE + 1))
    assert (status, said) == (422, {"error": "“large.txt” is too large: at most 2\xa0MB."})


def test_what_the_storage_does_not_take_can_be_tried_again(
    client: Client,
    house: House,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_given: Any) -> None:
        raise OSError("no space left on device")

    of(client, house.ana)
    with monkeypatch.context() as broken:
        broken.setattr(default_storage, "_save", full)
        status, said = sent_up(client, "notes.txt")
        assert (status, said["error"]) == (503, "“notes.txt” could not be stored just now. Try again in a minute.")
    assert sent_up(client)[0] == 201


def test_no_file_has_an_address_by_its_key(client: Client, house: House, pair: tuple[Any, Any]) -> None:  # noqa: F811
    of(client, house.dora)
    for folder in ("", "media/", "static/", "files/", "var/files/"):
        assert client.get(f"/{folder}{pair[0].file.name}", follow=True).status_code == 404
