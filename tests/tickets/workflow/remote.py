"""A workflow system on this machine: a real HTTP server that keeps what arrives and answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Call:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def key(self) -> str:
        return self.headers["idempotency-key"]


@dataclass
class Reply:
    """`status` 0: take it, and close without a word. `pieces` are sent one after the other, `between` them a wait."""

    status: int = 201
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    pieces: int = 0
    between: Callable[[], Any] | None = None


class Remote:
    """`replies` are given one after the other, the last one for ever. `on_call` is called before each reply."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.replies: list[Reply] = [Reply()]
        self.on_call: Callable[[Call], Any] | None = None
        self._lock = threading.Lock()
        remote = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                named = {name.lower(): value for name, value in self.headers.items()}
                remote._serve(self, Call(self.command, self.path, named, self.rfile.read(length)))

            do_GET = do_POST = answer  # noqa: N815 - the library's names

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/api/deliveries/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True)
        self._thread.start()

    def answers(self, *replies: Reply | int) -> None:
        self.replies = [Reply(each) if isinstance(each, int) else each for each in replies]

    @property
    def keys(self) -> list[str]:
        return [call.key for call in self.calls]

    @property
    def bodies(self) -> list[Any]:
        return [call.body for call in self.calls]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def _serve(self, handler: BaseHTTPRequestHandler, call: Call) -> None:
        if self.on_call is not None:
            self.on_call(call)
        with self._lock:
            self.calls.append(call)
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if not reply.status:
            return
        with suppress(OSError):  # the other side has had enough
            self._send(handler, reply)

    def _send(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(reply.body) * max(1, reply.pieces)))
        handler.end_headers()
        for _piece in range(max(1, reply.pieces)):
            handler.wfile.write(reply.body)
            if reply.between is not None:
                handler.wfile.flush()
                reply.between()
