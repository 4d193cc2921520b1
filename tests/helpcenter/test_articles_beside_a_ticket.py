"""Articles that may answer, beside a ticket in the back office."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import people
from tests.factories.tickets import quick_ticket
from tests.helpcenter.articles import article
from tickets.enums import Status
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket() -> Ticket:
    article("Mend a projector", "<p>Try another cable.</p>")
    article("Parental leave", "<p>Tell us early.</p>")
    return quick_ticket(Status.OPEN, subject="The projector shows nothing")


def asked(client: Client, ticket: Ticket):
    return client.get(reverse("articles_for_ticket", args=[ticket.pk]), headers={"X-Fragment": "1"})


def test_staff_see_articles_with_the_words_of_the_subject(client: Client, ticket: Ticket) -> None:
    for person in (people.admin(), people.coordinator(ticket.department)):
        client.force_login(person)
        answer = asked(client, ticket)
        assert answer.status_code == 200
        assert "Mend a projector" in answer.content.decode()
        assert "Parental leave" not in answer.content.decode()


def test_where_nothing_fits_it_says_so(client: Client, ticket: Ticket) -> None:
    client.force_login(people.admin())
    other = quick_ticket(Status.OPEN, subject="Zzzzz qqqqq")
    assert "None with the words of the subject." in asked(client, other).content.decode()


def test_without_a_script_the_link_leads_to_the_search(client: Client, ticket: Ticket) -> None:
    client.force_login(people.admin())
    answer = client.get(reverse("articles_for_ticket", args=[ticket.pk]))
    assert answer.url == "/search/?q=The+projector+shows+nothing"


def test_for_others_there_is_no_such_ticket(client: Client, ticket: Ticket) -> None:
    for person in (ticket.employee, people.person(), people.coordinator(None)):
        client.force_login(person)
        assert asked(client, ticket).status_code == 404
    client.logout()
    assert asked(client, ticket).url.startswith("/accounts/login/")
