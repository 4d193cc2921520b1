"""What was redacted must not live on in the exchange with the workflow system: neither in what is told to it, nor in
what it told us. A text that the other side has already got stays there; nobody can call that back from here."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from tickets.models import TicketComment, WorkflowCallback, WorkflowNote
from tickets.workflow import deliveries


def fingerprint(note: str) -> str:
    """By which a work note is known again. With our key, so that a short one can't be guessed from it. Takes what JSON
    can say and UTF-8 can't (half a character), as a message that is refused for it is looked through too."""
    said = note.encode("utf-8", "surrogatepass")
    return salted_hmac("tickets.workflow.note", said, algorithm="sha256").hexdigest()


def forget(comment: TicketComment) -> None:
    """Call it in the transaction of the redaction."""
    deliveries.forget(comment)
    note = WorkflowNote.objects.filter(comment=comment).first()
    if note is not None:
        _forget_messages_with(note, comment.ticket.ticket_number)


def forget_again(row: WorkflowCallback, body: str) -> None:
    """A message that came after the redaction, or at the same moment, with the text that was taken out. Sets columns;
    the caller saves."""
    marks = {fingerprint(note) for note in _notes_in(body)}
    gone = Q(ticket__ticket_number=row.ticket_number, fingerprint__in=marks, comment__redacted_at__isnull=False)
    if marks and WorkflowNote.objects.filter(gone).exists():
        row.body, row.forgotten_at = "", timezone.now()


def _forget_messages_with(note: WorkflowNote, number: str) -> None:
    """The same note may have come with many messages: systems send all their notes each time."""
    about_it = WorkflowCallback.objects.filter(Q(ticket=note.ticket_id) | Q(ticket_number=number)).exclude(body="")
    carrying = [row.pk for row in about_it.iterator() if note.fingerprint in map(fingerprint, _notes_in(row.body))]
    WorkflowCallback.objects.filter(pk__in=carrying).update(body="", forgotten_at=timezone.now())


def _notes_in(body: str) -> list[str]:
    try:
        said: Any = json.loads(body)
        notes = [note for note in said["work_notes"] if isinstance(note, str)]
        # As they were read when they became comments: by another line end they would not be known again.
        return [note.replace("\r\n", "\n").replace("\r", "\n").strip() for note in notes]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
