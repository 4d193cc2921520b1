"""The API, and beside it views that say what a key needs for them. For `pytest.mark.urls`."""

from __future__ import annotations

from typing import Any

from django.urls import include, path
from rest_framework.response import Response
from rest_framework.views import APIView

from people import lifecycle
from people.enums import Scope


class Me(APIView):
    """By the defaults of the settings alone."""

    def get(self, request: Any) -> Response:
        return Response({"company_id": request.user.company_id})

    def post(self, request: Any) -> Response:
        return Response({})


class Ask(Me):
    key_scopes = {"GET": Scope.PEOPLE, "POST": Scope.SUBMIT}


class Either(Me):
    def scopes_for_key(self, request: Any) -> tuple[str, ...]:
        return (Scope.SUBMIT, Scope.WORK)


class Rename(Me):
    key_scopes = {"POST": Scope.PEOPLE}

    def post(self, request: Any) -> Response:
        lifecycle.edit_profile(request.user, by=request.user, first_name="Robin", last_name="Robot")
        return Response({})


urlpatterns = [
    path("api/me/", Me.as_view()),
    path("api/ask/", Ask.as_view()),
    path("api/either/", Either.as_view()),
    path("api/rename/", Rename.as_view()),
    path("", include("backoffice.urls")),
]
