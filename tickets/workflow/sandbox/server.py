"""The sandbox's HTTP server, for this machine alone.

POST /api/                          a delivery (Authorization: Bearer, Idempotency-Key) → 201
GET  /api/tickets/?updated_since=   what it knows: [{ticket_id, status, last_modified, assigned_technician}]
POST /control/                      {"mood", "pace", "answers"}, with the same key
GET  / · /tickets/<number>/ · /moods/, and what their forms post
"""

from __future__ import annotations

import hmac
import socket
import struct
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tickets.workflow.sandbox import api, pages
from tickets.workflow.sandbox.answers import Answer, sentence
from tickets.workflow.sandbox.moods import DOWN, Mood

if TYPE_CHECKING:
    from tickets.workflow.sandbox.sandbox import Sandbox

#: A delivery is some text; its files are fetched.
LARGEST_BODY = 1024 * 1024
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class SandboxServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    #: Five hundred may come at once.
    request_queue_size = 128

    def __init__(self, sandbox: Sandbox, port: int) -> None:
        self.sandbox = sandbox
        super().__init__(("127.0.0.1", port), Handler)

    def server_bind(self) -> None:
        # HTTPServer's would ask the network for this machine's name.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    @property
    def hosts(self) -> set[str]:
        return {f"{name}:{self.server_port}" for name in ("127.0.0.1", "localhost")}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hangs up early is no news; the rest is."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    server: SandboxServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "WorkflowSandbox", ""
    timeout = 60.0

    def do_GET(self) -> None:
        self._answer(b"")

    def do_HEAD(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        if self._path() in {api.PATH, api.VIEW} and self.server.sandbox.mood is Mood.DROPS:
            self._drop()
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            self.close_connection = True
            self._send(sentence(413, "That is too long, or of no length at all."))
            return
        self._answer(self.rfile.read(int(length)))

    def _answer(self, body: bytes) -> None:
        # A page elsewhere must not reach it by a name of its own (DNS rebinding).
        if self.headers.get("Host", "") not in self.server.hosts:
            self._send(sentence(421, "That is not our name."))
            return
        answer = self._api(body) if self._path() in {api.PATH, api.VIEW, api.CONTROL} else self._page(body)
        if answer is None:
            self._drop()
        else:
            self._send(answer)

    def _api(self, body: bytes) -> Answer | None:
        """None: the connection is closed without an answer."""
        sandbox = self.server.sandbox
        given = self.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {sandbox.api_key}".encode()):
            return sentence(401, "That key is not ours.")
        if self._path() == api.CONTROL:
            return api.control(sandbox, body)
        if sandbox.mood in DOWN:
            return api.down(sandbox)
        if sandbox.mood is Mood.SLOW:
            sandbox.stopping.wait(sandbox.slow)
        if self._path() == api.VIEW:
            return api.view(sandbox, parse_qs(urlsplit(self.path).query))
        if self.command != "POST":
            return sentence(405, "Deliveries are posted here.", {"Allow": "POST"})
        answer = api.take(sandbox, self.headers.get("Idempotency-Key", ""), body)
        return None if sandbox.mood is Mood.DIES and answer.code < 400 else answer

    def _page(self, body: bytes) -> Answer:
        sandbox, query = self.server.sandbox, parse_qs(urlsplit(self.path).query)
        if self.command != "POST":
            return pages.show(sandbox, self._path(), query)
        # Browsers name where a form stands; another site's must not work here.
        if self.headers.get("Origin", "") not in {f"http://{host}" for host in self.server.hosts}:
            return sentence(403, "This form stands on another site.")
        given = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20)
        return pages.do(sandbox, self._path(), {name: values[-1] for name, values in given.items()})

    def _path(self) -> str:
        return urlsplit(self.path).path

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.code)
        for name, value in {**HEADERS, **answer.headers, "Content-Type": answer.kind}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def _drop(self) -> None:
        """As if a cable were cut: no answer, and no polite end of the connection."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Nothing: the pages show what came."""
