"""The HTTP that goes to the workflow system. Where to is a setting; nothing that anybody wrote changes it.

Thirty seconds for all of it, no redirects (they would carry the key elsewhere), certificates checked, no proxy out of
the environment, and of an answer only its beginning is read.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.client import responses
from typing import Any

import httpx
from django.conf import settings

from jobs.answers import Deadline, retry_after
from tickets.workflow import links

SECONDS = 30.0
#: Of an answer to a delivery. Whoever asks for more says so.
ANSWER_BYTES = 64 * 1024


class NoAnswer(Exception):
    """Refused, reset, timed out, no name, no certificate, no HTTP. Its text is short and without secrets."""


@dataclass(frozen=True)
class Answer:
    """`body`: its beginning as text, without our key and our signed addresses, should it repeat them; `is_whole`:
    nothing was cut off."""

    status: int
    body: str = ""
    is_whole: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def in_words(self) -> str:
        return f"{self.status} {responses.get(self.status, '')}".strip()

    def json(self) -> Any:
        """None for what is none."""
        try:
            return json.loads(self.body) if self.is_whole else None
        except (ValueError, RecursionError):
            return None

    @property
    def retry_after(self) -> float | None:
        """Seconds that it asks us to wait; None without."""
        return retry_after(self.headers.get("retry-after", ""))


def deliver(payload: Mapping[str, Any], *, key: str) -> Answer:
    """POST one delivery. Raises NoAnswer."""
    return _call("POST", str(settings.EXTERNAL_WORKFLOW_API_URL), json=payload, headers={"Idempotency-Key": key})


def ask(path: str, *, params: Mapping[str, str], most: int = ANSWER_BYTES, seconds: float | None = None) -> Answer:
    """GET what lies under the address of the setting: ask("tickets/", params={"updated_since": …}). Raises NoAnswer."""
    base = str(settings.EXTERNAL_WORKFLOW_API_URL).partition("?")[0].rstrip("/")
    return _call("GET", f"{base}/{path}", params=params, most=most, seconds=seconds)


def _call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    most: int = ANSWER_BYTES,
    seconds: float | None = None,
    **given: Any,
) -> Answer:
    sent = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "SmartSupport"}
    if settings.EXTERNAL_WORKFLOW_API_KEY:
        sent["Authorization"] = f"Bearer {settings.EXTERNAL_WORKFLOW_API_KEY}"
    seconds = seconds or SECONDS
    with (
        Deadline(seconds) as deadline,
        _errors_in_words(deadline),
        httpx.Client(verify=_certificates(), timeout=seconds, follow_redirects=False, trust_env=False) as client,
        client.stream(
            method, url, headers={**sent, **(headers or {})}, extensions={"trace": deadline.watch}, **given
        ) as response,
    ):
        read = _beginning(response, most)
        if deadline.is_over:  # an answer without a length ends for httpx where we cut it off
            raise NoAnswer("timed out")
        return Answer(response.status_code, _shown(read[:most]), len(read) <= most, dict(response.headers))


@cache
def _certificates() -> ssl.SSLContext:
    """Read once: that takes longer than a call. An operator with authorities of their own says so by SSL_CERT_FILE."""
    return httpx.create_ssl_context()


@contextmanager
def _errors_in_words(deadline: Deadline) -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as error:
        raise NoAnswer("timed out") from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        said = "timed out" if deadline.is_over else _shown(str(error).encode())[:200]
        raise NoAnswer(said or type(error).__name__) from error


def _beginning(response: httpx.Response, most: int) -> bytes:
    """As it came over the line: what was packed against our wish is not unpacked, however small it makes itself."""
    read = b""
    for piece in response.iter_raw():
        read += piece
        if len(read) > most:
            break
    return read


def _shown(read: bytes) -> str:
    text = links.without_links(read.decode("utf-8", "replace").replace("\x00", "\ufffd"))
    key = settings.EXTERNAL_WORKFLOW_API_KEY
    return text.replace(key, "…") if key else text
