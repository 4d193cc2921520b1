"""What is in the outbox, for tests."""

from __future__ import annotations

from notifications.messages import message_of
from notifications.models import EmailNotification


def mails() -> set[tuple[str, str]]:
    """(message, address) of every e-mail row; asserts that none is there twice."""
    rows = [(row.message.removeprefix("people_"), row.recipient_email) for row in EmailNotification.objects.all()]
    assert len(rows) == len(set(rows))
    return set(rows)


def last_mail(message: str) -> EmailNotification:
    return EmailNotification.objects.filter(message=f"people_{message}").latest("pk")


def path_in(message: str) -> str:
    """The link of the newest e-mail of that kind, as it would be sent now."""
    row = last_mail(message)
    compose = message_of(row.message).compose
    return (row.template_data if compose is None else compose(row))["path"]
