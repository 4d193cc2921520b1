"""The virus scanner (clamd), when CLAMD_URL names one. A new file is handed out to nobody until it was found clean.

Nothing is lost when the scanner is down: files wait, and each minute they are tried again.
"""

from __future__ import annotations

import logging
import socket
import struct
import time
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import transaction

from audit.actors import SYSTEM
from audit.history import note
from tickets.models import Scan, TicketAttachment

logger = logging.getLogger(__name__)

#: For each step of the conversation with the scanner.
TIMEOUT_SECONDS = 30
CHUNK_BYTES = 64 * 1024
REPLY_BYTES = 4 * 1024
DEFAULT_PORT = 3310
#: A run takes no further file after this time; the next minute takes the rest.
SECONDS_A_RUN = 40


class ScannerDown(Exception):
    """It can't be reached, or does not answer."""


class NotScanned(Exception):
    """It answered, and did not say whether this file is clean."""


def is_on() -> bool:
    return bool(settings.CLAMD_URL)


def wake() -> None:
    """Have a worker look at what waits; called after commit."""
    from tickets import tasks

    tasks.scan_files()


def verdict(pieces: Iterable[bytes]) -> str:
    """The name of what was found in these bytes; "" when they are clean. Raises ScannerDown or NotScanned."""
    try:
        with _connection() as scanner:
            answer = _asked(scanner, pieces)
    except OSError as error:
        raise ScannerDown(str(error) or type(error).__name__) from error
    said = answer.removeprefix("stream:").strip()
    if said == "OK":
        return ""
    if said.endswith("FOUND"):
        return said.removesuffix("FOUND").strip()[:200] or "FOUND"
    raise NotScanned(said[:200] or "no answer")


def check_waiting() -> int:
    """Scan what waits; answers how many were scanned. In any order: a file that the scanner chokes on each time must
    not keep the others waiting."""
    ends, done, infected = time.monotonic() + SECONDS_A_RUN, 0, 0
    waiting = TicketAttachment.objects.filter(scan=Scan.WAITING)
    if not is_on():
        if count := waiting.count():
            logger.warning("%d files wait for a virus scanner, and CLAMD_URL names none.", count)
        return 0
    for attachment in waiting.order_by("?")[:500]:
        if time.monotonic() > ends:
            break
        try:
            found = verdict(_pieces(attachment))
        except ScannerDown as down:
            logger.error("The virus scanner is down: %s. Files wait.", down)
            break
        except (NotScanned, _Unreadable) as problem:
            logger.error("File %s was not scanned: %s", attachment.pk, problem)
            continue
        infected += bool(found)
        done += _settled(attachment, found)
    if infected:
        from tickets import files

        files.remove_dead()
    return done


class _Unreadable(Exception):
    """The storage did not give the bytes."""


def _pieces(attachment: TicketAttachment) -> Iterable[bytes]:
    try:
        with attachment.file.open("rb") as file:
            yield from file.chunks(CHUNK_BYTES)
    except Exception as error:
        # Each storage's client has its own errors; this one must not be taken for a fault of the scanner.
        raise _Unreadable(repr(error)) from error


def _settled(attachment: TicketAttachment, found: str) -> bool:
    """Write down what the scanner said; False when another run was quicker."""
    with transaction.atomic():
        row = TicketAttachment.objects.select_for_update().filter(pk=attachment.pk, scan=Scan.WAITING).first()
        if row is None:
            return False
        row.scan = Scan.INFECTED if found else Scan.CLEAN
        note(row, by=SYSTEM, verb="scan", reason=found)
        row.save()
    if found:
        logger.warning("A virus was found in file %s: %s", attachment.pk, found)
    return True


def _connection() -> socket.socket:
    parts = urlsplit(settings.CLAMD_URL or "")
    if parts.scheme == "unix":
        scanner = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        scanner.settimeout(TIMEOUT_SECONDS)
        try:
            scanner.connect(unquote(parts.netloc + parts.path))
        except OSError:
            scanner.close()
            raise
        return scanner
    return socket.create_connection((parts.hostname or "", parts.port or DEFAULT_PORT), timeout=TIMEOUT_SECONDS)


def _asked(scanner: socket.socket, pieces: Iterable[bytes]) -> str:
    """One INSTREAM: the bytes in pieces, each with its length before it, and an empty one at the end."""
    try:
        scanner.sendall(b"zINSTREAM\0")
        for piece in pieces:
            scanner.sendall(struct.pack(">I", len(piece)) + piece)
        scanner.sendall(struct.pack(">I", 0))
    except (BrokenPipeError, ConnectionResetError):
        pass  # it has heard enough (of a file that is larger than it takes) and says so
    answer = b""
    while b"\0" not in answer and len(answer) < REPLY_BYTES:
        piece = scanner.recv(REPLY_BYTES)
        if not piece:
            break
        answer += piece
    return answer.partition(b"\0")[0].decode("utf-8", errors="replace")
