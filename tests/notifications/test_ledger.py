"""The ledger: of each event who was told, by what, whether it arrived, and who was not told and why."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from audit.actors import WORKFLOW
from audit.permanence import PermanentRecord
from jobs import leases
from notifications import ledger, preferences
from notifications.messages import BY_EMAIL, IN_APP
from notifications.models import EmailNotification, LedgerEntry
from people import lifecycle as people_lifecycle
from people.models import Employee
from tests.factories import people
from tests.tickets.conftest import house
from tickets import conversation, lifecycle
from tickets.models import Ticket

__all__ = ["house"]

pytestmark = pytest.mark.django_db

CANARY = "canary-7f3a"


def last(ticket: Ticket) -> tuple[str, dict[str, str]]:
    """The last event, and of each person how they were told or why not."""
    (event,) = ledger.of(ticket, first=0, most=1)
    return event.entry.event, {_name(line): _how(line) for line in event.lines}


def _name(line: ledger.Line) -> str:
    return line.person.first_name if line.person else line.address


def _how(line: ledger.Line) -> str:
    if line.why:
        return str(line.why)
    return " and ".join(word for word in ("mail" if line.email else "", "bell" if line.in_app else "") if word)


def address(ticket: Ticket) -> str:
    return f"/admin/tickets/ticket/{ticket.pk}/told/"


def answer_of(person: Employee | None, where: str) -> Any:
    client = Client()
    if person is not None:
        client.force_login(person)
    return client.get(where)


def test_it_says_who_was_told_by_what_and_who_was_not_and_why(house):
    preferences.choose(house.ana, {"ticket_progress": {BY_EMAIL}, "ticket_replies": set()})
    ticket = house.open()
    assert last(ticket) == ("approve", {"Ana": "mail", "Bea": "mail and bell"})
    ticket = lifecycle.claim(ticket, by=house.bea)
    conversation.comment(ticket, by=house.bea, comment="Soon.")
    assert last(ticket) == (
        "comment", {"Ana": "They chose not to be told of this.", "Bea": "They did it themselves."},
    )  # fmt: skip
    lifecycle.reprioritise(ticket, by=house.dora, priority="High", reason="CEO")
    assert last(ticket) == ("reprioritise", {"Bea": "mail and bell"})


def test_who_is_not_approved_or_may_not_see_it_stands_there_with_the_reason(house):
    ticket = house.in_progress()
    people_lifecycle.suspend(house.ana, by=house.dora, reason="Left.")
    people_lifecycle.change_role(house.bea, by=house.dora, role="Employee", reason="Moved.")
    lifecycle.resolve(Ticket.objects.get(pk=ticket.pk), by=house.dora, resolution="New battery.")
    assert last(ticket) == (
        "resolve", {"Ana": "Their account is not approved.", "Bea": "They may not see it."},
    )  # fmt: skip


def test_an_address_outside_stands_there_as_it_is(house):
    house.it.head_email = "head@example.org"
    house.it.save()
    assert last(house.open())[1]["head@example.org"] == "mail"


def test_a_submission_has_the_receipt_and_the_admins(house):
    assert last(house.new()) == ("submit", {"Ana": "mail", "Dora": "mail and bell"})
    assert last(house.new(by=house.dora)) == ("submit", {"Dora": "They did it themselves."})


def test_nothing_that_was_said_is_in_it(house):
    ticket = house.in_progress(subject=f"Says {CANARY}")
    conversation.comment(ticket, by=house.dora, comment=CANARY, is_internal=True)
    assert CANARY not in repr(list(LedgerEntry.objects.values()))


def test_it_is_written_once(house):
    house.open()
    entry = LedgerEntry.objects.first()
    with pytest.raises(PermanentRecord):
        entry.save()
    with pytest.raises(PermanentRecord):
        LedgerEntry.objects.all().delete()


def test_the_page_shows_what_became_of_each(house, sink):
    ticket = house.open()
    sink.answer_to_recipient = "550 5.1.1 No such mailbox"
    leases.drain(EmailNotification)
    sink.answer_to_recipient = None
    conversation.comment(ticket, by=house.dora, comment="Hello.")
    preferences.choose(house.ana, {"ticket_replies": {IN_APP}})
    for person, may_see_mails in ((house.bea, False), (house.dora, True)):
        shown = answer_of(person, address(ticket)).content.decode()
        assert "Approved" in shown
        assert shown.count("550 5.1.1 No such mailbox") == 4  # receipt, approval, and to the admin and the coordinator
        assert "waiting" in shown
        assert house.ana.get_full_name() in shown
        assert ("/admin/notifications/emailnotification/" in shown.partition("told-event")[2]) == may_see_mails
        assert address(ticket) in answer_of(person, f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode()


def test_only_its_staff_read_it_and_for_others_there_is_none(house):
    boss = people.admin(email="boss@example.com")
    ticket = lifecycle.approve(house.new(by=house.dora), by=boss, priority="Low", department=house.it)
    expected = {
        house.bea: 200, boss: 200, house.dora: 404, house.cem: 404, house.ana: 302, people.clerk(): 404, None: 302,
    }  # fmt: skip
    assert {person: answer_of(person, address(ticket)).status_code for person in expected} == expected
    assert address(ticket) not in answer_of(house.dora, f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode()


def test_its_requester_finds_no_entry_of_it_in_the_back_office_either(house):
    boss = people.admin(email="boss@example.com")
    ticket = lifecycle.approve(house.new(by=house.dora), by=boss, priority="Low", department=house.it)
    lifecycle.claim(ticket, by=house.bea)
    conversation.comment(ticket, by=boss, comment="Between us.", is_internal=True)
    entry = LedgerEntry.objects.get(event="note")
    one, every = f"/admin/notifications/ledgerentry/{entry.pk}/change/", "/admin/notifications/ledgerentry/"
    assert f"{house.bea.get_full_name()}: e-mail (waiting), behind the bell" in answer_of(boss, one).content.decode()
    assert answer_of(boss, every).context["cl"].result_count == LedgerEntry.objects.count()
    assert answer_of(house.dora, one).status_code == 302  # as for one that is not there
    assert answer_of(house.dora, every).context["cl"].result_count == 0
    assert answer_of(house.bea, every).status_code == 403


def test_the_list_says_what_each_is_about_and_who_caused_it_with_as_many_statements(
    house, client, django_assert_max_num_queries
):
    ticket = house.open(subject="Laptop is <b>dead</b>")
    lifecycle.hold(ticket, by=WORKFLOW, reason="Waits.")
    client.force_login(house.dora)
    every = "/admin/notifications/ledgerentry/"
    shown = client.get(every).text.partition('id="result_list"')[2]
    assert shown.count("TX0001 Laptop is &lt;b&gt;dead") == 3
    assert "workflow" in shown
    for _each in range(10):
        house.open()
    with django_assert_max_num_queries(12):
        assert client.get(every).context["cl"].result_count == 23


def test_the_page_asks_as_often_for_many_as_for_one(house, django_assert_max_num_queries):
    ticket = house.open()
    client = Client()
    client.force_login(house.dora)
    for _each in range(30):
        conversation.comment(ticket, by=people.admin(), comment=".")
    client.get(address(ticket))
    with django_assert_max_num_queries(14):
        page = client.get(address(ticket))
    assert len(page.context["events"]) == 20
    older = client.get(f"{address(ticket)}?page=2")
    assert len(older.context["events"]) == 12
    for nonsense in ("0", "x", "999999999", "٣"):
        assert client.get(address(ticket), {"page": nonsense}).status_code == 200
