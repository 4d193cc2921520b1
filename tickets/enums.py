"""The words of a ticket, and the named sets of states that rules, clocks, constraints and indexes share.

Source: domain.md "Tickets". The stored value is the word itself.
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    NEW = "New", _("New")
    OPEN = "Open", _("Open")
    IN_PROGRESS = "In Progress", _("In Progress")
    ON_HOLD = "On Hold", _("On Hold")
    RESOLVED = "Resolved", _("Resolved")
    CLOSED = "Closed", _("Closed")
    REJECTED = "Rejected", _("Rejected")
    WITHDRAWN = "Withdrawn", _("Withdrawn")


#: Approved and not finished: somebody's work.
WORKING_STATUSES = (Status.OPEN, Status.IN_PROGRESS, Status.ON_HOLD)
#: Not finished: what the queues show.
OPEN_STATUSES = (Status.NEW, *WORKING_STATUSES)
#: Nothing leads out of these.
FINAL_STATUSES = (Status.REJECTED, Status.WITHDRAWN)
#: `time_closed` is set exactly in these.
ENDED_STATUSES = (Status.CLOSED, *FINAL_STATUSES)
#: A solution stands: `resolution_time` may be set only in these.
SOLVED_STATUSES = (Status.RESOLVED, Status.CLOSED)
#: The resolution clock stands still exactly in these.
STOPPED_CLOCK_STATUSES = (Status.ON_HOLD, *SOLVED_STATUSES)
#: Without a department nobody could work on a ticket; these are the states where nobody has to.
DEPARTMENT_OPTIONAL_STATUSES = (Status.NEW, *FINAL_STATUSES)


class Priority(TextChoices):
    CRITICAL = "Critical", _("Critical")
    HIGH = "High", _("High")
    MEDIUM = "Medium", _("Medium")
    LOW = "Low", _("Low")


class FieldKind(TextChoices):
    """What a category's extra field takes; `tickets.details` holds what each means."""

    TEXT = "text", _("text")
    LONG_TEXT = "long text", _("long text")
    INTEGER = "integer", _("whole number")
    MONEY = "money", _("amount of money")
    DATE = "date", _("date")
    CHOICE = "choice", _("choice")
    YES_NO = "yes-no", _("yes or no")
    COST_ITEMS = "cost items", _("cost items")


class CategoryIcon(TextChoices):
    """Pictures of the sprite (`static/site/icons.svg`, "category-<value>") by which a category is known at a glance."""

    SCREEN = "screen", _("screen")
    OUT = "out", _("hand out")
    BACK = "back", _("give back")
    MONEY = "money", _("money")
    PEOPLE = "people", _("people")
    BUILDING = "building", _("building")
    KEY = "key", _("key")
    TOOL = "tool", _("tool")
    PAPER = "paper", _("paper")
    OTHER = "other", _("other")


SUBJECT_LENGTH = (5, 200)
DESCRIPTION_LENGTH = (10, 20_000)
COMMENT_LENGTH = (1, 20_000)
#: What a person must explain: reasons and resolutions.
REASON_LENGTH = (1, 5_000)

#: Kinds of file that may be attached: ending → media types that its bytes may show. Source: domain.md.
ATTACHMENT_TYPES: dict[str, tuple[str, ...]] = {
    "pdf": ("application/pdf",),
    "doc": ("application/msword",),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    "xls": ("application/vnd.ms-excel",),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
    "csv": ("text/csv",),
    "jpg": ("image/jpeg",),
    "jpeg": ("image/jpeg",),
    "png": ("image/png",),
    "gif": ("image/gif",),
    "txt": ("text/plain",),
}
