"""The OpenAPI document: whole, without warnings, open to read; and calls made from it are answered as it says."""

from __future__ import annotations

import json
import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from backoffice.wsgi import application
from people import tokens
from people.enums import Status
from people.models import Employee
from tests.factories import files, people
from tests.tickets.conftest import House
from tickets import conversation
from tickets.models import TicketAttachment

pytestmark = pytest.mark.django_db

SCHEMA = "/api/schema/"


def document() -> dict[str, Any]:
    return json.loads(Client().get(SCHEMA).content)


def addresses(resolver: Any, before: str = "") -> list[str]:
    found: list[str] = []
    for pattern in resolver.url_patterns:
        route = f"{before}{pattern.pattern}"
        found += addresses(pattern, route) if isinstance(pattern, URLResolver) else [route]
        assert isinstance(pattern, URLPattern | URLResolver)
    return found


def test_the_document_is_made_without_warnings_and_is_valid(capsys: Any) -> None:
    written = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, format="openapi-json", stdout=written)
    assert capsys.readouterr().err == ""
    assert json.loads(written.getvalue())["paths"] == document()["paths"]


def test_every_address_of_the_api_is_in_it_and_no_other() -> None:
    ours = {route for route in addresses(get_resolver()) if route.startswith("api/")} - {
        "api/",
        "api/schema/",
        "api/docs/",
    }
    assert {re.sub(r"<\w+:(\w+)>", r"{\1}", f"/{route}") for route in ours} == set(document()["paths"])


def test_every_call_has_a_name_a_summary_and_says_how_it_refuses() -> None:
    operations = [each for methods in document()["paths"].values() for each in methods.values()]
    assert len({each["operationId"] for each in operations}) == len(operations) > 30
    for each in operations:
        assert each["summary"]
        assert {"400", "401", "406", "429", "503"} <= set(each["responses"]), each["operationId"]
        if "requestBody" in each:
            assert {"413", "415", "422"} <= set(each["responses"]), each["operationId"]


@pytest.mark.parametrize("address", [SCHEMA, "/api/docs/"])
def test_it_can_be_read_by_everybody_and_changed_by_nobody(address: str) -> None:
    assert Client().get(address).status_code == 200
    assert Client().post(address).status_code == 405


def test_its_page_has_no_script_within_and_asks_no_other_host() -> None:
    answer = Client().get("/api/docs/")
    page = answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", page)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", page)


# Calls made from it

#: Whoever may call, and how often each call is tried.
EXAMPLES = 4
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
]


@pytest.fixture
def known(house: House) -> dict[str, list[str]]:
    """What stands in addresses: of what there is, in several states; schemathesis would guess none of it."""
    tickets = [house.new(), house.open(), house.in_progress(), house.resolved(), house.new(by=house.dora)]
    conversation.comment(tickets[2], by=house.bea, comment="A note.", is_internal=True, files=[files.staged(house.bea)])
    conversation.attach(tickets[2], by=house.ana, files=[files.staged(house.ana)])
    waiting = people.person(Status.PENDING)
    return {
        "ticket_number": [ticket.ticket_number for ticket in tickets],
        "token": [str(row.secure_token) for row in TicketAttachment.objects.all()],
        "company_id": [house.ana.company_id, house.bea.company_id, waiting.company_id],
    }


@pytest.fixture
def _one_connection() -> Any:
    """A server closes its connection after each request, and with it the test's transaction would go; Django's own
    client for tests does the same."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def whole(environ: Any, start_response: Any) -> list[bytes]:
    """The application, as a server asks it: to the end, and then everything is closed."""
    answer = application(environ, start_response)
    try:
        return [b"".join(answer)]
    finally:
        answer.close()


@pytest.mark.slow
@pytest.mark.usefixtures("_one_connection")
@pytest.mark.parametrize("who", ["an employee", "a coordinator", "an admin", "nobody"])
def test_whatever_is_called_is_answered_as_the_document_says(house: House, known: Any, who: str, settings: Any) -> None:
    settings.WORKFLOW_CALLBACK_SECRETS = ["whsec_" + "A" * 32]  # without one, it is not set up (503)
    # Only here: importing it takes seconds, and every worker of a run would.
    import schemathesis

    person = {"an employee": house.ana, "a coordinator": house.bea, "an admin": house.dora, "nobody": None}[who]
    headers = _headers(person)
    schema = schemathesis.openapi.from_wsgi(SCHEMA, whole)
    statuses: set[int] = set()
    for result in schema.get_all_operations():
        _try(result.ok(), known, headers, statuses)
    assert ({401} if person is None else {200, 201, 422}) <= statuses, statuses


def _headers(person: Employee | None) -> dict[str, str]:
    return {} if person is None else {"Authorization": f"Bearer {tokens.start(person)['access']}"}


def _try(operation: Any, known: dict[str, list[str]], headers: dict[str, str], statuses: set[int]) -> None:
    from schemathesis import checks

    checks.load_all_checks()
    ours = [checks.CHECKS.get_one(name) for name in CHECKS]
    names = {each for each in known if f"{{{each}}}" in operation.path}
    there = st.fixed_dictionaries({name: st.sampled_from(known[name]) for name in sorted(names)})

    @hypothesis_settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(), keys=there)
    def once(case: Any, keys: dict[str, str]) -> None:
        case.path_parameters = {**(case.path_parameters or {}), **keys}
        kept = transaction.savepoint()
        try:
            answer = case.call(headers={**(case.headers or {}), **headers})
        finally:
            # Each call finds the house as it was.
            transaction.savepoint_rollback(kept)
        case.validate_response(answer, checks=ours)
        statuses.add(answer.status_code)

    once()
