"""What deliveries are sent to: a server of its own process that takes whatever is posted.

`python -m bench.sink` prints its port and serves until its input ends, which is when its starter does.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ANSWER = b'{"id": "1"}'


@cache
def address() -> str:
    """Of one that is started when it is asked for first, and ends with this process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.sink"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    _started.append(process)
    assert process.stdout is not None  # noqa: S101 - for the type checker
    return f"http://127.0.0.1:{int(process.stdout.readline())}/tickets/"


#: Kept: a process that nobody names any more would be waited for with a warning.
_started: list[subprocess.Popen[str]] = []


class _Takes(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # the connection may stay open
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *words: Any) -> None:
        pass


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Takes)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)  # noqa: T201 - the starter reads it
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
