"""Who looks at the pages."""

from __future__ import annotations

import pytest
from django.test import Client

from people.models import Employee
from tests.factories import people


@pytest.fixture
def admin(client: Client, db: None) -> Employee:
    """A System Admin, signed in. The address's domain is nobody else's."""
    person = people.admin(first_name="Amara", last_name="Okafor", email="amara@house.example")
    client.force_login(person)
    return person
