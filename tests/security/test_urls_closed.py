"""Every address is closed to strangers, or stands here."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.contrib.admindocs.views import simplify_regex
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from notifications.models import EmailNotification
from people.models import Employee

#: Open to everybody, on purpose.
PUBLIC = {
    "": "the first page",
    "search/": "the help center is for everybody",
    "search/suggest/": "the same, while typing",
    "accounts/login/": "signing in",
    "accounts/signup/": "applying for an account",
    "accounts/signup/done/": "what happens next",
    "accounts/confirm-email/": "asking for the link once more",
    "accounts/password/reset/": "a forgotten password",
    "accounts/password/reset/done/": "a mail is on its way",
    "api/docs/": "how programs call",
    "api/schema/": "the same for tools",
}
#: For programs: what opens them lies in the body.
DOORS_OF_THE_API = {"api/token/employee/", "api/token/refresh/", "api/logout/"}

#: Messages of the workflow system, believed by their signature; without a secret to check it by, nobody is.
SIGNED = {"api/workflow/callbacks/"}

#: These lead a stranger to the first page without being asked to stay: they give nothing away.
SIGN_OUT = {"accounts/logout/", "admin/logout/", "cms/logout/"}
#: Words and pictures of the editors' pages, the same for everybody, and the way to one's own account.
OF_THE_LIBRARY = {"cms/jsi18n/", "cms/sprite/", "cms/account/"}
#: Where a stranger is sent to; a redirect to there says nothing of what is behind.
SIGN_IN = ("/accounts/login/", "/admin/login/?next=", "/cms/login/?next=")

#: A value for each kind of parameter, of something that does not exist.
EXAMPLES = {
    "int": "987654321",
    "str": "nothing",
    "slug": "nothing",
    "path": "nothing",
    "uuid": "0" * 8 + "-0000-4000-8000-" + "0" * 12,
}
IN_REGULAR_EXPRESSIONS = {"url": "nothing/", "app_label": "tickets", "company_id": "MA987654321", "var": "nothing/"}


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
    text = simplify_regex(str(route)).lstrip("/").replace("\\.", ".")
    # Keys, but where something else is meant.
    text = re.sub(r"<(\w+)>", lambda group: IN_REGULAR_EXPRESSIONS.get(group[1], EXAMPLES["int"]), text)
    assert "<" not in text, f"an example for {text} is missing"
    return text


ROUTES = sorted(set(routes(get_resolver())))


def test_the_list_of_public_addresses_names_only_what_exists() -> None:
    assert set(PUBLIC) | SIGN_OUT | OF_THE_LIBRARY | DOORS_OF_THE_API <= set(ROUTES)


def first_part(route: str) -> str:
    """What an address begins with: "admin" of "admin/jobs/run/"."""
    return route.partition("/")[0]


#: Hundreds of addresses are knocked at in one test: to set a test up would take longer than to ask.
FIRST_PARTS = sorted({first_part(route) for route in ROUTES})


@pytest.mark.django_db
@pytest.mark.parametrize("part", FIRST_PARTS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_is_sent_to_the_sign_in_or_finds_nothing(part: str, method: str) -> None:
    let_in = []
    for route in closed(part):
        answer = getattr(Client(), method)(f"/{route}")
        refused = {401, 403, 404, 405} | ({415} if route in DOORS_OF_THE_API else {503} if route in SIGNED else {302})
        leads = answer.headers.get("Location", "") if answer.status_code == 302 else SIGN_IN[0]
        if answer.status_code not in refused or not leads.startswith(SIGN_IN):
            let_in.append(f"/{route} answers a stranger with {answer.status_code} {leads}")
    assert let_in == []


def closed(part: str) -> list[str]:
    return [
        route for route in ROUTES if first_part(route) == part and route not in {*PUBLIC, *SIGN_OUT, *OF_THE_LIBRARY}
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("route", PUBLIC)
def test_a_public_address_answers_a_stranger(client: Client, route: str) -> None:
    assert client.get(f"/{route}").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("route", PUBLIC)
def test_an_empty_form_of_a_stranger_writes_nothing(client: Client, route: str) -> None:
    assert client.post(f"/{route}").status_code in {200, 405, 422}
    assert Employee.objects.count() == EmailNotification.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(DOORS_OF_THE_API))
@pytest.mark.parametrize("body", ["{}", "[]", "null", "{", '{"refresh": 1, "email": [], "password": {}}', '"\\ud800"'])
def test_a_door_for_programs_opens_for_nothing(client: Client, route: str, body: str) -> None:
    answer = client.post(f"/{route}", body, content_type="application/json")
    assert answer.status_code in {400, 401, 422} | ({200} if route == "api/logout/" else set())
    assert "access" not in answer.json()


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(SIGN_OUT))
def test_signing_out_a_stranger_leads_to_an_open_page(client: Client, route: str) -> None:
    assert client.get(f"/{route}").url == "/"
    assert client.post(f"/{route}").url == "/accounts/login/"
