"""The second factor, by allauth: who has one, who must, and whether a code is right. The one file that knows its
internals (stack.md)."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.core import context
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal import auth
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.cache import cache
from django.utils.encoding import force_bytes
from django.utils.translation import gettext_lazy

from people.models import Employee, SignInPolicy

#: How long what was shown to be scanned is good.
SET_UP_SECONDS = 15 * 60


def is_set_up(person: Employee) -> bool:
    return Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists()


def staff_need_one() -> bool:
    return SignInPolicy.objects.filter(staff_need_second_factor=True).exists()


def is_missing(person: Employee) -> bool:
    """Whether the policy asks this person for a second factor that they have not set up."""
    return person.is_staff and staff_need_one() and not is_set_up(person)


def recovery_codes_left(person: Employee) -> int:
    row = Authenticator.objects.filter(user=person, type=Authenticator.Type.RECOVERY_CODES).first()
    return len(row.wrap().get_unused_codes()) if row else 0


def remove(person: Employee) -> bool:
    """Of somebody who lost it, recovery codes and all; whether there was one. Called by the verb alone."""
    return bool(Authenticator.objects.filter(user=person).delete()[0])


def errors_of_code(person: Employee, code: str) -> list[str]:
    """What is wrong with a code (of the app, or a recovery code); empty: right, and used up by this.

    Within a request: tries are counted with the failed sign-ins.
    """
    form = AuthenticateForm(data={"code": code}, user=person)
    if form.is_valid():
        form.authenticator.record_usage()
        return []
    return [str(said) for errors in form.errors.values() for said in errors]


class SetUpForm(ActivateTOTPForm):
    """allauth's, but what the codes are computed from waits encrypted in the session, not for longer than it takes to
    scan it; and the code that sets it up is used up by that."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.secret: str = self._unpacked(self.secret) if self.is_bound else self.secret
        context.request.session[auth.SECRET_SESSION_KEY] = self._packed()

    def _packed(self) -> str:
        return _box().encrypt(self.secret.encode()).decode()

    @staticmethod
    def _unpacked(kept: str) -> str:
        try:
            return _box().decrypt(kept.encode(), ttl=SET_UP_SECONDS).decode()
        except InvalidToken:  # too late, or nothing was shown: a new one, which no code fits yet
            return auth.generate_totp_secret()

    def clean_code(self) -> str:
        code: str = super().clean_code()
        auth.TOTP(Authenticator(user=self.user))._mark_code_used(code)
        return code


class Adapter(DefaultMFAAdapter):
    """allauth's hooks. What a code is computed from lies encrypted in the database: a copy of it is worth nothing
    without the SECRET_KEY."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": gettext_lazy(
            "Your organisation asks staff for a second factor. To move it to another phone, ask an administrator."
        ),
        "incorrect_code": gettext_lazy("This code is not right. Use the newest one that your app shows."),
    }

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        # The last one goes by an admin's verb alone where staff must have one.
        return not (authenticator.user.is_staff and staff_need_one())

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        return "SmartSupport"


def _mark_code_used(self: auth.TOTP, code: str) -> bool:
    """A code counts once, for as long as it could be right: allauth forgets it after one period."""
    seconds = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
    return cache.add(self._get_used_cache_key(code), "y", timeout=seconds)


auth.TOTP._mark_code_used = _mark_code_used  # there is no hook for it


def _box() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = (hashlib.sha256(b"people.second_factor:" + force_bytes(secret)).digest() for secret in secrets)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
