"""What every caller of another system over HTTP needs: how long it asks us to wait, and an end to a call that drips."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any

from django.utils import timezone

#: Seconds that anybody may ask us to wait; what is asked beyond counts as this.
LONGEST_WAIT = 24 * 60 * 60.0
#: Longer than any date or number of seconds that is meant.
_LONGEST_WORDS = 100


def retry_after(said: str) -> float | None:
    """Seconds that a Retry-After header asks us to wait (RFC 9110 10.2.3: seconds, or a date), from 0 to LONGEST_WAIT;
    None for what is neither."""
    said = said.strip()[:_LONGEST_WORDS]
    if said.isascii() and said.isdigit():
        return min(float(said), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(said)
        # A date without a zone ("-0000" too) is in UTC.
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, min((moment - timezone.now()).total_seconds(), LONGEST_WAIT))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


class Deadline:
    """Ends everything that runs over its connections when its time, in seconds, is over. The time-outs of httpx count
    from one byte to the next: an answer that drips would keep the worker for hours.

    with Deadline(30) as deadline, client.stream(…, extensions={"trace": deadline.watch}) as response: …
    """

    def __init__(self, seconds: float) -> None:
        self._until = monotonic() + seconds
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self.is_over = False

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._timer.cancel()
        with self._lock:
            self._sockets.clear()

    @property
    def left(self) -> float:
        """Seconds, 0 when it is over."""
        return max(0.0, self._until - monotonic())

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """httpx's "trace": called at each step. TLS puts another socket in the place of the first, and leaves that an
        empty shell. To find the name, to connect and to shake hands have time-outs of their own, each as a whole."""
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            watched = info["return_value"].get_extra_info("socket")
            with self._lock:
                self._sockets.append(watched)
                if self.is_over:
                    _cut(watched)

    def _end(self) -> None:
        with self._lock:
            self.is_over = True
            for watched in self._sockets:
                _cut(watched)


def _cut(watched: socket.socket) -> None:
    with suppress(OSError):  # closed in this moment, or an empty shell
        # Whoever reads from it is woken. Not the TLS socket's own shutdown: that drops the encryption first, and what
        # is written in this moment would go out in the clear.
        socket.socket.shutdown(watched, socket.SHUT_RDWR)
