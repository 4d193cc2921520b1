"""Every change in `/cms/` on the record of the house: who, when, what, and from which address.

Wagtail keeps a log of its own, which editors read as a page's history: every version, who made it, what differs. It
does not know addresses and browsers, and it is not where auditors look. So each of its entries leaves an event as well.
"""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from wagtail.models import ModelLogEntry, PageLogEntry, TaskState, WorkflowState
from wagtail.signals import task_submitted, workflow_approved, workflow_rejected, workflow_submitted

from audit import events
from audit.actors import SYSTEM
from audit.models import AuditEvent

TITLE_MOST = 200


def connect() -> None:
    for model in (PageLogEntry, ModelLogEntry):
        post_save.connect(_note, sender=model, dispatch_uid=f"helpcenter.recording.{model.__name__}")


def _note(sender: type[Any], instance: Any, created: bool, raw: bool = False, **kwargs: Any) -> None:
    if not created or raw:
        return
    events.record(
        AuditEvent.Kind.PAGE_CHANGED,
        by=instance.user if instance.user_id else SYSTEM,
        action=instance.action,
        model=instance.content_type.model if instance.content_type else "",
        key=str(instance.object_id),
        title=instance.label[:TITLE_MOST],
        revision=instance.revision_id,
    )


def send_no_mails() -> None:
    """Wagtail mails from the request about reviews; here mails go through the outbox alone. Editors see on the first
    page of `/cms/` what waits for their review. Called when Wagtail has set itself up."""
    task_submitted.disconnect(sender=TaskState, dispatch_uid="group_approval_task_submitted_email_notification")
    for signal, name in (
        (workflow_submitted, "workflow_state_submitted_email_notification"),
        (workflow_rejected, "workflow_state_rejected_email_notification"),
        (workflow_approved, "workflow_state_approved_email_notification"),
    ):
        signal.disconnect(sender=WorkflowState, dispatch_uid=name)
