"""The addresses of `/cms/`: Wagtail's, but for those that go past the doors of the house.

People, groups and passwords are looked after in one place (`people`); sites and collections there is one of.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from wagtail.admin import urls as wagtail_admin

from people.pages import signing_in


def closed(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    raise Http404


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

urlpatterns = [
    path("logout/", signing_in.sign_out),
    # Wagtail's menu of a person leads to the profile of the house.
    path("account/", RedirectView.as_view(pattern_name="profile")),
    re_path(rf"^(?:{'|'.join(CLOSED)})(?:/.*)?$", closed),
    path("", include(wagtail_admin)),
]
