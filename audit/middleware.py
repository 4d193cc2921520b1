"""Notes each request's origin, so that whatever it writes can be traced to it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from audit.origin import USER_AGENT_LENGTH, Origin, coming_from, new_request_id


def client_address(request: HttpRequest) -> str | None:
    """The address that the outermost trusted proxy saw; None when there is none that parses.

    `TRUSTED_PROXY_COUNT` hops are counted from the right of X-Forwarded-For; whatever a client wrote further left
    is its own invention and must not decide anything (rate limits would fall to a forged header).
    """
    hops = settings.TRUSTED_PROXY_COUNT
    candidate = request.META.get("REMOTE_ADDR", "")
    if hops:
        forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(forwarded) >= hops:
            candidate = forwarded[-hops]
    try:
        return str(ipaddress.ip_address(candidate))
    except ValueError:
        return None


class OriginMiddleware:
    """First in the list: also a refusal by a later middleware must know where it came from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        origin = Origin(
            ip_address=client_address(request),
            user_agent=request.META.get("HTTP_USER_AGENT", "")[:USER_AGENT_LENGTH].replace("\x00", ""),
            request_id=new_request_id(),
        )
        with coming_from(origin):
            response = self.get_response(request)
        response["X-Request-ID"] = origin.request_id
        return response
