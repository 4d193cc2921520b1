from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    name = "tickets"
    verbose_name = _("Tickets")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from audit import events
        from jobs import outbox
        from tickets import behind_the_counter, bulk, emails, resources, search, webhooks
        from tickets.models import Sync, WorkflowDelivery
        from tickets.workflow import compare, deliveries, delivery, report

        emails.register()
        webhooks.register()
        bulk.register()
        events.register_hidden("tickets", behind_the_counter.hidden_events)
        outbox.register(WorkflowDelivery, delivery.deliver, ready=deliveries.ready)
        outbox.register(Sync, compare.deliver)
        report.register()
        resources.register()
        post_migrate.connect(search.prepare_index, sender=self, dispatch_uid="tickets.prepare_index")
