"""With a virus scanner nobody gets a file before it was found clean. The scanner is a small one that speaks clamd's
language over a real socket."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from tests.factories import files as factory
from tests.tickets.conftest import House
from tickets import conversation, files, scanning, tasks
from tickets.models import Scan, TicketAttachment

pytestmark = pytest.mark.django_db

VIRUS = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}"


class Scanner(threading.Thread):
    """Answers each INSTREAM by `answer(bytes) -> bytes`; notes what it was sent."""

    def __init__(self, listening: socket.socket) -> None:
        super().__init__(daemon=True)
        self.listening = listening
        self.heard: list[bytes] = []
        self.answer: Callable[[bytes], bytes] = lambda sent: (
            b"stream: Win.Test.EICAR_HDB-1 FOUND\0" if VIRUS in sent else b"stream: OK\0"
        )
        self.most = 10 * 1024**2

    def run(self) -> None:
        while True:
            try:
                connection, _peer = self.listening.accept()
            except OSError:
                return
            with connection:
                self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        def exactly(count: int) -> bytes:
            read = b""
            while len(read) < count:
                piece = connection.recv(count - len(read))
                if not piece:
                    raise ConnectionError
                read += piece
            return read

        try:
            assert exactly(10) == b"zINSTREAM\0"
            sent = b""
            while length := struct.unpack(">I", exactly(4))[0]:
                sent += exactly(length)
                if len(sent) > self.most:
                    connection.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                    return
            self.heard.append(sent)
            connection.sendall(self.answer(sent))
        except ConnectionError:
            return


@pytest.fixture(params=["tcp", "unix"])
def scanner(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> Iterator[Scanner]:
    if request.param == "tcp":
        listening = socket.create_server(("127.0.0.1", 0))
        settings.CLAMD_URL = f"tcp://127.0.0.1:{listening.getsockname()[1]}"
    else:
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.bind(str(tmp_path / "clamd.sock"))
        listening.listen()
        settings.CLAMD_URL = f"unix://{tmp_path}/clamd.sock"
    scanner = Scanner(listening)
    scanner.start()
    yield scanner
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    scanner.join(5)


def sent(house: House, name: str = "notes.txt", content: bytes | None = None) -> TicketAttachment:
    ticket = house.new(files=[factory.staged(house.ana, name, content)])
    return ticket.attachments.get()


def of(attachment: TicketAttachment) -> TicketAttachment:
    return TicketAttachment.objects.get(pk=attachment.pk)


def test_a_file_waits_until_it_was_found_clean(house: House, scanner: Scanner, client: Client) -> None:
    content = b"clean words " * 20_000  # in several pieces
    attachment = sent(house, "notes.txt", content)
    client.force_login(house.ana)
    address = f"/attachments/{attachment.secure_token}/"
    assert attachment.scan == Scan.WAITING
    for look in (address, f"{address}?inline=1"):
        answer = client.get(look)
        assert answer.status_code == 503
        assert "Being checked for viruses." in answer.content.decode()
    assert of(attachment).download_count == 0
    assert scanning.check_waiting() == 1
    assert scanner.heard == [content]
    assert b"".join(client.get(address).streaming_content) == content
    history = attachment.history.latest("history_id")
    assert (history.verb, history.actor_name, history.scan) == ("scan", "system", "clean")
    assert scanning.check_waiting() == 0


def test_a_virus_is_removed_and_that_it_was_there_is_said(house: House, scanner: Scanner, client: Client) -> None:
    attachment, clean = sent(house, "trap.txt", VIRUS), sent(house)
    assert scanning.check_waiting() == 2
    row = of(attachment)
    assert (row.scan, row.file.name, row.file_name) == (Scan.INFECTED, "", "trap.txt")
    assert not default_storage.exists(attachment.file.name)
    assert default_storage.exists(clean.file.name)
    history = row.history.filter(verb="scan").get()
    assert (history.actor_name, history.history_change_reason) == ("system", "Win.Test.EICAR_HDB-1")
    client.force_login(house.ana)
    answer = client.get(f"/attachments/{attachment.secure_token}/")
    assert answer.status_code == 410
    assert "A virus was found; the file was removed." in answer.content.decode()
    assert files.availability(row) == "A virus was found; the file was removed."


def test_a_virus_reaches_nobody_between_the_finding_and_the_removal(
    house: House, scanner: Scanner, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    attachment = sent(house, "trap.txt", VIRUS)
    monkeypatch.setattr(files, "remove_dead", lambda: 0)
    scanning.check_waiting()
    client.force_login(house.ana)
    assert client.get(f"/attachments/{attachment.secure_token}/").status_code == 410


def test_a_scanner_that_is_down_keeps_files_waiting_and_takes_them_when_it_is_back(
    house: House, scanner: Scanner, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    attachment = sent(house)
    there = settings.CLAMD_URL
    settings.CLAMD_URL = "unix:///nowhere/clamd.sock"
    tasks.scan_what_waits.call_local()
    assert "The virus scanner is down" in caplog.text
    assert of(attachment).scan == Scan.WAITING
    settings.CLAMD_URL = there
    tasks.scan_what_waits.call_local()
    assert of(attachment).scan == Scan.CLEAN


@pytest.mark.parametrize("answer", [b"", b"\0", b"UNKNOWN COMMAND\0", b"stream: OK FOUNDLING\0", b"x" * 10_000])
def test_what_is_no_verdict_is_none(
    house: House, scanner: Scanner, answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    attachment = sent(house)
    scanner.answer = lambda _sent: answer
    assert scanning.check_waiting() == 0
    assert of(attachment).scan == Scan.WAITING
    assert f"File {attachment.pk} was not scanned" in caplog.text


def test_a_file_that_the_scanner_does_not_take_keeps_no_other_waiting(house: House, scanner: Scanner) -> None:
    scanner.most = 100_000
    large, small = sent(house, "large.txt", b"x" * 900_000), sent(house)
    assert scanning.check_waiting() == 1
    assert (of(large).scan, of(small).scan) == (Scan.WAITING, Scan.CLEAN)


def test_a_scanner_that_says_nothing_is_not_waited_for_without_end(
    house: House, scanner: Scanner, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(scanning, "TIMEOUT_SECONDS", 0.1)
    told = threading.Event()
    scanner.answer = lambda _sent: b"x" * (not told.wait(5))
    attachment = sent(house)
    assert scanning.check_waiting() == 0
    told.set()
    assert of(attachment).scan == Scan.WAITING
    assert "is down" in caplog.text


def test_bytes_that_are_gone_from_the_storage_are_no_clean_file(
    house: House, scanner: Scanner, caplog: pytest.LogCaptureFixture
) -> None:
    attachment, other = sent(house), sent(house)
    default_storage.delete(attachment.file.name)
    assert scanning.check_waiting() == 1
    assert (of(attachment).scan, of(other).scan) == (Scan.WAITING, Scan.CLEAN)


def test_a_new_file_wakes_a_worker_after_the_commit(
    house: House, settings: Any, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    woken: list[bool] = []
    monkeypatch.setattr(tasks, "scan_files", lambda: woken.append(True))
    ticket = house.open()
    for is_on, expected in ((False, 0), (True, 1)):
        settings.CLAMD_URL = "tcp://127.0.0.1:3310" if is_on else None
        with django_capture_on_commit_callbacks(execute=True):
            conversation.attach(ticket, by=house.ana, files=[factory.staged(house.ana)])
            assert woken == []
        assert len(woken) == expected


def test_a_queue_that_is_down_does_not_undo_the_submission(
    house: House, settings: Any, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def down() -> None:
        raise ConnectionError("the queue is down")

    settings.CLAMD_URL = "tcp://127.0.0.1:3310"
    monkeypatch.setattr(tasks, "scan_files", down)
    with django_capture_on_commit_callbacks(execute=True):
        attachment = sent(house)
    assert of(attachment).scan == Scan.WAITING


def test_without_a_scanner_files_are_there_at_once_and_those_that_wait_are_mentioned(
    house: House, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert sent(house).is_available
    settings.CLAMD_URL = "tcp://127.0.0.1:1"
    sent(house)
    settings.CLAMD_URL = None
    assert scanning.check_waiting() == 0
    assert "1 files wait for a virus scanner" in caplog.text
