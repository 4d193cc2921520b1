"""Every address of the site, by the app that answers; but /healthz and /readyz, which health.py answers earlier."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.utils.translation import gettext_lazy as _

from helpcenter import views as helpcenter

# The site is Unfold's, put in place while the apps were loaded; before that there is nothing to name.
admin.site.index_title = _("Back office")
admin.site.index_template = "backoffice/start.html"

handler400 = "backoffice.errors.bad_request"
handler403 = "backoffice.errors.forbidden"
handler404 = "backoffice.errors.not_found"
handler500 = "backoffice.errors.broken"

urlpatterns = [
    path("", helpcenter.home, name="home"),
    # Before the admin: its own pages to sign in and to set a password would go past the door.
    path("", include("people.urls")),
    path("", include("tickets.urls")),
    path("", include("helpcenter.urls")),
    path("api/", include("backoffice.api")),
    path("admin/", admin.site.urls),
    path("cms/", include("helpcenter.cms_urls")),
    # Last: whatever nobody else answers may be a page of the help center.
    re_path(r"^((?:[a-zA-Z0-9_-]+/){0,6})$", helpcenter.page, name="wagtail_serve"),
]
