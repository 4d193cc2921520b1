"""What signing in and out leaves behind: `last_login`, and events on the record. No history row: nothing changed."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from audit import events
from audit.models import AuditEvent
from people.enums import EMAIL_LENGTH
from people.models import Employee


def connect() -> None:
    """Our receiver stands in Django's place, whichever app is ready first: a second one of that id is not added.

    Django's would save the person, and so write a history row and a new version for every sign-in.
    """
    user_logged_in.disconnect(dispatch_uid="update_last_login")
    user_logged_in.connect(signed_in, dispatch_uid="update_last_login")
    user_login_failed.connect(sign_in_failed, dispatch_uid="people.sign_in_failed")
    user_logged_out.connect(signed_out, dispatch_uid="people.signed_out")


def signed_in(sender: type, user: Employee, **kwargs: Any) -> None:
    user.last_login = timezone.now()
    Employee.objects.filter(pk=user.pk).update(last_login=user.last_login)
    events.record(AuditEvent.Kind.SIGNED_IN, by=user, about=user)


def sign_in_failed(sender: Any, credentials: dict[str, Any], **kwargs: Any) -> None:
    tried = next((credentials[key] for key in ("email", "username", "login") if credentials.get(key)), "")
    events.record(AuditEvent.Kind.SIGN_IN_FAILED, by=None, address=_shown(tried))


def signed_out(sender: type, user: Employee | None, **kwargs: Any) -> None:
    if user is not None:
        events.record(AuditEvent.Kind.SIGNED_OUT, by=user, about=user)


def _shown(tried: Any) -> str:
    """The address that was tried; nothing else, since people type their password into the wrong field."""
    address = str(tried)[: EMAIL_LENGTH[1] + 1].strip()
    try:
        validate_email(address)
    except ValidationError:
        return ""
    return address.lower()
