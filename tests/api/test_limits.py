"""How often a program may call, by person and by the address of the network."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.program import Program, codes
from tests.tickets.conftest import House

pytestmark = pytest.mark.django_db


def test_one_person_calls_so_often_and_others_are_not_held_up(house: House, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"api_of_person": "2/m/user"}
    ana, eve = Program(house.ana), Program(house.eve)
    assert [ana.get("me/").status_code for _each in range(3)] == [200, 200, 429]
    late = ana.get("me/")
    assert set(late.json()) == {"error", "details", "reasons"}
    assert 50 <= int(late["Retry-After"]) <= 60
    assert eve.get("me/").status_code == 200


def test_a_forged_header_is_no_other_address(house: House, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"api_of_address": "2/m/ip"}
    people = [Program(house.ana), Program(house.eve), Program(house.bea)]
    told = [each.get("me/", x_forwarded_for=f"10.0.0.{n}").status_code for n, each in enumerate(people)]
    assert told == [200, 200, 429]
    settings.TRUSTED_PROXY_COUNT = 1
    told = [each.get("me/", x_forwarded_for=f"10.0.0.{n}").status_code for n, each in enumerate(people)]
    assert told == [200, 200, 200]


@pytest.mark.parametrize("address", ["me/", "nowhere/", "tickets/TX0001/", "token/refresh/"])
@pytest.mark.parametrize("token", ["", "Bearer nonsense", "Bearer ssk_aaaaaaaa_" + "A" * 43])
def test_who_tries_tokens_and_addresses_is_counted_too(settings: Any, house: House, address: str, token: str) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"api_of_address": "2/m/ip"}
    stranger = Program(None)
    call = stranger.post if address == "token/refresh/" else stranger.get
    told = [call(address, **({"authorization": token} if token else {})) for _each in range(4)]
    assert {each.status_code for each in told[:2]} == {404 if address == "nowhere/" else 401}
    assert [each.status_code for each in told[2:]] == [429, 429]
    assert set(told[-1].json()) == {"error", "details", "reasons"}
    assert 50 <= int(told[-1]["Retry-After"]) <= 60
    # A right one would not be looked at either, or one could go on guessing.
    assert Program(house.ana).get("me/").status_code == 429
    assert stranger.client.get("/accounts/login/").status_code == 200


def test_somebody_asks_for_as_much_in_an_hour_as_on_the_page(house: House, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"submit_ticket": "1/h/user"}
    program, new = Program(house.ana), {"category": "Others", "subject": "A chair", "description": "For the corner."}
    assert program.post("tickets/", {**new, "subject": "x"}).status_code == 422
    assert program.post("tickets/", new).status_code == 201
    late = program.post("tickets/", new, idempotency_key="k")
    assert (late.status_code, codes(late)) == (429, ["too_often"])
    assert 3500 < int(late["Retry-After"]) <= 3600
