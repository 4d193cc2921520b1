"""System checks of the house as a whole. `serve` and `migrate` run them; the environment's own are in start.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError


@register(Tags.database)
def no_demo_accounts_in_production(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Their password is public."""
    if settings.APP_ENV != "production" or not databases or "default" not in databases:
        return []
    from backoffice import demo_accounts

    try:
        found = demo_accounts.present()
    except DatabaseError:
        return []  # before the first migration there are no people
    if not found:
        return []
    return [
        Error(
            f"This is production, and people can sign in as {', '.join(found)} with a password everybody knows.",
            hint="Suspend these accounts, or use a database in which `manage.py demo` never ran.",
            id="backoffice.E001",
        )
    ]
