"""How often a program may call: by the address of the network and by person, with allauth's counters as everywhere.

The door's own limits (requests an hour, files an hour) are counted besides, by the same names as on the pages.
"""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from people.pages import limits


class Often(BaseThrottle):
    """One more call; asked after who it is."""

    action = "api_of_address"

    def __init__(self) -> None:
        self._seconds = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        self._seconds = limits.seconds_to_wait(request._request, self.action)
        return not self._seconds

    def wait(self) -> float:
        return self._seconds


class OfAddress(Often):
    pass


class OfPerson(Often):
    action = "api_of_person"

    def allow_request(self, request: Request, view: Any) -> bool:
        return not request.user.is_authenticated or super().allow_request(request, view)
