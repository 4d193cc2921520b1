"""A web server on this machine that remembers what it was told and answers as it is told to."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


class Receiver:
    """`answers` are given in turn, the last of them from then on: (status, headers, body), or a function that writes
    raw bytes to the connection. `heard`: (method, path, headers in lower case, body)."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.answers: list[Any] = [(200, {}, b"thanks")]
        self.heard: list[tuple[str, str, dict[str, str], bytes]] = []
        self._server = HTTPServer(("127.0.0.1", 0), _handler(self))
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def next_answer(self) -> Any:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.heard.append((self.command, self.path, headers, body))
            answer = receiver.next_answer()
            if callable(answer):
                answer(self.connection)
                self.close_connection = True
                return
            status, more, said = answer
            self.send_response(status)
            for name, value in {"content-length": str(len(said)), **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST  # noqa: N815 - the library's name

        def log_message(self, *_words: Any) -> None:
            pass

    return Handler


def raw(*pieces: bytes, pause: float = 0) -> Callable[[socket.socket], None]:
    """An answer of these bytes, one after the other."""

    def write(connection: socket.socket) -> None:
        try:
            for piece in pieces:
                connection.sendall(piece)
                threading.Event().wait(pause)
        except OSError:
            pass  # the other side had enough

    return write


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
