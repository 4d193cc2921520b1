"""How often a person's programs may call, with allauth's counters as everywhere. By the address of the network they
are counted before (`api_door`); the door's own limits (requests an hour, files an hour) besides, by the same names as
on the pages."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from people.pages import limits


class OfPerson(BaseThrottle):
    """One more call by whoever is signed in."""

    def __init__(self) -> None:
        self._seconds = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        if request.user.is_authenticated:
            self._seconds = limits.seconds_to_wait(request._request, "api_of_person")
        return not self._seconds

    def wait(self) -> float:
        return self._seconds
