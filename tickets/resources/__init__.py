"""Tickets and categories in spreadsheets."""

from jobs.spreadsheets.resources import register as _register
from tickets.resources.category import CategoryResource
from tickets.resources.ticket import TicketResource

__all__ = ["CategoryResource", "TicketResource", "register"]


def register() -> None:
    """Makes them known; called when the app is ready."""
    _register(TicketResource())
    _register(CategoryResource())
