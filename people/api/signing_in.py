"""Signing in over the API. What a token is good for, and what ends it, stands in `people.tokens`."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.events import refusals_noted
from audit.reading import Reading, Unfit, bounded_text
from audit.refusals import Reason, Refused
from people import second_factor, standing, tokens, values
from people.api.serializers import PersonSerializer
from people.enums import Role
from people.models import Employee
from people.tokens import NotSignedIn

#: Nobody has a longer one; the sign-in page takes no more either.
TYPED_LENGTH = 1_000
CODE_LENGTH = 50
#: Seconds after which another try is worth it: those of allauth's limits, by address and by origin.
WAIT_AFTER_FAILURES, WAIT_AFTER_SIGN_INS = 300, 60

STANDS = {
    "unverified": gettext_lazy("Your address is still to be proven. Open the link in the mail that we sent you."),
    "waiting": gettext_lazy("Your account waits for approval. We write to you as soon as it is decided."),
    "rejected": gettext_lazy("Your application was not accepted. Sign in with a browser to read why."),
    "suspended": gettext_lazy("Your account is suspended. An administrator of your organisation can tell you more."),
}


# For the documentation: what the doors take and answer


class Credentials(serializers.Serializer):
    email = serializers.CharField()
    password = serializers.CharField()
    otp = serializers.CharField(required=False, allow_blank=True, help_text="The code of the second factor.")


class RefreshToken(serializers.Serializer):
    refresh = serializers.CharField()


class TokensSerializer(serializers.Serializer):
    access = serializers.CharField(help_text="Good for 15 minutes.")
    refresh = serializers.CharField(help_text="Good once, for a day.")


class WhoSerializer(PersonSerializer):
    role = serializers.ChoiceField(choices=Role.choices)
    department = serializers.CharField(allow_null=True)


class SignedInSerializer(TokensSerializer):
    employee = WhoSerializer()


class SignedOutSerializer(serializers.Serializer):
    pass


class KeptOut(Refused):
    """By the state of their account. One status for each state: it is about who asks, also where it will pass."""

    status_code = 403


class _Door(APIView):
    """Open to everybody: what opens it lies in the body. Nothing on the way keeps the answer."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {**super().default_response_headers, "Cache-Control": "no-store"}


class SignIn(_Door):
    """POST {email, password, otp?} → {access, refresh, employee}."""

    @extend_schema(request=Credentials, responses=SignedInSerializer, summary="Sign in", operation_id="sign_in")
    @sensitive_variables("email", "password", "otp")
    def post(self, request: Request) -> Response:
        reading = Reading()
        email = reading.take("email", values.email, request.data.get("email", ""))
        password = reading.take("password", _password, request.data.get("password", ""))
        otp = reading.take("otp", bounded_text, request.data.get("otp") or "", CODE_LENGTH)
        reading.finish()
        person = _who(request._request, email=email, password=password)
        with refusals_noted("sign_in", by=person, about=person):
            _against(person, otp.strip())
        return Response({**tokens.start(person), "employee": _shown(person)})


class Refresh(_Door):
    """POST {refresh} → {access, refresh}: the old one is used up."""

    @extend_schema(request=RefreshToken, responses=TokensSerializer, summary="New tokens", operation_id="refresh")
    def post(self, request: Request) -> Response:
        return Response(tokens.rotate(request.data.get("refresh")))


class SignOut(_Door):
    """POST {refresh} → {}: the sign-in ends, with every token of it."""

    @extend_schema(request=RefreshToken, responses=SignedOutSerializer, summary="Sign out", operation_id="sign_out")
    def post(self, request: Request) -> Response:
        tokens.end(request.data.get("refresh"))
        return Response({})


@sensitive_variables("password")
def _who(request: HttpRequest, *, email: str, password: str) -> Employee:
    """Whose address and password these are. Unknown, wrong, not approved: one answer, and the same work for each."""
    if not ratelimit.consume(request, action="login"):
        raise Throttled(WAIT_AFTER_SIGN_INS)
    try:
        person = get_adapter().authenticate(request, email=email, password=password)
    except ValidationError:
        raise Throttled(WAIT_AFTER_FAILURES) from None
    if not isinstance(person, Employee):
        raise NotSignedIn("wrong", _("The e-mail address or the password is wrong."))
    return person


def _against(person: Employee, otp: str) -> None:
    """Raises what keeps somebody out who has shown the right password."""
    if not person.is_active:
        where = standing.of(person)
        raise KeptOut([Reason(where, str(STANDS[where]))])
    if second_factor.is_set_up(person):
        _check_code(person, otp)
    elif second_factor.is_missing(person):
        sentence = _("Set up a second factor first: sign in with a browser, and you are led to it.")
        raise Refused([Reason("second_factor_missing", sentence)])


def _check_code(person: Employee, otp: str) -> None:
    if not otp:
        raise NotSignedIn("otp_required", _("Send the code of your second factor too, as “otp”."))
    against = second_factor.errors_of_code(person, otp)
    if str(get_adapter().error_messages["too_many_login_attempts"]) in against:
        raise Throttled(WAIT_AFTER_FAILURES)
    if against:
        raise NotSignedIn("otp_wrong", _("This code is wrong, or was used already. Take the next one."))


def _password(text: Any) -> str:
    if not bounded_text(text, TYPED_LENGTH):
        raise Unfit(_("Write your password here."))
    return str(text)  # unmodified


def _shown(person: Employee) -> dict[str, str | None]:
    return {
        "company_id": person.company_id,
        "name": person.get_full_name(),
        "email": person.email,
        "role": person.role,
        "department": person.department.name if person.department else None,
    }
