"""What one asked for oneself: an admin or coordinator is its requester there, and learns nothing of internal notes –
neither that there are any, nor how many, by whichever page, order, number or refusal."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import AuditEvent
from audit.refusals import Refused
from jobs.models import RunRow
from notifications import outbox
from notifications.models import EmailNotification
from people.models import Employee
from tests.factories import files, people
from tests.factories.tickets import quick_ticket
from tests.tickets.admin.looking import address, look
from tests.tickets.admin.test_bulk import apply, plan, rows
from tests.tickets.admin.test_list import shown
from tests.tickets.conftest import House
from tickets import conversation, lifecycle, queries
from tickets.admin import listing
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

MAILS = "/admin/notifications/emailnotification/"
HISTORIES = ("historicalticket", "historicalticketcomment", "historicalticketattachment")


@pytest.fixture
def boss(db: None) -> Employee:
    return people.admin(first_name="Boss", email="boss@example.com")


@pytest.fixture
def own(house: House, boss: Employee) -> Ticket:
    """Dora, an admin, asked; bea works on it."""
    ticket = house.new(by=house.dora)
    ticket = lifecycle.approve(ticket, by=boss, priority="Medium", department=house.it, assignee=house.bea)
    return lifecycle.start(ticket, by=house.bea)


def note(house: House, ticket: Ticket, words: str = "Between us.") -> Any:
    return conversation.comment(ticket, by=house.bea, comment=words, is_internal=True)


def note_of(boss: Employee, ticket: Ticket) -> EmailNotification:
    """The assignee has a mail about it."""
    conversation.comment(ticket, by=boss, comment="Between us.", is_internal=True)
    return EmailNotification.objects.get(message="ticket_noted")


# Versions


def test_a_verb_page_of_ones_own_ticket_shows_no_version(client: Client, house: House, own: Ticket) -> None:
    assert "read_version" not in look(client, house.dora, own) + page_of_verb(client, house.dora, own, "withdraw")
    assert f'name="read_version" value="{own.version}"' in page_of_verb(client, house.bea, own, "hold")


def page_of_verb(client: Client, person: Employee, ticket: Ticket, slug: str) -> str:
    client.force_login(person)
    answer = client.get(address(ticket, slug))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("version", ["1", "3", "4", "999"])
@pytest.mark.parametrize("verb", ["approve", "claim", "resolve"])
def test_no_version_that_is_sent_tells_what_the_real_one_is(
    client: Client, house: House, own: Ticket, verb: str, version: str
) -> None:
    note(house, own)
    client.force_login(house.dora)
    answer = client.post(address(own, verb), {"read_version": version, "resolution": "It works again."}, follow=True)
    words = answer.content.decode()
    assert "You asked for this yourself" in words
    assert "Somebody else has changed this" not in words


def test_a_note_does_not_stop_who_withdraws_their_own(client: Client, house: House, own: Ticket) -> None:
    client.force_login(house.dora)
    note(house, own)
    client.post(address(own, "withdraw"), {"read_version": own.version, "reason": ""})
    assert Ticket.objects.get(pk=own.pk).status == "Withdrawn"


def test_a_second_click_is_no_fault_whether_there_was_a_note_or_not(client: Client, house: House, own: Ticket) -> None:
    client.force_login(house.dora)
    client.post(address(own, "withdraw"), {"reason": ""}, follow=True)
    before = client.post(address(own, "withdraw"), {"reason": ""}, follow=True).content.decode()
    note(house, own)
    after = client.post(address(own, "withdraw"), {"reason": ""}, follow=True).content.decode()
    for said in (before, after):
        assert "can&#x27;t be withdrawn." not in said.partition("ws-bar")[0]


# Many at once


def test_a_note_does_not_stop_a_plan_with_ones_own_ticket(client: Client, house: House, own: Ticket) -> None:
    own = lifecycle.resolve(own, by=house.bea, resolution="A new battery.")
    run = plan(client, house.dora, "close", [own], reason="It works.")
    note(house, own)
    assert rows(apply(client, run))[own.ticket_number].outcome == RunRow.Outcome.APPLIED


def test_what_one_may_know_of_still_stops_it(client: Client, house: House, own: Ticket) -> None:
    own = lifecycle.resolve(own, by=house.bea, resolution="A new battery.")
    run = plan(client, house.dora, "close", [own], reason="It works.")
    conversation.comment(own, by=house.bea, comment="Wait, it is loose.")
    row = rows(apply(client, run))[own.ticket_number]
    assert row.outcome != RunRow.Outcome.APPLIED
    assert "since the plan was made" in row.sentences[0]


# The outbox


def mails(client: Client, person: Employee, **asked: Any) -> str:
    client.force_login(person)
    answer = client.get(MAILS, asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_outbox_has_no_mail_to_staff_about_ones_own_ticket(
    client: Client, house: House, boss: Employee, own: Ticket
) -> None:
    mail = note_of(boss, own)
    key = f"{MAILS}{mail.pk}/"
    for asked in ({}, {"q": own.ticket_number}, {"message": "ticket_noted"}, {"status__exact": mail.status}):
        assert key not in mails(client, house.dora, **asked)
    assert "ticket_noted" not in mails(client, house.dora)
    assert client.get(f"{key}change/").status_code == 302
    for asked_again in (client.get, client.post):
        assert asked_again(f"{key}send-again/").status_code == 404
    assert [reason.code for reason in outbox.against_sending_again(mail, by=house.dora)] == ["unseen"]
    # Neither by who got it.
    assert key not in client.get(f"/admin/people/employee/{house.bea.pk}/change/").content.decode()


def test_the_other_admin_has_them_all(client: Client, house: House, boss: Employee, own: Ticket) -> None:
    key = f"{MAILS}{note_of(boss, own).pk}/"
    assert key in mails(client, boss)
    assert client.get(f"{key}change/").status_code == 200
    assert set(outbox.visible_to(boss)) == set(EmailNotification.objects.all())
    hidden = set(outbox.visible_to(boss)) - set(outbox.visible_to(house.dora))
    assert {mail.message for mail in hidden} == {"ticket_to_approve", "ticket_assigned", "ticket_noted"}


def test_a_failed_mail_about_a_note_is_not_counted_for_who_asked(
    client: Client, house: House, boss: Employee, own: Ticket
) -> None:
    def failed() -> int:
        return outbox.visible_to(house.dora).filter(status=EmailNotification.Status.FAILED).count()

    client.force_login(house.dora)
    before = client.get("/admin/").content.decode()
    mail = note_of(boss, own)
    mail.status, mail.last_error, mail.finished_at = EmailNotification.Status.FAILED, "No such host.", timezone.now()
    mail.save()
    assert failed() == 0
    waiting = re.compile(r"E-mails that failed.{0,200}", re.DOTALL)
    assert waiting.findall(client.get("/admin/").content.decode()) == waiting.findall(before)


def test_where_the_house_allows_it_an_admin_reads_all_of_their_own(
    house: House, boss: Employee, own: Ticket, settings: Any
) -> None:
    settings.ALLOW_SELF_APPROVAL = True
    note_of(boss, own)
    assert set(outbox.visible_to(house.dora)) == set(EmailNotification.objects.all())


# The raw record


def test_the_raw_record_of_ones_own_ticket_is_not_there(
    client: Client, house: House, boss: Employee, own: Ticket
) -> None:
    lifecycle.reprioritise(own, by=boss, priority="High", reason="canary-71 only.")
    said = conversation.comment(own, by=house.bea, comment="See here.")
    conversation.redact(said, by=boss, reason="canary-72 only.")
    client.force_login(house.dora)
    assert client.get(address(own, "history")).headers["Location"] == address(own)
    for name in HISTORIES:
        listed = client.get(f"/admin/tickets/{name}/").content.decode()
        assert not re.findall(rf"/admin/tickets/{name}/\d+/", listed)
        assert "canary-7" not in listed
    for row in [*own.history.all(), *said.history.all()]:
        page = f"/admin/tickets/{row._meta.model_name}/{row.history_id}/change/"
        assert client.get(page).status_code == 302
    client.force_login(boss)
    assert "canary-71" in client.get("/admin/tickets/historicalticket/").content.decode()
    assert "canary-72" in client.get("/admin/tickets/historicalticketcomment/").content.decode()


# The order of the list


@pytest.mark.parametrize("sort", ["-updated", "updated"])
def test_a_note_does_not_move_ones_own_ticket_in_the_list(client: Client, house: House, own: Ticket, sort: str) -> None:
    other = house.new()
    note_moves = shown(client, house.bea, queue="all", o=sort)
    before = shown(client, house.dora, queue="all", o=sort)
    assert before.index(other.ticket_number) == (0 if sort == "-updated" else 1)
    note(house, own)
    assert shown(client, house.dora, queue="all", o=sort) == before
    assert own.ticket_number in note_moves
    # What they may know of does.
    conversation.comment(own, by=house.bea, comment="It is on its way.")
    assert shown(client, house.dora, queue="all", o=sort) != before


@pytest.mark.parametrize("sort", ["-updated", "updated"])
@pytest.mark.parametrize("whose", ["dora", "bea", "boss"])
def test_pages_by_update_put_ones_own_among_the_others_each_once(
    house: House, boss: Employee, monkeypatch: pytest.MonkeyPatch, sort: str, whose: str
) -> None:
    monkeypatch.setattr(listing, "ROWS_A_PAGE", 3)
    now = timezone.now()
    for number in range(17):
        asked_by = house.dora if number % 3 == 0 or number > 14 else house.ana
        ticket = quick_ticket(requester=asked_by, department=house.it)
        moment = now - timedelta(hours=number)
        known = {"submit_date": moment, "news_at": None if number % 2 else moment}
        Ticket.objects.filter(pk=ticket.pk).update(**known, update_date=moment)
    # Notes since then, which she must not notice.
    Ticket.objects.filter(employee=house.dora).update(update_date=now + timedelta(hours=1))
    person = {"dora": house.dora, "bea": house.bea, "boss": boss}[whose]

    def known_at(ticket: Ticket) -> Any:
        is_own = ticket.employee_id == person.pk
        return (ticket.news_at or ticket.submit_date) if is_own else ticket.update_date, ticket.pk

    seen = queries.queue("all", person)
    expected = sorted(seen, key=known_at, reverse=sort == "-updated")
    found = [queries.page_of(seen, sort, first, first + 3, by=person) for first in range(0, 24, 3)]
    assert [len(page) for page in found] == [3, 3, 3, 3, 3, 2, 0, 0]
    assert [ticket for page in found for ticket in page] == expected


def test_the_record_tells_nothing_of_what_others_did_about_it(own: Ticket, house: House, boss: Employee) -> None:
    """A note that was refused, the file of a note that was fetched, a difference that was settled."""
    with pytest.raises(Refused):
        conversation.comment(own, by=people.coordinator(people.department("Elsewhere")), comment="x", is_internal=True)
    note = conversation.comment(own, by=house.bea, comment="Look.", is_internal=True, files=[files.staged(house.bea)])
    worker = Client()
    worker.force_login(house.bea)
    assert b"".join(worker.get(f"/attachments/{note.attachments.get().secure_token}/").streaming_content)
    events = AuditEvent.objects.filter(kind__in=["refused", "downloaded"])
    assert set(events.values_list("kind", flat=True)) == {"refused", "downloaded"}
    for event in events:
        page = f"/admin/audit/auditevent/{event.pk}/change/"
        client = Client()
        client.force_login(house.dora)
        assert client.get(page).status_code == 302, event.kind
        client.force_login(boss)
        assert client.get(page).status_code == 200
    client.force_login(house.dora)
    seen = client.get("/admin/audit/auditevent/").context["cl"].result_list
    assert not set(events.values_list("pk", flat=True)) & {event.pk for event in seen}
