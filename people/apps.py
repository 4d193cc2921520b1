from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "people"
    verbose_name = _("People")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from people import bulk, emails, resources, roles, signin, webhooks

        emails.register()
        webhooks.register()
        bulk.register()
        resources.register_resources()
        signin.connect()
        post_migrate.connect(roles.sync_after_migrate, dispatch_uid="people.sync_groups")
