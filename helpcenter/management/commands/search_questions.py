"""`manage.py search_questions FILE`: how well the search answers a file of questions (helpcenter.search.measuring)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from helpcenter.search.measuring import LOOKED_AT, Measured, measure


class Command(BaseCommand):
    help = "Asks the search the questions of a CSV file (question, articles) and says how often the right article came."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--figures-only", action="store_true", help="without the questions that failed")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            measured = measure(options["file"])
        except (OSError, ValueError, KeyError) as error:
            raise CommandError(f"{options['file']} can't be read as a list of questions: {error}") from error
        self.stdout.write(_figures(measured))
        if not options["figures_only"]:
            for each in measured.misses:
                place = each.place or "nowhere"
                self.stdout.write(f"\n{each.question}\n  wanted {', '.join(each.wanted)} ({place})")
                self.stdout.write(f"  got    {', '.join(each.got) or 'nothing'}")


def _figures(measured: Measured) -> str:
    total = len(measured.asked)
    return (
        f"{total} questions: right at the top {measured.hits(1)}, among the first {LOOKED_AT} "
        f"{measured.hits(LOOKED_AT)} ({measured.hits(LOOKED_AT) / max(total, 1):.0%}), "
        f"mean reciprocal rank {measured.reciprocal_rank:.3f}"
    )
