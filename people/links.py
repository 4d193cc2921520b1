"""Links that open something for whoever reads the mail. Made when the mail is sent, signed, expiring, for one thing.

No address stands in them, and each dies with its use: proving is done once, a new password and a new application
change what the signature is over.
"""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.core import signing

from people.enums import Status
from people.models import Employee

SIGN_IN_PATH = "/accounts/login/"
RESET_PATH = "/accounts/password/reset/"

APPLY_AGAIN_SALT = "people.apply_again"
APPLY_AGAIN_SECONDS = 3 * 24 * 60 * 60


def prove_address(row: EmailAddress) -> str:
    """The path that proves an address (allauth's own key, so that its view understands it)."""
    return f"/accounts/confirm-email/{EmailConfirmationHMAC(row).key}/"


def set_password(person: Employee) -> str:
    """The path to choose a password (allauth's reset)."""
    key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
    return f"/accounts/password/reset/key/{key}/"


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
