from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Notifications")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from jobs import outbox
        from notifications.models import EmailNotification, WebhookDelivery
        from notifications.sending import deliver, undelivered
        from notifications.webhooks import delivery as webhooks

        outbox.register(EmailNotification, deliver, failed=undelivered)
        outbox.register(WebhookDelivery, webhooks.deliver, ready=webhooks.ready)
