"""API keys: how programs come in without signing in as somebody.

A key acts as one person and may do what that person may, within the scopes that it was given; while they are not
approved it opens nothing. That person is whoever made it, or somebody who is no staff. It is 256
random bits, shown once; what is kept is a digest (people.models.ApiKey).

key, secret = make(by=admin, name="Backups", person=somebody, scopes=["read"])
Authorization: Bearer ssk_ab12cd34_…
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Collection, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import Throttled
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from audit import events, origin
from audit.actors import Actor
from audit.events import refusals_noted
from audit.history import note
from audit.models import AuditEvent
from audit.reading import Reading, Unfit, bounded_text, one
from audit.refusals import Reason, Refused, refuse
from people import door, emails, roles
from people.enums import Role, Scope, Status
from people.models import ApiKey, Employee
from people.models.api_key import NAME_LENGTH, PREFIX_LENGTH, REASON_LENGTH
from people.pages import limits
from people.tokens import NotSignedIn

BEGINNING = "ssk_"
_KEY = re.compile(rf"{BEGINNING}([a-z0-9]{{{PREFIX_LENGTH}}})_([A-Za-z0-9_-]{{43}})")
_LOWER = "abcdefghijklmnopqrstuvwxyz0123456789"
#: A key's last use is written down once in this time, not with each call.
NOTED_EVERY = dt.timedelta(minutes=1)
#: Nobody remembers what a key was for that was made so long ago.
LONGEST = dt.timedelta(days=5 * 366)
#: Seconds after which another try is worth it.
WAIT_AFTER_FAILURES = 60


# Making and revoking


def make(
    *, by: Actor, name: str, person: Employee, scopes: Sequence[str], expires_on: dt.date | None = None
) -> tuple[ApiKey, str]:
    """A new key, and its secret, which is kept nowhere. `expires_on`: the last day on which it is good.

    Raises Refused for everybody but a System Admin, InvalidValues.
    """
    with refusals_noted("make_api_key", by=by), transaction.atomic():
        by = door.anew(by)
        refuse(against_make(by))
        reading = Reading()
        given = {
            "name": reading.take("name", _name, name),
            "person": reading.take("person", _whom_to_act_as, person, by),
            "scopes": reading.take("scopes", _scopes, scopes),
            "expires_at": reading.take("expires_on", _end_of, expires_on),
        }
        reading.finish()
        key, secret = _stored(ApiKey(made_by=by, **given), by=by)
        emails.api_key_made(key.person, by=by, name=key.name, scopes=key.scopes)
        events.record(
            AuditEvent.Kind.API_KEY_MADE, by=by, about=key, begins_with=key.prefix, acts_as=key.person.company_id,
            scopes=key.scopes,
        )  # fmt: skip
    return key, secret


def revoke(key: ApiKey, *, by: Actor, reason: str = "", expected_version: int | None = None) -> ApiKey:
    """End a key at once, for good. Raises Refused, InvalidValues."""
    with refusals_noted("revoke_api_key", by=by, about=key), transaction.atomic():
        by = door.anew(by)
        row = ApiKey.objects.select_for_update(of=("self",)).select_related("person").get(pk=key.pk)
        refuse(against_revoke(row, by))
        row.revoke_reason = one("reason", _why, reason)
        row.revoked_at, row.revoked_by = timezone.now(), by
        note(row, by=by, verb="revoke", reason=row.revoke_reason)
        row.save()
        events.record(AuditEvent.Kind.API_KEY_REVOKED, by=by, about=row, begins_with=row.prefix)
    return row


def against_make(by: Actor | None) -> list[Reason]:
    if getattr(by, "status", None) == Status.APPROVED and getattr(by, "role", None) == Role.SYSTEM_ADMIN:
        return []
    return [Reason("not_yours", _("Only a System Admin can make and revoke API keys."), _("a System Admin"))]


def against_revoke(key: ApiKey, by: Actor | None) -> list[Reason]:
    if reasons := against_make(by):
        return reasons
    return [] if key.revoked_at is None else [Reason("state", _("This key was revoked already."))]


def is_own_or_plain(person: Employee, *, made_by: int) -> bool:
    """Whether a key made by who has that primary key may act as this person, as they are now.

    As another of the staff its maker could decide about a ticket or a role of their own.
    """
    is_plain = roles.groups_of(person) == {Role.EMPLOYEE} and not (person.is_staff or person.is_superuser)
    return person.pk == made_by or is_plain


#: verb → its check, for pages that ask by name.
CHECKS = {"revoke": against_revoke}


def _stored(key: ApiKey, *, by: Actor) -> tuple[ApiKey, str]:
    """With a beginning that no other key has. Two alike in a row are no chance any more, but a fault."""
    for last in (False, False, True):
        key.prefix = get_random_string(PREFIX_LENGTH, _LOWER)
        secret = f"{BEGINNING}{key.prefix}_{secrets.token_urlsafe(32)}"
        key.digest = digest_of(secret)
        note(key, by=by, verb="make")
        try:
            with transaction.atomic():
                key.save(force_insert=True)
        except IntegrityError:
            if last:
                raise
        else:
            break
    return key, secret


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


# What is read


def _name(text: Any) -> str:
    words = bounded_text(text, NAME_LENGTH).strip()
    if not words:
        raise Unfit(_("Say what the key is for, such as “Backups” or “Monitoring”."))
    return words


def _why(text: Any) -> str:
    return bounded_text(text or "", REASON_LENGTH).strip()


def _whom_to_act_as(person: Any, by: Employee) -> Employee:
    # As they are now, whatever the caller read.
    now = door.anew(person) if isinstance(person, Employee) else None
    if now is None or now.status != Status.APPROVED:
        raise Unfit(_("Choose somebody whose account is approved. The key acts as that person."))
    if not is_own_or_plain(now, made_by=by.pk):
        raise Unfit(_("A key acts as yourself, or as somebody who is no staff: an Employee without further rights."))
    return now


def _scopes(given: Any) -> list[str]:
    words = {str(word) for word in given or ()}
    if not words or words - set(Scope.values):
        raise Unfit(_("Choose what the key may be used for, and no more than that."))
    return [scope for scope in Scope.values if scope in words]


def _end_of(day: dt.date | None) -> dt.datetime | None:
    if day is None:
        return None
    if not isinstance(day, dt.date):
        raise Unfit(_("Write a day, such as 2027-03-27."))
    today = timezone.localdate()
    if not today <= day <= today + LONGEST:
        raise Unfit(_("Choose a day from today on, within the next five years."))
    return timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min))


# Coming in


class Authentication(BaseAuthentication):
    """Who calls, by a key: one query. Wrong, revoked, run out, of the wrong person: one answer."""

    def authenticate(self, request: Request) -> tuple[Employee, ApiKey] | None:
        raw = _bearer(request)
        if raw is None:
            return None
        key = _known(raw)
        if key is None:
            # Whoever tries keys gets slower; a program with a good one behind the same address does not.
            if limits.taken(request._request, "api_key_failed", counts_get=True) is None:
                raise Throttled(WAIT_AFTER_FAILURES)
            raise NotSignedIn
        _note_use(key)
        return key.person, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def _bearer(request: Request) -> str | None:
    """What was sent as a key of ours; None: it is no key, and another way of signing in may know it."""
    kind, _blank, sent = get_authorization_header(request).partition(b" ")
    raw = sent.strip().decode("ascii", "replace")
    return raw if kind.lower() == b"bearer" and raw.startswith(BEGINNING) else None


def _known(raw: str) -> ApiKey | None:
    # Bounded by its form, before anything computes with it.
    found = _KEY.fullmatch(raw)
    if not found:
        return None
    key = ApiKey.objects.select_related("person", "person__department").filter(prefix=found[1]).first()
    is_right = constant_time_compare(digest_of(raw), key.digest if key else "")
    if key is None or not is_right or not key.is_good(timezone.now()):
        return None
    # Asked with each use: whoever it acts as may have become staff since.
    return key if is_own_or_plain(key.person, made_by=key.made_by_id) else None


def _note_use(key: ApiKey) -> None:
    """On the key, at most once a minute; and on whatever this call writes, that it was the key and not the person."""
    here, now = origin.current(), timezone.now()
    # In quotes that no header can hold (they are not in Latin-1): nobody can write this into theirs.
    origin.note_program(f"API key “{BEGINNING}{key.prefix}”")
    if key.last_used_at is None or key.last_used_at < now - NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now, last_used_from=here.ip_address)


# What a call needs


class WithinScope(BasePermission):
    """A key does what its scopes say and no more. Whoever signed in is not held by this.

    A view says what its calls take, by the name of the action (viewsets) or of the method; one of several is enough:

    key_scopes = {"GET": Scope.READ, "POST": Scope.SUBMIT, "verb": (Scope.SUBMIT, Scope.WORK)}

    or, where it depends on more than that, as `scopes_for_key(request)`. What it does not say: to look takes "read",
    and nothing else is for keys. Refused (403) with the reason, and on the record.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        key = request.auth
        if not isinstance(key, ApiKey):
            return True
        wanted = scopes_of(request, view)
        if not set(wanted) & set(key.scopes):
            with refusals_noted("call", by=key.person, about=key):
                raise Refused([_outside(wanted)])
        return True


def scopes_of(request: Request, view: Any) -> Collection[str]:
    """The scopes of which a key needs one for this call; none: it is not for keys."""
    if hasattr(view, "scopes_for_key"):
        wanted = view.scopes_for_key(request)
    else:
        method = "GET" if request.method in SAFE_METHODS else request.method
        said = getattr(view, "key_scopes", {})
        default = (Scope.READ,) if method == "GET" else ()
        wanted = said.get(getattr(view, "action", None), said.get(method, default))
    return (wanted,) if isinstance(wanted, str) else tuple(wanted)


def _outside(wanted: Collection[str]) -> Reason:
    if not wanted:
        return Reason("scope", _("This is not for API keys. Sign in as a person."))
    sentence = _("This key may not do that. It takes the scope “%(scope)s”.")
    scope = _("” or “").join(str(Scope(word).value) for word in wanted)
    return Reason("scope", sentence % {"scope": scope}, _("a System Admin, by making another key"))
