"""The page behind the bell: what one was told, what of it one has read, and what one wants to be told of."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notifications import notices, preferences
from notifications.messages import BY_EMAIL, IN_APP
from people.models import Employee

PAGE = 25
#: A key of more digits is none of ours.
KEY_LENGTH = 18
#: In the form: one box for each kind and channel, named "<channel>-<kind>".
CHANNELS = (BY_EMAIL, IN_APP)


@never_cache
@login_required
@require_safe
def my_notices(request: HttpRequest) -> HttpResponse:
    """Newest first; ?before=<key> leads on to older ones. ?tab=unread leaves out what is read."""
    person: Employee = request.user  # type: ignore[assignment]  # login_required lets nobody else in
    tab = "unread" if request.GET.get("tab") == "unread" else "all"
    theirs = notices.unread_of(person) if tab == "unread" else notices.of(person)
    last = (
        notices.of(person).filter(pk=_key(request.GET.get("before", ""))).first() if "before" in request.GET else None
    )
    older = theirs.filter(notices.older_than(last)) if last else theirs
    # Before the list is read: what comes in meanwhile is not on the page, and is not to be called read with it.
    up_to = notices.newest_unread(person)
    found = list(older.select_related("caused_by")[: PAGE + 1])
    context = {
        "tab": tab,
        "notices": found[:PAGE],
        "is_first": last is None,
        "older": found[PAGE - 1].pk if len(found) > PAGE else None,
        "up_to": up_to if found else None,
        "kept_days": notices.KEPT.days,
    }
    return render(request, "helpcenter/notices/list.html", context)


@never_cache
@login_required
@require_safe
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """To what it is about; with it, it is read."""
    found = notices.read(request.user, pk) if pk < 10**KEY_LENGTH else None
    if found is None:
        raise Http404
    return redirect(found.path)


@never_cache
@login_required
@require_POST
def read_all_notices(request: HttpRequest) -> HttpResponse:
    up_to = _key(request.POST.get("up_to", ""))
    if up_to and notices.read_all(request.user, up_to=up_to):
        messages.success(request, _("Everything is marked as read."))
    return redirect("my_notices")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notice_settings(request: HttpRequest) -> HttpResponse:
    person: Employee = request.user  # type: ignore[assignment]  # login_required lets nobody else in
    if request.method == "POST":
        preferences.choose(person, _wanted(request, person))
        messages.success(request, _("We keep to that from now on."))
        return redirect("notice_settings")
    context = {"choices": [_row(choice) for choice in preferences.choices_of(person)]}
    return render(request, "helpcenter/notices/settings.html", context)


def _wanted(request: HttpRequest, person: Employee) -> dict[str, set[str]]:
    # Only what the page showed: an empty box of another was not emptied by anybody.
    shown = set(request.POST.getlist("shown"))
    names = [choice.kind.name for choice in preferences.choices_of(person) if choice.kind.name in shown]
    return {name: {channel for channel in CHANNELS if f"{channel}-{name}" in request.POST} for name in names}


def _row(choice: preferences.Choice) -> dict[str, Any]:
    return {
        "kind": choice.kind,
        "by_email": choice.by_email,
        "in_app": choice.in_app,
        "has_email": BY_EMAIL in choice.kind.channels,
        "has_in_app": IN_APP in choice.kind.channels,
    }


def _key(given: str) -> int:
    """0 for what is no key."""
    return int(given) if given.isascii() and given.isdigit() and len(given) <= KEY_LENGTH else 0
