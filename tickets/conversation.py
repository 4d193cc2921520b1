"""What is said on a ticket: public comments, internal notes, and the removal of a text. Through the same door.

verb    | who is told
comment | requester; assignee, or else the department's coordinators
note    | assignee
redact  | -
"""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audit.actors import Actor, name_of, person_of
from audit.history import note
from audit.reading import one
from audit.refusals import Reason, Refused
from tickets import clocks, door, emails, rules, texts
from tickets.models import Ticket, TicketComment


def comment(
    ticket: Ticket, *, by: Actor, comment: str, is_internal: bool = False, expected_version: int | None = None
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
        if is_internal:
            emails.noted(row, said, by=passage.by)
        else:
            if row.response_time is None and said.user_id != row.employee_id:
                row.response_time = clocks.response_time(row.submit_date, passage.now)
            emails.commented(row, said, by=passage.by)
    return said


def redact(comment: TicketComment, *, by: Actor, reason: str) -> TicketComment:
    """Take the text away, here and in the mails that carried it; that something was said stays. Can't be undone."""
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
    return said


def visible_comments(ticket: Ticket, by: Actor) -> QuerySet[TicketComment]:
    """The comments of a ticket that somebody may read: notes are for its staff; unseen tickets have none."""
    if not rules.relations(ticket, by):
        return TicketComment.objects.none()
    comments = TicketComment.objects.filter(ticket=ticket)
    return comments if rules.is_staff_on(ticket, by) else comments.filter(is_internal=False)
