from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib import admin
from django.core.management import call_command
from django.db.models.signals import post_migrate
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from unfold.apps import BasicAppConfig
from unfold.sites import UnfoldAdminSite


def make_cache_table(using: str, **kwargs: Any) -> None:
    """The cache's own file has one table and no migrations; it is made with the main database's."""
    from backoffice.services import CACHE_ALIAS

    if using == "default" and CACHE_ALIAS in settings.DATABASES:
        call_command("createcachetable", database=CACHE_ALIAS, verbosity=0)


class OfficeSite(UnfoldAdminSite):
    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        # Django and Unfold ask for it on every page, and ours show their own sidebar: it took a tenth of each.
        return SimpleLazyObject(lambda: super(OfficeSite, self).get_app_list(request, app_label))


class OfficeConfig(BasicAppConfig):
    """Unfold, with our site in the place of its own."""

    def ready(self) -> None:
        admin.site = admin.sites.site = OfficeSite()


class BackofficeConfig(AppConfig):
    name = "backoffice"
    verbose_name = "Back office"

    def ready(self) -> None:
        from django.apps import apps

        from backoffice import charsets
        from backoffice import checks as checks  # registers them

        # The signal comes once for each app that has tables, in the order of INSTALLED_APPS. The first of them: what
        # others do after a migration may already ask the cache.
        post_migrate.connect(
            make_cache_table, sender=apps.get_app_config("helpcenter"), dispatch_uid="backoffice.cache_table"
        )
        charsets.register()
