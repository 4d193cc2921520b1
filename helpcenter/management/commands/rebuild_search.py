"""`manage.py rebuild_search`: reads every page of the help center anew into the index of the search."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from helpcenter.search import index


class Command(BaseCommand):
    help = "Reads every page of the help center anew into the index of the search. Searching goes on meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        pages, entries = index.rebuild()
        self.stdout.write(f"{pages} pages are in the search, with {entries} entries.")
