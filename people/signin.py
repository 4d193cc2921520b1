"""Signing in: who a pair of address and password belongs to, what happens next, and what it leaves on the record."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.stagekit import clear_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.signals import authentication_failed
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy

from audit import events
from audit.middleware import client_address
from audit.models import AuditEvent
from people import browsers, emails, standing
from people.enums import EMAIL_LENGTH, PASSWORD_LENGTH
from people.models import Employee


class Backend(AuthenticationBackend):
    """allauth's, which answers alike and in the same time for unknown addresses; people are found by our one index.

    Somebody with the right password who may not sign in is not answered, but remembered for the page that says why.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> AbstractBaseUser | None:
        # Bounded before anything computes with it; nobody has a longer one, and hashing takes the same time.
        password = str(credentials.get("password") or "")
        if len(password) > PASSWORD_LENGTH[1]:
            self._mitigate_timing_attack(password[: PASSWORD_LENGTH[1]])
            return None
        return super().authenticate(request, **credentials)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """One's own and those of one's groups, in one statement; Django's own asks for each, on every page of staff."""
        if user_obj.is_superuser or not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):
            mine = (self._get_user_permissions(user_obj), self._get_group_permissions(user_obj))
            own, of_groups = (each.order_by().values_list("content_type__app_label", "codename") for each in mine)
            user_obj._perm_cache = {f"{app}.{codename}" for app, codename in own.union(of_groups)}
        found: set[str] = user_obj._perm_cache
        return found

    def _authenticate_by_email(self, email: str, password: str) -> AbstractBaseUser | None:
        return self._check_password(Employee.objects.with_address(email).first(), password)


class Adapter(DefaultAccountAdapter):
    """allauth's hooks, so that whatever it does goes through our doors."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": gettext_lazy("This e-mail and password don't belong together. Check both."),
        "too_many_login_attempts": gettext_lazy("Too many tries. Wait five minutes, then try again."),
        "incorrect_password": gettext_lazy("This is not your password."),
    }

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # allauth's begins with the Host header, which a client writes: each port would have tries of its own.
        return str(credentials.get("email") or "").strip().lower()

    def pre_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse | None:
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        if response is None:
            request.session[BEGAN_WITH] = user.get_session_auth_hash()
        return response

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """The last step, perhaps minutes after the password: a suspension or a new password in between ends it."""
        began_with = request.session.pop(BEGAN_WITH, None)
        if not user.is_active or began_with != user.get_session_auth_hash():
            clear_login(request)
            raise ImmediateHttpResponse(redirect("account_login"))
        super().login(request, user)

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """The password was right, so the page may say where the account stands."""
        standing.remember(request, user)  # type: ignore[arg-type]  # our user model
        return redirect("account_inactive")

    def get_client_ip(self, request: HttpRequest) -> str:
        # Never from a header that a client may write itself: rate limits would fall to it.
        return client_address(request) or "unknown"

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False  # by our own page and door alone

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """allauth's own mails: none of them is ours, and none goes past the outbox."""

    def send_notification_mail(self, template_prefix: str, user: AbstractBaseUser, *args: Any, **kwargs: Any) -> None:
        """A second factor was set up, removed, or its codes made anew."""
        what = template_prefix.rpartition("/")[2]
        if what in SECOND_FACTOR_EVENTS and isinstance(user, Employee):
            with transaction.atomic():
                events.record(SECOND_FACTOR_EVENTS[what], by=user, about=user)
                emails.second_factor_changed(user, what=what)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        browsers.count_failure(str(credentials.get("email") or ""))

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        browsers.tell_if_unknown(request, response, user)  # type: ignore[arg-type]  # our user model
        return response

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Its messages are not in our voice; the pages say what happened."""


#: In a session: what the account's sessions were signed with when the password was shown.
BEGAN_WITH = "people.sign_in_began_with"

#: In a session: the event of the sign-in that began it.
SIGN_IN_EVENT = "people.sign_in"

SECOND_FACTOR_EVENTS = {
    "totp_activated": AuditEvent.Kind.SECOND_FACTOR_SET_UP,
    "totp_deactivated": AuditEvent.Kind.SECOND_FACTOR_REMOVED,
    "recovery_codes_generated": AuditEvent.Kind.RECOVERY_CODES_MADE,
}


def connect() -> None:
    """Our receiver stands in Django's place, whichever app is ready first: a second one of that id is not added.

    Django's would save the person, and so write a history row and a new version for every sign-in.
    """
    user_logged_in.disconnect(dispatch_uid="update_last_login")
    user_logged_in.connect(signed_in, dispatch_uid="update_last_login")
    user_login_failed.connect(sign_in_failed, dispatch_uid="people.sign_in_failed")
    user_logged_out.connect(signed_out, dispatch_uid="people.signed_out")
    authentication_failed.connect(code_failed, dispatch_uid="people.code_failed")


def signed_in(sender: type, user: Employee, request: HttpRequest | None = None, **kwargs: Any) -> None:
    user.last_login = timezone.now()
    Employee.objects.filter(pk=user.pk).update(last_login=user.last_login)
    via = {"via": "api"} if request is None or not hasattr(request, "session") else {}
    event = events.record(AuditEvent.Kind.SIGNED_IN, by=user, about=user, **via)
    if not via:
        request.session[SIGN_IN_EVENT] = event.pk  # type: ignore[union-attr]  # via


def sign_in_failed(sender: Any, credentials: dict[str, Any], **kwargs: Any) -> None:
    tried = next((credentials[key] for key in ("email", "username", "login") if credentials.get(key)), "")
    address = _shown(tried)
    # Asked for known and unknown addresses alike.
    about = Employee.objects.with_address(address).first()
    events.record(AuditEvent.Kind.SIGN_IN_FAILED, by=None, about=about, address=address)


def code_failed(sender: type, user: Employee, **kwargs: Any) -> None:
    """A wrong code of a second factor: whoever tries it has the password."""
    events.record(AuditEvent.Kind.SIGN_IN_FAILED, by=None, about=user, address=user.email.lower(), code="otp_wrong")
    browsers.count_failure(user.email)


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
