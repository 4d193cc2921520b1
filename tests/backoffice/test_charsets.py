"""A request whose head names a charset that is none is read as UTF-8, on every way in; it broke Django before any code
of ours could answer."""

from __future__ import annotations

import http.client
from typing import Any
from urllib.parse import urlsplit

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.core.handlers.asgi import ASGIHandler
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from backoffice.charsets import is_of_text, readable

#: Codecs of Python that turn bytes into bytes, or text into text, or can't replace what they can't read.
NO_TEXT = ["zlib", "hex", "base64", "bz2", "rot13", "quopri", "uu", "idna", "undefined", "nobody-knows"]
HEADS = [
    *(f"text/html; charset={name}" for name in NO_TEXT),
    'multipart/form-data; boundary="x"; charset=zlib',
    "application/json; charset*=zlib''x",
    "application/json; charset*=nobody-knows''x",
    "application/json; name*=idna''%ff",
]


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.django_db
def test_a_page_and_the_api_answer_as_without_it(head: str) -> None:
    page = Client().generic("GET", "/accounts/login/?next=/my/%C3%A9/", content_type=head)
    assert page.status_code == 200
    assert 'value="/my/é/"' in page.content.decode()
    assert Client().generic("GET", "/api/tickets/?search=%C3%A9", content_type=head).status_code == 401
    # What is no page, and what no URL leads to.
    assert Client().generic("GET", "/healthz?x=1", content_type=head).status_code == 200
    assert Client().generic("POST", "/nowhere/?x=1", b"a=b", content_type=head).status_code == 404


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.django_db(transaction=True)
def test_so_does_the_server(live_server: LiveServer, head: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(live_server.url).netloc, timeout=20)
    try:
        connection.request("GET", "/api/nowhere/?x=1", headers={"Content-Type": head})
        answer = connection.getresponse()
        assert answer.status == 404
        assert answer.headers["Content-Type"] == "application/json"
    finally:
        connection.close()


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.django_db(transaction=True)
def test_and_a_server_that_speaks_asgi(head: str) -> None:
    headers = [(b"host", b"localhost"), (b"content-type", head.encode())]
    scope = {"type": "http", "method": "GET", "path": "/api/nowhere/", "query_string": b"x=1", "http_version": "1.1"}

    async def asked() -> list[dict[str, Any]]:
        server = ApplicationCommunicator(ASGIHandler(), {**scope, "headers": headers})
        await server.send_input({"type": "http.request", "body": b""})
        said = [await server.receive_output(20), await server.receive_output(20)]
        await server.wait(20)
        return said

    begun, body = async_to_sync(asked)()
    assert begun["status"] == 404
    assert b'"error"' in body["body"]


def test_what_can_be_read_stays_as_it_was_sent() -> None:
    for head in ["", "text/html", "text/html; charset=utf-8", "application/json; charset=ISO-8859-1", "x; a=b"]:
        assert readable(head) == head
    assert all(map(is_of_text, ["utf-8", "latin-1", "cp1252", "utf-16", "us-ascii"]))
    assert not any(map(is_of_text, [*NO_TEXT, "a\x00b"]))


def test_the_rest_of_the_head_is_kept() -> None:
    head = readable('multipart/form-data; charset=zlib; boundary="a b"')
    assert head.startswith("multipart/form-data")
    assert 'boundary="a b"' in head
    assert "charset" not in head
