"""Messages that nobody should believe, or that can't be read: the documented answer, and nothing else."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from jobs import signatures
from tests.factories.tickets import quick_ticket
from tests.tickets.workflow.conftest import ADDRESS, LONG_AGO, SECRET, fresh, message, notes_on, stored
from tickets.models import WorkflowCallback, WorkflowStanding

pytestmark = pytest.mark.django_db


# Not to be believed


def test_what_is_not_signed_right_is_refused_and_nothing_of_it_is_kept(call):
    ticket = quick_ticket("Open")
    said, old = message(ticket), timezone.now() - dt.timedelta(minutes=5, seconds=5)
    refused = {
        "wrong": call(said, secrets=(signatures.new_secret(),)),
        "over another body": call(said, signed=b"{}"),
        "too old": call(said, sent_at=old),
        "too new": call(said, sent_at=timezone.now() + dt.timedelta(minutes=5, seconds=5)),
        "no signature": call(said, headers={"webhook-signature": ""}),
        "no key": call(said, headers={"webhook-id": ""}),
        "no time": call(said, headers={"webhook-timestamp": ""}),
        "nonsense": call(said, headers={"webhook-timestamp": "yesterday"}),
        "a token of ours": call.client.post(ADDRESS, said, content_type="application/json"),
    }
    assert {answer.status_code for answer in refused.values()} == {401}
    assert all(set(answer.json()) == {"error", "details", "reasons"} for answer in refused.values())
    assert not WorkflowCallback.objects.exists()
    assert fresh(ticket).status == "Open"
    events = AuditEvent.objects.filter(kind=AuditEvent.Kind.REFUSED)
    codes = {code for event in events for code in event.detail["codes"]}
    assert codes == {f"signature-{code}" for code in ("wrong", "too_old", "too_new", "missing", "malformed")}
    assert ticket.ticket_number not in str([event.detail for event in events])


def test_a_flood_of_wrong_signatures_is_one_line_on_the_record(call):
    for _time in range(5):
        call(message("TX0001"), secrets=(signatures.new_secret(),))
    assert AuditEvent.objects.filter(kind=AuditEvent.Kind.REFUSED).count() == 1


def test_without_a_secret_nobody_is_believed(call, settings):
    settings.WORKFLOW_CALLBACK_SECRETS = []
    answer = call(message("TX0001"))
    assert (answer.status_code, answer.json()["reasons"][0]["code"]) == (503, "not-set-up")
    assert answer["Retry-After"] == "60"
    assert not WorkflowCallback.objects.exists()


def test_while_the_secret_is_being_changed_both_count(call, settings):
    new = signatures.new_secret()
    settings.WORKFLOW_CALLBACK_SECRETS = [new, SECRET]
    for secret in (new, SECRET):
        assert call(message("TX0001"), secrets=(secret,)).status_code == 404
    settings.WORKFLOW_CALLBACK_SECRETS = [new]
    assert call(message("TX0001")).status_code == 401


def test_too_large_a_body_is_refused_before_it_is_looked_at(call):
    answer = call(b"[" + b" " * 256 * 1024 + b"]")
    assert (answer.status_code, answer.json()["reasons"][0]["code"]) == (413, "too-large")
    assert not WorkflowCallback.objects.exists()


def test_only_posts_are_taken(call):
    for ask in (call.client.get, call.client.put, call.client.delete, call.client.patch, call.client.options):
        answer = ask(ADDRESS)
        assert answer.status_code == 405
        assert set(answer.json()) == {"error", "details", "reasons"}


# Malformed


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"text"', b"null", b"\xff\xfe", b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}", b"a=b"],
)
def test_what_is_no_json_object_is_kept_and_refused(call, body):
    answer = call(body, key="msg_1")
    assert (answer.status_code, answer.json()["error"]) == (400, "This is no JSON object.")
    assert (stored().outcome, stored().answer_status) == ("malformed", 400)
    assert call(body, key="msg_1").status_code == 400


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ticket_id", None),
        ("ticket_id", 7),
        ("ticket_id", " "),
        ("ticket_id", "x" * 101),
        ("ticket_id", "a\u0000b"),
        ("ticket_id", {"a": 1}),
        ("status", None),
        ("status", True),
        ("status", ""),
        ("status", "\ud800"),
        ("last_modified", None),
        ("last_modified", 1_700_000_000),
        ("last_modified", "yesterday"),
        ("last_modified", "2026-13-01T00:00:00Z"),
        ("last_modified", "0001-01-01T00:00:00+14:00"),
        ("last_modified", "2999-01-01T00:00:00Z"),
        ("work_notes", "a note"),
        ("work_notes", [1]),
        ("work_notes", [["a"]]),
        ("work_notes", ["x" * 20_001]),
        ("work_notes", ["a\u0000b"]),
        ("work_notes", ["\ud800 x"]),
        ("work_notes", ["x"] * 51),
        ("assigned_technician", 5),
        ("assigned_technician", "x" * 201),
        ("assigned_technician", "a\nb"),
        ("resolution", ["x"]),
        ("resolution", "x" * 5_001),
    ],
)
def test_values_that_can_not_be_taken_are_named(call, field, value):
    ticket = quick_ticket("Open")
    answer = call(message(ticket, "COMPLETED") | {field: value})
    assert (answer.status_code, list(answer.json()["details"])) == (422, [field])
    assert stored().outcome == "malformed"
    assert (fresh(ticket).status, notes_on(ticket)) == ("Open", [])


def test_all_that_is_wrong_is_said_at_once(call):
    answer = call({"work_notes": 5})
    assert set(answer.json()["details"]) == {"ticket_id", "status", "last_modified", "work_notes"}


def test_fields_that_nobody_knows_and_missing_ones_do_no_harm(call):
    ticket = quick_ticket("Open")
    body = {"ticket_id": ticket.ticket_number, "status": "WORKING", "last_modified": LONG_AGO.isoformat()}
    assert call(body | {"priority": "High", "role": "System Admin", "number": "TX1"}).status_code == 200
    assert (fresh(ticket).status, fresh(ticket).priority) == ("In Progress", ticket.priority)


@pytest.mark.parametrize("moment", ["2026-01-05T09:00:00", "2026-01-05T10:00:00+01:00", "2026-01-05T09:00:00.000Z"])
def test_moments_are_read_in_utc(call, moment):
    ticket = quick_ticket("Open")
    call(message(ticket) | {"last_modified": moment})
    assert WorkflowStanding.objects.get(ticket=ticket).last_modified == LONG_AGO


def test_words_of_every_kind_come_through_as_they_are(call):
    ticket, words = quick_ticket("Open"), "Größe 🚀 <script>alert(1)</script> ‮ лампа"
    call(message(ticket, "COMPLETED", work_notes=[words], resolution=words, assigned_technician="O’Brien 🚀"))
    assert (fresh(ticket).resolution, notes_on(ticket)) == (words, [words])
