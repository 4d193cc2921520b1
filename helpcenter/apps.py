from types import ModuleType

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from wagtail.users.apps import WagtailUsersAppConfig


class HelpcenterConfig(AppConfig):
    default = True
    name = "helpcenter"
    verbose_name = _("Help center")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from helpcenter import editions, recording, resources, rights
        from helpcenter.search import signals

        recording.connect()
        editions.connect()
        signals.connect()
        resources.register_resources()
        post_migrate.connect(rights.sync_after_migrate, sender=self, dispatch_uid="helpcenter.rights")


class WagtailProfilesConfig(WagtailUsersAppConfig):
    """Wagtail's profiles (theme, language of an editor) without its pages for people and groups: those would go past
    the door of `people`, and their forms could not even be made for our Employee."""

    def ready(self) -> None:
        super().ready()
        # Where Wagtail looks for hooks; a module without a path has none.
        self.module = ModuleType(self.name)

        from helpcenter import recording

        # This app stands behind Wagtail's own (settings), so what is to be undone has been done.
        recording.send_no_mails()
