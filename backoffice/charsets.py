"""Heads that say in which characters a request is written, and name none: Django would fail while it makes the request,
before any code of ours, and answer with a bare 500."""

from __future__ import annotations

from email.message import Message
from typing import Any

from django.core.signals import request_started
from django.utils.http import parse_header_parameters

_EVERY_BYTE = bytes(range(256))


def is_of_text(charset: str) -> bool:
    """Whether any bytes can be read in it: not so "zlib" and "base64", which are none, nor "idna", which is choosy."""
    try:
        return isinstance(_EVERY_BYTE.decode(charset, "replace"), str)
    except (LookupError, ValueError):
        return False


def readable(content_type: str) -> str:
    """The head as it was sent, without what can't be read of it; then it is taken as UTF-8, as without a charset."""
    try:
        _kind, given = parse_header_parameters(content_type)
    except ValueError:
        return content_type.partition(";")[0]
    if "charset" not in given or is_of_text(given["charset"]):
        return content_type
    head = Message()
    head["content-type"] = content_type
    head.del_param("charset")
    return str(head["content-type"])


def _before_the_request_is_made(
    environ: dict[str, Any] | None = None, scope: dict[str, Any] | None = None, **kwargs: Any
) -> None:
    """Django's signal, which comes with WSGI's `environ` or ASGI's `scope` before either is read."""
    if environ is not None and ";" in environ.get("CONTENT_TYPE", ""):
        environ["CONTENT_TYPE"] = readable(environ["CONTENT_TYPE"])
    if scope is not None:
        scope["headers"] = [
            (name, readable(value.decode("latin-1")).encode("latin-1") if name == b"content-type" else value)
            for name, value in scope.get("headers", [])
        ]


def register() -> None:
    """Called in the app's ready()."""
    request_started.connect(_before_the_request_is_made, dispatch_uid="backoffice.charsets")
