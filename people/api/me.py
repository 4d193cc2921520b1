"""One's own account: GET and PATCH /api/me/."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audit.refusals import StaleVersion
from people import lifecycle
from people.api.base import View
from people.api.bodies import Body, Choice, Words, nothing_given
from people.api.serializers import ProfileSerializer
from people.enums import NAME_LENGTH, Suffix
from people.models import Employee

_PARTS = ("first_name", "middle_name", "last_name", "suffix")
#: Of changes that come together, this often the later one is made over the earlier.
_TRIES = 5


class Profile(Body):
    first_name = Words(required=False, max_length=NAME_LENGTH[1])
    middle_name = Words(required=False, max_length=NAME_LENGTH[1], allow_blank=True)
    last_name = Words(required=False, max_length=NAME_LENGTH[1])
    suffix = Choice(required=False, choices=Suffix.choices, allow_blank=True)


class Me(View):
    @extend_schema(responses=ProfileSerializer, summary="My account")
    def get(self, request: Request) -> Response:
        """Name, address, department, role and state."""
        return _shown(self.by)

    @extend_schema(request=Profile, responses=ProfileSerializer, summary="Change my name")
    def patch(self, request: Request) -> Response:
        """What is left out stays as it is. Role, department and address are changed by System Admins."""
        asked = Profile.read(request.data, only_given=True)
        nothing_given(asked)
        return _shown(self._changed(self.by, asked, tries=_TRIES))

    def _changed(self, person: Employee, asked: dict[str, Any], *, tries: int) -> Employee:
        parts = {part: getattr(person, part) for part in _PARTS}
        try:
            return lifecycle.edit_profile(person, by=self.by, expected_version=person.version, **parts | asked)
        except StaleVersion:
            if tries == 1:
                raise
            return self._changed(Employee.objects.get(pk=person.pk), asked, tries=tries - 1)


def _shown(person: Employee) -> Response:
    return Response(ProfileSerializer(person).data)
