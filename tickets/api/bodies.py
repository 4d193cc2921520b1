"""What the calls about tickets take. The names are those of domain.md; what may be in them the doors say."""

from __future__ import annotations

from typing import Any

from people.api.bodies import Anything, Body, Choice, Day, Files, Flag, FormFlag, MustName, Named, Words
from people.models import Department, Employee
from tickets.enums import COMMENT_LENGTH, DESCRIPTION_LENGTH, REASON_LENGTH, SUBJECT_LENGTH, Priority
from tickets.models import TicketCategory


def _reason(*, required: bool = True, help_text: str = "") -> Words:
    return Words(required=required, max_length=REASON_LENGTH[1], allow_blank=not required, help_text=help_text)


def _department() -> Named:
    return Named(Department.objects.all, help_text="By its name.")


def _subject(**more: Any) -> Words:
    return Words(min_length=SUBJECT_LENGTH[0], max_length=SUBJECT_LENGTH[1], **more)


def _description(**more: Any) -> Words:
    return Words(min_length=DESCRIPTION_LENGTH[0], max_length=DESCRIPTION_LENGTH[1], **more)


def _details() -> Anything:
    return Anything(required=False, help_text="The category's extra fields: key → value.")


class Submit(Body):
    category = Named(TicketCategory.objects.all, help_text="By its name.")
    sub_category = Words(required=False, allow_blank=True)
    subject = _subject()
    description = _description()
    dynamic_data = _details()
    scheduled_date = Day(required=False, allow_null=True, help_text="Wanted by this day.")


class SubmitForm(Body):
    """The same as a form sends it, with files. Extra fields are `details-<key>`, cost items
    `details-<key>-<n>-description`, `-quantity`, `-unit_cost`."""

    category = Named(TicketCategory.objects.all, help_text="By its name.")
    sub_category = Words(required=False, allow_blank=True)
    subject = _subject()
    description = _description()
    scheduled_date = Words(required=False, allow_blank=True, help_text="YYYY-MM-DD: wanted by this day.")
    attachments = Files(required=False, max_length=10)


class Edit(Body):
    """What is left out stays as it is; `dynamic_data` is taken as a whole."""

    subject = _subject(required=False)
    description = _description(required=False)
    sub_category = Words(required=False, allow_blank=True)
    dynamic_data = _details()
    scheduled_date = Day(required=False, allow_null=True)
    reason = _reason(required=False, help_text="Needed where an admin edits for the requester.")


class Nothing(Body):
    pass


class Approve(Body):
    priority = Choice(choices=Priority.choices)
    department = _department()
    assigned_to = Named(Employee.objects.all, "company_id", required=False, allow_null=True, help_text="Company ID.")


class Assign(Body):
    assigned_to = MustName(
        Employee.objects.all, "company_id", allow_null=True, help_text="Company ID; null: back into the queue."
    )


class WithReason(Body):
    reason = _reason()


class WithReasonForRequester(Body):
    reason = _reason(required=False, help_text="Needed where an admin does it for the requester.")


class Hold(Body):
    reason = _reason()
    resume_date = Day(required=False, allow_null=True, help_text="On this day it goes on by itself.")


class Resolve(Body):
    resolution = _reason()


class Reprioritise(Body):
    priority = Choice(choices=Priority.choices)
    reason = _reason()


class Transfer(Body):
    department = _department()
    category = Named(
        TicketCategory.objects.all, required=False, allow_null=True, help_text="By its name; left out, it stays."
    )
    reason = _reason()


class Comment(Body):
    comment = Words(max_length=COMMENT_LENGTH[1])
    is_internal = Flag(required=False, help_text="An internal note: for staff, never seen by the requester.")


class CommentForm(Body):
    """The same as a form sends it, with files."""

    comment = Words(max_length=COMMENT_LENGTH[1])
    is_internal = FormFlag(required=False)
    attachments = Files(required=False, max_length=10)


class Attach(Body):
    attachments = Files(min_length=1, max_length=10)
