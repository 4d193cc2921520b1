"""API sign-ins: what a program is handed, how long it is good, and what ends it.

A refresh token is good once and for a day, an access token for 15 minutes. Both name their family (the row) and carry
the fingerprint that sessions carry: what ends all sessions of a person ends their tokens, also after a restore.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed, TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import RefreshToken, Token

from audit import events
from audit.models import AuditEvent
from audit.origin import current
from audit.refusals import Reason
from people import browsers, emails, second_factor
from people.models import Employee, TokenFamily

#: Ours have about 400 characters; nothing computes with longer ones.
TOKEN_LENGTH = 2_000
#: For so long rows of what is over are kept, to be looked at.
KEPT = timedelta(days=30)


class NotSignedIn(APIException):
    """401. `reasons` as audit.refusals has them; by default a token that is wrong, whatever is wrong with it."""

    status_code = 401

    def __init__(self, code: str = "signed_out", sentence: str = "") -> None:
        sentence = sentence or _("This sign-in is over, or was never one. Sign in again.")
        self.reasons = [Reason(code, sentence)]
        super().__init__(sentence, code)


def start(person: Employee) -> dict[str, str]:
    """A sign-in over the API: on the record like a browser's, and a new family. The first two tokens."""
    family = TokenFamily(person=person)
    first = _refresh_token(family)
    family.newest_refresh, family.expires_at = first["jti"], first.current_time + first.lifetime
    family.note_origin()
    here = current()
    with transaction.atomic():
        earlier = TokenFamily.objects.filter(person=person, user_agent=family.user_agent, ip_address=family.ip_address)
        if not earlier.exists():
            program = browsers.in_words(here.user_agent)
            emails.unknown_browser(person, browser=program, address=here.ip_address or "")
        family.save()
        # Without a request there is no session to be had, and the event says "api".
        user_logged_in.send(sender=Employee, request=None, user=person)
    return _pair(first)


def rotate(raw: Any) -> dict[str, str]:
    """Two new tokens for a refresh token that was not used yet. Raises NotSignedIn.

    Whoever brings a used one ends the family, of two at once the second too: one of them has a copy, and nobody knows
    who. Their access tokens end with it.
    """
    used = _read(raw)
    family = _family_of(used)
    if not _is_alive(family, used) or second_factor.is_missing(family.person):
        raise NotSignedIn
    new = _refresh_token(family)
    unused = TokenFamily.objects.filter(pk=family.pk, newest_refresh=used["jti"], ended_at=None)
    expires_at = new.current_time + new.lifetime
    if not unused.update(newest_refresh=new["jti"], last_used_at=timezone.now(), expires_at=expires_at):
        _end_for_reuse(family)
        raise NotSignedIn
    return _pair(new)


def end(raw: Any) -> None:
    """Sign out. Once more changes nothing; with a token that was used before it raises NotSignedIn, as above."""
    token = _read(raw)
    family = _family_of(token)
    if token["jti"] != family.newest_refresh:
        _end_for_reuse(family)
        raise NotSignedIn
    with transaction.atomic():
        if _end(TokenFamily.objects.filter(pk=family.pk)):
            user_logged_out.send(sender=Employee, request=None, user=family.person)


def end_all(person: Employee) -> int:
    """End all of somebody's API sign-ins; how many there were."""
    return _end(TokenFamily.objects.filter(person=person))


def families_of(person: Employee) -> QuerySet[TokenFamily]:
    """Somebody's API sign-ins that go on, newest first."""
    going_on = TokenFamily.objects.filter(ended_at=None, expires_at__gt=timezone.now())
    return going_on.filter(person=person, person__is_active=True).order_by("-created_at")


def prune() -> int:
    """Remove what is over for so long that nobody asks any more; how many rows."""
    before = timezone.now() - KEPT
    return TokenFamily.objects.filter(Q(ended_at__lt=before) | Q(expires_at__lt=before)).delete()[0]


class Authentication(JWTAuthentication):
    """Who calls, by the access token: one query. Whatever is wrong with it answers alike."""

    def authenticate(self, request: Any) -> Any:
        try:
            return super().authenticate(request)
        except AuthenticationFailed:
            raise NotSignedIn from None

    def get_user(self, validated_token: Token) -> Any:
        family = _family_of(validated_token)
        if not _is_alive(family, validated_token):
            raise NotSignedIn
        return family.person


def _refresh_token(family: TokenFamily) -> RefreshToken:
    token = RefreshToken()
    token[api_settings.USER_ID_CLAIM] = str(family.person_id)
    token["family"] = family.pk.hex
    token["session"] = family.person.get_session_auth_hash()
    return token


def _pair(refresh: RefreshToken) -> dict[str, str]:
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


def _read(raw: Any) -> RefreshToken:
    # Bounded, and ASCII as every token is, before the library looks at it.
    if not isinstance(raw, str) or len(raw) > TOKEN_LENGTH or not raw.isascii():
        raise NotSignedIn
    try:
        return RefreshToken(raw)  # type: ignore[arg-type]  # it takes the text
    except TokenError:
        raise NotSignedIn from None


def _family_of(token: Token) -> TokenFamily:
    """The row a token names, with its person."""
    try:
        named = {"pk": uuid.UUID(token["family"]), "person_id": int(token[api_settings.USER_ID_CLAIM])}
    except (KeyError, ValueError, AttributeError, TypeError):
        raise NotSignedIn from None
    family = TokenFamily.objects.select_related("person").filter(**named).first()
    if family is None:
        raise NotSignedIn
    return family


def _is_alive(family: TokenFamily, token: Token) -> bool:
    is_current = constant_time_compare(str(token.get("session")), family.person.get_session_auth_hash())
    return family.ended_at is None and family.person.is_active and is_current


def _end(families: QuerySet[TokenFamily]) -> int:
    return families.filter(ended_at=None).update(ended_at=timezone.now())


def _end_for_reuse(family: TokenFamily) -> None:
    with transaction.atomic():
        if _end(TokenFamily.objects.filter(pk=family.pk)):
            events.record(AuditEvent.Kind.TOKEN_REUSED, by=None, about=family.person)
