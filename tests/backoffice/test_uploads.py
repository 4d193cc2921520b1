"""Bodies are bounded before anything of them is read, or spooled to disk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_started
from django.db import close_old_connections
from django.test import Client, RequestFactory

from backoffice import uploads
from backoffice.uploads import MEGABYTE, BoundedUpload
from tests.factories import people

pytestmark = pytest.mark.django_db

NAMES = b"".join(
    b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\nAda\r\n' % name for name in (b"first_name", b"last_name")
)
HEAD = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
TAIL = b"\r\n--x--\r\n"
MULTIPART = "multipart/form-data; boundary=x"


class Endless(BytesIO):
    """A body as long as it is asked for; notes how much that was."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        assert size >= 0, "a body without end would be read to its end"
        self.taken += size
        return b"x" * size


def called(path: str, body: BytesIO, **environ: str) -> tuple[int, dict[str, str], bytes]:
    """Through the whole house, as a web server calls it."""
    said: list[Any] = []
    request = RequestFactory().generic("POST", path, content_type=MULTIPART).environ
    request_started.disconnect(close_old_connections)  # as the test client does: the test's own is in use
    try:
        answer = WSGIHandler()(
            {**request, "wsgi.input": body, **environ}, lambda status, headers: said.append((status, dict(headers)))
        )
    finally:
        request_started.connect(close_old_connections)
    content = b"".join(answer)
    return int(said[0][0].split()[0]), said[0][1], content


@pytest.fixture
def spooled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> Iterator[list[int]]:
    """How many bytes of uploads came to disk."""
    sizes: list[int] = [0]
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    receive = TemporaryFileUploadHandler.receive_data_chunk

    def noted(self: TemporaryFileUploadHandler, raw_data: bytes, start: int) -> None:
        sizes[0] += len(raw_data)
        receive(self, raw_data, start)

    monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", noted)
    yield sizes
    assert list(tmp_path.iterdir()) == [], "no upload stays on the disk"


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/accounts/signup/", 6), ("/accounts/login/", 6), ("/accounts/password/reset/", 6), ("/my/profile/", 6),
        ("/people/MA0000001/picture/", 6), ("/admin/login/", 6), ("/api/token/employee/", 2), ("/api/none/", 2),
    ],
)  # fmt: skip
def test_a_strangers_body_without_end_is_not_spooled_to_disk(path: str, most: int, spooled: list[int]) -> None:
    body = Endless()
    status, _headers, _content = called(path, body, CONTENT_LENGTH=str(most * MEGABYTE + 1))
    assert status == 413
    assert (body.taken, spooled) == (0, [0])


def test_elsewhere_ten_attachments_are_taken_and_no_more(settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES = MEGABYTE
    body = Endless()
    assert uploads.limit_of("/tickets/new/") == 15 * MEGABYTE
    assert called("/tickets/new/", body, CONTENT_LENGTH=str(15 * MEGABYTE + 1))[0] == 413
    assert called("/tickets/new/", body, CONTENT_LENGTH=str(15 * MEGABYTE))[0] in {403, 404}
    assert called("/", body, CONTENT_LENGTH="-1")[0] == 413
    assert body.taken == 0


def test_what_is_too_large_is_said_as_a_page_and_to_programs_as_json() -> None:
    status, headers, page = called("/accounts/signup/", Endless(), CONTENT_LENGTH="99999999")
    assert (status, headers["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert b"We take at most 6 MB here." in page
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    status, headers, said = called("/api/token/employee/", Endless(), CONTENT_LENGTH="99999999")
    assert (status, headers["Content-Type"]) == (413, "application/json")
    assert json.loads(said) == {"error": "This is too large.", "details": {}, "reasons": []}


@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/password/reset/", "/api/token/employee/"])
@pytest.mark.parametrize("kind", [MULTIPART, "application/x-www-form-urlencoded", "application/json"])
@pytest.mark.parametrize("length", ["", "many"])
def test_of_a_body_that_comes_in_chunks_without_a_length_nothing_is_read(
    path: str, kind: str, length: str, spooled: list[int]
) -> None:
    body = Endless()
    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_TYPE": kind, "CONTENT_LENGTH": length}
    status, _headers, _content = called(path, body, **environ)
    assert status in {400, 401, 403, 415, 422}
    assert (body.taken, spooled) == (0, [0])


def test_more_files_than_announced_end_the_reading(
    client: Client, spooled: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A server that hands on more than the head announced.
    monkeypatch.setattr(uploads, "announced", lambda _request: 0)
    body = HEAD + b"\0" * (8 * MEGABYTE) + TAIL
    assert client.post("/accounts/signup/", body, content_type=MULTIPART).status_code == 413
    assert 0 < spooled[0] <= 6 * MEGABYTE


def test_what_fits_is_read_as_ever(client: Client, spooled: list[int]) -> None:
    client.force_login(people.person())
    for size in (10, 3 * MEGABYTE):  # in memory, and on disk
        answer = client.post("/my/profile/", NAMES + HEAD + b"\0" * size + TAIL, content_type=MULTIPART)
        assert answer.status_code == 422
        assert "no picture that we can show" in answer.content.decode()
    assert spooled == [3 * MEGABYTE]


def test_the_counter_stands_before_the_handlers_that_keep_files(settings: Any) -> None:
    assert settings.FILE_UPLOAD_HANDLERS[0] == f"{BoundedUpload.__module__}.{BoundedUpload.__name__}"
    before_bodies = settings.MIDDLEWARE[: settings.MIDDLEWARE.index("backoffice.uploads.BodySizeMiddleware")]
    assert not [name for name in before_bodies if "session" in name or "csrf" in name]
