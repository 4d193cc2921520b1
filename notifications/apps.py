from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Notifications")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from jobs import outbox
        from notifications.models import EmailNotification
        from notifications.sending import deliver

        outbox.register(EmailNotification, deliver)
