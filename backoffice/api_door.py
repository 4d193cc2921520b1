"""How often an address of the network may call the API. Not in `api_limits`, which Django REST framework imports while
it is being imported."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from backoffice import errors
from people.pages import limits

API = "/api/"


class AddressMiddleware:
    """One more call from an address of the network, before anybody asks who it is and what is there: whoever tries
    tokens, keys or addresses is counted as well as who has good ones."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(API) and (seconds := limits.seconds_to_wait(request, "api_of_address")):
            return errors.too_often(request, seconds)
        return self.get_response(request)
