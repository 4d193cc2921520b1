"""Every class of answer that a real server can give, and what becomes of the delivery."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from email.utils import format_datetime

import pytest
from django.utils import timezone

from tests.factories import files
from tests.notifications.receiver import Receiver, raw
from tests.notifications.test_webhooks_addresses import certificate
from tests.tickets.workflow.conftest import API_KEY, last, of, send
from tests.tickets.workflow.remote import Remote, Reply
from tickets import conversation
from tickets.models import WorkflowDelivery
from tickets.workflow import client

pytestmark = pytest.mark.django_db


def seconds_to_wait(row: WorkflowDelivery) -> float:
    return (row.next_attempt_at - timezone.now()).total_seconds()


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_success_is_one(house, remote, status):
    remote.answers(Reply(status, b""))
    house.open()
    send()
    assert (last().status, last().response_status, last().last_error) == ("done", status, "")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 413, 422])
def test_a_refusal_is_final_and_shown(house, remote, status):
    remote.answers(Reply(status, '{"error": "No such category: Größe"}'.encode()))
    house.open()
    send()
    send()
    row = last()
    assert (row.status, row.response_status, len(remote.calls)) == ("failed", status, 1)
    assert row.last_error.startswith(f"The workflow system answered: {status} ")
    assert row.response_body == '{"error": "No such category: Größe"}'
    assert row.acknowledged_at is None


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 425, 429])
def test_what_is_not_for_now_is_tried_again_with_the_same_key(house, remote, later, status):
    remote.answers(status, 201)
    house.open()
    send()
    row = last()
    assert (row.status, row.failures, row.response_status) == ("pending", 1, status)
    assert f"answered: {status}" in row.last_error
    assert 25 < seconds_to_wait(row) < 35
    send()
    assert len(remote.calls) == 1
    later(dt.timedelta(minutes=2))
    send()
    assert remote.keys == [str(row.delivery_id)] * 2
    assert (last().status, last().response_status) == ("done", 201)


def test_redirects_are_not_followed_and_the_key_goes_nowhere_else(house, remote):
    elsewhere = Remote()
    try:
        for status in (301, 302, 303, 307, 308):
            remote.answers(Reply(status, b"", {"Location": elsewhere.url}))
            house.open()
            send()
            assert (last().status, last().response_status) == ("failed", status)
            assert "Redirects are not followed" in last().last_error
        assert elsewhere.calls == []
    finally:
        elsewhere.close()


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True])
def test_the_pause_asked_for_is_kept_for_all(house, remote, later, status, as_date):
    in_ten = format_datetime(timezone.now() + dt.timedelta(minutes=10), usegmt=True) if as_date else "600"
    remote.answers(Reply(status, b"", {"Retry-After": in_ten}), 201)
    first, second = house.open(), house.open()
    send()
    assert 540 < seconds_to_wait(of(first)[0]) < 610
    later(dt.timedelta(minutes=5))
    send()
    assert (len(remote.calls), of(second)[0].attempts) == (1, 0)
    later(dt.timedelta(minutes=11))
    send()
    assert [of(ticket)[0].status for ticket in (first, second)] == ["done", "done"]


@pytest.mark.parametrize(
    "said",
    [
        "soon", "-5", "", "Wed, 99 Foo 2026", "²", "99999999999999999999",
        "Mon, 05 Jan 2026 00:00:00 +99999999999999999999", "Mon, 05 Jan 99999999999999999999 00:00:00 GMT",
        "Mon, 01 Jan 0001 00:00:00 +2359", "Fri, 31 Dec 9999 23:59:59 -2359",
    ],
)  # fmt: skip
def test_a_pause_that_is_none_harms_nobody(house, remote, said):
    remote.answers(Reply(429, b"", {"Retry-After": said}))
    house.open()
    send()
    assert (last().status, last().response_status) == ("pending", 429)
    assert seconds_to_wait(last()) <= 6 * 3600


def test_a_connection_refused_is_tried_again(house, remote, settings):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings.EXTERNAL_WORKFLOW_API_URL = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        house.open()
        send()
    row = last()
    assert (row.status, row.failures, row.response_status) == ("pending", 1, None)
    assert row.last_error.startswith("The workflow system does not answer:")


def test_one_that_dies_after_taking_it_gets_it_again_under_the_same_key(house, remote, later):
    remote.answers(0, 201)
    house.open()
    send()
    assert last().status == "pending"
    later(dt.timedelta(minutes=2))
    send()
    assert len(set(remote.keys)) == 1
    assert (len(remote.keys), last().status) == (2, "done")


@pytest.mark.parametrize("before_the_head", [True, False])
def test_an_answer_that_drips_is_cut_off_when_the_time_is_over(house, remote, monkeypatch, before_the_head):
    """Each byte comes within any time-out for a byte; together they would take for ever."""
    monkeypatch.setattr(client, "SECONDS", 0.3)
    over = threading.Event()

    def drip(*_call: object) -> None:
        over.wait(0.1)

    if before_the_head:
        remote.on_call = lambda _call: over.wait(5)
    remote.answers(Reply(200, b"x", pieces=200, between=drip))
    house.open()
    send()
    over.set()
    assert (last().status, last().last_error) == ("pending", "The workflow system does not answer: timed out")


def test_an_answer_that_drips_through_tls_is_cut_off_too(tmp_path, monkeypatch, settings):
    serving, trusting = certificate(tmp_path, "localhost")
    monkeypatch.setattr(client, "_certificates", lambda: trusting)
    with Receiver(tls=serving) as receiver:
        settings.EXTERNAL_WORKFLOW_API_URL = f"https://localhost:{receiver.port}/"
        assert client.ask("tickets/", params={}).body == "thanks"
        receiver.answers = [raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", *[b"x"] * 100, pause=0.05)]
        with pytest.raises(client.NoAnswer, match="timed out"):
            client.ask("tickets/", params={}, seconds=1)


def test_of_a_long_answer_only_the_beginning_is_read_and_kept(house, remote):
    remote.answers(Reply(201, b"x" * 65536, pieces=64))
    house.open()
    send()
    assert (last().status, len(last().response_body), last().remote_id) == ("done", 4000, "")


def test_bytes_that_are_no_text_are_kept_as_what_can_be_read(house, remote):
    remote.answers(Reply(422, b"\xff\x00caf\xc3\xa9"))
    house.open()
    send()
    assert last().response_body == "\ufffd\ufffdcafé"


def test_an_answer_that_repeats_what_was_sent_gives_neither_key_nor_addresses_away(house, remote):
    def repeat(call):
        said = call.headers["authorization"].encode() + call.raw + call.raw.replace(b"/", b"\\/")
        remote.replies = [Reply(422, said)]

    remote.on_call = repeat
    house.open(files=[files.staged(house.ana)])
    send()
    kept = last().response_body
    (attachment,) = remote.bodies[0]["request"]["attachments"]
    signed = attachment["url"].rstrip("/").rpartition("/")[2]
    assert API_KEY not in kept
    assert "Bearer …" in kept
    assert signed not in kept
    assert "/files/…" in kept


@pytest.mark.parametrize(
    ("said", "number"),
    [
        (b'{"id": "WO-7"}', "WO-7"),
        (b'{"id": 7}', "7"),
        (b'{"remote_id": "x"}', "x"),
        (b'{"id": null, "number": "N1"}', "N1"),
        (b'{"id": ["a"]}', ""),
        (b"[1]", ""),
        (b"not json", ""),
        (b"", ""),
        (b'{"id": "' + b"x" * 500 + b'"}', "x" * 100),
        (b'{"id": "WO-\\ud800"}', "WO-?"),
    ],
)
def test_the_number_there_is_kept_when_the_answer_tells_it(house, remote, said, number):
    remote.answers(Reply(201, said))
    house.open()
    send()
    assert (last().status, last().remote_id) == ("done", number)


def test_without_a_key_none_is_sent(house, remote, settings):
    settings.EXTERNAL_WORKFLOW_API_KEY = None
    house.open()
    send()
    assert "authorization" not in remote.calls[0].headers


def test_no_proxy_of_the_environment_gets_it(house, remote, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    house.open()
    send()
    assert last().status == "done"


def test_a_system_that_was_taken_out_of_the_settings_leaves_what_waits_waiting(house, remote, settings):
    house.open()
    settings.EXTERNAL_WORKFLOW_API_URL = None
    send()
    assert (last().status, last().last_error) == ("pending", "No workflow system is set up here.")


def test_one_refused_ticket_does_not_keep_the_others(house, remote):
    refused, taken = house.open(), house.open()
    conversation.comment(taken, by=house.ana, comment="Hello?")
    remote.answers(422, 201)
    send()
    assert [row.status for row in (*of(refused), *of(taken))] == ["failed", "done", "done"]


def test_the_other_sides_view_is_asked_for_under_the_same_address(remote):
    remote.answers(Reply(200, b'[{"ticket_id": "TX0001"}]'))
    answer = client.ask("tickets/", params={"updated_since": "2026-01-01T00:00:00Z"})
    assert answer.json() == [{"ticket_id": "TX0001"}]
    (call,) = remote.calls
    assert (call.method, call.path) == ("GET", "/api/deliveries/tickets/?updated_since=2026-01-01T00%3A00%3A00Z")
    assert call.headers["authorization"] == f"Bearer {API_KEY}"
