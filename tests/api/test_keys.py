"""What an API key may do here: by its scopes, and never more than the person it acts as."""

from __future__ import annotations

from typing import Any

import pytest

from people import api_keys
from people.enums import Scope
from people.models import Employee
from tests.api.program import Program, codes
from tests.tickets.conftest import House

pytestmark = pytest.mark.django_db

NEW = {"category": "Others", "subject": "A chair", "description": "For the corner."}


def with_key(house: House, person: Employee, *scopes: str) -> Program:
    _key, secret = api_keys.make(by=house.dora, name="A program", person=person, scopes=scopes)
    program = Program(None)
    program.client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    return program


def told(answer: Any) -> int | list[str]:
    """The status, or of a refusal its codes."""
    return codes(answer) if answer.status_code == 403 else answer.status_code


def test_to_ask_is_to_follow_up_on_ones_own_and_to_work_is_more(house: House) -> None:
    number = house.in_progress().ticket_number
    asks, works = with_key(house, house.ana, Scope.SUBMIT), with_key(house, house.dora, Scope.WORK)
    others = with_key(house, house.dora, Scope.SUBMIT)
    said = {"comment": "Is it there?"}
    assert told(asks.post("tickets/", NEW)) == 201
    assert told(works.post("tickets/", NEW)) == ["scope"]
    assert told(asks.post(f"tickets/{number}/comments/", said)) == 201
    assert told(others.post(f"tickets/{number}/comments/", said)) == ["scope"]
    assert told(works.post(f"tickets/{number}/comments/", {**said, "is_internal": True})) == 201
    assert told(others.post(f"tickets/{number}/resolve/", {"resolution": "There."})) == ["scope"]
    assert told(works.post(f"tickets/{number}/resolve/", {"resolution": "There."})) == 200
    assert told(asks.post(f"tickets/{number}/close/")) == 200


def test_a_key_that_reads_does_nothing_and_sees_no_accounts(house: House) -> None:
    number = house.in_progress().ticket_number
    reads = with_key(house, house.dora, Scope.READ)
    for address in ("me/", "tickets/", f"tickets/{number}/", f"tickets/{number}/comments/", "categories/"):
        assert told(reads.get(address)) == 200, address
    assert told(reads.get("employees/")) == ["scope"]
    assert told(with_key(house, house.dora, Scope.PEOPLE).get("employees/")) == 200
    for address in ("tickets/", f"tickets/{number}/claim/", f"tickets/{number}/comments/", "employees/MA0001/suspend/"):
        assert told(reads.post(address, {})) == ["scope"], address
    assert told(reads.patch("me/", {"first_name": "Eve"})) == ["scope"]


def test_a_key_is_told_nothing_of_what_its_person_may_not_see(house: House) -> None:
    number = house.in_progress().ticket_number
    key = with_key(house, house.eve, *Scope.values)
    assert told(key.get(f"tickets/{number}/")) == 404
    assert told(key.post(f"tickets/{number}/claim/")) == 404
    assert told(key.get("employees/")) == ["not_yours"]
