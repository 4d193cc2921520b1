"""What the start page counts anew on every look is answered by indexes, also of a hundred thousand tickets."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.tickets.test_explain import large_house, plan_of, read_whole, statements_of  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]


@pytest.mark.parametrize("who", ["admin", "coordinator"])
def test_what_waits_reads_no_large_table_whole(client: Client, large_house: Any, who: str) -> None:  # noqa: F811
    client.force_login(large_house[who])
    client.get("/admin/")  # the figures are kept from now on
    asked = statements_of(client, "/admin/")
    assert sum("tickets_ticket" in sql for sql, _params in asked) >= 4
    assert len(asked) <= 20
    read = {sql: found for sql, params in asked if (found := read_whole(plan_of(sql, params)))}
    assert read == {}
