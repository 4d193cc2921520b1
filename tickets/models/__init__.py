"""Tables of what is asked and what becomes of it."""

from tickets.models.attachment import Scan, StagedFile, TicketAttachment
from tickets.models.category import CategoryField, TicketCategory
from tickets.models.comment import TicketComment
from tickets.models.ticket import Ticket
from tickets.models.visit import TicketVisit

__all__ = [
    "CategoryField",
    "Scan",
    "StagedFile",
    "Ticket",
    "TicketAttachment",
    "TicketCategory",
    "TicketComment",
    "TicketVisit",
]
