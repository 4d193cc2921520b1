"""A mail that will not arrive: it flags the ticket, whoever caused it hears of it, and an address can be corrected."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audit.actors import SYSTEM
from audit.models import AuditEvent
from jobs import leases
from notifications import messages, notices, outbox
from notifications.models import EmailNotification, Notice
from people import lifecycle as people_lifecycle
from people.models import Employee
from tests.factories import people
from tests.tickets.conftest import House, house
from tickets import conversation, lifecycle, unreached
from tickets.models import Ticket

__all__ = ["house"]

pytestmark = pytest.mark.django_db

LIST = "/admin/tickets/ticket/?queue=all"
FLAG = "not reached by e-mail"


@pytest.fixture
def send(sink: Any) -> Any:
    """Sends what waits; with an answer, the mail server gives that to every address."""

    def send(answer: str | None = None) -> None:
        sink.answer_to_recipient = answer
        leases.drain(EmailNotification)
        sink.answer_to_recipient = None

    return send


@pytest.fixture
def bounced(house: House, send: Any) -> EmailNotification:
    """Bea's reply did not reach ana."""
    ticket = house.in_progress()
    send()
    conversation.comment(ticket, by=house.bea, comment="Soon.")
    send("550 5.1.1 No such mailbox")
    return EmailNotification.objects.get(message="ticket_commented")


def look(person: Employee, address: str) -> str:
    client = Client()
    client.force_login(person)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def page(ticket: Any) -> str:
    return f"/admin/tickets/ticket/{ticket.pk}/change/"


def told(person: Employee) -> list[str]:
    return [notice.text for notice in notices.of(person).filter(message__endswith="_undelivered")]


def test_whoever_replied_hears_that_it_did_not_arrive(bounced, house):
    assert bounced.status == "failed"
    assert told(house.bea) == ["Not delivered to Ana " + house.ana.last_name + ": New comment: Laptop is dead"]
    assert notices.of(house.bea).first().path == page(bounced.about)
    for person in (house.ana, house.dora, house.cem):
        assert told(person) == []


def test_a_mail_that_is_only_late_is_no_news_yet_and_one_given_up_is(house, send):
    ticket = house.in_progress()
    send()
    conversation.comment(ticket, by=house.bea, comment="Soon.")
    send("450 4.2.1 Busy")
    assert told(house.bea) == []
    rows = EmailNotification.objects.filter(message="ticket_commented")
    rows.update(next_attempt_at=timezone.now(), give_up_at=timezone.now() - timedelta(seconds=1))
    send("450 4.2.1 Busy")
    assert rows.get().status == "failed"
    assert len(told(house.bea)) == 1


def test_a_mail_that_takes_its_worker_down_until_it_is_given_up_is_news_too(house, send):
    ticket = house.in_progress()
    send()
    conversation.comment(ticket, by=house.bea, comment="Soon.")
    row = EmailNotification.objects.get(message="ticket_commented")
    leases.claim(row)
    past = timezone.now() - timedelta(seconds=1)
    EmailNotification.objects.filter(pk=row.pk).update(lease_until=past, give_up_at=past)
    leases.recover(EmailNotification)
    assert len(told(house.bea)) == 1


def test_who_asked_is_not_told_of_our_troubles(house, send):
    ticket = house.in_progress()
    send()
    conversation.comment(ticket, by=house.ana, comment="Any news?")
    send("550 No")
    assert EmailNotification.objects.get(message="ticket_commented").status == "failed"
    assert not Notice.objects.filter(message="ticket_undelivered").exists()
    assert not unreached.failed().exists(), "it was not the requester who was to be reached"


def test_what_nobody_did_is_told_to_nobody(house, send, settings):
    settings.AUTO_CLOSE_DAYS = -1
    ticket = house.resolved()
    send()
    lifecycle.close(ticket, by=SYSTEM)
    send("550 No")
    assert not Notice.objects.filter(message="ticket_undelivered").exists()
    assert unreached.among([ticket.pk]) == {ticket.pk}


def test_an_admin_hears_that_a_decision_about_somebody_did_not_arrive(house, send):
    person = people.person("Pending", first_name="Newt", email="newt@example.com")
    people_lifecycle.approve(person, by=house.dora, allow_unverified=True)
    send("550 No")
    words = f"Not delivered to {person.get_full_name()}: Choose your password"
    assert words in told(house.dora)


def test_the_ticket_is_flagged_in_its_list_on_its_page_and_on_the_start_page(bounced, house):
    ticket = bounced.about
    house.open(subject="Another one")
    for person in (house.bea, house.dora):
        assert look(person, LIST).count(FLAG) == 1
        narrowed = look(person, f"{LIST}&mail=failed")
        assert ticket.subject in narrowed
        assert "Another one" not in narrowed
        assert "The requester was not reached" in narrowed
        shown = look(person, page(ticket))
        assert f"An e-mail to {house.ana.email} was not delivered." in shown
        assert "550 5.1.1 No such mailbox" in shown
    assert "Requesters not reached" in look(house.bea, "/admin/")
    assert FLAG not in look(house.ana, "/my/tickets/")
    assert "was not delivered" not in look(house.ana, f"/my/tickets/{ticket.ticket_number}/")


def test_a_value_that_the_filter_does_not_know_finds_nothing(bounced, house):
    assert bounced.about.subject not in look(house.bea, f"{LIST}&mail=perhaps")


def test_sent_again_with_success_the_flag_goes_and_not_before(bounced, house, send):
    ticket = bounced.about
    conversation.comment(ticket, by=house.bea, comment="And more.")
    send()
    assert unreached.among([ticket.pk]) == {ticket.pk}, "another one that arrived says nothing of this one"
    outbox.send_again(bounced, by=house.dora)
    send("550 5.1.1 Still not")
    assert FLAG in look(house.bea, LIST)
    outbox.send_again(bounced, by=house.dora)
    send()
    assert FLAG not in look(house.bea, LIST)
    assert "was not delivered" not in look(house.bea, page(ticket))


def test_a_corrected_address_takes_the_flag_away_and_the_mail_can_go_there(bounced, house, send, sink):
    shown = look(house.dora, page(bounced.about))
    assert f"/admin/people/employee/{house.ana.pk}/change-email/" in shown
    people_lifecycle.change_email(house.ana, by=house.dora, email="ana.new@example.com", reason="A slip.")
    assert unreached.among([bounced.about_id]) == set()
    shown = look(house.dora, page(bounced.about))
    assert "Send it to the new address, ana.new@example.com" in shown
    asked = look(house.dora, f"/admin/notifications/emailnotification/{bounced.pk}/send-again/")
    assert "To ana.new@example.com" in asked
    assert "It went to ana@example.com." in asked
    row = outbox.send_again(bounced, by=house.dora)
    assert row.recipient_email == "ana.new@example.com"
    sink.arrived.clear()
    send()
    mail = next(mail for mail in sink.arrived if mail["Message-ID"] == bounced.message_id)
    assert mail["To"] == "ana.new@example.com"
    detail = AuditEvent.objects.get(kind=AuditEvent.Kind.SENT_AGAIN).detail
    assert detail == {"message": "ticket_commented", "was": "failed", "to": "ana.new@example.com"}


def test_a_secret_is_never_sent_to_another_address_than_it_was_written_for(house, write, send):
    row = write("parcel_secret", to=house.ana)
    send("550 No")
    Employee.objects.filter(pk=house.ana.pk).update(email="eve.took.over@example.com")
    assert outbox.address_now(EmailNotification.objects.get(pk=row.pk)) == "ana@example.com"


def test_a_redacted_mail_that_failed_flags_nothing_since_nothing_is_left_to_send(bounced, house):
    comment = bounced.about.comments.get()
    conversation.redact(comment, by=house.dora, reason="A password.")
    assert unreached.among([bounced.about_id]) == set()


def test_a_mail_about_a_note_that_failed_tells_its_requester_nothing(house, send):
    boss = people.admin(email="boss@example.com")
    ticket = lifecycle.approve(house.new(by=house.dora), by=boss, priority="Low", department=house.it)
    lifecycle.claim(ticket, by=house.bea)
    send()
    before = look(house.dora, page(ticket)).count("was not delivered")
    conversation.comment(ticket, by=boss, comment="Between us.", is_internal=True)
    send("550 No")
    assert told(boss) == [f"Not delivered to {house.bea.get_full_name()}: Internal note: Laptop is dead"]
    assert told(house.dora) == []
    assert look(house.dora, page(ticket)).count("was not delivered") == before
    assert FLAG not in look(house.dora, LIST)
    Ticket.objects.filter(pk=ticket.pk).update(employee=boss)
    assert told(boss) == [], "by now boss is its requester"


def test_what_waits_follows_its_recipient_to_the_corrected_address(house, send, sink):
    ticket = house.new()
    send()
    lifecycle.reject(ticket, by=house.dora, reason="We do not lend these.")
    send("450 4.2.1 Try later")
    people_lifecycle.change_email(house.ana, by=house.dora, email="ana.new@example.com", reason="A slip.")
    EmailNotification.objects.filter(message="ticket_rejected").update(next_attempt_at=timezone.now())
    send()
    mail = EmailNotification.objects.get(message="ticket_rejected")
    assert (mail.status, mail.recipient_email) == (EmailNotification.Status.DONE, "ana.new@example.com")


def test_a_fault_in_telling_of_it_does_not_send_the_mail_again_and_again(house, send, monkeypatch):
    ticket = house.in_progress()
    send()

    def breaks(row: EmailNotification) -> None:
        raise RuntimeError("Nobody is at home.")

    message = messages.message_of("ticket_commented")
    monkeypatch.setitem(messages._messages, "ticket_commented", replace(message, undelivered=breaks))
    conversation.comment(ticket, by=house.bea, comment="Soon.")
    send("550 5.1.1 No such mailbox")
    mail = EmailNotification.objects.get(message="ticket_commented")
    assert (mail.status, mail.attempts) == (EmailNotification.Status.FAILED, 1)
