"""Links that open something for whoever reads the mail. Made when the mail is sent, signed, expiring, for one thing.

No address stands in them, and each dies with its use: proving is done once, a new password and a new application
change what the signature is over.
"""

from __future__ import annotations

from typing import Any

from allauth.account import app_settings as account_settings
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import url_str_to_user_pk, user_pk_to_url_str
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import signing
from django.core.exceptions import ValidationError

from people.enums import Status
from people.models import Employee

SIGN_IN_PATH = "/accounts/login/"
RESET_PATH = "/accounts/password/reset/"
SECURITY_PATH = "/my/profile/security/"

APPLY_AGAIN_SALT = "people.apply_again"
APPLY_AGAIN_SECONDS = 3 * 24 * 60 * 60


class _PasswordTokens(PasswordResetTokenGenerator):
    """Signed over the password, the address and the generation of the sessions: whatever ends all sessions ends links
    that were sent before."""

    key_salt = "people.links.set_password"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.session_generation}"


_tokens = _PasswordTokens()


def prove_address(row: EmailAddress) -> str:
    """The path that proves an address (allauth's own key, so that its view understands it)."""
    return f"/accounts/confirm-email/{EmailConfirmationHMAC(row).key}/"


def address_to_prove(key: str) -> EmailAddress | None:
    """The row that a link of `prove_address` is about, proven by now or not; None for an old or invented link, and when
    the address is not that person's any more."""
    seconds = account_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS * 24 * 60 * 60
    try:
        pk = signing.loads(key, max_age=seconds, salt=account_settings.SALT)
    except signing.BadSignature:
        return None
    row = EmailAddress.objects.select_related("user").filter(pk=pk).first()
    if row is None or row.user.email.lower() != row.email:
        return None
    return row if row.user.status in {Status.PENDING, Status.APPROVED} else None


def set_password(person: Employee) -> str:
    """The path to choose a password. It dies with its use: the password is part of what is signed."""
    key = f"{user_pk_to_url_str(person)}-{_tokens.make_token(person)}"
    return f"/accounts/password/reset/key/{key}/"


def who_sets_password(key: str) -> Employee | None:
    """The approved person whom a link of `set_password` was sent to; None for an old, used or invented one."""
    written, _dash, token = key.partition("-")
    try:
        person = Employee.objects.filter(pk=url_str_to_user_pk(written), status=Status.APPROVED).first()
    except (ValueError, TypeError, OverflowError, ValidationError):
        return None
    return person if person and _tokens.check_token(person, token) else None


def apply_again(person: Employee) -> str:
    """The path to a new application after a rejection."""
    key = signing.dumps([person.pk, person.session_generation], salt=APPLY_AGAIN_SALT)
    return f"/accounts/apply-again/{key}/"


def who_applies_again(key: str) -> Employee | None:
    """The rejected person whom a link of `apply_again` was sent to; None for an old, used or invented one."""
    try:
        pk, generation = signing.loads(key, salt=APPLY_AGAIN_SALT, max_age=APPLY_AGAIN_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Employee.objects.filter(pk=pk, status=Status.REJECTED, session_generation=generation).first()
