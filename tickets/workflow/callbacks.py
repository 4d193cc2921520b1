"""What the workflow system tells us: stored as it came, then applied, each message once. Source: domain.md.

Its signature is checked before (`views`). Then two transactions: the message is stored; under its lock, and the
ticket's, it is applied and answered. A crash between the two leaves it stored and unanswered: whoever sent it does so
again, and then it is applied. The same message once more gets the answer it got.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import events
from audit.actors import Actor, NamedActor
from audit.models import AuditEvent
from audit.refusals import Reason, refuse
from tickets import door, rules
from tickets.models import Ticket, WorkflowCallback, WorkflowStanding
from tickets.models.workflow import WORD_LENGTH
from tickets.workflow import applying, forgetting, rights
from tickets.workflow.applying import Malformed, Told

Outcome = WorkflowCallback.Outcome


@dataclass(frozen=True)
class Answer:
    """What the other side gets; `body` is JSON."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)


def refusal(
    status: int, reason: Reason, *, details: dict[str, list[str]] | None = None, more: Iterable[Reason] = ()
) -> Answer:
    """An answer in the form in which the API refuses (interfaces.md "REST")."""
    shown = [_shown(each) for each in (reason, *more)]
    return Answer(status, {"error": str(reason.sentence), "details": details or {}, "reasons": shown})


def receive(*, webhook_id: str, sent_at: datetime, raw: bytes) -> Answer:
    """Take in one message whose signature is right. Never raises for what stands in it."""
    row, digest = _stored(webhook_id, sent_at, raw), hashlib.sha256(raw).hexdigest()
    if row.body_digest != digest:
        return refusal(422, Reason("other-body", _("This webhook-id came before, with another body.")))
    with transaction.atomic(durable=True):
        row, ticket = _locked(row)
        if row.answer_status is None:
            # Not the stored text: a redaction may have come in between, and taken it out.
            body = _text(raw)
            answer = _looked_at(row, body, ticket)
            forgetting.forget_again(row, body)
            row.answer_status, row.answer = answer.status, answer.body
            row.save()
        return Answer(row.answer_status or 200, row.answer)


# What people do


def visible_to(user: Any) -> QuerySet[WorkflowCallback]:
    """The messages that somebody may know of: System Admins, but for tickets that they asked for themselves."""
    if not rights.sees(user):
        return WorkflowCallback.objects.none()
    own = Ticket.objects.filter(rules.only_asked_by(user)).order_by()
    about_own = WorkflowCallback.objects.filter(ticket__in=own) | WorkflowCallback.objects.filter(
        ticket=None, ticket_number__in=own.values("ticket_number")
    )
    return WorkflowCallback.objects.exclude(pk__in=about_own.order_by().values("pk"))


def apply_after_all(callback: WorkflowCallback, *, by: Actor, effect: str | None = None) -> WorkflowCallback:
    """Apply a message that was refused, whose status or ticket nobody knew, or that a crash left lying. What its status
    does is what WORKFLOW_STATUS_MAP says now, or `effect` (start, hold, resolve, reject) where a person decides.

    Through the same doors, as WORKFLOW; that somebody had it done is on the record. Being older than what was applied
    since does not matter: a person looked at it. Returns the fresh row; raises Refused.
    """
    with events.refusals_noted("apply_after_all", by=by, about=callback), transaction.atomic():
        (row, _ticket), by = _locked(callback), door.anew(by)
        refuse(against_applying_after_all(row, by=by, effect=effect))
        told = applying.read(row.body)
        ticket = door.locked(_ticket_of(told))  # type: ignore[arg-type]  # there is one, as was just asked
        chosen = effect or applying.effect_of(told.status)
        refuse(applying.against(ticket, str(chosen)))
        row.ticket = ticket
        _do(row, ticket, told, str(chosen), _standing(ticket))
        row.answer_status = row.answer_status or 200
        row.reasons = []
        row.save()
        events.record(AuditEvent.Kind.APPLIED_AFTER_ALL, by=by, about=row, status=told.status, effect=chosen)
    return WorkflowCallback.objects.get(pk=row.pk)


def against_applying_after_all(row: WorkflowCallback, *, by: Actor, effect: str | None = None) -> list[Reason]:
    """The reasons against; empty means it may be applied, unless the ticket changes meanwhile."""
    if reasons := rights.against_managing(by):
        return reasons
    if not isinstance(by, NamedActor) and not visible_to(by).filter(pk=row.pk).exists():
        return [Reason("unseen", _("There is no such message."))]
    if row.forgotten_at is not None:
        return [Reason("text-taken-out", _("Its text was taken out, so there is nothing left to apply."))]
    if row.outcome not in (*WorkflowCallback.UNSETTLED, Outcome.STORED):
        return [Reason("state", _("This message needs nothing: %(what)s.") % {"what": row.get_outcome_display()})]
    try:
        told = applying.read(row.body)
    except Malformed:
        return [Reason("malformed", _("It can't be read."))]
    return _against_told(told, by, effect)


def _against_told(told: Told, by: Actor, effect: str | None) -> list[Reason]:
    ticket = _ticket_of(told)
    if ticket is None:
        return [_unknown_ticket(told)]
    if reasons := rights.against_managing_for(ticket, by):
        return reasons
    chosen = effect or applying.effect_of(told.status)
    if chosen not in applying.EFFECTS:
        return [_unknown_status(told)]
    return applying.against(ticket, chosen)


# The steps


def _stored(webhook_id: str, sent_at: datetime, raw: bytes) -> WorkflowCallback:
    """The message's row: this one's, or that of the first with its key."""
    body = _text(raw)
    row = WorkflowCallback(
        webhook_id=webhook_id, sent_at=sent_at, body=body, body_digest=hashlib.sha256(raw).hexdigest()
    )
    row.ticket_number, row.status_word = _glanced(body)
    try:
        with transaction.atomic(durable=True):
            row.save(force_insert=True)
    except IntegrityError:
        return WorkflowCallback.objects.get(webhook_id=webhook_id)
    return row


def _text(raw: bytes) -> str:
    """As both databases can hold it. In JSON that is well formed it changes nothing."""
    return raw.decode("utf-8", "replace").replace("\x00", "\ufffd")


def _locked(row: WorkflowCallback) -> tuple[WorkflowCallback, Ticket | None]:
    """The message under its lock, after that of its ticket: a redaction holds the ticket and writes into messages, and
    the two must not wait for each other. The ticket, as it is under the lock, comes with it."""
    known = Ticket.objects.filter(ticket_number=row.ticket_number).only("pk").first() if row.ticket_number else None
    ticket = None if known is None else door.locked(known)
    return WorkflowCallback.objects.select_for_update().get(pk=row.pk), ticket


def _glanced(body: str) -> tuple[str, str]:
    """Number and status as far as they can be made out, so that also what can't be applied can be found."""
    try:
        said = applying.parsed(body)
    except Malformed:
        return "", ""
    words = [said.get(name) for name in ("ticket_id", "status")]
    number, status = (
        word.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")[:WORD_LENGTH].strip()
        if isinstance(word, str) else ""
        for word in words
    )  # fmt: skip
    return number, status


def _looked_at(row: WorkflowCallback, body: str, ticket: Ticket | None) -> Answer:
    """Apply it if it can be; sets what came of it. Within the transaction that holds the locks of row and ticket."""
    try:
        told = applying.read(body)
    except Malformed as malformed:
        sentence = _("Some values can't be taken.") if malformed.http_status == 422 else _("This is no JSON object.")
        return _noted(row, Outcome.MALFORMED, malformed.http_status, [Reason("malformed", sentence)], malformed.details)
    row.last_modified = told.last_modified
    if ticket is None or ticket.ticket_number != told.ticket_id:
        return _noted(row, Outcome.UNKNOWN_TICKET, 404, [_unknown_ticket(told)])
    row.ticket = ticket
    effect = applying.effect_of(told.status)
    if effect is None:
        row.outcome, row.reasons = Outcome.UNKNOWN_STATUS, [_shown(_unknown_status(told))]
        return _answer(202, ticket, ticket.status, is_applied=False)
    standing = _standing(ticket)
    if standing.last_modified is not None and told.last_modified < standing.last_modified:
        row.outcome = Outcome.OLDER
        return _answer(200, ticket, ticket.status, is_applied=False)
    if reasons := applying.against(ticket, effect):
        return _noted(row, Outcome.REFUSED, 409, reasons)
    changed = _do(row, ticket, told, effect, standing)
    status = Ticket.objects.values_list("status", flat=True).get(pk=ticket.pk)
    return _answer(200, ticket, status, is_applied=changed)


def _do(row: WorkflowCallback, ticket: Ticket, told: Told, effect: str, standing: WorkflowStanding) -> bool:
    changed = applying.apply(ticket, told, effect)
    if standing.last_modified is None or standing.last_modified <= told.last_modified:
        standing.last_modified, standing.status_word = told.last_modified, told.status
        standing.save(update_fields=["last_modified", "status_word"])
    row.last_modified = told.last_modified
    row.outcome = Outcome.APPLIED if changed else Outcome.NOTHING
    row.applied_at = timezone.now() if changed else None
    return changed


def _standing(ticket: Ticket) -> WorkflowStanding:
    return WorkflowStanding.objects.get_or_create(ticket=ticket)[0]


def _ticket_of(told: Told) -> Ticket | None:
    return Ticket.objects.filter(ticket_number=told.ticket_id).first()


def _noted(row: WorkflowCallback, outcome: str, status: int, reasons: list[Reason], details: Any = None) -> Answer:
    row.outcome, row.reasons = outcome, [_shown(reason) for reason in reasons]
    return refusal(status, reasons[0], details=details, more=reasons[1:])


def _answer(http_status: int, ticket: Ticket, status: str, *, is_applied: bool) -> Answer:
    return Answer(http_status, {"applied": is_applied, "ticket_id": ticket.ticket_number, "status": status})


def _shown(reason: Reason) -> dict[str, str]:
    return {"code": reason.code, "sentence": str(reason.sentence), "who": str(reason.who)}


def _unknown_ticket(told: Told) -> Reason:
    return Reason("unknown-ticket", _("There is no ticket “%(number)s” here.") % {"number": told.ticket_id})


def _unknown_status(told: Told) -> Reason:
    sentence = _("Nobody has said what the status “%(status)s” does here, so nothing was changed.")
    return Reason("unknown-status", sentence % {"status": told.status})
