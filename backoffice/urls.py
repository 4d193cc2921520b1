"""Every address of the site, by the app that answers; but /healthz and /readyz, which health.py answers earlier."""

from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from helpcenter import views as helpcenter

# The site is Unfold's, put in place while the apps were loaded; before that there is nothing to name.
admin.site.index_title = _("Back office")


urlpatterns = [
    path("", helpcenter.home, name="home"),
    # Before the admin: its own pages to sign in and to set a password would go past the door.
    path("", include("people.urls")),
    path("api/", include("backoffice.api")),
    path("admin/", admin.site.urls),
]
