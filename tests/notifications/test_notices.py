"""The bell: who finds what behind it, what is read, and what vanishes from it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backoffice import demo_clock
from jobs import leases
from notifications import notices, outbox
from notifications.models import EmailNotification, Notice
from people import lifecycle as people_lifecycle
from people.models import Employee
from tests.factories import people
from tests.tickets.conftest import House, house
from tickets import conversation, lifecycle
from tickets.models import Ticket

__all__ = ["house"]

pytestmark = pytest.mark.django_db

PAGE = "/my/notifications/"
RECORD = "/admin/audit/auditevent/?kind__exact=sent+again"


def told(person: Employee) -> list[str]:
    return [notice.text for notice in notices.of(person)]


def look(person: Employee, address: str = PAGE) -> str:
    client = Client()
    client.force_login(person)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def note(house: House, ticket: Ticket) -> None:
    conversation.comment(ticket, by=house.dora, comment="Between us.", is_internal=True)


def test_who_is_mailed_finds_the_same_words_behind_the_bell(house):
    ticket = house.open(subject="Laptop is <b>dead</b>")
    assert told(house.ana) == ["Approved: Laptop is <b>dead</b>"]
    assert told(house.bea) == ["Waiting for you: Laptop is <b>dead</b>"]
    assert told(house.dora) == ["To approve: Laptop is <b>dead</b>"]
    assert told(house.eve) == told(house.cem) == []
    shown = look(house.ana)
    assert "Approved: Laptop is &lt;b&gt;dead&lt;/b&gt;" in shown
    assert "<b>dead" not in shown
    assert ticket.ticket_number in shown
    assert house.dora.get_full_name() in shown


def test_a_receipt_of_what_one_did_oneself_is_no_news(house):
    house.new()
    assert told(house.ana) == []


def test_the_bell_counts_what_is_not_read_in_the_help_center_and_in_the_back_office(house):
    ticket = house.in_progress()
    note(house, ticket)
    assert notices.unread_count(house.bea) == 2
    for address, count in (("/", "bell-count"), ("/admin/", "bo-bell-count")):
        assert f'<span class="{count}">2<' in look(house.bea, address)
        assert count not in look(house.eve, "/"), "nothing is counted for who was told nothing"


def test_a_count_beyond_a_hundred_is_not_counted_further(house, django_assert_num_queries):
    for _each in range(notices.COUNTED_MOST + 2):
        conversation.comment(
            house.open() if not Ticket.objects.exists() else Ticket.objects.get(), by=house.bea, comment="."
        )
    with django_assert_num_queries(1):
        assert notices.unread_count(house.ana) == notices.COUNTED_MOST + 1
    assert '<span class="bell-count">99+<' in look(house.ana, "/")


def test_to_follow_one_is_to_have_read_it_and_leads_to_the_page_of_whoever_reads(house, client):
    ticket = house.open()
    for person, page in (
        (house.ana, f"/my/tickets/{ticket.ticket_number}/"),
        (house.bea, f"/admin/tickets/ticket/{ticket.pk}/change/"),
    ):
        client.force_login(person)
        notice = notices.of(person).get()
        answer = client.get(f"{PAGE}{notice.pk}/")
        assert (answer.status_code, answer.url) == (302, page)
        first = Notice.objects.get(pk=notice.pk).read_at
        assert first is not None
        client.get(f"{PAGE}{notice.pk}/")
        assert Notice.objects.get(pk=notice.pk).read_at == first
        assert notices.unread_count(person) == 0


def test_somebody_elses_is_not_there_and_stays_unread(house, client):
    house.open()
    notice = notices.of(house.ana).get()
    client.force_login(house.bea)
    for key in (notice.pk, 987654321, 10**30):
        assert client.get(f"{PAGE}{key}/").status_code == 404
    assert Notice.objects.get(pk=notice.pk).read_at is None
    client.logout()
    assert client.get(f"{PAGE}{notice.pk}/").url.startswith("/accounts/login/")


def test_all_are_read_at_once_but_not_what_came_since(house, client):
    ticket = house.open()
    client.force_login(house.ana)
    page = client.get(PAGE).content.decode()
    seen = notices.of(house.ana).get()
    assert f'name="up_to" value="{seen.pk}"' in page
    conversation.comment(ticket, by=house.bea, comment="Meanwhile.")
    assert client.get(f"{PAGE}read/").status_code == 405
    client.post(f"{PAGE}read/", {"up_to": str(seen.pk)})
    assert [notice.text for notice in notices.unread_of(house.ana)] == ["New comment: Laptop is dead"]
    assert notices.unread_count(house.bea) == 1, "nobody else's"
    for nonsense in ("", "x", "-1", "9" * 40):
        assert client.post(f"{PAGE}read/", {"up_to": nonsense}).status_code == 302


def test_to_mark_them_is_offered_while_there_is_one_to_mark(house, client):
    ticket = house.open()
    for number in range(26):
        conversation.comment(ticket, by=house.bea, comment=str(number))
    client.force_login(house.ana)
    oldest, newest = notices.of(house.ana).last(), notices.of(house.ana)[0]
    notices.read_all(house.ana, up_to=newest.pk)
    assert "Mark all as read" not in client.get(PAGE).content.decode()
    Notice.objects.filter(pk=oldest.pk).update(read_at=None)
    assert "Mark all as read" in client.get(PAGE).content.decode(), "it is on the next page"
    client.post(f"{PAGE}read/", {"up_to": str(client.get(PAGE).context["up_to"])})
    assert notices.unread_count(house.ana) == 0
    assert "Mark all as read" not in client.get(PAGE).content.decode()


def test_they_are_listed_by_their_date_whenever_they_were_written(house, client):
    """Tickets that are brought in, and the demo, write of older days after newer ones."""
    ticket = house.open()
    for days, count in ((3, 20), (9, 20), (1, 20)):
        with demo_clock.at(timezone.now() - timedelta(days=days)):
            for number in range(count):
                conversation.comment(ticket, by=house.bea, comment=str(number))
    client.force_login(house.ana)
    shown, address = [], PAGE
    while True:
        page = client.get(address)
        shown += page.context["notices"]
        if page.context["older"] is None:
            break
        address = f"{PAGE}?before={page.context['older']}"
    assert len(shown) == len({notice.pk for notice in shown}) == 61
    assert [notice.created_at for notice in shown] == sorted((notice.created_at for notice in shown), reverse=True)
    client.force_login(house.dora)
    listed = client.get("/admin/notifications/notice/").context["cl"].result_list
    assert [row.created_at for row in listed] == sorted((row.created_at for row in listed), reverse=True)
    # What is dated earlier and comes later is not read with the others.
    up_to = Notice.objects.filter(recipient=house.ana).latest("pk").pk
    with demo_clock.at(timezone.now() - timedelta(days=5)):
        conversation.comment(ticket, by=house.bea, comment="Late.")
    notices.read_all(house.ana, up_to=up_to)
    assert notices.unread_count(house.ana) == 1


def test_to_read_them_all_wants_a_csrf_token(house):
    house.open()
    client = Client(enforce_csrf_checks=True)
    client.force_login(house.ana)
    assert client.post(f"{PAGE}read/", {"up_to": "999999"}).status_code == 403
    assert notices.unread_count(house.ana) == 1


def test_a_ticket_that_one_sees_no_more_takes_its_notices_with_it(house):
    ticket = house.open()
    lifecycle.transfer(ticket, by=house.dora, department=house.legal, reason="Contract.")
    assert told(house.bea) == []
    assert told(house.cem) == ["Waiting for you: Laptop is dead"]
    assert notices.unread_count(house.bea) == 0
    assert "Laptop" not in look(house.bea)


def test_notes_vanish_for_who_becomes_its_requester_and_nothing_more(house):
    ticket = house.in_progress()
    note(house, ticket)
    assert "Internal note: Laptop is dead" in told(house.bea)
    Ticket.objects.filter(pk=ticket.pk).update(employee=house.bea)
    assert told(house.bea) == []


def test_who_asked_for_it_finds_nothing_of_what_staff_say(house):
    boss = people.admin(email="boss@example.com")
    ticket = lifecycle.approve(house.new(by=house.dora), by=boss, priority="Low", department=house.it)
    lifecycle.claim(ticket, by=house.bea)
    before = told(house.dora)
    note_by = {"by": boss, "comment": "Between us.", "is_internal": True}
    conversation.comment(ticket, **note_by)
    lifecycle.reprioritise(ticket, by=boss, priority="High", reason="Because.")
    assert told(house.dora) == before
    client = Client()
    client.force_login(house.dora)
    shown = client.get("/admin/notifications/notice/").content.decode()
    assert "Internal note" not in shown
    assert "Priority" not in shown.partition("result_list")[2]
    client.force_login(boss)
    assert "Internal note" in client.get("/admin/notifications/notice/").content.decode()


def test_who_asked_for_it_finds_nowhere_which_of_the_staff_were_told(house):
    """Also not by what is for everybody: who reads "New comment" is who works on it."""
    boss = people.admin(email="boss@example.com")
    ticket = lifecycle.approve(house.new(by=house.dora), by=boss, priority="Low", department=house.it)
    ticket = lifecycle.claim(ticket, by=house.bea)
    conversation.comment(ticket, by=house.dora, comment="Any news?")
    conversation.comment(ticket, by=house.bea, comment="Soon.")
    leases.drain(EmailNotification)
    to_bea = EmailNotification.objects.filter(recipient=house.bea, message="ticket_commented").get()
    outbox.send_again(to_bea, by=boss)
    for address, seen_by_boss in (
        ("/admin/notifications/notice/", 6), ("/admin/notifications/emailnotification/", 7), (RECORD, 1),
    ):  # fmt: skip
        rows = {person: _rows(person, address) for person in (boss, house.dora)}
        assert len(rows[boss]) == seen_by_boss, address
        assert {getattr(row, "recipient", house.dora) for row in rows[house.dora]} <= {house.dora}, address
    assert len(_rows(house.dora, RECORD)) == 0
    assert told(house.dora) == [
        "New comment: Laptop is dead",
        "In good hands: Laptop is dead",
        "Approved: Laptop is dead",
    ]
    client = Client()
    client.force_login(house.dora)
    for row, model in ((to_bea, "emailnotification"), (Notice.objects.filter(recipient=house.bea)[0], "notice")):
        assert client.get(f"/admin/notifications/{model}/{row.pk}/change/").status_code == 302, "as if there were none"
        assert (
            house.bea.email
            not in client.get(f"/admin/notifications/{model}/?q={house.bea.email}").text.partition('id="result_list"')[
                2
            ]
        )


def _rows(person: Employee, address: str) -> list[Any]:
    client = Client()
    client.force_login(person)
    return list(client.get(address).context["cl"].result_list)


def test_who_is_suspended_or_demoted_finds_nothing_any_more(house):
    house.open()
    assert told(house.bea)
    people_lifecycle.change_role(house.bea, by=house.dora, role="Employee", reason="Moved.")
    assert told(Employee.objects.get(pk=house.bea.pk)) == []
    people_lifecycle.suspend(house.ana, by=house.dora, reason="Left.")
    assert told(Employee.objects.get(pk=house.ana.pk)) == []


def test_applications_are_for_who_decides_about_them(house):
    person = people.person("Pending", first_name="Newt", email="newt@example.com")
    from people import emails

    emails.application_received(person)
    assert told(house.dora) == [f"New application: {person.get_full_name()}"]
    assert EmailNotification.objects.get(message="people_new_application").subject.startswith("[SmartSupport] ")
    people_lifecycle.change_role(house.dora, by=people.admin(), role="Employee", reason="Moved.")
    assert told(Employee.objects.get(pk=house.dora.pk)) == []


def test_after_ninety_days_they_are_gone(house):
    house.open()
    Notice.objects.filter(recipient=house.ana).update(created_at=timezone.now() - timedelta(days=90, minutes=1))
    Notice.objects.filter(recipient=house.bea).update(created_at=timezone.now() - timedelta(days=89))
    assert (told(house.ana), len(told(house.bea))) == ([], 1)
    assert notices.prune() == 1
    assert not Notice.objects.filter(recipient=house.ana).exists()
    assert len(told(house.bea)) == 1


def test_older_ones_are_a_page_further(house, client):
    ticket = house.open()
    for number in range(30):
        conversation.comment(ticket, by=house.bea, comment=str(number))
    client.force_login(house.ana)
    page = client.get(PAGE)
    assert len(page.context["notices"]) == 25
    older = client.get(f"{PAGE}?tab=all&before={page.context['older']}")
    assert [notice.text for notice in older.context["notices"]][-1] == "Approved: Laptop is dead"
    assert len(older.context["notices"]) == 6
    notices.read_all(house.ana, up_to=notices.of(house.ana)[0].pk)
    assert "You have read everything." in client.get(f"{PAGE}?tab=unread").content.decode()
    for nonsense in ("x", "9" * 40, "-1", "٣"):
        assert client.get(PAGE, {"before": nonsense}).status_code == 200


def test_an_empty_page_says_what_comes(house):
    assert "Nothing yet." in look(house.eve)


def test_the_page_asks_as_often_for_thirty_as_for_one(house, client, django_assert_max_num_queries):
    ticket = house.open()
    client.force_login(house.ana)
    client.get(PAGE)
    for _each in range(30):
        conversation.comment(ticket, by=people.admin(), comment=".")
    with django_assert_max_num_queries(6):
        client.get(PAGE)
