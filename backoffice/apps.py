from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.management import call_command
from django.db.models.signals import post_migrate


def make_cache_table(using: str, **kwargs: Any) -> None:
    """The cache's own file has one table and no migrations; it is made with the main database's."""
    from backoffice.services import CACHE_ALIAS

    if using == "default" and CACHE_ALIAS in settings.DATABASES:
        call_command("createcachetable", database=CACHE_ALIAS, verbosity=0)


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
