"""Google as far as sending mails goes, on this machine: gives access tokens, takes messages, answers as it is told."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as modern
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

CLIENT = {"client_id": "our-client", "client_secret": "our-client-secret", "refresh_token": "our-refresh-token"}
#: Bytes of an answer that drips: ten a second.
DRIPS = 200
#: Status, JSON, further headers.
Answer = tuple[int, Any, dict[str, str]]


def error(code: int, reason: str, words: str = "") -> Answer:
    """An answer of the Gmail API that is none."""
    return code, {"error": {"code": code, "message": words, "errors": [{"reason": reason}]}}, {}


class Google:
    """What arrived, and what to answer next; without being told it gives tokens and takes messages."""

    def __init__(self) -> None:
        self.arrived: list[EmailMessage] = []
        self.mailboxes: list[str] = []
        self.tokens_given = 0
        self.valid: set[str] = set()
        self.token_answer: Answer | None = None
        self.send_answers: list[Answer] = []
        self.url = ""
        #: Answers at this address come a byte at a time until the other side, or the test, has had enough.
        self.drips_at = ""
        self.enough = threading.Event()

    def token(self, body: bytes) -> Answer:
        if self.token_answer is not None:
            return self.token_answer
        asked = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if asked != {"grant_type": "refresh_token", **CLIENT}:
            return 401, {"error": "invalid_client", "error_description": f"I got {asked}"}, {}
        self.tokens_given += 1
        value = f"access-{self.tokens_given}"
        self.valid.add(value)
        return 200, {"access_token": value, "expires_in": 3599, "token_type": "Bearer"}, {}

    def send(self, mailbox: str, authorization: str, body: bytes) -> Answer:
        if authorization.removeprefix("Bearer ") not in self.valid:
            return error(401, "authError", "Invalid Credentials")
        if self.send_answers:
            return self.send_answers.pop(0)
        raw = json.loads(body)["raw"]
        self.mailboxes.append(mailbox)
        self.arrived.append(BytesParser(policy=modern).parsebytes(base64.urlsafe_b64decode(raw)))
        return 200, {"id": f"18c{len(self.arrived)}", "threadId": "18c", "labelIds": ["SENT"]}, {}


class _Server(ThreadingHTTPServer):
    google: Google


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/token":
            status, said, headers = self.server.google.token(body)
        else:
            mailbox = self.path.removeprefix("/users/").removesuffix("/messages/send")
            status, said, headers = self.server.google.send(mailbox, self.headers.get("Authorization", ""), body)
        answer = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        for name, value in {
            "Content-Length": str(self._length(answer)),
            "Content-Type": "application/json",
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.server.google.drips_at == self.path:
            self._drip(answer)
        else:
            self.wfile.write(answer)

    def _length(self, answer: bytes) -> int:
        return max(len(answer), DRIPS) if self.server.google.drips_at == self.path else len(answer)

    def _drip(self, answer: bytes) -> None:
        with suppress(OSError):  # cut off
            for byte in answer.ljust(DRIPS):
                self.wfile.write(bytes([byte]))
                if self.server.google.enough.wait(0.1):
                    return

    def log_message(self, *given: Any) -> None:
        """Not among the tests' own words."""


@contextmanager
def running(make: Callable[[], Google] = Google) -> Iterator[Google]:
    google = make()
    server = _Server(("127.0.0.1", 0), _Handler)
    server.google, google.url = google, f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield google
    finally:
        google.enough.set()
        server.shutdown()
        server.server_close()
        thread.join()
