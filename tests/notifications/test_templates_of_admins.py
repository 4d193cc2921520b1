"""E-mails in the words of the admins: data with placeholders, never a template."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from audit.refusals import InvalidValues, Refused, StaleVersion
from jobs import leases
from notifications import outbox, texts
from notifications.messages import message_of, registered
from notifications.models import EmailNotification, MessageText
from people.models import Employee
from tests.factories import people
from tests.tickets.conftest import house
from tickets import lifecycle

__all__ = ["house"]

pytestmark = pytest.mark.django_db

LIST = "/admin/notifications/messagetext/"
PAGE = f"{LIST}of/ticket_approved/"
HOSTILE = [
    "{{ settings.SECRET_KEY }}",
    "{{number}} {{ number }}",
    "{% load i18n %}{% include 'admin/base.html' %}",
    "{number.__class__} {number!r} {0} {number:>999999999}",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "%(number)s %s {",
]


def change(by: Employee, message: str = "ticket_approved", **words: str) -> MessageText:
    given = {"subject": "", "state": "", "next_step": ""} | words
    return texts.change(message_of(message), by=by, **given)


def arrived(sink: Any, message: str) -> tuple[str, str, str]:
    """Subject, text and HTML of the mail of that message, sent to ana."""
    leases.drain(EmailNotification)
    row = EmailNotification.objects.get(message=message, recipient__first_name="Ana")
    mail = next(mail for mail in sink.arrived if mail["Message-ID"] == row.message_id)
    html = mail.get_body(("html",)).get_content()
    return mail["Subject"], mail.get_body(("plain",)).get_content(), html


def test_own_words_are_what_people_read_in_both_forms(house, sink):
    change(
        house.dora,
        subject="[{number}] Yes! {ticket_subject}",
        state="{requester}, {actor} said yes to {number}.",
        next_step="It is with {department}.\nNobody: “{assignee}”.",
    )
    house.open(subject="Laptop <b>& co")
    subject, text, html = arrived(sink, "ticket_approved")
    name = house.ana.get_full_name()
    assert subject == "[TX0001] Yes! Laptop <b>& co"
    said = [f"{name}, Dora {house.dora.last_name} said yes to TX0001.", "It is with IT Department.", "Nobody: “”."]
    assert text.splitlines()[:3] == said
    assert "/my/tickets/TX0001/" in text, "the button stays"
    for line in said:
        assert line in html
    assert "<b>&" not in html
    row = EmailNotification.objects.get(message="ticket_approved")
    assert (row.subject, row.body.splitlines()[0]) == (subject, said[0])


def test_what_is_left_empty_reads_as_before(house, sink):
    change(house.dora, state="Good news.")
    house.open()
    subject, text, _html = arrived(sink, "ticket_approved")
    assert subject == "[TX0001] Approved: Laptop is dead"
    assert text.splitlines()[:2] == ["Good news.", "It is in the queue of IT Department now."]
    receipt = arrived(sink, "ticket_submitted")
    assert receipt[1].startswith("We have your ticket TX0001"), "another message"


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_in_own_words_is_run_or_looked_up(house, sink, words):
    change(house.dora, subject=words, state=words, next_step=words)
    house.open()
    subject, text, html = arrived(sink, "ticket_approved")
    printed = words.replace("{number}", "TX0001")
    assert subject == printed
    assert text.splitlines()[:2] == [printed, printed]
    for secret in (django_settings.SECRET_KEY, "<class", "'TX0001'"):
        assert secret not in subject + text + html
    assert "<script>" not in html
    assert "<img" not in html


def test_what_is_filled_in_is_not_filled_in_again(house, sink):
    change(house.dora, state="It is about {ticket_subject}.")
    house.open(subject="My {requester} {{ number }}")
    assert "It is about My {requester} {{ number }}." in arrived(sink, "ticket_approved")[1]


def test_a_subject_stays_one_line_whatever_is_filled_in(house, sink):
    change(house.dora, subject="About {requester}")
    Employee.objects.filter(pk=house.ana.pk).update(first_name="Ana\r\nBcc: eve@example.com")
    house.ana.refresh_from_db()
    house.open()
    leases.drain(EmailNotification)
    assert all(mail["Bcc"] is None for mail in sink.arrived)
    assert any(mail["Subject"].startswith("About Ana Bcc: eve@example.com") for mail in sink.arrived)


@pytest.mark.parametrize(
    ("field", "words", "says"),
    [
        ("subject", "Hello {nonsense} and {SECRET_KEY}", "Nothing stands behind {nonsense}, {SECRET_KEY}."),
        ("next_step", "{reason}", "Nothing stands behind {reason}."),
        ("subject", "One\nTwo", "This is one line"),
        ("state", "One\u2028Two", "This is one line"),
        ("subject", "x" * 151, "too long"),
        ("next_step", "x" * 2001, "too long"),
        ("state", "a\x00b", "NUL"),
    ],
)
def test_what_can_not_be_said_is_named_and_nothing_is_kept(house, field, words, says):
    with pytest.raises(InvalidValues) as refused:
        change(house.dora, **{field: words})
    assert list(refused.value.errors) == [field]
    assert says in str(refused.value)
    assert not MessageText.objects.exists()


def test_what_keeps_an_account_safe_can_not_be_changed_by_anybody(house):
    fixed = [message.name for message in registered() if not message.placeholders]
    assert {"people_prove_address", "people_reset_password", "people_suspended"} <= set(fixed)
    with pytest.raises(Refused) as refused:
        change(house.dora, "people_reset_password", state="Click here.")
    assert refused.value.codes == {"fixed"}


@pytest.mark.parametrize("who", ["ana", "bea"])
def test_only_a_system_admin_changes_them(house, who, client):
    with pytest.raises(Refused) as refused:
        change(getattr(house, who), state="Mine.")
    assert refused.value.codes == {"not-allowed"}
    client.force_login(getattr(house, who))
    for address in (LIST, PAGE):
        assert client.get(address).status_code in {302, 403}
        assert client.post(address, {"state": "Mine."}).status_code in {302, 403}
    client.force_login(people.clerk())
    assert client.get(PAGE).status_code == 403
    assert not MessageText.objects.exists()


def test_every_e_mail_can_be_looked_at_with_made_up_people(house, client):
    client.force_login(house.dora)
    shown = client.get(LIST).content.decode()
    own = [message for message in registered() if not message.name.startswith("parcel")]
    assert len(own) >= 35
    for message in own:
        assert f"{LIST}of/{message.name}/" in shown
        answer = client.get(f"{LIST}of/{message.name}/")
        assert answer.status_code == 200, message.name
        sample = answer.context["sample"]
        assert sample.subject, message.name
        assert len(sample.text.splitlines()) > 4, message.name
    assert client.get(f"{LIST}of/nonsense/").status_code == 404


def test_the_page_shows_what_stands_in_the_form_and_writes_nothing(house, client):
    client.force_login(house.dora)
    sent = {"subject": "Draft {number}", "state": "<b>{requester}</b>", "preview": "1"}
    page = client.post(PAGE, sent).content.decode()
    assert "Draft TX0042" in page
    assert 'value="Draft {number}"' in page, "what was typed is still there"
    part = client.post(PAGE, sent, headers={"X-Fragment": "1"}).content.decode()
    assert "Draft TX0042" in part
    assert "<html" not in part.replace("&lt;html", "")
    assert "<b>Elena" not in part
    assert "sandbox srcdoc=" in part
    assert not MessageText.objects.exists()


def test_saved_and_set_back_with_a_history_of_both(house, client):
    client.force_login(house.dora)
    answer = client.post(PAGE, {"state": "Good news.", "read_version": "0"}, follow=True)
    assert "E-mails that are sent from now on read like this." in answer.content.decode()
    assert 'value="Good news."' in answer.content.decode()
    assert "own words" in client.get(LIST).content.decode()
    answer = client.post(PAGE, {"state": "Other.", "reset": "1", "read_version": "1"}, follow=True)
    row = MessageText.objects.get()
    assert row.is_default
    assert [(past.verb, past.state, past.history_user) for past in row.history.order_by("history_id")] == [
        ("add", "Good news.", house.dora), ("change", "", house.dora),
    ]  # fmt: skip
    assert "back to the original words" in answer.content.decode()
    assert ">own words<" not in client.get(LIST).content.decode()


def test_who_comes_second_is_told(house, client):
    change(house.dora, state="First.")
    with pytest.raises(StaleVersion):
        texts.change(
            message_of("ticket_approved"), by=house.dora, subject="", state="Second.", next_step="", expected_version=0
        )
    client.force_login(house.dora)
    answer = client.post(PAGE, {"state": "Second.", "read_version": "0"})
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody else saved this text while you wrote." in shown
    assert 'value="Second."' in shown, "what was typed is still there"
    assert "First." in shown.partition("Who changed it")[2]
    assert MessageText.objects.get().state == "First."
    client.post(PAGE, {"state": "Second.", "read_version": answer.context["read_version"]})
    assert MessageText.objects.get().state == "Second.", "by now they know of both"
    late = client.post(PAGE, {"state": "x", "reset": "1", "read_version": "0"}, follow=True)
    assert "Somebody else has changed this" in late.content.decode()


def test_a_slip_comes_back_with_what_was_typed(house, client):
    client.force_login(house.dora)
    answer = client.post(PAGE, {"subject": "For {nobody}"})
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert 'value="For {nobody}"' in shown
    assert 'href="#text-subject"' in shown
    beside = re.search(r'id="text-subject_error">(.*?)</div>\s*<input id="text-subject".*?>', shown, re.DOTALL)
    assert beside is not None
    assert "Nothing stands behind {nobody}." in beside[1]
    assert 'aria-describedby="text-subject_error"' in beside[0]
    assert 'id="text-state_error"' not in shown


def test_the_form_wants_a_csrf_token(house):
    client = Client(enforce_csrf_checks=True)
    client.force_login(house.dora)
    assert client.post(PAGE, {"state": "Forged."}).status_code == 403
    assert not MessageText.objects.exists()


def test_the_outbox_shows_a_waiting_mail_as_it_would_be_sent(house, client):
    ticket = house.new()
    lifecycle.approve(ticket, by=house.dora, priority="Low", department=house.it)
    change(house.dora, state="Good news.")
    row = EmailNotification.objects.get(message="ticket_approved")
    client.force_login(house.dora)
    assert "Good news." in client.get(f"/admin/notifications/emailnotification/{row.pk}/change/").content.decode()


def test_sent_again_subject_and_text_are_of_the_same_words(house, sink):
    change(house.dora, subject="Good news about {number}", state="Good news.")
    house.open()
    assert arrived(sink, "ticket_approved")[0] == "Good news about TX0001"
    change(house.dora)
    row = EmailNotification.objects.get(message="ticket_approved", recipient=house.ana)
    outbox.send_again(row, by=house.dora)
    sink.arrived.clear()
    subject, text, _html = arrived(sink, "ticket_approved")
    assert subject == "[TX0001] Approved: Laptop is dead"
    assert text.startswith("Your ticket TX0001 is approved.")
    assert EmailNotification.objects.get(pk=row.pk).subject == subject
