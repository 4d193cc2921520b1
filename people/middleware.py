"""Holds the back office shut for staff who lack the second factor that the policy demands."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from people import second_factor

CLOSED = ("/admin/", "/cms/")


class SecondFactorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Asked anew each time: a session that came in by one may have removed it since.
        is_closed = request.path_info.startswith(CLOSED) and request.user.is_authenticated
        if is_closed and second_factor.is_missing(request.user):  # type: ignore[arg-type]  # signed in
            messages.info(request, _("Set up a second factor first: your administrators ask it of everybody on staff."))
            return redirect("mfa_activate_totp")
        return self.get_response(request)
