"""Tickets and what hangs on them as the API shows them: with the names of domain.md, to each what they may see.

A ticket is shown `beside` what is not in its row (`Beside`), and comes from `reading.tickets_for`.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from audit.actors import ACTOR_NAMES
from people.api.serializers import Moment, NameOf, PersonSerializer, ReasonSerializer
from tickets import rules, values
from tickets.api.reading import Beside
from tickets.enums import FieldKind, Priority, Status
from tickets.models import Ticket, TicketAttachment, TicketCategory, TicketComment


class Seconds(serializers.IntegerField):
    """A length of time."""

    def to_representation(self, value: Any) -> int:
        return int(value.total_seconds())


class AttachmentSerializer(serializers.Serializer):
    id = serializers.UUIDField(source="secure_token")
    file_name = serializers.CharField()
    file_type = serializers.CharField()
    file_size = serializers.IntegerField(help_text="In bytes.")
    upload_date = Moment()
    uploaded_by = PersonSerializer()
    comment = serializers.IntegerField(source="comment_id", allow_null=True, help_text="The comment it came with.")
    is_available = serializers.BooleanField(help_text="False while it is checked for viruses, and when one was found.")
    url = serializers.SerializerMethodField()

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, attachment: TicketAttachment) -> str:
        return f"{settings.SITE_URL}{reverse('api_attachment', args=[attachment.secure_token])}"


class TicketSerializer(serializers.Serializer):
    ticket_number = serializers.CharField()
    subject = serializers.CharField()
    description = serializers.CharField()
    category = NameOf(allow_null=False)
    sub_category = serializers.CharField()
    dynamic_data = serializers.DictField(help_text="The category's extra fields: key → value.")
    scheduled_date = serializers.DateField(allow_null=True)
    priority = serializers.ChoiceField(choices=Priority.choices)
    department = NameOf()
    status = serializers.ChoiceField(choices=Status.choices)
    employee = PersonSerializer(help_text="Who asked for it.")
    assigned_to = PersonSerializer(allow_null=True)
    external_assignee = serializers.CharField(help_text="Who has it in the workflow system.")
    external_reference = serializers.CharField(help_text="Its number where it was brought in from.")
    submit_date = Moment()
    update_date = serializers.SerializerMethodField(help_text="The last change that you may know of.")
    time_closed = Moment(allow_null=True)
    response_time = Seconds(allow_null=True, help_text="Seconds from submission to the first answer.")
    resolution_time = Seconds(allow_null=True, help_text="Seconds of work until it was resolved.")
    rejection_reason = serializers.CharField()
    resolution = serializers.CharField()
    resume_date = serializers.DateField(allow_null=True)
    version = serializers.SerializerMethodField(
        help_text="Grows with every change, internal notes among them; null for who asked for it."
    )
    comments_count = serializers.SerializerMethodField(help_text="Those that you may read.")
    attachments = serializers.SerializerMethodField()

    @property
    def _beside(self) -> Beside:
        return self.context["beside"]

    @extend_schema_field(OpenApiTypes.DATETIME)
    def get_update_date(self, ticket: Any) -> str:
        return Moment().to_representation(ticket.known_update)

    def get_version(self, ticket: Ticket) -> int | None:
        # Notes count as versions: it would tell its requester how many there are.
        return ticket.version if rules.is_staff_on(ticket, self._beside.by) else None

    def get_comments_count(self, ticket: Ticket) -> int:
        return self._beside.comments.get(ticket.pk, 0)

    @extend_schema_field(AttachmentSerializer(many=True))
    def get_attachments(self, ticket: Ticket) -> Any:
        return AttachmentSerializer(self._beside.attachments.get(ticket.pk, []), many=True).data


class ActionSerializer(serializers.Serializer):
    allowed = serializers.BooleanField()
    reasons = ReasonSerializer(many=True)


class TicketDetailSerializer(TicketSerializer):
    actions = serializers.SerializerMethodField(help_text="Every verb: whether you may do it now, and why not.")

    @extend_schema_field(serializers.DictField(child=ActionSerializer()))
    def get_actions(self, ticket: Ticket) -> dict[str, Any]:
        return {verb: _action(ticket, verb, self._beside.by) for verb in rules.CHECKS if self._is_told(ticket, verb)}

    def _is_told(self, ticket: Ticket, verb: str) -> bool:
        """Of notes a requester is not even told why; and one redacts a comment, not a ticket."""
        return verb != "redact" and (verb != "note" or rules.is_staff_on(ticket, self._beside.by))


def _action(ticket: Ticket, verb: str, by: Any) -> dict[str, Any]:
    against = rules.CHECKS[verb](ticket, by)
    reasons = [{"code": each.code, "sentence": str(each.sentence), "who": str(each.who)} for each in against]
    return {"allowed": not against, "reasons": reasons}


class CommentSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="pk")
    user = PersonSerializer(allow_null=True)
    actor = serializers.ChoiceField(
        source="actor_name", choices=[(name, name) for name in ACTOR_NAMES], help_text="Who wrote it, where no person."
    )
    comment = serializers.CharField(help_text="Empty when a System Admin took the text away.")
    is_internal = serializers.BooleanField()
    created_at = Moment()
    updated_at = Moment()
    redacted_at = Moment(allow_null=True)
    attachments = serializers.SerializerMethodField()

    @extend_schema_field(AttachmentSerializer(many=True))
    def get_attachments(self, comment: TicketComment) -> Any:
        # Those of a text that was taken away are gone with it.
        rows = [] if comment.redacted_at else comment.attachments.all()
        return AttachmentSerializer(rows, many=True).data


class FieldSerializer(serializers.Serializer):
    """An extra field. Keys of its rules are those of the same category."""

    key = serializers.CharField()
    label = serializers.CharField()
    kind = serializers.ChoiceField(choices=FieldKind.choices)
    required = serializers.BooleanField()
    help = serializers.CharField()
    choices = serializers.ListField(child=serializers.CharField())
    not_negative = serializers.BooleanField()
    not_past = serializers.BooleanField()
    not_before = serializers.CharField(help_text="The key of a day that it can't be before.")


class CategorySerializer(serializers.Serializer):
    name = serializers.CharField()
    description = serializers.CharField()
    sub_categories = serializers.ListField(child=serializers.CharField())
    default_priority = serializers.ChoiceField(choices=Priority.choices)
    department = serializers.SerializerMethodField(help_text="Null: whoever approves a ticket chooses.")
    # Declared fields are taken out of the class, so this is not in the way of the framework's own `fields`.
    fields = FieldSerializer(source="asked_for", many=True)

    def get_department(self, category: TicketCategory) -> str | None:
        department = values.department_of(category)
        return department.name if department else None
