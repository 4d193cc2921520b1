"""Tables of what is asked and what becomes of it."""

from tickets.models.attachment import TicketAttachment
from tickets.models.category import CategoryField, TicketCategory
from tickets.models.comment import TicketComment
from tickets.models.ticket import Ticket

__all__ = ["CategoryField", "Ticket", "TicketAttachment", "TicketCategory", "TicketComment"]
