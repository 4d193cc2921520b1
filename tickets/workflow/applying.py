"""What a message of the workflow system means, and doing it: through the doors, as WORKFLOW. Source: domain.md.

told = applying.read(body)                              # raises Malformed
effect = applying.effect_of(told.status)                # None: nobody has said what that word does; never guessed
changed = applying.apply(ticket, told, effect)          # under the ticket's lock
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.actors import WORKFLOW
from audit.history import note
from audit.reading import Reading, Unfit, bounded_text
from audit.refusals import InvalidValues, Reason
from jobs.signatures import TOLERANCE
from tickets import conversation, door, lifecycle, rules, texts
from tickets.enums import REASON_LENGTH, Status
from tickets.models import Ticket, WorkflowNote
from tickets.models.workflow import WORD_LENGTH
from tickets.workflow.forgetting import fingerprint

#: Of one message. Each is as long as a comment at most.
NOTES_AT_MOST = 50
TECHNICIAN_LENGTH = 200
#: Nothing there is older.
EARLIEST_YEAR = 1990
#: The verb under which a change of the technician stands in the ticket's history.
TECHNICIAN_VERB = "technician"

NOTHING = ""
#: effect → state → the verb that does it, or NOTHING; a state that is not there refuses it (409).
EFFECTS: dict[str, dict[str, str]] = {
    "start": {Status.OPEN: "start", Status.IN_PROGRESS: NOTHING, Status.ON_HOLD: "resume"},
    "hold": {Status.OPEN: "hold", Status.IN_PROGRESS: "hold", Status.ON_HOLD: NOTHING},
    "resolve": {
        Status.OPEN: "resolve",
        Status.IN_PROGRESS: "resolve",
        Status.ON_HOLD: "resolve",
        Status.RESOLVED: NOTHING,
        Status.CLOSED: NOTHING,
    },
    "reject": {
        Status.OPEN: "reject",
        Status.IN_PROGRESS: "reject",
        Status.ON_HOLD: "reject",
        Status.REJECTED: NOTHING,
    },
}


class Malformed(Exception):
    """`http_status`: 400 for no JSON object, 422 for values that can't be taken, which `details` has by field."""

    def __init__(self, http_status: int, details: Mapping[str, list[str]] | None = None) -> None:
        self.http_status, self.details = http_status, dict(details or {})
        super().__init__(str(http_status))


@dataclass(frozen=True)
class Told:
    """A message, read. `last_modified`: when the ticket changed there. "" where it says nothing."""

    ticket_id: str
    status: str
    last_modified: datetime
    assigned_technician: str = ""
    work_notes: tuple[str, ...] = ()
    resolution: str = ""


# Reading


def parsed(body: str) -> dict[str, Any]:
    """The JSON object. Raises Malformed."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed(400) from None
    if not isinstance(said, dict):
        raise Malformed(400)
    return said


def read(body: str) -> Told:
    """Raises Malformed with all that is wrong at once. Fields that we don't know are passed over."""
    said, reading = parsed(body), Reading()
    told: dict[str, Any] = {
        "ticket_id": reading.take("ticket_id", _word, said.get("ticket_id"), WORD_LENGTH),
        "status": reading.take("status", _word, said.get("status"), WORD_LENGTH),
        "last_modified": reading.take("last_modified", moment, said.get("last_modified")),
        "assigned_technician": reading.take("assigned_technician", _technician, said.get("assigned_technician")),
        "work_notes": reading.take("work_notes", _notes, said.get("work_notes")),
        "resolution": reading.take("resolution", _resolution, said.get("resolution")),
    }
    try:
        reading.finish()
    except InvalidValues as invalid:
        raise Malformed(422, invalid.errors) from None
    return Told(**told)


def _word(given: Any, most: int) -> str:
    word = bounded_text(given, most).strip()
    if not word:
        raise Unfit(_("Write something here."))
    if any(unicodedata.category(character) == "Cc" for character in word):
        raise Unfit(_("This is one line without control characters."))
    return word


def _technician(given: Any) -> str:
    return "" if given is None or given == "" else _word(given, TECHNICIAN_LENGTH)


def _resolution(given: Any) -> str:
    return "" if given is None else bounded_text(given, REASON_LENGTH[1]).strip()


def _notes(given: Any) -> tuple[str, ...]:
    given = [] if given is None else given
    if not isinstance(given, list):
        raise Unfit(_("Send a list of texts."))
    if len(given) > NOTES_AT_MOST:
        raise Unfit(_("At most %(most)d work notes can come at once.") % {"most": NOTES_AT_MOST})
    return tuple(texts.comment(each).strip() for each in given if not _is_blank(each))


def _is_blank(given: Any) -> bool:
    """Says nothing, as null and spaces do; systems send them for notes that somebody emptied."""
    return given is None or (isinstance(given, str) and not given.strip())


def moment(given: Any) -> datetime:
    """ISO 8601, UTC without an offset. Not the future: one slip there would make every later message an old one. Not
    the year 1, which programs send for "no time", and which has no day in every zone. Raises Unfit."""
    try:
        found = datetime.fromisoformat(bounded_text(given, 50))
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unfit(_("Send a date and time such as 2026-01-31T09:30:00Z.")) from None
    if found > timezone.now() + TOLERANCE:
        raise Unfit(_("This lies in the future."))
    if found.year < EARLIEST_YEAR:
        raise Unfit(_("This lies too far back."))
    return found


# Doing


def effect_of(status: str) -> str | None:
    """What a word of the workflow system does here, by WORKFLOW_STATUS_MAP, letter for letter."""
    return settings.WORKFLOW_STATUS_MAP.get(status)


def against(ticket: Ticket, effect: str) -> list[Reason]:
    """The reasons why the ticket's state does not allow it; empty means that it does."""
    verb = EFFECTS[effect].get(ticket.status)
    if verb == NOTHING:
        return []
    return rules.CHECKS[verb or effect](ticket, WORKFLOW)


def apply(ticket: Ticket, told: Told, effect: str) -> bool:
    """Whether anything changed. Call it in a transaction, with the ticket as it is under its lock, when `against` has
    nothing to say."""
    verb = EFFECTS[effect].get(ticket.status)
    if verb:
        ticket = _do(ticket, verb, told)
    changed = [bool(verb), name_technician(ticket, told.assigned_technician), _write_notes(ticket, told.work_notes)]
    return any(changed)


def _do(ticket: Ticket, verb: str, told: Told) -> Ticket:
    if verb == "hold":
        return lifecycle.hold(ticket, by=WORKFLOW, reason=_("Waiting in the workflow system"))
    if verb == "resolve":
        resolution = told.resolution or _("Completed by the workflow system")
        return lifecycle.resolve(ticket, by=WORKFLOW, resolution=resolution)
    if verb == "reject":
        reason = told.resolution or _("Cancelled by the workflow system")
        return lifecycle.reject(ticket, by=WORKFLOW, reason=reason)
    return {"start": lifecycle.start, "resume": lifecycle.resume}[verb](ticket, by=WORKFLOW)


def name_technician(ticket: Ticket, name: str) -> bool:
    """Who works on it there: a name, no person of ours. In the history like any change; "" says nothing. False: that
    is known. The workflow system alone says so, hence no `by`. `ticket`: as it is under its lock."""
    if name in {"", ticket.external_assignee}:
        return False
    with transaction.atomic():
        row = door.locked(ticket)
        row.external_assignee, row.update_date = name, timezone.now()
        note(row, by=WORKFLOW, verb=TECHNICIAN_VERB)
        row.save()
        return True


def _write_notes(ticket: Ticket, notes: tuple[str, ...]) -> bool:
    """As internal notes, each text once: also one that was redacted since does not come back."""
    new = {fingerprint(text): text for text in notes}
    known = WorkflowNote.objects.filter(ticket=ticket, fingerprint__in=new).values_list("fingerprint", flat=True)
    for mark in set(known):
        del new[mark]
    for mark, text in new.items():
        said = conversation.comment(ticket, by=WORKFLOW, comment=text, is_internal=True)
        WorkflowNote.objects.create(ticket=ticket, fingerprint=mark, comment=said)
    return bool(new)
