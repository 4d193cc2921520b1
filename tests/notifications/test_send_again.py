"""Sending again: the verb, and its page in the back office."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AbstractBaseUser, Permission
from django.test import Client
from django.urls import reverse

from audit.actors import SYSTEM
from audit.models import AuditEvent
from audit.refusals import Refused
from jobs import leases
from notifications import outbox
from notifications.models import EmailNotification
from tests.factories import people
from tests.notifications.conftest import SECRET_LINK

pytestmark = pytest.mark.django_db


def fresh(row: EmailNotification) -> EmailNotification:
    return EmailNotification.objects.get(pk=row.pk)


def page(row: EmailNotification, name: str = "send_again") -> str:
    return reverse(f"admin:notifications_emailnotification_{name}", args=[row.pk])


@pytest.fixture
def colleague(db: None) -> AbstractBaseUser:
    """On staff, and may look at the outbox; nothing more."""
    person = people.coordinator(people.department())
    person.groups.clear()
    person.user_permissions.add(Permission.objects.get(codename="view_emailnotification"))
    return person


@pytest.fixture
def failed(write, sink) -> EmailNotification:
    sink.answer_to_recipient = "550 No such person"
    row = write()
    leases.drain(EmailNotification)
    sink.answer_to_recipient = None
    return fresh(row)


def test_a_failed_e_mail_is_sent_again_as_the_same_message(failed, sink, person):
    assert failed.status == "failed"
    row = outbox.send_again(failed, by=person)
    assert (row.status, row.failures, row.error_message) == ("pending", 0, "")
    leases.drain(EmailNotification)
    assert sink.arrived[0]["Message-ID"] == failed.message_id
    assert fresh(failed).status == "done"


def test_it_is_on_the_record_who_sent_it_again(failed, person):
    outbox.send_again(failed, by=person)
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.SENT_AGAIN)
    assert (event.actor, event.about) == (person, failed)
    assert event.detail == {"message": "parcel_sent", "was": "failed"}


def test_a_sent_and_a_cancelled_one_can_be_sent_again_too(write, sink, person):
    sent, stopped = write(), write()
    EmailNotification.objects.filter(pk=stopped.pk).update(status="cancelled", finished_at=stopped.created_at)
    leases.drain(EmailNotification)
    for row in (sent, stopped):
        outbox.send_again(row, by=person)
    leases.drain(EmailNotification)
    assert [mail["Message-ID"] for mail in sink.arrived] == [sent.message_id, sent.message_id, stopped.message_id]


def test_one_that_is_waiting_or_in_work_is_not_sent_twice(write, person):
    row = write()
    with pytest.raises(Refused) as refused:
        outbox.send_again(row, by=person)
    assert refused.value.codes == {"already-waiting"}
    stale = fresh(row)
    stale.status = "failed"  # a page that was opened long ago
    with pytest.raises(Refused):
        outbox.send_again(stale, by=person)
    assert not AuditEvent.objects.exists()


def test_a_text_taken_out_is_not_sent_again(write, sink, person):
    row = write(dedup_key="comment-1-pat")
    leases.drain(EmailNotification)
    outbox.forget("comment-1-")
    with pytest.raises(Refused) as refused:
        outbox.send_again(fresh(row), by=person)
    assert refused.value.codes == {"text-taken-out"}
    with pytest.raises(Refused):
        outbox.send_again(row, by=SYSTEM)  # read before it was taken out


def test_somebody_without_the_permission_is_refused(failed, colleague):
    with pytest.raises(Refused) as refused:
        outbox.send_again(failed, by=colleague)
    assert refused.value.codes == {"not-allowed"}
    assert fresh(failed).status == "failed"


def test_the_page_asks_first_and_get_changes_nothing(failed, person, client):
    client.force_login(person)
    answer = client.get(page(failed))
    assert answer.status_code == 200
    assert failed.subject in answer.text
    assert fresh(failed).status == "failed"
    answer = client.post(page(failed))
    assert answer.status_code == 302
    assert answer.url == page(failed, "change")
    assert fresh(failed).status == "pending"


def test_the_page_wants_a_csrf_token(failed, person):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    assert client.post(page(failed)).status_code == 403
    assert fresh(failed).status == "failed"


def test_who_may_only_look_sees_no_button_and_a_forged_post_does_nothing(failed, colleague, client):
    client.force_login(colleague)
    shown = client.get(page(failed, "change"))
    assert shown.status_code == 200
    assert page(failed) not in shown.text
    answer = client.post(page(failed), follow=True)
    assert "You may not send e-mails again." in answer.text
    assert fresh(failed).status == "failed"


def test_a_stranger_gets_nothing(failed, colleague, client):
    colleague.user_permissions.clear()
    client.force_login(colleague)
    assert client.get(page(failed)).status_code == 403
    assert client.post(page(failed)).status_code == 403
    client.logout()
    assert client.post(page(failed)).status_code == 302
    assert fresh(failed).status == "failed"


def test_an_e_mail_that_is_not_there_is_not_found(person, client):
    client.force_login(person)
    assert client.get("/admin/notifications/emailnotification/999/send-again/").status_code == 404


def test_the_list_shows_what_became_of_each(failed, write, person, client):
    write(to="ann@example.com")
    client.force_login(person)
    answer = client.get(reverse("admin:notifications_emailnotification_changelist"))
    assert answer.status_code == 200
    for shown in ("ann@example.com", "pat@example.com", failed.subject, "No such person"):
        assert shown in answer.text


def test_the_text_of_an_ordinary_e_mail_can_be_read_escaped(write, person, client):
    row = write(data={"number": "P1", "what": "<script>alert(1)</script>", "path": "/"})
    client.force_login(person)
    shown = client.get(page(row, "change")).text
    assert "Parcel P1 is on its way." in shown
    assert "<script>alert(1)" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_the_text_of_a_secret_one_is_not_shown_and_the_page_says_why(write, person, client, settings, mailoutbox):
    settings.APP_ENV = "production"
    row = write("parcel_secret")
    leases.drain(EmailNotification)
    client.force_login(person)
    shown = client.get(page(row, "change")).text
    assert "It holds a link meant for the recipient alone." in shown
    assert SECRET_LINK not in shown
    assert SECRET_LINK in mailoutbox[0].body


def test_the_page_of_a_row_whose_template_is_gone_still_opens(write, person, client):
    row = write()
    EmailNotification.objects.filter(pk=row.pk).update(template_name="parcels/gone")
    client.force_login(person)
    assert "TemplateDoesNotExist" in client.get(page(row, "change")).text


@pytest.mark.parametrize("verb", ["add", "delete"])
def test_nobody_adds_or_deletes_one(write, person, client, verb):
    row = write()
    client.force_login(person)
    arguments = [] if verb == "add" else [row.pk]
    address = reverse(f"admin:notifications_emailnotification_{verb}", args=arguments)
    assert client.post(address, {"post": "yes"}).status_code == 403
    assert client.post(page(row, "change"), {"subject": "changed"}).status_code == 403
    assert fresh(row).subject == row.subject
