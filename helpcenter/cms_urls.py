"""The addresses of `/cms/`: Wagtail's, but for those that go past the doors of the house.

People, groups and passwords are looked after in one place (`people`); sites and collections there is one of.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from wagtail.admin import urls as wagtail_admin
from wagtail.utils.urlpatterns import decorate_urlpatterns

from helpcenter import rights
from people.pages import signing_in

View = Callable[..., HttpResponseBase]


def closed(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    raise Http404


def for_editors(view: View) -> View:
    """Who is signed in and writes no pages is told so. Wagtail leads them to the sign-in, which leads them back to
    Wagtail, without end. Strangers it leads there rightly."""

    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not rights.may_edit(request.user):
            raise PermissionDenied
        # Wagtail hands any word on to the database as a key, which ends in an error there; ours are numbers.
        if not str(kwargs.get("pk", 0)).isdecimal():
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


#: First parts, below /cms/, of what is not offered here.
CLOSED = (
    "users",
    "groups",
    "api-tokens",
    "password_reset",
    "collections",
    "bulk/people",
    "bulk/auth",
    "failwhale",
    "test404",
)

#: Wagtail's ways in and out are for everybody.
OPEN = ("wagtailadmin_login", "wagtailadmin_logout")

decorate_urlpatterns(
    [pattern for pattern in wagtail_admin.urlpatterns if getattr(pattern, "name", "") not in OPEN], for_editors
)

urlpatterns = [
    path("logout/", signing_in.sign_out),
    # Wagtail's menu of a person leads to the profile of the house.
    path("account/", for_editors(RedirectView.as_view(pattern_name="profile"))),
    re_path(rf"^(?:{'|'.join(CLOSED)})(?:/.*)?$", closed),
    path("", include(wagtail_admin)),
]
