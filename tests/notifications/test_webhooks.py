"""Outgoing webhooks: who is told of what, that it arrives, and what is done when it does not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from audit.actors import SYSTEM, WORKFLOW
from audit.models import AuditEvent
from audit.refusals import InvalidValues, Refused, StaleVersion
from jobs import leases
from notifications.models import WebhookDelivery, WebhookSubscription
from notifications.webhooks import kinds, log, sealing, subscriptions
from people.models import Employee
from tests.factories import people
from tests.notifications.receiver import free_port, raw
from tests.notifications.webhooks import EVENT, drain, due_again, fresh, made, tell

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _allowed(settings: Any) -> None:
    settings.WEBHOOKS_ALLOW_PRIVATE = True


@pytest.fixture
def admin() -> Employee:
    return people.admin()


# That it arrives


def test_an_event_arrives_signed_so_that_the_reference_verifier_accepts_it(receiver):
    _subscription, secret = made(receiver.url)
    row = tell()
    drain()
    [(method, path, headers, body)] = receiver.heard
    told = Webhook(secret).verify(body, headers)
    assert (method, path, headers["content-type"]) == ("POST", "/hook", "application/json")
    assert (told["type"], told["data"]) == (EVENT, {"ticket": {"ticket_number": "TX0001"}})
    assert told["timestamp"].endswith("Z")
    assert headers["webhook-id"] == row.webhook_id
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body + b" ", headers)


def test_the_log_keeps_what_was_sent_and_what_was_answered(receiver):
    subscription, _secret = made(receiver.url)
    receiver.answers = [(202, {}, b"<b>taken</b>")]
    row = tell()
    drain()
    row = fresh(row)
    assert (row.status, row.answer_status, row.answer_body, row.attempts) == ("done", 202, "<b>taken</b>", 1)
    assert row.body.encode() == receiver.heard[0][3]
    assert row.asked_at is not None
    assert row.took_ms is not None
    assert fresh(subscription).last_arrived_at is not None


@pytest.mark.parametrize(
    "answer", [(500, {}, b"oops"), (404, {}, b""), (302, {"location": "/"}, b""), (429, {}, b""), raw(b"")]
)
def test_what_does_not_arrive_is_tried_again_as_the_same_message(receiver, answer):
    subscription, secret = made(receiver.url)
    receiver.answers = [answer, (200, {}, b"")]
    row = tell()
    drain()
    row = fresh(row)
    assert (row.status, row.failures, bool(row.last_error)) == ("pending", 1, True)
    assert fresh(subscription).failing_since is not None
    due_again(row)
    drain()
    assert fresh(row).status == "done"
    first, second = receiver.heard
    assert (first[2]["webhook-id"], first[3]) == (second[2]["webhook-id"], second[3])
    Webhook(secret).verify(second[3], second[2])
    assert (fresh(subscription).failures, fresh(subscription).failing_since) == (0, None)


@pytest.mark.parametrize("as_date", [False, True])
def test_a_server_that_asks_for_time_gets_it(receiver, as_date):
    made(receiver.url)
    in_an_hour = format_datetime(timezone.now() + timedelta(hours=1), usegmt=True) if as_date else "3600"
    receiver.answers = [(429, {"retry-after": in_an_hour}, b"")]
    row = tell()
    drain()
    pause = fresh(row).next_attempt_at - timezone.now()
    assert timedelta(minutes=59) < pause < timedelta(minutes=61)


@pytest.mark.parametrize(
    "said", ["Fri, 31 Dec 9999 23:59:59 GMT", "99999999", "9" * 5000, "Mon, 01 Jan 0001 00:00:00 GMT", "-5", "soon", ""]
)
def test_a_pause_beyond_all_bounds_or_none_at_all_stays_within_ours(receiver, said):
    made(receiver.url)
    receiver.answers = [(503, {"retry-after": said}, b"")]
    row = tell()
    drain()
    assert (fresh(row).status, fresh(row).failures) == ("pending", 1)
    assert fresh(row).next_attempt_at <= timezone.now() + leases.LONGEST_PAUSE


def test_after_four_days_without_success_it_is_failed_and_can_be_sent_again(receiver, admin):
    made(receiver.url)
    receiver.answers = [(500, {}, b""), (200, {}, b"")]
    row = tell()
    WebhookDelivery.objects.update(give_up_at=timezone.now())
    drain()
    WebhookSubscription.objects.update(rests_until=timezone.now() + timedelta(hours=1))
    assert (fresh(row).status, fresh(row).last_error) == ("failed", "It answered 500.")
    log.send_again(row, by=admin)
    drain()
    assert fresh(row).status == "done"
    assert len({headers["webhook-id"] for _method, _path, headers, _body in receiver.heard}) == 1
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.SENT_AGAIN)
    assert (event.actor, event.about, event.detail) == (admin, row, {"message": EVENT, "was": "failed"})


def test_gone_switches_the_webhook_off_calls_off_what_waits_and_says_so(receiver):
    subscription, _secret = made(receiver.url)
    receiver.answers = [(410, {}, b"")]
    first, second = tell(), tell()
    drain()
    subscription = fresh(subscription)
    assert not subscription.is_active
    assert [fresh(row).status for row in (first, second)] == ["failed", "cancelled"]
    assert len(receiver.heard) == 1
    assert subscription.history.first().verb == "gone"
    assert list(log.needing_somebody()) == [subscription]


def test_a_server_that_fails_again_and_again_rests_and_keeps_nobody_else_waiting(receiver):
    broken, _secret = made(f"http://127.0.0.1:{free_port()}/")
    rows = [tell() for _ in range(6)]
    drain()
    assert fresh(broken).failures == 3
    assert fresh(broken).rests_until > timezone.now()
    tried = [row for row in map(fresh, rows) if row.asked_at is not None]
    assert len(tried) == 3
    # What was not tried has not failed, and waits for the end of the rest.
    assert sorted(row.failures for row in map(fresh, rows)) == [0, 0, 0, 1, 1, 1]
    made(receiver.url, "ticket.closed")
    tell("ticket.closed")
    drain()
    assert len(receiver.heard) == 1
    WebhookSubscription.objects.filter(pk=broken.pk).update(rests_until=None, url=receiver.url)
    drain()
    assert len(receiver.heard) == 4


def test_two_days_of_outage_are_shown_and_over_with_the_first_that_arrives(receiver):
    subscription, _secret = made(receiver.url)
    receiver.answers = [(503, {}, b""), (200, {}, b"")]
    row = tell()
    drain()
    assert not log.needing_somebody().exists()
    WebhookSubscription.objects.update(failing_since=timezone.now() - timedelta(days=2))
    assert list(log.needing_somebody()) == [subscription]
    due_again(row)
    drain()
    assert not log.needing_somebody().exists()


def test_a_worker_that_was_killed_after_sending_sends_the_same_message_once_more(receiver):
    made(receiver.url)
    row = tell()
    assert leases.claim(row)
    from notifications.webhooks import delivery

    delivery.deliver(row)  # and dies before the outcome is written
    WebhookDelivery.objects.update(lease_until=timezone.now())
    drain()
    assert fresh(row).status == "done"
    ids = [headers["webhook-id"] for _method, _path, headers, _body in receiver.heard]
    assert ids == [row.webhook_id] * 2


def test_with_another_secret_key_it_fails_with_a_sentence_that_says_what_to_do(receiver, settings):
    made(receiver.url)
    row = tell()
    settings.SECRET_KEY = "another one, forty characters long, for sure"
    drain()
    assert fresh(row).status == "failed"
    assert "Make a new secret" in fresh(row).last_error
    assert receiver.heard == []


# The door


@pytest.mark.parametrize("who", ["employee", "coordinator", "clerk", "workflow", "nobody"])
def test_nobody_but_a_system_admin_makes_changes_tests_or_sends_again(receiver, who):
    by: Any = {
        "employee": people.person, "coordinator": lambda: people.coordinator(people.department()),
        "clerk": people.clerk, "workflow": lambda: WORKFLOW, "nobody": lambda: None,
    }[who]()  # fmt: skip
    subscription, _secret = made(receiver.url)
    row = tell()
    drain()
    before = fresh(subscription).__dict__ | {"_state": None}
    verbs: list[Callable[[], Any]] = [
        lambda: made(receiver.url, by=by),
        lambda: subscriptions.edit(subscription, by=by, name="Mine", url=receiver.url, events=[EVENT]),
        lambda: subscriptions.rotate(subscription, by=by),
        lambda: subscriptions.switch_off(subscription, by=by),
        lambda: subscriptions.switch_on(subscription, by=by),
        lambda: subscriptions.send_test(subscription, by=by),
    ]
    if who in {"employee", "coordinator", "clerk"}:
        verbs.append(lambda: log.send_again(row, by=by))
    for verb in verbs:
        with pytest.raises(Refused):
            verb()
    assert fresh(subscription).__dict__ | {"_state": None} == before
    assert WebhookDelivery.objects.count() == 1
    assert AuditEvent.objects.filter(kind=AuditEvent.Kind.REFUSED).count() >= 6


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"url": "ftp://example.com"}, "url"),
        ({"url": "https://user:secret@example.com"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["ticket.noted"]}, "events"),
        ({"events": [kinds.TEST]}, "events"),
    ],
)
def test_values_that_make_no_webhook_are_refused_at_their_field(given, field):
    values = {"name": "Chat", "url": "https://8.8.8.8/", "events": [EVENT], **given}
    with pytest.raises(InvalidValues) as invalid:
        subscriptions.make(by=SYSTEM, **values)
    assert list(invalid.value.errors) == [field]


def test_an_inner_address_is_refused_when_it_is_typed(settings):
    settings.WEBHOOKS_ALLOW_PRIVATE = False
    with pytest.raises(InvalidValues, match="inner network"):
        made("http://127.0.0.1:8000/")


def test_the_secret_lies_nowhere_readable(receiver, caplog):
    caplog.set_level(logging.DEBUG)
    subscription, secret = made(receiver.url)
    subscription, second = subscriptions.rotate(subscription, by=SYSTEM)
    row = tell()
    drain()
    rows = [*WebhookSubscription.objects.values(), *WebhookDelivery.objects.values(), *AuditEvent.objects.values()]
    stored = f"{rows}{[each.__dict__ for each in subscription.history.all()]}"
    for each in (secret, second):
        bare = each.removeprefix("whsec_")
        assert bare not in stored
        assert bare not in caplog.text
        assert bare not in f"{fresh(row).__dict__}"
    assert {"secret", "former_secret"}.isdisjoint(subscription.history.first().__dict__)
    assert sealing.opened(fresh(subscription).secret) == second


def test_a_new_secret_signs_beside_the_old_one_for_a_day(receiver):
    subscription, old = made(receiver.url)
    _subscription, new = subscriptions.rotate(subscription, by=SYSTEM)
    tell()
    drain()
    _method, _path, headers, body = receiver.heard[0]
    for secret in (old, new):
        Webhook(secret).verify(body, headers)
    WebhookSubscription.objects.update(former_secret_until=timezone.now())
    tell()
    drain()
    _method, _path, headers, body = receiver.heard[1]
    Webhook(new).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(body, headers)


def test_each_change_is_on_the_record(receiver, admin):
    subscription, _secret = made(receiver.url, by=admin)
    subscription = subscriptions.edit(subscription, by=admin, name="News", url=receiver.url, events=[EVENT])
    subscription, _secret = subscriptions.rotate(subscription, by=admin)
    subscription = subscriptions.switch_off(subscription, by=admin)
    subscription = subscriptions.switch_on(subscription, by=admin)
    record = list(subscription.history.order_by("history_id").values_list("verb", "history_user"))
    assert record == [(verb, admin.pk) for verb in ("make", "edit", "rotate", "switch_off", "switch_on")]


def test_of_two_who_change_it_the_second_is_told(receiver, admin):
    subscription, _secret = made(receiver.url)
    subscriptions.rotate(subscription, by=admin, expected_version=1)
    with pytest.raises(StaleVersion):
        subscriptions.switch_off(subscription, by=admin, expected_version=1)


def test_switched_off_what_waits_is_called_off_and_what_happens_is_not_told(receiver):
    subscription, _secret = made(receiver.url)
    row = tell()
    subscriptions.switch_off(subscription, by=SYSTEM)
    drain()
    assert (fresh(row).status, receiver.heard) == ("cancelled", [])
    with pytest.raises(Refused) as refused:
        log.send_again(row, by=SYSTEM)
    assert refused.value.codes == {"state"}


def test_a_test_is_one_call_whatever_it_is_subscribed_to_and_on_the_record(receiver, admin):
    subscription, secret = made(receiver.url)
    subscriptions.switch_off(subscription, by=admin)
    row = subscriptions.send_test(subscription, by=admin)
    receiver.answers = [(500, {}, b"not yet")]
    drain()
    row = fresh(row)
    assert (row.status, row.answer_body, row.last_error) == ("failed", "not yet", "It answered 500.")
    told = Webhook(secret).verify(receiver.heard[0][3], receiver.heard[0][2])
    assert (told["type"], told["data"]) == ("webhook.test", {"webhook": "Chat"})
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.WEBHOOK_TESTED)
    assert (event.actor, event.about) == (admin, subscription)
    assert fresh(subscription).failures == 0


def test_old_deliveries_are_removed_and_those_that_wait_are_not(receiver):
    made(receiver.url)
    old, waiting = tell(), tell()
    long_ago = timezone.now() - timedelta(days=31)
    WebhookDelivery.objects.filter(pk=old.pk).update(status="done", finished_at=long_ago)
    WebhookDelivery.objects.filter(pk=waiting.pk).update(created_at=long_ago)
    assert log.prune() == 1
    assert list(WebhookDelivery.objects.all()) == [waiting]
