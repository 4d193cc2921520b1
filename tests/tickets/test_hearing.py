"""What a page promises about who will be told, and what they are told then."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from notifications import preferences
from notifications.messages import BY_EMAIL, IN_APP
from notifications.models import EmailNotification, Notice
from people import lifecycle as people_lifecycle
from people.models import Employee
from tickets import lifecycle
from tickets.models import Ticket
from tickets.verbs import VERBS

pytestmark = pytest.mark.django_db

SENTENCES = {
    frozenset({BY_EMAIL, IN_APP}): "hears of it by mail|gets a mail with the (reason|resolution)",
    frozenset({BY_EMAIL}): "hears of it by mail|gets a mail with the (reason|resolution)",
    frozenset({IN_APP}): "finds it behind the bell",
    frozenset(): "chose not to be told of it",
}
#: What each of them is done with, on a ticket in the state that it needs.
DONE: dict[str, tuple[str, dict[str, Any]]] = {
    "approve": ("new", {"priority": "Low", "department": "it"}),
    "reject": ("new", {"reason": "No."}),
    "claim": ("open", {}),
    "assign": ("open", {"assignee": "bea"}),
    "hold": ("in_progress", {"reason": "Waits."}),
    "resume": ("on_hold", {}),
    "resolve": ("in_progress", {"resolution": "Done."}),
    "close": ("resolved", {"reason": "It works."}),
    "reopen": ("resolved", {"reason": "It does not."}),
    "withdraw": ("open", {"reason": "They left."}),
}


def sentence(verb: str, ticket: Ticket) -> str:
    """What the page of that verb says, asked by an admin."""
    client = Client()
    client.force_login(Employee.objects.get(email="dora@example.com"))
    page = client.get(f"/admin/tickets/ticket/{ticket.pk}/{verb}/").content.decode()
    found = re.search(r'<p class="bo-hint">(.*?)</p>', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("verb", DONE)
@pytest.mark.parametrize("channels", [[BY_EMAIL, IN_APP], [BY_EMAIL], [IN_APP], []], ids="+".join)
def test_what_the_page_says_of_the_requester_is_what_happens(house, verb, channels):
    preferences.choose(house.ana, {"ticket_progress": channels})
    state, given = DONE[verb]
    ticket = getattr(house, state)()
    name = house.ana.get_full_name()
    assert re.search(f"{name} ({SENTENCES[frozenset(channels)]})\\.", sentence(verb, ticket))
    EmailNotification.objects.all().delete()
    Notice.objects.all().delete()
    getattr(lifecycle, verb)(
        ticket, by=house.dora, **{key: getattr(house, str(value), value) for key, value in given.items()}
    )
    assert EmailNotification.objects.filter(recipient=house.ana).exists() == (BY_EMAIL in channels)
    assert Notice.objects.filter(recipient=house.ana).exists() == (IN_APP in channels)


def test_whose_account_is_not_in_use_is_not_told(house):
    ticket = house.in_progress()
    people_lifecycle.suspend(house.ana, by=house.dora, reason="Left.")
    assert f"{house.ana.get_full_name()} is not told: the account is not in use." in sentence("resolve", ticket)


def test_of_the_others_no_page_promises_a_mail(house):
    """How each of them is told, each of them chose."""
    ticket = house.in_progress()
    for verb in VERBS:
        rest = verb.sentence(ticket).replace(house.ana.get_full_name(), "REQUESTER")
        assert not re.search(r"(?<!REQUESTER )(hears? of it|gets? a mail)", rest), verb.name


@pytest.mark.parametrize(
    ("channels", "says"),
    [([BY_EMAIL], "hears of it by mail"), ([IN_APP], "finds it behind the bell"), ([], "chose not to be")],
)
def test_after_a_reply_too(house, client, channels, says):
    preferences.choose(house.ana, {"ticket_replies": channels})
    ticket = house.in_progress()
    client.force_login(house.bea)
    address = f"/admin/tickets/ticket/{ticket.pk}"
    page = client.post(f"{address}/comment/", {"comment": "Hello.", "is_internal": "0"}, follow=True).content.decode()
    assert f"Your reply is there. {house.ana.get_full_name()} {says}" in page
