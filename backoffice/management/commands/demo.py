"""`manage.py demo`: a small house to try things in."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from backoffice import demo, demo_accounts
from people.models import Employee


class Command(BaseCommand):
    help = "Make demo data: people to sign in as, and sixty days of tickets. Never in production."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--size", choices=sorted(demo.ROUNDS), default="small", help="large: two years of tickets")
        parser.add_argument("--reset", action="store_true", help="empty the whole database first; only locally")
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing, and say nothing, when anybody is there"
        )

    def handle(self, *args: Any, size: str, reset: bool, if_empty: bool, **options: Any) -> None:
        if settings.APP_ENV != "local":
            raise CommandError("Demo accounts have a password everybody knows: not in production.")
        if reset:
            drop_everything()
            call_command("migrate", verbosity=0, interactive=False)
        elif Employee.objects.exists():
            if if_empty:
                return
            raise CommandError("There are people in this database already. `demo --reset` deletes everything first.")
        told = self.stdout.write if size != "small" else lambda line: None
        demo.make(size, told)
        people = ", ".join(demo_accounts.ROLES)
        self.stdout.write(f"Demo data is there. Sign in as {people}; the password is {demo_accounts.PASSWORD}.")


def drop_everything() -> None:
    """Every table of this database. By statements, since the record refuses to be deleted through its models, and
    while a server runs: its connections stay good, which they would not if a file were deleted under them."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")
            return
        connection.disable_constraint_checking()
        # A virtual table (the search's) takes its shadows along; asking anew each time skips those.
        while names := table_names(cursor):
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(names[0])}")
        connection.enable_constraint_checking()


def table_names(cursor: Any) -> list[str]:
    cursor.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
        "ORDER BY sql LIKE 'CREATE VIRTUAL%' DESC"
    )
    return [name for (name,) in cursor.fetchall()]
