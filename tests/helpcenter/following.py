"""The requester's own pages, for the tests of them."""

from __future__ import annotations

import re
from html import unescape

from django.test import Client

from people.models import Employee
from tests.factories.tickets import quick_ticket
from tickets.enums import Status
from tickets.models import Ticket


def as_person(person: Employee | None) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person)
    return client


def page(person: Employee, path: str = "/my/tickets/") -> str:
    answer = as_person(person).get(path)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def path_of(ticket: Ticket, verb: str = "") -> str:
    return f"/my/tickets/{ticket.ticket_number}/{verb and verb + '/'}"


def numbers(text: str) -> list[str]:
    return re.findall(r'class="mine-link" href="/my/tickets/([^/]+)/"', text)


def tabs(text: str) -> dict[str, int]:
    return {
        name.strip(): int(count)
        for name, count in re.findall(r'<a href="\?tab=[^>]*>([^<]+)<span class="count">(\d+)</span>', text)
    }


def one_in_each_state(requester: Employee) -> dict[str, Ticket]:
    return {state: quick_ticket(state, requester=requester) for state in Status.values}
