"""Plain pages over what is asked. A ticket is changed by its verbs, never by a form of columns."""

from tickets.admin.category import TicketCategoryAdmin
from tickets.admin.conversation import TicketAttachmentAdmin, TicketCommentAdmin
from tickets.admin.files import StagedFileAdmin, TicketVisitAdmin
from tickets.admin.history import TicketHistoryAdmin
from tickets.admin.sync_doctor import SyncAdmin, SyncDriftAdmin, SyncReportAdmin
from tickets.admin.ticket import TicketAdmin
from tickets.admin.workflow import WorkflowCallbackAdmin, WorkflowDeliveryAdmin

__all__ = [
    "StagedFileAdmin",
    "SyncAdmin",
    "SyncDriftAdmin",
    "SyncReportAdmin",
    "TicketAdmin",
    "TicketAttachmentAdmin",
    "TicketCategoryAdmin",
    "TicketCommentAdmin",
    "TicketHistoryAdmin",
    "TicketVisitAdmin",
    "WorkflowCallbackAdmin",
    "WorkflowDeliveryAdmin",
]
