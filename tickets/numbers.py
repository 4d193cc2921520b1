"""Ticket numbers: from a sequence row, in the format of `TICKET_NUMBER_FORMAT`. Never a count of rows."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from people.numbers import take_next


def next_ticket_number(now: datetime) -> str:
    """The next number, "TX0001" by default. Call it inside the transaction that stores the ticket."""
    return next_ticket_numbers(now, 1)[0]


def next_ticket_numbers(now: datetime, count: int) -> list[str]:
    """So many numbers in a row, for tickets that come in together.

    A format with {year} starts again each year: each year has a sequence row of its own.
    """
    year = timezone.localtime(now).year
    by_year = "{year" in settings.TICKET_NUMBER_FORMAT
    first = take_next(f"ticket {year}" if by_year else "ticket", count)
    return [settings.TICKET_NUMBER_FORMAT.format(seq=first + each, year=year) for each in range(count)]
