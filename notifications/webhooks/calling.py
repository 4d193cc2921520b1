"""One call to somebody's server: to a checked address alone, without redirects, proxies or cookies, and never for long.

The connection goes to the address that was checked; name and certificate are those of the URL.
"""

from __future__ import annotations

import functools
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

import httpcore
import httpx
from django.utils.translation import gettext as _

from notifications.webhook_models import ANSWER_LENGTH
from notifications.webhooks import addresses
from notifications.webhooks.addresses import NotCallable

#: For connecting, sending and reading together. To find the name has the resolver's own time-outs.
SECONDS = 15.0
#: Bytes read of an answer; whatever comes after is left.
ANSWER_BYTES = 4 * ANSWER_LENGTH


@dataclass(frozen=True)
class Answer:
    """`headers` by names in lower case; `text` is cut."""

    status: int
    headers: Mapping[str, str]
    text: str


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send it, once. Raises NotCallable, with a sentence, for everything that is no answer."""
    addresses.place_of(url)  # the setting may have changed since it was stored
    deadline = _Deadline(SECONDS)
    network = _CheckedNetwork(deadline)
    try:
        with (
            httpcore.ConnectionPool(ssl_context=trusted(), network_backend=network, max_connections=1) as pool,
            pool.stream("POST", url, headers=list(headers.items()), content=body) as response,
        ):
            return Answer(response.status, _names(response.headers), _text(response.iter_stream()))
    except httpcore.TimeoutException:
        raise NotCallable(_("It took longer than %(seconds)d seconds.") % {"seconds": SECONDS}) from None
    except httpcore.ProtocolError:
        raise NotCallable(_("It hung up, or what it answered is no HTTP.")) from None
    except httpcore.NetworkError:
        raise NotCallable(_("The server can't be reached.")) from None


@functools.lru_cache(maxsize=1)
def trusted() -> ssl.SSLContext:
    """Whom we believe: reading all the certificates takes longer than a call."""
    return httpx.create_ssl_context()


def _names(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}


def _text(stream: Iterable[bytes]) -> str:
    """The beginning, as both databases can hold it."""
    read = b""
    for piece in stream:
        read += piece[: ANSWER_BYTES - len(read)]
        if len(read) >= ANSWER_BYTES:
            break
    return read.decode("utf-8", "replace").replace("\x00", "")[:ANSWER_LENGTH]


class _Deadline:
    """One end for all steps: a server that sends a byte a second must not keep a worker."""

    def __init__(self, seconds: float) -> None:
        self.at = monotonic() + seconds

    def left(self) -> float:
        """Raises when nothing is left."""
        left = self.at - monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left


class _CheckedNetwork(httpcore.NetworkBackend):
    """Connects to addresses that were looked at, and only to them."""

    def __init__(self, deadline: _Deadline) -> None:
        self._deadline = deadline
        self._network = httpcore.SyncBackend()

    def connect_tcp(self, host: str, port: int, *_args: Any, **_options: Any) -> httpcore.NetworkStream:
        found = addresses.reachable(host, port)
        for last, address in zip([*[False] * (len(found) - 1), True], found, strict=True):
            try:
                stream = self._network.connect_tcp(address, port, timeout=self._deadline.left())
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if last:
                    raise
            else:
                return _BoundedStream(stream, self._deadline)
        raise httpcore.ConnectError


class _BoundedStream(httpcore.NetworkStream):
    """Each step gets what is left of the time."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            safe = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left())
        except httpcore.ConnectError as error:
            if isinstance(error.__cause__, ssl.SSLCertVerificationError):
                raise NotCallable(_("There is no safe connection: its certificate can't be trusted.")) from None
            raise
        return _BoundedStream(safe, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
