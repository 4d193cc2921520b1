"""A ticket's page: what it shows, and to whom."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from notifications.models import EmailNotification
from people import lifecycle as people_lifecycle
from people.enums import Role
from people.models import Employee
from tests.factories import people
from tests.factories.tickets import comment, quick_ticket
from tests.tickets.admin.looking import address, bar, first, look, offered, part, words
from tests.tickets.conftest import House
from tickets import conversation, lifecycle, rules
from tickets.models import Ticket
from tickets.verbs import VERBS

#: What a page may cost, whoever looks and however much is on it.
STATEMENTS_MOST = 20
STAFF_VERBS = {verb.name for verb in VERBS}


@pytest.fixture
def mel(house: House) -> Employee:
    """A coordinator of another department, who can be given a ticket."""
    return people.coordinator(house.legal, first_name="Mel")


# What it shows


def test_the_head_says_which_ticket_it_is_whose_and_how_it_stands(client: Client, house: House) -> None:
    ticket = house.in_progress(subject="Screen flickers", scheduled_date=timezone.localdate() + dt.timedelta(days=5))
    house.new(subject="Another one")
    shown = look(client, house.bea, ticket)
    head = shown.partition('class="ws-head"')[2].partition("</header>")[0]
    for said in (
        ticket.ticket_number,
        "Screen flickers",
        "pill-in-progress",
        "Medium",
        house.ana.get_full_name(),
        "Legal",
    ):
        assert said in head
    assert f'href="/admin/people/employee/{house.ana.pk}/change/"' in head
    # Of the other, which nobody approved, a coordinator of its department knows.
    assert "2 open tickets" in head
    (link,) = re.findall(r'href="([^"]*employee=[^"]*)"', head)
    listed = client.get(html.unescape(link)).content.decode()
    assert listed.count('name="_selected_action"') == 2
    assert "First response" in head
    assert "after it was submitted" in head
    assert "running" in head
    assert "in 5 days" in head


def test_a_day_that_has_passed_is_said_in_words_as_long_as_it_matters(client: Client, house: House) -> None:
    ticket = house.in_progress()
    Ticket.objects.filter(pk=ticket.pk).update(scheduled_date=timezone.localdate() - dt.timedelta(days=3))
    assert "3 days overdue" in look(client, house.bea, ticket)
    lifecycle.resolve(ticket, by=house.bea, resolution="New battery.")
    assert "overdue" not in look(client, house.bea, ticket)


def test_a_clock_on_hold_says_that_it_stands_still(client: Client, house: House) -> None:
    ticket = house.on_hold(resume_date=timezone.localdate() + dt.timedelta(days=9))
    shown = look(client, house.bea, ticket)
    assert "stands still since" in shown
    assert "Resumes on" in part(shown, "properties-title")


def test_the_request_is_shown_whole_with_its_extra_fields(client: Client, house: House) -> None:
    start = timezone.localdate() + dt.timedelta(days=20)
    ticket = house.new(
        category=house.category("Budget Proposal"),
        description="Two lines,\n  the second\tindented. See https://example.com/a?b=1&c=2.",
        details={
            "performance_start_date": start.isoformat(),
            "performance_end_date": (start + dt.timedelta(days=30)).isoformat(),
            "cost_items": [
                {"description": "Desk", "quantity": 3, "unit_cost": "1200.50"},
                {"description": "Lamp", "quantity": 1, "unit_cost": "40"},
            ],
            "requested_budget": "3641.50",
        },
    )
    request = part(look(client, house.dora, ticket), "request-title")
    assert "Two lines,\n  the second\tindented. See <a href=" in request
    assert 'rel="nofollow noopener noreferrer"' in request
    assert "Desk" in request
    assert "3,641.50" in request
    assert request.count("<th scope") == 5


def test_what_happened_stands_in_one_list_the_newest_last(client: Client, house: House) -> None:
    ticket = house.in_progress()
    conversation.comment(ticket, by=house.ana, comment="Any news?")
    conversation.comment(ticket, by=house.bea, comment="Looks like the battery.", is_internal=True)
    lifecycle.hold(ticket, by=house.bea, reason="Waits for parts.")
    told = part(look(client, house.bea, ticket), "timeline-title")
    order = [
        "submitted the ticket",
        "approved it",
        "took it on",
        "Any news?",
        "Looks like the battery.",
        "Waits for parts.",
    ]
    places = [told.index(each) for each in order]
    assert places == sorted(places)
    assert "Internal note – the requester does not see this" in told


def test_a_long_ticket_shows_the_newest_and_leads_to_the_rest(client: Client, house: House) -> None:
    ticket = house.in_progress()
    for number in range(105):
        conversation.comment(ticket, by=house.bea, comment=f"Word number {number}.", is_internal=True)
    shown = look(client, house.bea, ticket)
    assert "Word number 104." in shown
    assert "Word number 2." not in shown
    assert "?all=1" in part(shown, "timeline-title")
    assert "Word number 2." in look(client, house.bea, ticket, all="1")


def test_other_tickets_of_the_requester_are_those_that_one_may_see(client: Client, house: House) -> None:
    ticket, near = house.open(), house.open(subject="Printer jams")
    far = lifecycle.transfer(house.open(subject="Contract"), by=house.dora, department=house.legal, reason="Theirs.")
    others = part(look(client, house.bea, ticket), "others-title")
    assert near.ticket_number in others
    assert far.ticket_number not in others
    assert far.ticket_number in part(look(client, house.dora, ticket), "others-title")


def test_similar_tickets_come_by_themselves_and_only_those_one_may_see(client: Client, house: House) -> None:
    ticket, near = house.open(subject="Laptop does not start"), house.open(subject="My laptop won't start")
    far = lifecycle.transfer(
        house.open(subject="Laptop starts twice"), by=house.dora, department=house.legal, reason="Theirs."
    )
    shown = look(client, house.bea, ticket)
    assert f'data-fragment="{address(ticket, "similar")}"' in shown
    similar = client.get(address(ticket, "similar"), headers={"X-Fragment": "1"}).content.decode()
    assert near.ticket_number in similar
    assert ticket.ticket_number not in similar
    assert far.ticket_number not in similar
    assert "<html" not in similar
    assert "<html" in client.get(address(ticket, "similar")).content.decode()
    client.force_login(house.cem)
    assert client.get(address(ticket, "similar")).status_code == 404


def test_who_works_on_such_tickets_is_named(client: Client, house: House) -> None:
    assert house.bea.get_full_name() in part(look(client, house.dora, house.open()), "coordinators-title")
    empty = lifecycle.approve(house.new(), by=house.dora, priority="Low", department=people.department("Sales"))
    assert "It has none" in part(look(client, house.dora, empty), "coordinators-title")


# Mails


def test_what_was_told_to_whom_stands_on_the_page(client: Client, house: House) -> None:
    ticket = house.open()
    mails = part(look(client, house.bea, ticket), "emails-title")
    assert f"[{ticket.ticket_number}]" in mails
    assert house.ana.get_full_name() in mails
    assert "waiting" in mails
    assert "/admin/notifications/" not in mails
    assert "/admin/notifications/emailnotification/" in part(look(client, house.dora, ticket), "emails-title")


def test_a_failed_mail_is_a_warning_with_a_way_to_send_it_again(client: Client, house: House) -> None:
    ticket = house.open()
    mail = EmailNotification.objects.get(message="ticket_approved")
    EmailNotification.objects.filter(pk=mail.pk).update(status="failed", finished_at=timezone.now())
    for number in range(25):
        conversation.comment(ticket, by=house.bea, comment=f"{number}")
    again = f"/admin/notifications/emailnotification/{mail.pk}/send-again/"
    for person, may in ((house.dora, True), (house.bea, False)):
        shown = look(client, person, ticket)
        assert f"An e-mail to {house.ana.email} was not delivered." in shown
        assert (again in shown) == may
        assert ("A System Admin can send it again" in shown) != may
    EmailNotification.objects.filter(pk=mail.pk).update(status="pending", finished_at=None)
    assert "was not delivered" not in look(client, house.dora, ticket)


# What can be done


def of_state(house: House, state: str) -> Ticket:
    return getattr(house, state)()


NEXT = [
    ("new", "dora", "approve"), ("new", "bea", ""), ("open", "dora", "claim"), ("open", "bea", "claim"),
    ("in_progress", "bea", "resolve"), ("on_hold", "bea", "resume"), ("resolved", "dora", "close"),
    ("resolved", "bea", "reopen"), ("closed", "bea", "reopen"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "who", "verb"), NEXT)
def test_one_button_is_the_likely_next(client: Client, house: House, state: str, who: str, verb: str) -> None:
    assert first(look(client, getattr(house, who), of_state(house, state))) == verb


def test_what_somebody_has_not_begun_is_started_by_them(client: Client, house: House) -> None:
    ticket = lifecycle.assign(house.open(), by=house.dora, assignee=house.bea)
    assert first(look(client, house.bea, ticket)) == "start"
    assert first(look(client, house.dora, ticket)) == ""


@pytest.mark.parametrize("state", ["closed", "in_progress", "new", "on_hold", "open", "resolved"])
@pytest.mark.parametrize("who", ["bea", "dora"])
def test_every_verb_is_a_button_or_grey_with_its_reason(client: Client, house: House, state: str, who: str) -> None:
    every_verb_is_there(client, getattr(house, who), of_state(house, state))


@pytest.mark.parametrize("state", ["in_progress", "on_hold", "open"])
def test_every_verb_is_there_for_an_assignee_of_another_department(
    client: Client, house: House, mel: Employee, state: str
) -> None:
    ticket = of_state(house, state)
    client.force_login(mel)
    assert client.get(address(ticket)).status_code == 404
    every_verb_is_there(client, mel, lifecycle.assign(ticket, by=house.dora, assignee=mel))


def every_verb_is_there(client: Client, person: Employee, ticket: Ticket) -> None:
    """In the bar if it is allowed, else grey; and its page asks or says why not."""
    every = STAFF_VERBS | {"edit"}
    allowed = {name for name in every if not rules.CHECKS[name](ticket, person)}
    shown = look(client, person, ticket)
    assert offered(shown) == allowed
    grey = part(shown, "obstacles-title")
    assert grey.count('aria-disabled="true"') == len(every) - len(allowed)
    for verb in VERBS:
        assert (f">{verb.title}</span>" in grey) == (verb.name not in allowed)
        page = client.get(address(ticket, verb.slug))
        assert page.status_code == 200
        assert ('name="read_version"' in page.content.decode()) == (verb.name in allowed)


def test_a_grey_button_is_read_with_its_reason_and_who_could(client: Client, house: House) -> None:
    grey = part(look(client, house.bea, house.open()), "obstacles-title")
    assert 'tabindex="0" aria-describedby="obstacle-' in grey
    assert "Only a System Admin can do that." in words(grey)
    assert "Not while the ticket is “Open”." in words(grey)


def test_a_link_to_a_verb_says_which_version_was_seen(client: Client, house: House) -> None:
    ticket = house.open()
    assert f"/claim/?version={ticket.version}" in bar(look(client, house.bea, ticket))


# To whom


def test_whom_it_is_not_for_it_is_not_there(client: Client, house: House) -> None:
    ticket = house.in_progress()
    client.force_login(house.cem)
    comment = conversation.comment(ticket, by=house.bea, comment="A word.")
    pages = ["change", "comment", "edit", "history", "similar", f"comments/{comment.pk}/redact"]
    for page in pages:
        for answer in (client.get(address(ticket, page)), client.post(address(ticket, page), {"comment": "x"})):
            # The one that is only looked at says so before it looks.
            assert answer.status_code == (
                405 if page == "similar" and answer.request["REQUEST_METHOD"] == "POST" else 404
            )
            assert ticket.ticket_number not in answer.content.decode()
    assert client.get("/admin/tickets/ticket/987654321/change/").status_code == 404
    assert ticket.comments.count() == 1


@pytest.mark.parametrize("who", ["ana", "eve"])
def test_who_is_no_staff_does_not_get_in(client: Client, house: House, who: str) -> None:
    ticket = house.in_progress()
    client.force_login(getattr(house, who))
    for page in ("change", "comment", "edit", "history", "similar"):
        assert client.get(address(ticket, page)).status_code == 302


def test_a_clerk_sees_their_own_and_no_other(client: Client, house: House) -> None:
    clerk = people.clerk(department=house.it)
    client.force_login(clerk)
    assert client.get(address(house.in_progress())).status_code == 404
    own = house.new(by=clerk)
    assert "You asked for this yourself" in look(client, clerk, own)


def test_a_suspended_coordinator_is_out_at_the_next_click(client: Client, house: House) -> None:
    ticket = house.open()
    look(client, house.bea, ticket)
    people_lifecycle.suspend(house.bea, by=house.dora, reason="Left.")
    assert client.get(address(ticket)).status_code == 302


def test_nobody_changes_a_ticket_by_its_page(client: Client, house: House) -> None:
    ticket = house.open()
    client.force_login(house.dora)
    before = Ticket.objects.values().get(pk=ticket.pk)
    for send in (client.post, client.put, client.patch, client.delete):
        assert send(address(ticket), {"status": "Closed", "subject": "By a form"}).status_code == 403
    assert Ticket.objects.values().get(pk=ticket.pk) == before


# On one's own ticket one is its requester and nothing more


def own_ticket(house: House, by: Employee) -> Ticket:
    other = people.admin(first_name="Olu")
    ticket = lifecycle.approve(house.new(by=by), by=other, priority="Low", department=house.it, assignee=house.bea)
    conversation.comment(ticket, by=house.bea, comment="canary-51 public-no", is_internal=True)
    conversation.comment(ticket, by=house.bea, comment="We look at it.")
    return lifecycle.reprioritise(ticket, by=house.bea, priority="High", reason="canary-52")


def test_an_admin_reads_no_note_on_what_they_asked_for_themselves(client: Client, house: House) -> None:
    ticket = own_ticket(house, house.dora)
    shown = look(client, house.dora, ticket)
    assert "We look at it." in shown
    assert "You asked for this yourself" in shown
    assert f'href="/my/tickets/{ticket.ticket_number}/"' in shown
    for hidden in ("canary-5", "nternal note", "ote\n", "emails-title", "similar-title", "others-title", "version="):
        assert hidden not in shown
    assert 'name="is_internal" value="1"' not in shown
    assert offered(shown) == {"withdraw"}
    assert "You asked for this yourself: only" in words(part(shown, "obstacles-title"))
    similar = client.get(address(ticket, "similar"))
    assert "canary-5" not in similar.content.decode()
    note = ticket.comments.get(is_internal=True)
    assert client.get(address(ticket, f"comments/{note.pk}/redact")).status_code == 404
    record = client.get(address(ticket, "history"), follow=True).content.decode()
    assert "canary-51" not in record


def test_a_coordinator_who_asked_is_no_coordinator_of_it(client: Client, house: House) -> None:
    cid = people.coordinator(house.it, first_name="Cid")
    ticket = own_ticket(house, cid)
    shown = look(client, cid, ticket)
    assert "canary-5" not in shown
    assert offered(shown) == {"withdraw"}
    client.post(address(ticket, "comment"), {"comment": "A note of mine?", "is_internal": "1"})
    assert not ticket.comments.filter(user=cid).exists()


def test_where_the_house_allows_it_an_admin_works_on_what_they_asked_for(
    client: Client, house: House, settings: Any
) -> None:
    ticket = own_ticket(house, house.dora)
    settings.ALLOW_SELF_APPROVAL = True
    shown = look(client, house.dora, ticket)
    assert "canary-51" in shown
    assert {"resolve", "hold"} <= offered(shown)


# What it costs


def statements(client: Client, person: Employee, ticket: Ticket) -> int:
    look(client, person, ticket)
    with CaptureQueriesContext(connection) as captured:
        look_again = client.get(address(ticket))
    assert look_again.status_code == 200
    return len(captured)


@pytest.mark.parametrize("who", ["bea", "dora"])
def test_a_page_costs_the_same_with_one_comment_and_with_a_hundred(
    client: Client, house: House, who: str, django_assert_max_num_queries: Callable
) -> None:
    ticket, person = house.in_progress(), getattr(house, who)
    house.open()
    conversation.comment(ticket, by=house.ana, comment="One.")
    conversation.comment(ticket, by=house.bea, comment="Two.", is_internal=True)
    few = statements(client, person, ticket)
    for number in range(50):
        comment(ticket, by=people.admin(), text=f"{number}")
        comment(ticket, by=house.bea, text=f"{number}", internal=True)
        quick_ticket(department=house.it)
    assert statements(client, person, ticket) == few
    assert few <= STATEMENTS_MOST


def test_the_role_of_a_person_is_that_of_now(client: Client, house: House) -> None:
    ticket = lifecycle.assign(house.open(), by=house.dora, assignee=house.cem)
    assert "claim" not in offered(look(client, house.cem, ticket))
    people_lifecycle.change_role(house.cem, by=house.dora, role=Role.EMPLOYEE, reason="Moves on.")
    assert client.get(reverse("admin:tickets_ticket_change", args=[ticket.pk])).status_code == 302
