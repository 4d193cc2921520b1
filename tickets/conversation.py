"""What is said on a ticket: public comments, internal notes, files by themselves, and the removal of a text. Through
the same door.

verb    | who is told
comment | requester; assignee, or else the department's coordinators; a public one: the workflow system
attach  | the same
note    | assignee
redact  | -
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audit.actors import Actor, name_of, person_of
from audit.history import note
from audit.reading import one
from audit.refusals import InvalidValues, Reason, Refused
from people.models import Employee
from tickets import clocks, door, emails, rules, texts
from tickets import files as attachments
from tickets.models import StagedFile, Ticket, TicketAttachment, TicketComment
from tickets.workflow import deliveries, forgetting


def comment(
    ticket: Ticket,
    *,
    by: Actor,
    comment: str,
    is_internal: bool = False,
    files: Sequence[StagedFile] = (),
    expected_version: int | None = None,
) -> TicketComment:
    """Say something; `is_internal`: to staff only. The first public word of somebody else answers the requester."""
    verb = "note" if is_internal else "comment"
    with door.passing(ticket, verb, by=by, expected_version=expected_version) as passage:
        row = passage.ticket
        said = TicketComment(
            ticket=row,
            user=person_of(passage.by),
            actor_name=name_of(passage.by),
            comment=one("comment", texts.comment, comment),
            is_internal=is_internal,
            created_at=passage.now,
            updated_at=passage.now,
        )
        note(said, by=passage.by, verb=verb)
        said.save()
        claimed = attachments.claimed(files, by=passage.by)
        attachments.sent(claimed, ticket=row, by=passage.by, now=passage.now, comment=said)
        if is_internal:
            emails.noted(row, said, by=passage.by)
        else:
            if row.response_time is None and said.user_id != row.employee_id:
                row.response_time = clocks.response_time(row.submit_date, passage.now)
            emails.commented(row, said, by=passage.by)
            deliveries.commented(row, said, by=passage.by)
    return said


def attach(
    ticket: Ticket, *, by: Employee, files: Sequence[StagedFile], expected_version: int | None = None
) -> list[TicketAttachment]:
    """Add files without a word. It is no answer to the requester: the response clock runs on."""
    with door.passing(ticket, "attach", by=by, expected_version=expected_version) as passage:
        claimed = attachments.claimed(files, by=passage.by)
        if not claimed:
            raise InvalidValues({attachments.FIELD: _("Choose a file.")})
        made = attachments.sent(claimed, ticket=passage.ticket, by=passage.by, now=passage.now)
        emails.attached(passage.ticket, made, by=passage.by)
    return made


def redact(comment: TicketComment, *, by: Actor, reason: str) -> TicketComment:
    """Take the text away, here, in the mails that carried it and in what went to and came from the workflow system,
    and the files that came with it; that something was said stays. Can't be undone."""
    with door.passing(comment.ticket, "redact", by=by) as passage:
        passage.reason = one("reason", texts.reason, reason)
        said = TicketComment.objects.select_for_update(of=("self",)).get(pk=comment.pk)
        if said.redacted_at is not None:
            raise Refused([Reason("state", _("This text has been taken away already."))])
        said.comment = ""
        said.redacted_at = said.updated_at = passage.now
        note(said, by=passage.by, verb="redact", reason=passage.reason)
        said.save()
        emails.forget(said)
        forgetting.forget(said)
        # After the commit; should it fail, the hourly sweep does it.
        transaction.on_commit(attachments.remove_dead, robust=True)
    return said


def visible_comments(ticket: Ticket, by: Actor) -> QuerySet[TicketComment]:
    """The comments of a ticket that somebody may read: notes are for its staff; unseen tickets have none."""
    if not rules.relations(ticket, by):
        return TicketComment.objects.none()
    comments = TicketComment.objects.filter(ticket=ticket)
    return comments if rules.is_staff_on(ticket, by) else comments.filter(is_internal=False)
