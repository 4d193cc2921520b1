"""System checks of the house as a whole. `serve` and `migrate` run them; the environment's own are in start.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connections

#: Rows that come in by the hundred are given their keys in the same statement (RETURNING).
LEAST_SQLITE = (3, 35)


@register(Tags.database)
def sqlite_is_new_enough(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Django takes an older one, and an import of any size would break off in it."""
    connection: Any = connections["default"]
    if connection.vendor != "sqlite" or not databases or "default" not in databases:
        return []
    found = connection.Database.sqlite_version_info
    if found >= LEAST_SQLITE:
        return []
    here, least = (".".join(map(str, version)) for version in (found, LEAST_SQLITE))
    return [
        Error(
            f"This Python has SQLite {here}, and spreadsheets need {least} or later.",
            hint="Use a Python with a newer SQLite, or PostgreSQL: set DATABASE_URL.",
            id="backoffice.E002",
        )
    ]


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
