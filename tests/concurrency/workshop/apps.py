from django.apps import AppConfig


class WorkshopConfig(AppConfig):
    """What the killed worker works on."""

    name = "tests.concurrency.workshop"

    def ready(self) -> None:
        from jobs.runs import register_kind
        from notifications import messages
        from tests.concurrency.workshop import kind, stopping

        messages.register("parcel_sent", template="parcels/sent")
        register_kind(kind.NAME, plan=kind.plan, apply_row=kind.apply_row, undo_row=kind.undo_row)
        stopping.install()
