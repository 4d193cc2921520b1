from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "jobs"
    verbose_name = _("Jobs")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from jobs import outbox
        from jobs.models import Run
        from jobs.runs.engine import work_on
        from jobs.spreadsheet_models import Export
        from jobs.spreadsheets import exporting

        outbox.register(Run, work_on)
        outbox.register(Export, exporting.write)
