"""Writing an e-mail down: what is stored, what is refused, what is never stored."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext_lazy

from audit.actors import SYSTEM, WORKFLOW
from audit.refusals import InvalidValues
from jobs import leases
from jobs.models import Heartbeat
from notifications import outbox
from notifications.models import EmailNotification
from notifications.outbox import forget
from notifications.sending import preview
from tests.notifications.conftest import SECRET_LINK

pytestmark = pytest.mark.django_db


def fresh(row: EmailNotification) -> EmailNotification:
    return EmailNotification.objects.get(pk=row.pk)


def test_an_e_mail_is_a_row_with_its_subject_and_a_snapshot_of_its_data(write, person):
    thing = Heartbeat.objects.create(name="P1", beat_at=datetime(2026, 1, 1, tzinfo=UTC))
    row = fresh(write(to=person, about=thing, by=person, thread_key="parcel-1"))
    assert row.subject == "[P1] Your parcel: a lamp"
    assert (row.recipient, row.recipient_email, row.caused_by, row.caused_by_name) == (
        person,
        "pat@example.com",
        person,
        "person",
    )
    assert (row.about, row.thread_key, row.template_name) == (thing, "parcel-1", "parcels/sent")
    assert row.template_data == {"number": "P1", "what": "a lamp", "path": "/parcels/P1/"}
    assert (row.status, row.body, row.sent_at, row.error_message) == ("pending", "", None, "")


@pytest.mark.parametrize(("by", "name"), [(SYSTEM, "system"), (WORKFLOW, "workflow"), (None, "system")])
def test_named_actors_are_written_by_name_and_are_nobody(write, by, name):
    row = fresh(write(by=by))
    assert (row.caused_by, row.caused_by_name) == (None, name)


def test_each_row_has_a_message_id_of_this_site(write, settings):
    settings.SITE_URL = "https://help.example.org:8443/desk/"
    first, second = write(), write()
    assert first.message_id != second.message_id
    for row in (first, second):
        assert row.message_id.startswith("<")
        assert row.message_id.endswith("@help.example.org>")


def test_the_same_dedup_key_writes_one_e_mail(write):
    assert write(dedup_key="parcel-1-pat") is not None
    assert write(dedup_key="parcel-1-pat") is None
    assert EmailNotification.objects.count() == 1


def test_a_double_does_not_take_the_callers_transaction_with_it(write):
    write(dedup_key="once")
    with transaction.atomic():
        assert write(dedup_key="once") is None
        assert write(dedup_key="another") is not None
    assert EmailNotification.objects.count() == 2


def test_without_a_key_the_same_e_mail_is_written_as_often_as_it_is_asked_for(write):
    write()
    write()
    assert EmailNotification.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_is_refused():
    with pytest.raises(transaction.TransactionManagementError):
        outbox.queue("parcel_sent", to="pat@example.com")


@pytest.mark.parametrize(
    "address",
    [
        "pat@example.com\r\nBcc: eve@example.com",
        "pat@example.com\n",
        "pat@example.com,eve@example.com",
        "Pat <pat@example.com>",
        "pat@exam\x00ple.com",
        "pat\u202e@example.com",
        "",
        "pat",
    ],
)
def test_what_is_not_one_plain_address_is_refused(write, address):
    with pytest.raises(InvalidValues):
        write(to=address)
    assert not EmailNotification.objects.exists()


@pytest.mark.parametrize(
    ("what", "subject"),
    [
        ("a lamp\r\nBcc: eve@example.com", "[P1] Your parcel: a lamp Bcc: eve@example.com"),
        ("a\n\n\tlamp", "[P1] Your parcel: a lamp"),
        ("a\u2028lamp\x85or\x0btwo", "[P1] Your parcel: a lamp or two"),
        ("gnp.\u202elamp\u2066\u200f", "[P1] Your parcel: gnp.lamp"),
        ("<b>5 > 3 & 'so'</b>", "[P1] Your parcel: <b>5 > 3 & 'so'</b>"),
        ("👩\u200d🚀", "[P1] Your parcel: 👩\u200d🚀"),
    ],
)
def test_the_subject_is_one_harmless_line(write, what, subject):
    assert fresh(write(data={"number": "P1", "what": what})).subject == subject


def test_a_long_subject_is_cut_at_200_characters(write):
    row = write(data={"number": "P1", "what": "very " * 100})
    assert len(row.subject) == 200
    assert row.subject.endswith("…")


def test_the_snapshot_takes_what_verbs_have_at_hand(write):
    data = {
        "number": "P1\x00",
        "what": gettext_lazy("a lamp"),
        "list": (1, Decimal("1.50"), {"at": datetime(2026, 1, 2, tzinfo=UTC)}),
    }
    stored = fresh(write(data=data)).template_data
    assert stored == {"number": "P1", "what": "a lamp", "list": [1, "1.50", {"at": "2026-01-02T00:00:00Z"}]}


def test_a_message_nobody_registered_is_a_mistake_of_the_program(write):
    with pytest.raises(KeyError):
        write("parcel_lost")


def test_a_secret_message_stores_neither_data_nor_body_and_its_subject_says_nothing(write):
    row = fresh(write("parcel_secret"))
    assert row.is_secret
    assert (row.subject, row.template_data, row.body) == ("Open your locker", {}, "")
    with pytest.raises(ValueError, match="is secret"):
        write("parcel_secret", data={"link": SECRET_LINK})


def test_the_text_can_be_read_before_it_is_sent(write):
    text = preview(write())
    assert text.splitlines()[:2] == ["Parcel P1 is on its way.", "You need not do anything."]
    assert "> a lamp" in text
    assert "Look at it: http://localhost:8000/parcels/P1/" in text


def test_what_was_redacted_does_not_live_on_in_e_mails(write, mailoutbox):
    sent, waiting = write(dedup_key="comment-1-pat"), write(dedup_key="comment-1-ann")
    other = write(dedup_key="comment-12-pat")
    EmailNotification.objects.filter(pk=waiting.pk).update(next_attempt_at=datetime(2999, 1, 1, tzinfo=UTC))
    leases.drain(EmailNotification)
    assert forget("comment-1-") == 2
    for row in (fresh(sent), fresh(waiting)):
        assert (row.body, row.template_data) == ("", {})
        assert row.forgotten_at is not None
        assert preview(row) is None
    assert (fresh(sent).status, fresh(waiting).status) == ("done", "cancelled")
    assert "a lamp" in fresh(other).body
    assert len(mailoutbox) == 2


def test_a_text_taken_out_while_it_is_being_sent_is_not_written_back(write):
    row = write(dedup_key="comment-1-pat")
    leases.claim(row)
    forget("comment-1-")
    assert not leases.finish(row, "done", body="the words")
    assert fresh(row).body == ""


def test_forgetting_everything_by_mistake_is_refused():
    with pytest.raises(ValueError, match="every e-mail"):
        forget("")


def test_an_e_mail_that_is_done_was_sent_at_some_time(write):
    row = write()
    with pytest.raises(DatabaseError), transaction.atomic():
        EmailNotification.objects.filter(pk=row.pk).update(status="done", finished_at=row.created_at)
    assert connection.is_usable()


def test_several_get_an_e_mail_of_their_own_by_one_statement(person, django_assert_num_queries):
    ContentType.objects.get_for_model(Heartbeat)
    thing = Heartbeat.objects.create(name="P1", beat_at=datetime(2026, 1, 1, tzinfo=UTC))
    with django_assert_num_queries(1):
        outbox.queue_all(
            "parcel_sent",
            to=[person, "head@example.org"],
            data=lambda to: {"number": "P1", "what": "a lamp" if to == person else "a chair", "path": "/"},
            about=thing,
            by=person,
        )
    told = {row.recipient_email: row for row in EmailNotification.objects.all()}
    assert {address: row.subject for address, row in told.items()} == {
        "pat@example.com": "[P1] Your parcel: a lamp",
        "head@example.org": "[P1] Your parcel: a chair",
    }
    assert [told[address].recipient for address in ("pat@example.com", "head@example.org")] == [person, None]
    assert told["pat@example.com"].message_id != told["head@example.org"].message_id


def test_who_has_an_e_mail_of_that_key_gets_no_second_one(person):
    for addresses in (["a@example.com"], ["A@example.com", "b@example.com"]):
        outbox.queue_all(
            "parcel_sent", to=addresses, data=lambda to: {"number": "P1", "what": "a lamp"}, dedup_prefix="parcel-1-"
        )
    assert sorted(EmailNotification.objects.values_list("recipient_email", flat=True)) == [
        "a@example.com",
        "b@example.com",
    ]
