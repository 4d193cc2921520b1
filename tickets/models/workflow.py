"""The external workflow system: what we told it, what it told us, and whether it answers at all."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.actors import ACTOR_NAMES, PERSON
from audit.history import History
from jobs.models import ERROR_LENGTH, LeasedRow
from tickets.enums import REASON_LENGTH, Status

#: Characters kept of what the other side answered; enough to see what it has against something.
ANSWER_LENGTH = 4_000
#: Bytes of a callback. Kept whole: what was signed can be looked at, and applied later.
CALLBACK_BYTES = 256 * 1024
#: Of names and words that the other side chooses.
WORD_LENGTH = 100
WEBHOOK_ID_LENGTH = 200


class WorkflowDelivery(LeasedRow):
    """One thing told the workflow system about one ticket. Written by tickets.workflow.deliveries, sent by a worker.

    `delivery_id` is its Idempotency-Key, the same over all attempts and after "send again". `request` is what was sent
    last, without the signed addresses and without anything secret; `response_status` None: nobody answered.
    """

    class Event(models.TextChoices):
        OPENED = "opened", _("opened")
        REOPENED = "reopened", _("reopened")
        WITHDRAWN = "withdrawn", _("withdrawn")
        COMMENTED = "commented", _("commented")
        #: Nothing happened: a person had the present state sent once more.
        UPDATED = "updated", _("sent as it is")

    delivery_id = models.UUIDField(_("delivery"), default=uuid.uuid4, unique=True, editable=False)
    ticket = models.ForeignKey(
        "tickets.Ticket",
        on_delete=models.PROTECT,
        related_name="workflow_deliveries",
        db_index=False,
        verbose_name=_("ticket"),
        editable=False,
    )
    event = models.CharField(_("event"), max_length=10, choices=Event, editable=False)
    #: The state of the ticket when this happened: a repeat, hours later, must say the same.
    ticket_status = models.CharField(_("state of the ticket"), max_length=30, choices=Status.choices, editable=False)
    comment = models.ForeignKey(
        "tickets.TicketComment",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="workflow_deliveries",
        verbose_name=_("comment"),
        editable=False,
    )
    reason = models.TextField(_("reason"), max_length=REASON_LENGTH[1], blank=True, editable=False)
    request = models.JSONField(_("sent"), null=True, blank=True, encoder=DjangoJSONEncoder, editable=False)
    response_status = models.PositiveSmallIntegerField(_("answer"), null=True, blank=True, editable=False)
    response_body = models.TextField(_("text of the answer"), max_length=ANSWER_LENGTH, blank=True, editable=False)
    remote_id = models.CharField(_("number there"), max_length=WORD_LENGTH, blank=True, editable=False)
    sent_at = models.DateTimeField(_("last sent"), null=True, blank=True, editable=False)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True, editable=False)
    forgotten_at = models.DateTimeField(_("text taken out"), null=True, blank=True, editable=False)
    caused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("caused by"),
        editable=False,
    )
    caused_by_name = models.CharField(
        _("actor"), max_length=10, choices=[(name, name) for name in ACTOR_NAMES], default=PERSON, editable=False
    )

    class Meta(LeasedRow.Meta):
        verbose_name = _("delivery to the workflow system")
        verbose_name_plural = _("deliveries to the workflow system")
        ordering = ["-pk"]
        permissions = [("manage_workflowdelivery", "Can send deliveries again and call them off")]
        # Whether an earlier one of the same ticket is still on its way is asked of every row that is due.
        indexes = [
            *LeasedRow.Meta.indexes,
            models.Index(fields=["ticket", "status"], name="workflowdelivery_of_ticket"),
        ]
        constraints = [
            *LeasedRow.Meta.constraints,
            models.CheckConstraint(
                name="workflowdelivery_event",
                condition=Q(event__in=["opened", "reopened", "withdrawn", "commented", "updated"]),
            ),
            models.CheckConstraint(name="workflowdelivery_state", condition=Q(ticket_status__in=Status.values)),
            models.CheckConstraint(
                name="workflowdelivery_comment",
                condition=Q(event="commented", comment__isnull=False)
                | (~Q(event="commented") & Q(comment__isnull=True)),
            ),
            models.CheckConstraint(
                name="workflowdelivery_acknowledged", condition=~Q(status="done") | Q(acknowledged_at__isnull=False)
            ),
            models.CheckConstraint(name="workflowdelivery_caused_by_name", condition=Q(caused_by_name__in=ACTOR_NAMES)),
        ]

    def __str__(self) -> str:
        return f"{self.get_event_display()} {self.delivery_id}"


class WorkflowCallback(models.Model):
    """A message of the workflow system, as it came: stored first, then applied. Changed by tickets.workflow.callbacks.

    `webhook_id` is its key: the same once more gets `answer_status` and `answer` again, as long as `body_digest` (the
    SHA-256 of the bytes, hex) is the same. `sent_at` is what it says itself and signed; `last_modified` when the ticket
    changed there. `answer_status` is None between the two steps, or when a crash came between them.
    """

    class Outcome(models.TextChoices):
        STORED = "stored", _("not looked at yet")
        APPLIED = "applied", _("applied")
        #: The ticket is in that state already, and nothing else was new.
        NOTHING = "nothing", _("nothing new")
        OLDER = "older", _("older than what we know")
        UNKNOWN_STATUS = "unknown status", _("unknown status")
        UNKNOWN_TICKET = "unknown ticket", _("unknown ticket")
        #: The ticket's state does not allow it.
        REFUSED = "refused", _("refused")
        #: No JSON object, or values that can't be taken.
        MALFORMED = "malformed", _("malformed")

    #: What a person may have applied after all.
    UNSETTLED = [Outcome.UNKNOWN_STATUS, Outcome.UNKNOWN_TICKET, Outcome.REFUSED]

    webhook_id = models.CharField(_("message"), max_length=WEBHOOK_ID_LENGTH, unique=True, editable=False)
    received_at = models.DateTimeField(_("received"), default=timezone.now, editable=False)
    sent_at = models.DateTimeField(_("sent"), editable=False)
    body = models.TextField(_("as it came"), blank=True, editable=False)
    body_digest = models.CharField(_("fingerprint"), max_length=64, editable=False)
    ticket = models.ForeignKey(
        "tickets.Ticket",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="workflow_callbacks",
        verbose_name=_("ticket"),
        editable=False,
    )
    ticket_number = models.CharField(_("number"), max_length=WORD_LENGTH, blank=True, editable=False)
    status_word = models.CharField(_("status there"), max_length=WORD_LENGTH, blank=True, editable=False)
    last_modified = models.DateTimeField(_("changed there"), null=True, blank=True, editable=False)
    outcome = models.CharField(
        _("what came of it"), max_length=14, choices=Outcome, default=Outcome.STORED, editable=False
    )
    #: [{code, sentence, who}], as the answer has them.
    reasons = models.JSONField(_("why"), default=list, blank=True, editable=False)
    answer_status = models.PositiveSmallIntegerField(_("our answer"), null=True, blank=True, editable=False)
    answer = models.JSONField(_("text of our answer"), default=dict, blank=True, editable=False)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True, editable=False)
    forgotten_at = models.DateTimeField(_("text taken out"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("message of the workflow system")
        verbose_name_plural = _("messages of the workflow system")
        ordering = ["-pk"]
        permissions = [("apply_workflowcallback", "Can apply a message of the workflow system after all")]
        indexes = [
            models.Index(fields=["-received_at"], name="workflowcallback_by_date"),
            models.Index(fields=["outcome", "-received_at"], name="workflowcallback_by_outcome"),
        ]
        constraints = [
            models.CheckConstraint(
                name="workflowcallback_outcome",
                condition=Q(
                    outcome__in=[
                        "stored",
                        "applied",
                        "nothing",
                        "older",
                        "unknown status",
                        "unknown ticket",
                        "refused",
                        "malformed",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="workflowcallback_answered",
                condition=Q(outcome="stored", answer_status__isnull=True)
                | (~Q(outcome="stored") & Q(answer_status__isnull=False)),
            ),
            models.CheckConstraint(
                name="workflowcallback_applied_at",
                condition=Q(outcome="applied", applied_at__isnull=False)
                | (~Q(outcome="applied") & Q(applied_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_number} {self.status_word} {self.webhook_id}"


class WorkflowNote(models.Model):
    """A work note of the workflow system that became an internal note, by its fingerprint: systems send all their notes
    with every message, and a note that somebody redacted must not come back with the next one."""

    ticket = models.ForeignKey(
        "tickets.Ticket", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("ticket")
    )
    fingerprint = models.CharField(_("fingerprint"), max_length=64, editable=False)
    comment = models.OneToOneField(
        "tickets.TicketComment", on_delete=models.PROTECT, related_name="workflow_note", verbose_name=_("comment")
    )

    class Meta:
        verbose_name = _("work note")
        verbose_name_plural = _("work notes")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["ticket", "fingerprint"], name="workflownote_once")]

    def __str__(self) -> str:
        return f"#{self.comment_id}"


class WorkflowStanding(models.Model):
    """How a ticket stands with the workflow system. Beside the ticket, so that what only concerns the exchange changes
    neither its version nor its history."""

    ticket = models.OneToOneField(
        "tickets.Ticket", on_delete=models.PROTECT, related_name="workflow_standing", verbose_name=_("ticket")
    )
    remote_id = models.CharField(_("number there"), max_length=WORD_LENGTH, blank=True, editable=False)
    #: The last delivery that the other side took, and when.
    acknowledged_event = models.CharField(
        _("acknowledged event"), max_length=10, choices=WorkflowDelivery.Event, blank=True, editable=False
    )
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True, editable=False)
    #: Of the newest message that was applied: older ones change nothing any more.
    last_modified = models.DateTimeField(_("changed there"), null=True, blank=True, editable=False)
    status_word = models.CharField(_("status there"), max_length=WORD_LENGTH, blank=True, editable=False)

    class Meta:
        verbose_name = _("ticket in the workflow system")
        verbose_name_plural = _("tickets in the workflow system")
        ordering = ["ticket"]

    def __str__(self) -> str:
        return f"#{self.ticket_id}"


class WorkflowBreaker(models.Model):
    """Whether calls go out at all. One row, changed by tickets.workflow.breaker; its history has each opening, closing
    and reset.

    closed: they do. open: the other side failed again and again; nothing goes out before `retry_at`. half-open: one
    call is out to see whether it is back; should nobody hear of it by `retry_at`, the next may try. `paused_until`:
    whatever the state, the other side asked us to wait so long.
    """

    class State(models.TextChoices):
        CLOSED = "closed", _("calls go out")
        OPEN = "open", _("calls are held back")
        HALF_OPEN = "half-open", _("one call is out to try")

    state = models.CharField(_("state"), max_length=9, choices=State, default=State.CLOSED, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    #: How often it opened without a success between: the pause grows with it.
    openings = models.PositiveIntegerField(_("openings in a row"), default=0, editable=False)
    changed_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)
    opened_at = models.DateTimeField(_("held back since"), null=True, blank=True, editable=False)
    retry_at = models.DateTimeField(_("next try"), null=True, blank=True, editable=False)
    paused_until = models.DateTimeField(_("asked to wait until"), null=True, blank=True, editable=False)
    last_error = models.CharField(_("error"), max_length=ERROR_LENGTH, blank=True, editable=False)

    history = History(excluded_fields=["paused_until"])

    class Meta:
        verbose_name = _("breaker of the workflow system")
        verbose_name_plural = _("breaker of the workflow system")
        constraints = [
            models.CheckConstraint(name="workflowbreaker_one", condition=Q(pk=1)),
            models.CheckConstraint(
                name="workflowbreaker_state", condition=Q(state__in=["closed", "open", "half-open"])
            ),
            models.CheckConstraint(
                name="workflowbreaker_times",
                condition=Q(state="closed", opened_at__isnull=True, retry_at__isnull=True)
                | (~Q(state="closed") & Q(opened_at__isnull=False, retry_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_state_display())
