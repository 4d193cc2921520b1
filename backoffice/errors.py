"""What people see when something can't be answered: one sentence about what happened, and one way on.

Pages where nothing is known to be broken (403, 404, refused forms) stand in the frame of their side of the house: the
help center's, or the back office's with its sidebar for staff. The others (400, 413, 500, 503) ask nobody: no session,
no database, no context processor; whatever failed must not fail again while we say so. Programs get JSON.
"""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.urls import NoReverseMatch, reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from audit import origin
from backoffice.api import RETRY_AFTER_SECONDS, SENTENCES

logger = logging.getLogger(__name__)

OFFICE = ("/admin/", "/cms/")
UPLOADS = "/my/uploads/"
#: What answers programs and scripts of ours, whatever they say that they accept.
PROGRAMS = ("/api/", UPLOADS)
#: What Django raises when the database can't be reached, is locked for too long, or lacks its tables.
DATABASE_AWAY = (OperationalError, InterfaceError)


@dataclass(frozen=True)
class Way:
    """Where one may go from here."""

    words: str
    address: str


@dataclass(frozen=True)
class Trouble:
    """What a page says. `number` finds the request in the log."""

    status: int
    title: str
    sentences: list[str]
    icon: str = "info"
    tone: str = ""
    ways: list[Way] = field(default_factory=list)
    number: str = ""
    has_search: bool = False


# Django's hooks (urls.py, settings.py)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return too_large(request)
    return _plain(
        request,
        Trouble(
            400,
            _("We could not read that"),
            [_("Something in the address, or in what was sent, is not as we expect it. Nothing was changed.")],
            ways=[_home(request)],
        ),
    )


def too_large(request: HttpRequest, most_megabytes: int | None = None) -> HttpResponse:
    """`most_megabytes`: what this address takes; not said where it is a smaller limit of a single value."""
    limit = _("We take at most %(most)d MB here.") % {"most": most_megabytes} if most_megabytes else ""
    advice = _("Nothing was changed. Go back and choose smaller files, or fewer at a time.")
    return _plain(
        request, Trouble(413, _("This is too large"), [sentence for sentence in (limit, advice) if sentence], "warning")
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _framed(
        request,
        Trouble(
            403,
            _("This is not open to you"),
            [_("It is there for others. If you need it for your work, ask an administrator.")],
            "lock",
            ways=_ways(request),
        ),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _framed(
        request,
        Trouble(
            404,
            _("There is nothing here"),
            [_("The address may have a slip in it, or what was here is gone, or it is not for you to see.")],
            ways=_ways(request),
            has_search=True,
        ),
    )


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the mark that proves it is ours: mostly one that was open while its person signed in or out."""
    return _framed(
        request,
        Trouble(
            403,
            _("Please send that once more"),
            [
                _("For your safety we take a form only from the page it belongs to, and this one was too old. "
                  "Nothing was changed."),
                _("Go back in your browser: what you typed is still there. Copy longer texts, load that page again, "
                  "and send it. If this comes again, allow cookies for this site."),
            ],
            "clock",
            "warning",
            ways=[*_came_from(request), *_ways(request)],
        ),
    )  # fmt: skip


def broken(request: HttpRequest) -> HttpResponse:
    """500; and 503 where it is only the database that does not answer. Called while the exception is at hand."""
    number = origin.current().request_id
    if isinstance(sys.exc_info()[1], DATABASE_AWAY):
        return unavailable(request)
    return _plain(
        request,
        Trouble(
            500,
            _("Something broke on our side"),
            [
                _("It is noted, and it was nothing you did wrong."),
                _("If you were sending something, look first whether it arrived, then try again."),
            ],
            "warning",
            "danger",
            ways=[*_again(request), _home(request)],
            number=number,
        ),
    )


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: our data can't be reached; nothing of what was asked for has happened."""
    response = _plain(
        request,
        Trouble(
            503,
            _("We will be back in a moment"),
            [
                _("We can't reach our data right now. Please try again in a minute."),
                _("What you were sending has not arrived: go back in your browser, and it is still there."),
            ],
            "clock",
            "warning",
            ways=_again(request) or [_home(request)],
            number=origin.current().request_id,
        ),
    )
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def too_often(request: HttpRequest, seconds: int) -> HttpResponse:
    """429 to a program; `seconds`: after them it goes on."""
    response = _json(request, Trouble(429, _("That was too often"), []))
    response["Retry-After"] = str(seconds)
    return response


# How it is said


def wants_json(request: HttpRequest) -> bool:
    accepted = request.headers.get("Accept", "")
    return request.path_info.startswith(PROGRAMS) or ("application/json" in accepted and "text/html" not in accepted)


def in_office(request: HttpRequest) -> bool:
    return request.path_info.startswith(OFFICE)


def _framed(request: HttpRequest, trouble: Trouble) -> HttpResponse:
    """In the frame of the side of the house where it happened, with the menu of who is there."""
    if wants_json(request):
        return _json(request, trouble)
    context: dict[str, Any] = {"trouble": trouble, "title": trouble.title}
    template = "errors/site.html"
    user = getattr(request, "user", None)
    if in_office(request) and user is not None and user.is_active and user.is_staff:
        template = "errors/office.html"
        context |= admin.site.each_context(request) | {"title": trouble.title, "office": "/admin/"}
    return _answer(loader.render_to_string(template, context, request), trouble)


def _plain(request: HttpRequest, trouble: Trouble) -> HttpResponse:
    """Without anything that asks who is there."""
    if wants_json(request):
        return _json(request, trouble)
    context = {"trouble": trouble, "in_office": in_office(request)}
    try:
        page = loader.render_to_string("errors/plain.html", context)
    except Exception:
        # The template or the list of static files may be what is broken.
        logger.exception("The page for an error can't be made")
        return HttpResponse(f"{trouble.title}. {trouble.number}", "text/plain; charset=utf-8", trouble.status)
    return _answer(page, trouble)


def _answer(page: str, trouble: Trouble) -> HttpResponse:
    response = HttpResponse(page, status=trouble.status)
    add_never_cache_headers(response)
    return response


def _json(request: HttpRequest, trouble: Trouble) -> JsonResponse:
    sentence = SENTENCES.get(trouble.status) or HTTPStatus(trouble.status).phrase
    if trouble.status == 400 and request.path_info.startswith(UPLOADS):
        # No JSON is sent there; and what a browser itself sends can't be read when the name of the file is endless.
        sentence = _("This file could not be read. If its name is very long, make it shorter; then upload it again.")
    return JsonResponse({"error": str(sentence), "details": {}, "reasons": []}, status=trouble.status)


# Ways on


def _home(request: HttpRequest) -> Way:
    return Way(_("To the start page"), "/admin/") if in_office(request) else Way(_("To the home page"), "/")


def _again(request: HttpRequest) -> list[Way]:
    """The same address once more, where asking again changes nothing."""
    return [Way(_("Try again"), request.get_full_path())] if request.method in {"GET", "HEAD"} else []


def _ways(request: HttpRequest) -> list[Way]:
    """Home; and for whom there is more to see: their tickets, or the sign-in."""
    user = getattr(request, "user", None)
    is_known = user is not None and user.is_authenticated
    others: list[tuple[str, str]] = [("my_tickets", _("My tickets"))] if is_known else [("account_login", _("Sign in"))]
    if is_known and in_office(request):
        others = [("home", _("Help center"))]
    # Whoever is signed in and no staff has no start page in there.
    first = _home(request) if is_known and getattr(user, "is_staff", False) else Way(_("To the home page"), "/")
    return [first, *[Way(words, address) for name, words in others if (address := _address(name))]]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _came_from(request: HttpRequest) -> list[Way]:
    """The page that the form stood on, made anew: then its mark fits."""
    before = request.headers.get("Referer", "")
    hosts = {request.get_host(), urlsplit(settings.SITE_URL).netloc}
    if not before or len(before) > 2000 or not url_has_allowed_host_and_scheme(before, hosts):
        return []
    parts = urlsplit(before)
    path = parts.path if not parts.path.startswith("//") else "/"
    return [Way(_("Load the page again"), f"{path}?{parts.query}" if parts.query else path)]
