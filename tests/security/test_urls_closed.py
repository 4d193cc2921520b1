"""Every address is closed to strangers, or stands here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.admindocs.views import simplify_regex
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

#: Open to everybody, on purpose.
PUBLIC = {
    "": "the first page",
    "admin/login/": "signing in",
}

#: These lead a stranger to the sign-in without being asked to stay: they give nothing away.
SIGN_OUT = {"admin/logout/"}

#: A value for each kind of parameter, of something that does not exist.
EXAMPLES = {
    "int": "987654321",
    "str": "nothing",
    "slug": "nothing",
    "path": "nothing",
    "uuid": "0" * 8 + "-0000-4000-8000-" + "0" * 12,
}


def routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    """Every route as it would be typed, with example values."""
    for pattern in resolver.url_patterns:
        piece = before + typed(pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, piece)
        else:
            yield piece


def typed(pattern: URLPattern | URLResolver) -> str:
    """One piece of a route with example values; a regular expression stands for what it matches most simply."""
    route = pattern.pattern
    if isinstance(route, RoutePattern):
        text = str(route)
        for name, converter in route.converters.items():
            kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
            for spelled in (f"<{kind}:{name}>", f"<{name}>"):
                text = text.replace(spelled, EXAMPLES[kind])
        return text
    return simplify_regex(str(route)).lstrip("/").replace("<url>", "nothing/").replace("<app_label>", "tickets")


ROUTES = sorted(set(routes(get_resolver())))


def test_the_list_of_public_addresses_names_only_what_exists() -> None:
    assert set(PUBLIC) | SIGN_OUT <= set(ROUTES)


@pytest.mark.django_db
@pytest.mark.parametrize("route", [route for route in ROUTES if route not in {*PUBLIC, *SIGN_OUT}])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_is_sent_to_the_sign_in_or_finds_nothing(client: Client, route: str, method: str) -> None:
    answer = getattr(client, method)(f"/{route}")
    assert answer.status_code in {302, 401, 403, 404, 405}, f"/{route} answers a stranger with {answer.status_code}"
    if answer.status_code == 302:
        assert answer.url.startswith("/admin/login/")


@pytest.mark.django_db
@pytest.mark.parametrize("route", PUBLIC)
def test_a_public_address_answers_a_stranger(client: Client, route: str) -> None:
    assert client.get(f"/{route}").status_code == 200
