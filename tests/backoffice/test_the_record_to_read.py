"""The audit events in the back office: who did what, and to what, in words that lead there."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import events
from audit.models import AuditEvent
from people.models import Employee
from tests.factories import people, tickets

pytestmark = pytest.mark.django_db
LIST = "/admin/audit/auditevent/"
REFUSED = AuditEvent.Kind.REFUSED


@pytest.fixture
def admin(client):
    admin = people.admin()
    client.force_login(admin)
    return admin


def test_the_list_names_what_an_event_is_about_and_leads_to_it(client, admin):
    ticket = tickets.quick_ticket(subject="A <b>bold</b> laptop")
    events.record(REFUSED, by=admin, about=ticket)
    words = f"{ticket.ticket_number} A &lt;b&gt;bold&lt;/b&gt; laptop"
    assert f'<a href="/admin/tickets/ticket/{ticket.pk}/change/">{words}</a>' in client.get(LIST).content.decode()


def test_what_is_gone_is_named_by_its_kind_and_key(client, admin):
    events.record(REFUSED, by=admin, about=Employee(pk=987654))
    assert ">Person 987654<" in client.get(LIST).content.decode()


def test_only_a_narrowed_list_says_that_there_is_more(client, admin):
    assert "Show all" not in client.get(LIST).content.decode()
    assert "Show all" in client.get(LIST, {"q": "nobody-has-this"}).content.decode()


def test_more_events_take_no_more_statements(client, admin):
    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(LIST)
        return len(asked)

    events.record(REFUSED, by=admin, about=people.person())
    client.get(LIST)
    with_one = statements()
    for _each in range(10):
        events.record(REFUSED, by=admin, about=people.person())
    assert statements() == with_one
