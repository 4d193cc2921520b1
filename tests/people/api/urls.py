"""The API, and beside it views that need a sign-in or fail in every way there is. For `pytest.mark.urls`."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation, ValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.urls import include, path
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.refusals import InvalidValues, Reason, Refused, StaleVersion
from people.models import Employee

SECRET = "what nobody outside may read"


class NotSetUp(drf.APIException):
    status_code = 503


def refused(*codes: str) -> Refused:
    return Refused([Reason(code, f"Because of {code}.", "somebody else") for code in codes])


#: name → (what a view raises, what it is answered with).
FAILURES: dict[str, tuple[Exception, int]] = {
    "unseen": (refused("unseen"), 404),
    "state": (refused("state"), 409),
    "not-yours": (refused("not_yours"), 403),
    "not-yours-in-this-state": (refused("not_yours", "state"), 403),
    "values": (InvalidValues({"reason": ["Say why.", "Say more."], "": "All of it."}), 422),
    "stale": (StaleVersion(Employee(version=7)), 412),
    "stale-unknown": (StaleVersion(), 412),
    "django-values": (ValidationError({"name": ["Write a name."]}), 422),
    "django-value": (ValidationError("Not this one."), 422),
    "framework-values": (drf.ValidationError({"lines": [{"amount": ["Too much."]}]}), 422),
    "framework-value": (drf.ValidationError("Not this one."), 422),
    "nothing": (Http404(SECRET), 404),
    "no-row": (Employee.DoesNotExist(SECRET), 404),
    "forbidden": (PermissionDenied(SECRET), 403),
    "suspicious": (SuspiciousOperation(SECRET), 400),
    "bad": (BadRequest(SECRET), 400),
    "throttled": (drf.Throttled(7), 429),
    "unknown-status": (type("Teapot", (drf.APIException,), {"status_code": 418})(), 418),
    "database-down": (OperationalError(SECRET), 503),
    "connection-lost": (InterfaceError(SECRET), 503),
    "not-set-up": (NotSetUp(SECRET), 503),
    "broken": (ZeroDivisionError(SECRET), 500),
    "broken-framework": (drf.APIException(SECRET), 500),
}


class Failing(APIView):
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []

    def get(self, request: Any, name: str) -> Response:
        raise FAILURES[name][0]


class Me(APIView):
    """By the defaults of the settings alone."""

    def get(self, request: Any) -> Response:
        return Response({"company_id": request.user.company_id})

    def post(self, request: Any) -> Response:
        return Response({"sent": request.data})


urlpatterns = [
    path("api/me/", Me.as_view()),
    path("api/failing/<str:name>/", Failing.as_view()),
    path("", include("backoffice.urls")),
]
