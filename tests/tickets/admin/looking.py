"""Reading a ticket's page as one of the house, for tests."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from people.models import Employee
from tickets.models import Ticket


def address(ticket: Ticket, page: str = "change") -> str:
    return f"/admin/tickets/ticket/{ticket.pk}/{page}/"


def look(client: Client, person: Employee, ticket: Ticket, **asked: Any) -> str:
    client.force_login(person)
    answer = client.get(address(ticket), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def part(shown: str, title: str) -> str:
    """The section whose heading has this id; "" if there is none."""
    return shown.partition(f'id="{title}"')[2].partition("</section>")[0]


def bar(shown: str) -> str:
    return shown.partition('class="ws-bar"')[2].partition("</div>")[0]


def offered(shown: str) -> set[str]:
    """The verbs whose pages the bar leads to."""
    return set(re.findall(r"/admin/tickets/ticket/\d+/([a-z-]+)/", bar(shown)))


def first(shown: str) -> str:
    """The one verb that is the next; "" where none is."""
    found = re.findall(r'bo-button-primary" href="/admin/tickets/ticket/\d+/([a-z-]+)/', shown)
    assert len(found) <= 1
    return found[0] if found else ""


def words(shown: str) -> str:
    """Without tags and with single blanks."""
    return " ".join(re.sub(r"<[^>]*>", " ", shown).split())
