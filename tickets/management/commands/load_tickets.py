"""`manage.py load_tickets FILE`: tickets of a CSV or XLSX, planned and with `--apply` brought in."""

from __future__ import annotations

from jobs.spreadsheets.command import LoadCommand


class Command(LoadCommand):
    help = "Say what a spreadsheet of tickets would do, do it (--apply), or take it back (--undo RUN)."
    kind = "tickets"
