"""Signatures over messages: ours and those of the reference of Standard Webhooks count for each other."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from jobs import signatures

BODY = '{"status": "COMPLETED", "resolution": "Größe 🚀"}'.encode()
SECRET, OTHER = (signatures.new_secret() for _ in range(2))


def now() -> datetime:
    return datetime.now(UTC)


def refused(secrets: list[str], headers: dict[str, str], body: bytes = BODY, at: datetime | None = None) -> str:
    with pytest.raises(signatures.BadSignature) as bad:
        signatures.verify(secrets, headers, body, now=at or now())
    return bad.value.code


def test_the_reference_verifier_accepts_ours():
    Webhook(SECRET).verify(BODY, signatures.headers([SECRET], "msg_1", now(), BODY))


def test_the_reference_verifier_accepts_ours_while_the_secret_is_being_changed():
    headers = signatures.headers([OTHER, SECRET], "msg_1", now(), BODY)
    Webhook(SECRET).verify(BODY, headers)
    Webhook(OTHER).verify(BODY, headers)


def test_the_reference_verifier_refuses_ours_over_another_body():
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(BODY + b" ", signatures.headers([SECRET], "msg_1", now(), BODY))


@pytest.mark.parametrize(
    "secret",
    [SECRET, SECRET.rstrip("="), SECRET.removeprefix("whsec_")],
    ids=["whole", "without padding", "without prefix"],  # a secret is another in each process of the suite
)
def test_ours_accepts_the_signatures_of_the_reference(secret: str):
    sent_at = now().replace(microsecond=0)
    signed = Webhook(SECRET).sign("msg_1", sent_at, BODY.decode())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(sent_at.timestamp())), "webhook-signature": signed}
    assert signatures.verify([secret], headers, BODY, now=now()) == sent_at


def test_any_of_several_secrets_may_have_signed_and_others_beside_it():
    headers = signatures.headers([SECRET], "msg_1", now(), BODY)
    headers["webhook-signature"] = f"v1a,AAAA v1,bm9uc2Vuc2U= v1,% {headers['webhook-signature']}"
    assert signatures.verify([OTHER, SECRET], headers, BODY, now=now())


def test_what_was_not_signed_so_is_refused():
    headers = signatures.headers([SECRET], "msg_1", now(), BODY)
    assert refused([OTHER], headers) == "wrong"
    assert refused([], headers) == "wrong"
    assert refused([SECRET], headers, BODY + b"\n") == "wrong"
    assert refused([SECRET], headers | {"webhook-id": "msg_2"}) == "wrong"
    another = str(int(now().timestamp()) - 1)
    assert refused([SECRET], headers | {"webhook-timestamp": another}) == "wrong"
    assert refused([SECRET], headers | {"webhook-signature": headers["webhook-signature"][:-4] + "AAA="}) == "wrong"
    assert (
        refused([SECRET], headers | {"webhook-signature": headers["webhook-signature"].replace("v1", "v2")}) == "wrong"
    )


@pytest.mark.parametrize("name", ["webhook-id", "webhook-signature", "webhook-timestamp"])
def test_a_missing_header_is_refused(name: str):
    headers = signatures.headers([SECRET], "msg_1", now(), BODY)
    assert refused([SECRET], headers | {name: ""}) == "missing"
    assert refused([SECRET], {key: value for key, value in headers.items() if key != name}) == "missing"


@pytest.mark.parametrize("seconds", ["1e9", "-5", "٣", "nan", "9" * 40, "17 68"])
def test_a_timestamp_that_is_none_is_refused(seconds: str):
    headers = signatures.headers([SECRET], "msg_1", now(), BODY) | {"webhook-timestamp": seconds}
    assert refused([SECRET], headers) == "malformed"


@pytest.mark.parametrize("message_id", ["a b", "a\n", "x" * 201, "ü"])
def test_an_id_that_could_not_be_kept_is_refused(message_id: str):
    headers = signatures.headers([SECRET], "msg_1", now(), BODY) | {"webhook-id": message_id}
    assert refused([SECRET], headers) == "malformed"


def test_five_minutes_are_the_most_either_way():
    sent_at = now().replace(microsecond=0)
    headers, most = signatures.headers([SECRET], "msg_1", sent_at, BODY), timedelta(minutes=5)
    for apart in (most, -most):
        assert signatures.verify([SECRET], headers, BODY, now=sent_at + apart) == sent_at
    assert refused([SECRET], headers, at=sent_at + most + timedelta(seconds=1)) == "too_old"
    assert refused([SECRET], headers, at=sent_at - most - timedelta(seconds=1)) == "too_new"


def test_a_new_secret_is_long_random_and_says_what_it_is():
    assert SECRET != OTHER
    assert len(base64.b64decode(SECRET.removeprefix("whsec_"), validate=True)) == 32
