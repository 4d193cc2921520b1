"""Browsers that people have signed in with before, so that they hear of others; and tries that failed.

A browser is known by a signed cookie that names who signed in with it, and the generation of their sessions then: with
"sign out everywhere", a new password or a suspension all other browsers become unknown.
"""

from __future__ import annotations

import hashlib

from django.core import signing
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from audit import origin
from audit.reading import Unfit
from people import emails, values
from people.models import Employee

COOKIE = "smartsupport_known"
SALT = "people.known_browser"
DAYS = 400
#: A shared computer's cookie does not grow without end; the oldest go.
PEOPLE_AT_MOST = 8

#: So many failures for one address within an hour are worth a mail.
FAILURES = 5
FAILURE_SECONDS = 60 * 60


def tell_if_unknown(request: HttpRequest, response: HttpResponseBase, person: Employee) -> None:
    """After a sign-in: mail the person if this browser is new for them, and know it from now on."""
    if _read(request).get(str(person.pk)) != person.session_generation:
        here = origin.current()
        with transaction.atomic():
            emails.unknown_browser(person, browser=in_words(here.user_agent), address=here.ip_address or "")
    know(request, response, person)


def know(request: HttpRequest, response: HttpResponseBase, person: Employee) -> None:
    """Write the cookie: this browser is the person's own."""
    known = _read(request)
    known.pop(str(person.pk), None)
    known[str(person.pk)] = person.session_generation
    for oldest in list(known)[:-PEOPLE_AT_MOST]:
        del known[oldest]
    response.set_cookie(
        COOKIE,
        signing.dumps(known, salt=SALT),
        max_age=DAYS * 24 * 60 * 60,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )


def _read(request: HttpRequest) -> dict[str, int]:
    try:
        known = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=DAYS * 24 * 60 * 60)
    except signing.BadSignature:
        return {}
    return known if isinstance(known, dict) else {}


#: What to look for in a browser's own words, in this order: each names itself after those it imitates.
_PROGRAMS = [
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl"),
    ("python", "Python"),
]  # fmt: skip
_SYSTEMS = [
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
]  # fmt: skip


def in_words(user_agent: str) -> str:
    """As “Firefox on Windows”: our words only, since anybody can write anything into that header."""
    program = next((name for mark, name in _PROGRAMS if mark in user_agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    if program and system:
        return _("%(program)s on %(system)s") % {"program": program, "system": system}
    return program or system or _("an unknown browser")


def count_failure(tried: str) -> None:
    """A password that did not fit. Whether anybody has the address is asked by the worker, not here: known and unknown
    ones cost the same."""
    try:
        address = values.email(tried)
    except Unfit:
        return
    key = f"people.failures:{hashlib.sha256(address.lower().encode()).hexdigest()}"
    cache.add(key, 0, FAILURE_SECONDS)
    try:
        count = cache.incr(key)
    except ValueError:  # gone between the two
        return
    if count == FAILURES:
        emails.failed_sign_ins(address)
