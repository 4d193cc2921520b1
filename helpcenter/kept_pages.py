"""Pages as every stranger reads them, kept ready made: a hundred readers of one article are one question to the
database and one to the cache.

Only for readers of whom nothing is known – no session, no message, no word on a page before –, and only what any of
them would get. What differs is put in afresh: the token that protects the form below the page.
"""

from __future__ import annotations

import functools
import logging
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.crypto import salted_hmac
from redis import RedisError

from helpcenter import editions, feedback, seeing

logger = logging.getLogger(__name__)

#: Whatever no edition knows of – a picture made anew, a row written by hand – is on the page after so many seconds.
SECONDS = 600
_MESSAGES_COOKIE = "messages"
#: A cache that is away must not take the pages with it: they are made anew for everybody.
_AWAY = (RedisError, DatabaseError, OSError)
#: What a page is made with, besides what is in the database.
_MADE_WITH = ("helpcenter", "templates/helpcenter", "templates/site")


@dataclass(frozen=True)
class Key:
    """`name`: where the page of an address is kept, so that a new one takes the old one's place; `stamp`: what has
    changed when that is not to be shown any more."""

    name: str
    stamp: str


@dataclass(frozen=True)
class Kept:
    """`parts`: the page, cut where the reader's token stands. `counted`: whether readings of page `pk` are."""

    stamp: str
    pk: int
    counted: bool
    parts: list[str]


def key_for(request: HttpRequest, path: str) -> Key | None:
    """Under what the page of this address is kept for this reader; None where theirs may be another than anybody's, and
    for the first page, where popular articles stand."""
    known = {settings.SESSION_COOKIE_NAME, _MESSAGES_COOKIE, feedback.COOKIE} & request.COOKIES.keys()
    is_look = request.method in {"GET", "HEAD"} and path != ""
    if known or not is_look or settings.DEBUG or request.user.is_authenticated:
        return None
    # What is private is asked for itself: Wagtail writes it and tells of it in two transactions.
    stamp = (editions.current(), seeing.hidden_from(request), timezone.localdate().isoformat())
    return Key(f"helpcenter.kept.{_digest((_release(), path))}", _digest(stamp))


def _digest(said: object) -> str:
    return sha256(repr(said).encode()).hexdigest()


@functools.cache
def _release() -> str:
    """Pages of the release before, which another process may have kept, are not ours: they name other files."""
    said = sha256(repr((settings.REGISTRATION_OPEN, settings.LANGUAGE_CODE, settings.TIME_ZONE)).encode())
    files = (file for folder in _MADE_WITH for file in Path(settings.BASE_DIR, folder).rglob("*.*"))
    for file in sorted(file for file in files if file.suffix in {".py", ".html"}):
        said.update(file.read_bytes())
    said.update(str(getattr(staticfiles_storage, "manifest_hash", "")).encode())
    return said.hexdigest()


def found(key: Key, request: HttpRequest) -> tuple[Kept, HttpResponse] | None:
    try:
        kept: Kept | None = cache.get(key.name)
    except _AWAY:
        logger.warning("The cache is away: pages of the help center are made anew for everybody.", exc_info=True)
        return None
    return (kept, _answer(key, kept, request)) if kept is not None and kept.stamp == key.stamp else None


def keep(key: Key, page: TemplateResponse, request: HttpRequest, *, pk: int, counted: bool) -> HttpResponse:
    """Make a page, keep it, and answer with it."""
    # A new one each time: what stands in a page can't ask for the reader's token.
    mark = secrets.token_hex(32)
    assert page.context_data is not None  # noqa: S101 - for the type checker
    page.context_data["csrf_token"] = mark
    page.render()
    kept = Kept(key.stamp, pk, counted, page.content.decode().split(mark))
    try:
        cache.set(key.name, kept, SECONDS)
    except _AWAY:
        logger.warning("The cache is away: this page is not kept.", exc_info=True)
    return _answer(key, kept, request)


def _answer(key: Key, kept: Kept, request: HttpRequest) -> HttpResponse:
    token = get_token(request)
    response: HttpResponse = HttpResponse(token.join(kept.parts))
    patch_cache_control(response, no_cache=True)
    patch_vary_headers(response, ["Cookie"])
    # The token in a browser's copy is good as long as its cookie is the same.
    about = f"{key.name}{key.stamp}{request.META['CSRF_COOKIE']}"
    etag = f'W/"{salted_hmac("helpcenter.kept_pages", about, algorithm="sha256").hexdigest()[:32]}"'
    response.headers["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response
