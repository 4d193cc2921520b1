"""Who loads the files of these tests."""

from __future__ import annotations

import pytest
from django.test import Client

from people.models import Employee
from tests.factories import people


@pytest.fixture
def clerk(client: Client, db: None) -> Employee:
    """A Data Clerk, signed in. The departments that the files name are there."""
    for name in ("Sales", "Legal"):
        people.department(name)
    person = people.clerk(first_name="Yuki", last_name="Tanaka")
    client.force_login(person)
    return person
