"""`manage.py load_articles FOLDER`: a folder of Markdown becomes topics and articles of the help center."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from helpcenter import loading

EVERY = 25


class Command(BaseCommand):
    help = "Make the Markdown files of a folder into articles, or bring those up to date that came from it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder of .md files, with YAML on top of each if you like")
        parser.add_argument("--overwrite", action="store_true", help="also articles that an editor changed since")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        report = loading.load(folder, overwrite=options["overwrite"], progress=self._progress)
        for line in loading.lines_of(report):
            self.stdout.write(line)
        if not report.files:
            raise CommandError(f"There is no Markdown file in {folder}.")

    def _progress(self, done: int, all_of_them: int) -> None:
        if done % EVERY == 0 and done < all_of_them:
            self.stdout.write(f"{done} of {all_of_them} …")
