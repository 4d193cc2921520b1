"""Sending one delivery: the worker's side, called outside any transaction.

The same row goes out with the same Idempotency-Key however often: a worker killed between their "taken" and our commit
sends it once more, and the other side can tell.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from jobs import leases
from jobs.outbox import Cancelled, Final, Temporary, Unavailable
from tickets.models import WorkflowDelivery
from tickets.models.workflow import ANSWER_LENGTH, WORD_LENGTH
from tickets.workflow import breaker, client, deliveries, payload

#: A file that is being checked for viruses is waited for so long; then the ticket goes without it.
SCANNER_MAY_TAKE = timedelta(minutes=10)
#: Answers that say "not now" of one call, and nothing against the system as a whole.
NOT_NOW = frozenset({408, 425})
#: Busy, not broken.
BUSY = 429
#: Names under which an answer may tell the number that the ticket has there, the first that is there counts.
REMOTE_ID = ("id", "remote_id", "number")


def deliver(claimed: WorkflowDelivery) -> dict[str, Any]:
    """Send a claimed row; answers what to write into it with "done". Raises jobs.outbox.Outcome."""
    row = _whole(claimed)
    if not deliveries.is_set_up():
        raise Unavailable(_("No workflow system is set up here."))
    if row.comment is not None and row.comment.redacted_at is not None:
        raise Cancelled(_("Its text was taken out before it was sent."))
    if row.created_at > timezone.now() - SCANNER_MAY_TAKE and payload.waits_for_the_scanner(row.ticket):
        raise Temporary(_("A file is still being checked for viruses."))
    breaker.enter()
    told = payload.of(row)
    # Also a look whether it is still wanted: a redaction that came meanwhile has taken the row from us.
    if not leases.renew(claimed, request=payload.to_keep(told), sent_at=timezone.now()):
        raise Cancelled(_("It was called off in this moment."))
    try:
        answer = client.deliver(told, key=str(row.delivery_id))
    except client.NoAnswer as error:
        words = _("The workflow system does not answer: %(what)s") % {"what": error}
        raise _failure(words, noted={"response_status": None, "response_body": ""}) from error
    return _outcome(row, answer)


def _whole(claimed: WorkflowDelivery) -> WorkflowDelivery:
    """With all that the payload says, in one statement, and as it is now."""
    related = ["ticket__employee__department", "ticket__department", "ticket__category", "comment__user"]
    return WorkflowDelivery.objects.select_related(*related).get(pk=claimed.pk)


def _outcome(row: WorkflowDelivery, answer: client.Answer) -> dict[str, Any]:
    noted: dict[str, Any] = {"response_status": answer.status, "response_body": answer.body[:ANSWER_LENGTH]}
    words = _("The workflow system answered: %(answer)s") % {"answer": answer.in_words}
    if answer.status >= 500:
        failure = _failure(words, retry_after=answer.retry_after, noted=noted)
        if answer.retry_after is None:
            raise failure
        breaker.asked_to_wait(answer.retry_after)
        raise Unavailable(words, retry_after=answer.retry_after, noted=noted)
    if answer.status == BUSY:
        breaker.succeeded()
        breaker.asked_to_wait(answer.retry_after)
        raise Unavailable(words, retry_after=answer.retry_after, noted=noted)
    breaker.succeeded()
    if answer.status in NOT_NOW:
        raise Temporary(words, retry_after=answer.retry_after, noted=noted)
    if 300 <= answer.status < 400:
        raise Final(_("%(words)s. Redirects are not followed; check the address in the settings.") % {"words": words},
                    noted=noted)  # fmt: skip
    if not 200 <= answer.status < 300:
        raise Final(words, noted=noted)
    remote_id = _remote_id(answer)
    deliveries.acknowledged(row, remote_id=remote_id)
    return noted | {"acknowledged_at": timezone.now(), "remote_id": remote_id or row.remote_id}


def _failure(words: str, *, retry_after: float | None = None, noted: dict[str, Any]) -> Temporary:
    """The other side is down, perhaps for all."""
    kind = Unavailable if breaker.failed(words) else Temporary
    return kind(words, retry_after=retry_after, noted=noted)


def _remote_id(answer: client.Answer) -> str:
    said = answer.json()
    if not isinstance(said, dict):
        return ""
    found = next((said[name] for name in REMOTE_ID if isinstance(said.get(name), str | int)), "")
    # Half a character, which JSON can say, is nothing that the database can hold.
    return str(found).encode("utf-8", "replace").decode()[:WORD_LENGTH].replace("\x00", "")
