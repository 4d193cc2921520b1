"""Comparing both sides: what does the workflow system know of our tickets, and where do we differ?

sync = compare.ask(by=admin)              # the worker asks, `GET …/tickets/?updated_since=`, and notes what differs
compare.push(drift, by=admin)             # or pull, ignore

Words that nobody mapped say nothing about our states, and are compared with none. What is being sent this moment is
left out: it will be as it should without anybody's doing. An ignored difference stays ignored until either side
changes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import events
from audit.actors import Actor, person_of
from audit.models import AuditEvent
from audit.reading import Unfit
from audit.refusals import Reason, Refused, refuse
from jobs import leases, outbox
from jobs.models import LeasedRow
from tickets import door
from tickets.enums import Status
from tickets.models import Sync, SyncDrift, Ticket, WorkflowDelivery, WorkflowStanding
from tickets.models.workflow import WORD_LENGTH
from tickets.workflow import applying, client, deliveries, rights
from tickets.workflow.applying import TECHNICIAN_LENGTH

#: It is asked for what changed in so many days. What rests for longer has been compared before.
DAYS = timedelta(days=30)
#: Of its answer: a line of it has about 150 bytes.
ANSWER_BYTES = 32 * 1024 * 1024
SECONDS = 60.0
#: A clock of theirs that goes wrong by so much makes no ticket a missing one.
CLOCKS_DIFFER = timedelta(minutes=10)
#: Of the words that nobody mapped: who sends more of them means something else by the field.
WORDS_SHOWN = 20
#: A statement takes so many values, on every database.
CHUNK = 500

Settled, Kind = SyncDrift.Settled, SyncDrift.Kind

#: What a word does here (its effect) → the states here that agree with it.
AGREEING: dict[str, frozenset[str]] = {
    "start": frozenset({Status.IN_PROGRESS}),
    "hold": frozenset({Status.ON_HOLD}),
    "resolve": frozenset({Status.RESOLVED, Status.CLOSED}),
    "reject": frozenset({Status.REJECTED, Status.WITHDRAWN}),
}


@dataclass(frozen=True)
class Seen:
    """A ticket as the workflow system knows it."""

    number: str
    word: str
    changed: datetime | None
    technician: str


# Asking


def ask(*, by: Actor) -> Sync:
    """Have the workflow system asked, by the worker. Raises Refused; of two at once the second."""
    # Before the question whether one is at work: whoever asks at the same moment has looked at the same last one.
    last = Sync.objects.values_list("pk", flat=True).first() or 0
    with events.refusals_noted("compare", by=by), transaction.atomic():
        refuse(against_asking(by=by))
        sync = Sync(asked_by=person_of(by), since=timezone.now() - DAYS, dedup_key=f"after:{last}")
        try:
            with transaction.atomic():
                sync.save(force_insert=True)
        except IntegrityError:
            if Sync.objects.filter(dedup_key=sync.dedup_key).exists():
                raise Refused([_at_work()]) from None
            raise
        outbox.wake(Sync)
    return sync


def _at_work() -> Reason:
    return Reason("state", _("It is being asked already."))


def against_asking(*, by: Actor) -> list[Reason]:
    """The reasons against; empty means allowed."""
    if reasons := rights.against_managing(by):
        return reasons
    if not deliveries.is_set_up():
        return [Reason("state", _("No workflow system is set up here."))]
    if Sync.objects.filter(status__in=[LeasedRow.Status.PENDING, LeasedRow.Status.WORKING]).exists():
        return [_at_work()]
    return []


def last_finished() -> Sync | None:
    """The comparison to look at; only a newer one that succeeded takes its place."""
    return Sync.objects.filter(status=LeasedRow.Status.DONE).select_related("asked_by").first()


def deliver(sync: Sync) -> dict[str, Any]:
    """The worker's side: ask, compare, note. Not tried again: who wants to know presses the button once more."""
    if not deliveries.is_set_up():
        raise outbox.Cancelled(_("No workflow system is set up here."))
    try:
        answer = client.ask(
            "tickets/", params={"updated_since": sync.since.isoformat()}, most=ANSWER_BYTES, seconds=SECONDS
        )
    except client.NoAnswer as error:
        raise outbox.Final(_("The workflow system does not answer: %(what)s") % {"what": error}) from error
    said = answer.json()
    if answer.status != 200:
        raise outbox.Final(_("The workflow system answered: %(answer)s") % {"answer": answer.in_words})
    if not isinstance(said, list):
        raise outbox.Final(_("What it answered is no list of tickets, or too long."))
    seen = {each.number: each for each in map(_seen, said) if each is not None}
    return _noted(sync, seen)


def _seen(said: Any) -> Seen | None:
    """None for what names no ticket or no state."""
    if not isinstance(said, dict):
        return None
    number, word = (_word(said.get(name)) for name in ("ticket_id", "status"))
    who = _word(said.get("assigned_technician"), TECHNICIAN_LENGTH)
    try:
        changed = applying.moment(str(said.get("last_modified")))
    except Unfit:
        changed = None
    return Seen(number, word, changed, who) if number and word else None


def _word(given: Any, most: int = WORD_LENGTH) -> str:
    """One line, as the database takes it: NUL and halves of characters are refused there."""
    text = given.encode("utf-8", "replace").decode() if isinstance(given, str) else ""
    line = "".join("\ufffd" if unicodedata.category(character) == "Cc" else character for character in text)
    return line.strip()[:most]


def _noted(sync: Sync, seen: dict[str, Seen]) -> dict[str, Any]:
    here = _tickets_named(seen)
    under_way = _under_way()
    unmapped: dict[str, int] = {}
    for each in seen.values():
        if applying.effect_of(each.word) is None and (each.word in unmapped or len(unmapped) < WORDS_SHOWN):
            unmapped[each.word] = unmapped.get(each.word, 0) + 1
    found = [*_differing(sync, seen, here, under_way), *_missing(sync, seen, under_way)]
    with transaction.atomic():
        # Ours until the end: should another worker have taken it over meanwhile, what differs would stand there twice.
        if not leases.renew(sync):
            raise outbox.Cancelled(_("It was called off in this moment."))
        remembered = _ignored()
        # Also those of this one, should a worker have died in the middle of it: what counts is the newest look. But
        # what is ignored of a ticket that this look left out stays so until one looks at it again.
        ignored_rows = SyncDrift.objects.filter(settled=Settled.IGNORED).values_list("pk", "ticket_id")
        left_alone = [pk for pk, ticket_id in ignored_rows if ticket_id in under_way]
        SyncDrift.objects.exclude(pk__in=left_alone).delete()
        for drift in found:
            if ignored := remembered.get(_mark(drift)):
                drift.settled, drift.settled_at, drift.settled_by_id = Settled.IGNORED, *ignored
        SyncDrift.objects.bulk_create(found, batch_size=CHUNK)
    left_out = sum(ticket.pk in under_way for ticket in here.values())
    return {"received": len(seen), "unmapped": unmapped, "under_way": left_out}


def _tickets_named(seen: dict[str, Seen]) -> dict[str, Ticket]:
    found: dict[str, Ticket] = {}
    for numbers in _chunks(seen):
        rows = Ticket.objects.filter(ticket_number__in=numbers).only("pk", "ticket_number", "status").order_by()
        found |= {ticket.ticket_number: ticket for ticket in rows}
    return found


def _under_way() -> set[int]:
    unfinished = [LeasedRow.Status.PENDING, LeasedRow.Status.WORKING]
    rows = WorkflowDelivery.objects.filter(status__in=unfinished).order_by()
    return set(rows.values_list("ticket_id", flat=True))


def _differing(sync: Sync, seen: dict[str, Seen], here: dict[str, Ticket], under_way: set[int]) -> Iterator[SyncDrift]:
    for number, each in seen.items():
        ticket, effect = here.get(number), applying.effect_of(each.word)
        told = {"status_there": each.word, "changed_there": each.changed, "technician_there": each.technician}
        if ticket is None:
            yield SyncDrift(sync=sync, ticket_number=number, kind=Kind.UNKNOWN, **told)
        elif effect and ticket.pk not in under_way and ticket.status not in AGREEING[effect]:
            yield SyncDrift(
                sync=sync,
                ticket_id=ticket.pk,
                ticket_number=number,
                kind=Kind.DIFFERS,
                status_here=ticket.status,
                **told,
            )


def _missing(sync: Sync, seen: dict[str, Seen], under_way: set[int]) -> Iterator[SyncDrift]:
    """It took them since the day it was asked from, and does not name them."""
    taken = WorkflowStanding.objects.filter(acknowledged_at__gte=sync.since + CLOCKS_DIFFER).order_by()
    for key, number, status in taken.values_list("ticket_id", "ticket__ticket_number", "ticket__status").iterator():
        if number not in seen and key not in under_way:
            yield SyncDrift(sync=sync, ticket_id=key, ticket_number=number, kind=Kind.MISSING, status_here=status)


def _ignored() -> dict[tuple[str, str, str, datetime | None], tuple[datetime | None, int | None]]:
    rows = SyncDrift.objects.filter(settled=Settled.IGNORED)
    return {_mark(drift): (drift.settled_at, drift.settled_by_id) for drift in rows}


def _mark(drift: SyncDrift) -> tuple[str, str, str, datetime | None]:
    """The same as long as neither side changes."""
    return drift.ticket_number, drift.status_here, drift.status_there, drift.changed_there


def _chunks(numbers: Iterable[str]) -> Iterator[list[str]]:
    waiting = list(numbers)
    for first in range(0, len(waiting), CHUNK):
        yield waiting[first : first + CHUNK]


# Settling


def visible_to(user: Any) -> QuerySet[SyncDrift]:
    """The differences that somebody may know of: System Admins, but for tickets that they asked for themselves."""
    if not rights.sees(user):
        return SyncDrift.objects.none()
    return SyncDrift.objects.exclude(pk__in=SyncDrift.objects.filter(rights.of_own_tickets(user)).values("pk"))


def push(drift: SyncDrift, *, by: Actor) -> SyncDrift:
    """What we know is right: have it sent there. Returns the fresh row; raises Refused."""
    with events.refusals_noted("push", by=by, about=drift), transaction.atomic():
        row = _locked(drift)
        refuse(against_pushing(row, by=by))
        deliveries.push(row.ticket, by=by)  # type: ignore[arg-type]  # there is one, as was just asked
        return _settle(row, Settled.PUSHED, by=by)


def pull(drift: SyncDrift, *, by: Actor) -> SyncDrift:
    """What they know is right: it does here what a message with that word would do. Returns the fresh row; raises
    Refused."""
    with events.refusals_noted("pull", by=by, about=drift), transaction.atomic():
        row, by = _locked(drift), door.anew(by)
        if row.ticket is not None:
            # Before the question: whoever holds the ticket now may be changing just what it asks for.
            row.ticket = door.locked(row.ticket)
        refuse(against_pulling(row, by=by))
        told = applying.Told(
            row.ticket_number, row.status_there, row.changed_there or timezone.now(), row.technician_there
        )
        applying.apply(row.ticket, told, str(applying.effect_of(row.status_there)))  # type: ignore[arg-type]
        _remembered(row)
        return _settle(row, Settled.PULLED, by=by)


def _remembered(row: SyncDrift) -> None:
    """As after a message: what is older than this changes nothing any more. Without a time nothing is older."""
    standing, _made = WorkflowStanding.objects.get_or_create(ticket=row.ticket)
    if row.changed_there is not None:
        standing.last_modified, standing.status_word = row.changed_there, row.status_there
        standing.save(update_fields=["last_modified", "status_word"])


def ignore(drift: SyncDrift, *, by: Actor) -> SyncDrift:
    """Both are right. Returns the fresh row; raises Refused."""
    with events.refusals_noted("ignore", by=by, about=drift), transaction.atomic():
        row, by = _locked(drift), door.anew(by)
        refuse(against_ignoring(row, by=by))
        return _settle(row, Settled.IGNORED, by=by)


def against_pushing(drift: SyncDrift, *, by: Actor) -> list[Reason]:
    """The reasons against; empty means allowed. So do the others."""
    if reasons := against_ignoring(drift, by=by):
        return reasons
    if drift.ticket is None:
        return [Reason("state", _("There is no such ticket here, so there is nothing to send."))]
    return deliveries.against_pushing(drift.ticket, by=by)


def against_pulling(drift: SyncDrift, *, by: Actor) -> list[Reason]:
    if reasons := against_ignoring(drift, by=by):
        return reasons
    if drift.ticket is None or not drift.status_there:
        return [Reason("state", _("Only one side knows of it, so there is nothing to take over."))]
    if drift.ticket.status != drift.status_here or _is_overtaken(drift):
        return [Reason("stale", _("The ticket has changed since they were compared. Compare again."))]
    effect = applying.effect_of(drift.status_there)
    if effect is None:
        sentence = _("Nobody has said what “%(word)s” does here.")
        return [Reason("unknown-status", sentence % {"word": drift.status_there})]
    return applying.against(drift.ticket, effect)


def _is_overtaken(drift: SyncDrift) -> bool:
    """The workflow system has told us something newer about the ticket, or somebody did something with it, since they
    were compared: what was seen then is no longer what either side knows."""
    standing: WorkflowStanding | None = getattr(drift.ticket, "workflow_standing", None)
    told = standing.last_modified if standing else None
    is_older = drift.changed_there is not None and told is not None and told > drift.changed_there
    compared = drift.sync.finished_at
    return is_older or (drift.ticket is not None and compared is not None and drift.ticket.update_date > compared)


def against_ignoring(drift: SyncDrift, *, by: Actor) -> list[Reason]:
    if drift.ticket is None:
        reasons = rights.against_managing(by)
    else:
        reasons = rights.against_managing_for(drift.ticket, by)
    if reasons:
        return reasons
    return [Reason("state", _("This difference is settled."))] if drift.settled else []


def _locked(drift: SyncDrift) -> SyncDrift:
    row = SyncDrift.objects.select_for_update(of=("self",)).select_related("ticket", "sync").filter(pk=drift.pk).first()
    if row is None:
        raise Refused([Reason("stale", _("Both sides were compared again since; look there."))])
    return row


def _settle(row: SyncDrift, how: str, *, by: Actor) -> SyncDrift:
    row.settled, row.settled_at, row.settled_by = how, timezone.now(), person_of(by)
    row.save(update_fields=["settled", "settled_at", "settled_by"])
    detail = {"ticket": row.ticket_number, "how": how, "here": row.status_here, "there": row.status_there}
    events.record(AuditEvent.Kind.DRIFT_SETTLED, by=by, about=row.ticket or row.sync, **detail)
    return row
