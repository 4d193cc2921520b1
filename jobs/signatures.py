"""Signatures over messages between programs, as Standard Webhooks has them (standardwebhooks.com). Pure functions.

headers = signatures.headers(secrets, "msg_1", timezone.now(), body)          # what goes out
sent_at = signatures.verify(secrets, request.headers, body, now=timezone.now())   # what comes in

What is signed is "id.timestamp.body", the timestamp in seconds since 1970, by HMAC-SHA256 with the bytes behind
"whsec_". While a secret is being changed there are several: each signs, any may have signed.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets as randomness
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
PREFIX = "whsec_"
#: By so much two clocks may differ, and so long may a message be under way.
TOLERANCE = timedelta(minutes=5)
#: Nobody has more secrets in use at a time; a header with thousands of signatures would be work for nothing.
SIGNATURES_AT_MOST = 10
_ID = re.compile(r"[\x21-\x7e]{1,200}")
_SECONDS = re.compile(r"[0-9]{1,11}")


class BadSignature(Exception):
    """The message is not to be believed. `code`: missing, malformed, too_old, too_new or wrong. Says no secret."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def new_secret() -> str:
    """A secret of 32 random bytes."""
    return PREFIX + base64.b64encode(randomness.token_bytes(32)).decode()


def sign(secret: str, message_id: str, sent_at: datetime, body: bytes) -> str:
    """The signature as it stands in the header: "v1,…"."""
    return f"v1,{base64.b64encode(_digest(_key(secret), message_id, _seconds(sent_at), body)).decode()}"


def headers(secrets: Iterable[str], message_id: str, sent_at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a message, signed with each of the secrets."""
    signed = " ".join(sign(secret, message_id, sent_at, body) for secret in secrets)
    return {ID: message_id, TIMESTAMP: _seconds(sent_at), SIGNATURE: signed}


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, *, now: datetime) -> datetime:
    """When the message was sent. Raises BadSignature. `headers` are looked up by the names above, in lower case: hand
    over a mapping that does not care (Django's `request.headers`). Takes as long whatever is wrong with a signature."""
    message_id, seconds, given = (headers.get(name) or "" for name in (ID, TIMESTAMP, SIGNATURE))
    if not (message_id and seconds and given):
        raise BadSignature("missing")
    if not _ID.fullmatch(message_id) or not _SECONDS.fullmatch(seconds):
        raise BadSignature("malformed")
    sent_at = datetime.fromtimestamp(int(seconds), UTC)
    if abs(now - sent_at) > TOLERANCE:
        raise BadSignature("too_old" if sent_at < now else "too_new")
    expected = [_digest(_key(secret), message_id, seconds, body) for secret in secrets]
    offered = [signature for part in given.split(" ")[:SIGNATURES_AT_MOST] if (signature := _offered(part))]
    # All against all, and counted: where it stopped would tell which secret is the right one.
    if not sum(hmac.compare_digest(mine, theirs) for mine in expected for theirs in offered):
        raise BadSignature("wrong")
    return sent_at


def _offered(part: str) -> bytes:
    """The bytes of one "v1,…"; b"" for other versions and for what is none."""
    version, _comma, encoded = part.partition(",")
    if version != "v1":
        return b""
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _key(secret: str) -> bytes:
    # Some write the base64 without its padding; what is too much of it, the decoder passes over.
    return base64.b64decode(secret.removeprefix(PREFIX) + "==")


def _seconds(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def _digest(key: bytes, message_id: str, seconds: str, body: bytes) -> bytes:
    return hmac.digest(key, f"{message_id}.{seconds}.".encode() + body, "sha256")
