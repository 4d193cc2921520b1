"""What the help center does by itself."""

from __future__ import annotations

from django.core.management import call_command
from huey import crontab
from huey.contrib import djhuey

from helpcenter import editions
from helpcenter.search import asked_for


def publish_due() -> None:
    """Publish what was planned for now, and take down what has run out (Wagtail's own command)."""
    call_command("publish_scheduled", verbosity=0)


@djhuey.db_periodic_task(crontab(minute="*"))
def publish_scheduled() -> None:
    publish_due()


@djhuey.db_periodic_task(crontab(hour="3", minute="40"))
def forget_old_searches() -> None:
    asked_for.forget_old()


@djhuey.db_periodic_task(crontab(minute="50"))
def forget_old_editions() -> None:
    editions.forget_old()
