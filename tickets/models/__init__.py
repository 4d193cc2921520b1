"""Tables of what is asked and what becomes of it."""

from tickets.models.attachment import Scan, StagedFile, TicketAttachment
from tickets.models.category import CategoryField, TicketCategory
from tickets.models.comment import TicketComment
from tickets.models.sync import Sync, SyncDrift, SyncReport
from tickets.models.ticket import Ticket
from tickets.models.visit import TicketVisit
from tickets.models.workflow import (
    WorkflowBreaker,
    WorkflowCallback,
    WorkflowDelivery,
    WorkflowNote,
    WorkflowStanding,
)

__all__ = [
    "CategoryField",
    "Scan",
    "StagedFile",
    "Sync",
    "SyncDrift",
    "SyncReport",
    "Ticket",
    "TicketAttachment",
    "TicketCategory",
    "TicketComment",
    "TicketVisit",
    "WorkflowBreaker",
    "WorkflowCallback",
    "WorkflowDelivery",
    "WorkflowNote",
    "WorkflowStanding",
]
