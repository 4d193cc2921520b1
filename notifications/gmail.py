"""Sending through the Gmail API, as one of our own mailboxes: EMAIL_URL=gmail://support@example.com.

Whoever sets it up lets an OAuth2 client send for that mailbox once, and gives us the client's ID and secret and the
refresh token; with these we ask for access tokens, which last an hour and lie in memory alone.
https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/send
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, cast
from urllib.parse import quote

import httpx
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import gettext as _

from jobs.answers import Deadline, retry_after

TOKEN_URL = "https://oauth2.googleapis.com/token"
SEND_URL = "https://gmail.googleapis.com/gmail/v1/users"
#: Seconds before its end from which a token counts as ended: it must last for the call.
EARLY = 60
#: Of an answer we read no more; theirs are a few hundred characters.
MOST_BYTES = 64 * 1024
#: Why a 403 is about how much is sent, not about who may.
_TOO_MUCH = {"rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded", "quotaExceeded"}


class GmailProblem(Exception):
    """What Google answered instead of taking the message.

    code: the status of the answer. is_final: this message will never be taken. retry_after: seconds that Google asks
    us to wait. advice: what an operator does about it, where that is known.
    """

    def __init__(
        self, code: int, words: str, *, is_final: bool = False, retry_after: float | None = None, advice: str = ""
    ) -> None:
        self.code, self.words, self.is_final = code, words, is_final
        self.retry_after, self.advice = retry_after, advice
        super().__init__(advice or f"{code} {words}".strip())


class _Unauthorized(GmailProblem):
    """The access token is not taken any more."""


@dataclass(frozen=True)
class _Token:
    value: str
    ends: float


class _Tokens:
    """The access tokens of this process, each by what it was got with: another mailbox never uses it."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str | None, ...], _Token] = {}
        self._lock = threading.Lock()

    def of(self, line: _Line) -> str:
        key = (_token_url(), settings.GMAIL_CLIENT_ID, settings.GMAIL_REFRESH_TOKEN)
        # Another thread may be asking for one, and waits as long as it may itself.
        if not self._lock.acquire(timeout=line.deadline.left):
            raise line.took_too_long()
        try:
            token = self._kept.get(key)
            if token is None or token.ends <= monotonic():
                token = self._kept[key] = _asked_for(line)
            return token.value
        finally:
            self._lock.release()

    def forget(self, value: str) -> None:
        """Not one that another thread has got anew meanwhile."""
        with self._lock:
            self._kept = {key: token for key, token in self._kept.items() if token.value != value}


TOKENS = _Tokens()


class _Line:
    """The connections to Google of one sending, which all end after `seconds` together."""

    def __init__(self, seconds: float) -> None:
        self._open = ExitStack()
        self.seconds = seconds
        self.deadline = self._open.enter_context(Deadline(seconds))
        # No proxy out of the environment, and nowhere else than to the address named.
        self._http = self._open.enter_context(httpx.Client(timeout=seconds, follow_redirects=False, trust_env=False))

    def call(self, address: str, **given: Any) -> tuple[int, dict[str, Any], httpx.Headers]:
        """POST it; status, JSON and headers of the answer. Raises ConnectionError."""
        with (
            self._reaching(),
            self._http.stream("POST", address, extensions={"trace": self.deadline.watch}, **given) as answer,
        ):
            read = b""
            for piece in answer.iter_bytes():
                read += piece
                if len(read) > MOST_BYTES:
                    break
            if self.deadline.is_over:  # an answer without a length ends for httpx where we cut it off
                raise httpx.ReadTimeout("")
            return answer.status_code, _json_object(read[:MOST_BYTES]), answer.headers

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        """What goes wrong on the way is for the callers what it is of a mail server."""
        try:
            yield
        except httpx.HTTPError as error:
            if self.deadline.is_over or isinstance(error, httpx.TimeoutException):
                raise self.took_too_long() from None
            # Without its text: it may quote the address, and with it nothing that helps.
            raise ConnectionError(_("Google can't be reached (%(kind)s).") % {"kind": type(error).__name__}) from None

    def took_too_long(self) -> ConnectionError:
        return ConnectionError(_("Google took longer than %(seconds)d seconds.") % {"seconds": self.seconds})

    def close(self) -> None:
        self._open.close()


class EmailBackend(BaseEmailBackend):
    """Raises GmailProblem, and ConnectionError where Google can't be reached. `timeout`: seconds from opening to
    closing, in which everything must be said and done; a server that drips can't hold a worker."""

    def __init__(self, fail_silently: bool = False, timeout: float | None = None, **options: Any) -> None:
        super().__init__(fail_silently=fail_silently)
        self.timeout = timeout or settings.EMAIL_TIMEOUT
        self.line: _Line | None = None

    def open(self) -> bool:
        """Gets a token, so that a permission that was taken back shows before a message is made."""
        if self.line is not None:
            return False
        self.line = _Line(self.timeout)
        try:
            TOKENS.of(self.line)
        except (GmailProblem, OSError):
            self.close()
            raise
        return True

    def close(self) -> None:
        if self.line is not None:
            self.line.close()
            self.line = None

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        opened_here = self.open()
        try:
            for mail in email_messages:
                _send(cast(_Line, self.line), mail)
        finally:
            if opened_here:
                self.close()
        return len(email_messages)


def _send(line: _Line, mail: EmailMessage) -> None:
    message: Any = mail.message()  # Django's, which takes a line end
    raw = base64.urlsafe_b64encode(message.as_bytes(linesep="\r\n")).decode("ascii")
    token = TOKENS.of(line)
    try:
        _posted(line, token, raw)
    except _Unauthorized:
        # Taken back before its hour was over; a new one, once.
        TOKENS.forget(token)
        _posted(line, TOKENS.of(line), raw)


def _asked_for(line: _Line) -> _Token:
    asked = {
        "grant_type": "refresh_token",
        "client_id": settings.GMAIL_CLIENT_ID,
        "client_secret": settings.GMAIL_CLIENT_SECRET,
        "refresh_token": settings.GMAIL_REFRESH_TOKEN,
    }
    code, said, headers = line.call(_token_url(), data=asked)
    if code != 200:
        # Google's words for it stay out: nobody promises that they never quote what was sent.
        raise _no_token(code, str(said.get("error", ""))[:50], headers)
    value, seconds = said.get("access_token"), said.get("expires_in")
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise GmailProblem(code, _("Google gave no access token."))
    lasts = float(seconds) if isinstance(seconds, int | float) and not isinstance(seconds, bool) else 0.0
    return _Token(value, monotonic() + max(0.0, min(lasts, 86400.0) - EARLY))


def _no_token(code: int, error: str, headers: httpx.Headers) -> GmailProblem:
    advice = {
        "invalid_grant": _(
            "Google has taken back the permission to send. Let the mailbox allow it again, and set the new "
            "GMAIL_REFRESH_TOKEN."
        ),
        "invalid_client": _("Google does not know the client: check GMAIL_CLIENT_ID and GMAIL_CLIENT_SECRET."),
        "unauthorized_client": _("The refresh token is of another client: check GMAIL_CLIENT_ID."),
    }.get(error, "")
    return GmailProblem(code, error, retry_after=retry_after(headers.get("Retry-After", "")), advice=advice)


def _posted(line: _Line, token: str, raw: str) -> None:
    base = getattr(settings, "GMAIL_SEND_URL", SEND_URL)
    # The mailbox by its name and not "me": a token of another mailbox is then refused.
    address = f"{base}/{quote(settings.EMAIL_HOST_USER)}/messages/send"
    code, said, headers = line.call(address, json={"raw": raw}, headers={"Authorization": f"Bearer {token}"})
    if code != 200:
        raise _refusal(code, said, headers)


def _refusal(code: int, said: dict[str, Any], headers: httpx.Headers) -> GmailProblem:
    error = said.get("error")
    error = error if isinstance(error, dict) else {}
    words, errors = str(error.get("message", "")), error.get("errors")
    why = {each.get("reason") for each in errors if isinstance(each, dict)} if isinstance(errors, list) else set()
    if code == 401:
        advice = _("Google does not take our access tokens: check that the Gmail API is switched on for the client.")
        return _Unauthorized(code, words, advice=advice)
    if code == 403 and not why & _TOO_MUCH:
        advice = _("Google does not let us send as %(mailbox)s: check EMAIL_URL, and what the mailbox allowed.")
        return GmailProblem(code, words, advice=advice % {"mailbox": settings.EMAIL_HOST_USER})
    # 400 is this message, unless the mailbox itself is what is not as it should be; 413 is its size.
    is_final = code == 413 or (code == 400 and "failedPrecondition" not in why)
    return GmailProblem(code, words, is_final=is_final, retry_after=retry_after(headers.get("Retry-After", "")))


def _json_object(read: bytes) -> dict[str, Any]:
    try:
        said = json.loads(read)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _token_url() -> str:
    return getattr(settings, "GMAIL_TOKEN_URL", TOKEN_URL)
