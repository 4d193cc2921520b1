from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    name = "tickets"
    verbose_name = _("Tickets")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from tickets import bulk, emails, search

        emails.register()
        bulk.register()
        post_migrate.connect(search.prepare_index, sender=self, dispatch_uid="tickets.prepare_index")
