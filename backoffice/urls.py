"""Every address of the site, by the app that answers; but /healthz and /readyz, which health.py answers earlier."""

from typing import NoReturn

from django.contrib import admin
from django.http import Http404, HttpRequest
from django.urls import path, re_path
from django.utils.translation import gettext_lazy as _

from helpcenter import views as helpcenter

# The site is Unfold's, put in place while the apps were loaded; before that there is nothing to name.
admin.site.index_title = _("Back office")


def nowhere(request: HttpRequest) -> NoReturn:
    raise Http404


urlpatterns = [
    path("", helpcenter.home, name="home"),
    # The admin's own page sets passwords past the door: of any length, without a verb, and nobody gets a mail.
    re_path(r"^admin/password_change/", nowhere),
    path("admin/", admin.site.urls),
]
