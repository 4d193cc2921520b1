from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = "Audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from simple_history.signals import pre_create_historical_record

        from audit.history import stamp_origin

        pre_create_historical_record.connect(stamp_origin, dispatch_uid="audit.stamp_origin")
