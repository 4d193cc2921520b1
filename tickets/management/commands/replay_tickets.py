"""`manage.py replay_tickets FILE`: tickets of a CSV through the door, to see how the house bears real input."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tickets import replay

#: So many refused rows are shown; of the others only how many.
REFUSED_SHOWN = 50


class Command(BaseCommand):
    help = (
        "Submit the tickets of a CSV, with requesters made along the way. Columns: Customer Name, Customer Email, "
        "Ticket Subject, Ticket Description; optional Ticket ID, Ticket Type. A second run makes only what is missing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        how_many = parser.add_mutually_exclusive_group()
        how_many.add_argument("--rows", type=int, default=200, help="how many rows of the file (200)")
        how_many.add_argument("--all", action="store_true", help="every row")
        parser.add_argument(
            "--yes", action="store_true", help="also in production: mails go to all requesters and to the admins"
        )

    def handle(self, *args: Any, file: Path, rows: int, yes: bool, **options: Any) -> None:
        if settings.APP_ENV != "local" and not yes:
            raise CommandError("This makes people and tickets, and sends mails to them. In production say --yes.")
        if rows < 1:
            raise CommandError("--rows takes a number of 1 or more.")
        started = time.monotonic()
        try:
            with file.open(encoding="utf-8-sig", newline="") as opened:
                given = replay.rows(opened)
                report = replay.replay(given if options["all"] else islice(given, rows), told=self._told)
        except OSError as error:
            raise CommandError(f"{file} can't be read: {error.strerror}.") from None
        except replay.Unreadable as unreadable:
            raise CommandError(str(unreadable)) from None
        self._sum_up(report, time.monotonic() - started)

    def _told(self, report: replay.Report) -> None:
        if report.read % 500 == 0:
            self.stdout.write(f"{report.read} rows …")

    def _sum_up(self, report: replay.Report, seconds: float) -> None:
        for row, sentence in report.refused[:REFUSED_SHOWN]:
            self.stdout.write(f"Row {row.number} (line {row.line}): {sentence}")
        if len(report.refused) > REFUSED_SHOWN:
            self.stdout.write(f"… and {len(report.refused) - REFUSED_SHOWN} more refused rows.")
        self.stdout.write(
            f"{report.read} rows: {report.made} tickets made, {report.there} were there already, "
            f"{len(report.refused)} refused. {report.people} people made. "
            f"{seconds:.1f} seconds, {report.made / max(seconds, 0.001):.1f} tickets a second."
        )
