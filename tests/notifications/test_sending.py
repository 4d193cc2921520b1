"""Sending through a real SMTP conversation on this machine."""

from __future__ import annotations

import logging
import re
import socket
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from jobs import leases
from jobs.outbox import Cancelled
from notifications import messages
from notifications.models import EmailNotification
from notifications.sending import preview
from tests.notifications.conftest import SECRET_LINK

pytestmark = pytest.mark.django_db

NASTY = "<script>alert(1)</script> \"&' </p><img src=x onerror=alert(1)>"


def send() -> None:
    leases.drain(EmailNotification)


def fresh(row: EmailNotification) -> EmailNotification:
    return EmailNotification.objects.get(pk=row.pk)


def parts(mail) -> tuple[str, str]:
    return mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()


def test_an_e_mail_arrives_once_with_text_beside_html(write, sink):
    row = write()
    send()
    send()
    (mail,) = sink.arrived
    text, html = parts(mail)
    assert text.splitlines()[:2] == ["Parcel P1 is on its way.", "You need not do anything."]
    assert 'href="http://localhost:8000/parcels/P1/"' in html
    stored = fresh(row)
    assert (stored.status, stored.attempts, stored.error_message) == ("done", 1, "")
    assert stored.sent_at is not None
    assert stored.body.split() == text.split()


def test_its_headers_say_what_it_is(write, sink):
    row = write(thread_key="ticket-42")
    other = write(thread_key="ticket-42")
    send()
    mail, second = sink.arrived
    assert mail["Message-ID"] == row.message_id
    assert second["Message-ID"] == other.message_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["References"] == mail["In-Reply-To"] == "<thread.ticket-42@localhost>" == second["References"]
    assert mail["To"] == "pat@example.com"
    assert mail["Date"] is not None


def test_without_a_thread_it_answers_to_nothing(write, sink):
    write()
    send()
    assert sink.arrived[0]["References"] is None


def test_a_thread_key_that_is_no_plain_word_adds_no_header(write, sink):
    write(thread_key="a b\r\nBcc: eve@example.com")
    send()
    (mail,) = sink.arrived
    assert mail["Bcc"] is None
    assert re.fullmatch(r"<thread\.[0-9a-f]{32}@localhost>", mail["References"])


def test_line_breaks_in_peoples_words_add_neither_header_nor_recipient(write, sink):
    write(data={"number": "P1", "what": "x\r\nBcc: eve@example.com\r\n\r\nNew body", "path": "/"})
    send()
    (mail,) = sink.arrived
    assert sink.envelopes == [["pat@example.com"]]
    assert mail["Bcc"] is None
    assert "Bcc: eve@example.com" in mail["Subject"]
    assert "\n" not in mail["Subject"]


def test_data_changed_by_hand_in_the_table_adds_no_header_either(write, sink):
    row = write()
    data = {**row.template_data, "what": "x\r\nBcc: eve@example.com"}
    EmailNotification.objects.filter(pk=row.pk).update(template_data=data, subject="x\r\nBcc: eve@example.com")
    send()
    assert sink.arrived[0]["Bcc"] is None
    assert sink.arrived[0]["Subject"] == "[P1] Your parcel: x Bcc: eve@example.com"


def test_peoples_words_are_escaped_in_html_and_left_alone_in_text(write, sink):
    write(data={"number": "P1", "what": NASTY, "path": "/"})
    send()
    (mail,) = sink.arrived
    text, html = parts(mail)
    assert f"> {NASTY}" in text
    assert "<script>" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    assert mail["Subject"] == f"[P1] Your parcel: {NASTY}"


def test_the_html_is_one_column_with_one_button_and_loads_nothing(write, sink):
    write()
    send()
    _text, html = parts(sink.arrived[0])
    addresses: list[str] = []

    class Addresses(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            addresses.extend(value or "" for name, value in attrs if name in {"href", "src", "background", "action"})
            assert tag not in {"img", "script", "link", "iframe", "form", "object"}

    Addresses().feed(html)
    assert addresses == ["http://localhost:8000/parcels/P1/"]
    assert "url(" not in html
    assert "@import" not in html
    assert "prefers-color-scheme: dark" in html


def test_words_of_other_scripts_arrive_as_they_are(write, sink):
    words = "Größe 🚀 лампа ランプ"
    write(data={"number": "P1", "what": words, "path": "/"})
    send()
    (mail,) = sink.arrived
    assert mail["Subject"].strip() == f"[P1] Your parcel: {words}"  # folding puts a space before a long one
    assert words in parts(mail)[0]


@pytest.mark.parametrize(
    ("answer", "status"),
    [("550 5.1.1 No such person", "failed"), ("450 4.2.1 Mailbox busy", "pending"), ("421 4.3.2 Closing", "pending")],
)
def test_an_address_refused_for_good_is_final_and_one_refused_for_now_is_not(write, sink, answer, status):
    sink.answer_to_recipient = answer
    row = write()
    send()
    stored = fresh(row)
    assert (stored.status, stored.sent_at) == (status, None)
    assert answer[:3] in stored.error_message


@pytest.mark.parametrize(("answer", "status"), [("554 5.7.1 Not wanted", "failed"), ("451 4.3.0 Later", "pending")])
def test_a_message_refused_for_good_is_final_and_one_refused_for_now_is_not(write, sink, answer, status):
    sink.answer_to_message = answer
    row = write()
    send()
    assert (fresh(row).status, fresh(row).body) == (status, "")
    assert answer[4:] in fresh(row).error_message


def test_one_refused_address_does_not_keep_the_others(write, sink):
    sink.answer_to_recipient = "550 No"
    refused = write()
    send()
    sink.answer_to_recipient = None
    accepted = write()
    send()
    assert (fresh(refused).status, fresh(accepted).status) == ("failed", "done")


def test_a_server_that_is_not_there_is_tried_again_and_not_once_for_each_row(write, settings):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", nobody.getsockname()[1]
        rows = [write(), write()]
        send()
    assert [fresh(row).status for row in rows] == ["pending", "pending"]
    assert [fresh(row).attempts for row in rows] == [1, 0]
    assert "can't be reached" in fresh(rows[0]).error_message


def test_a_repeat_carries_the_same_message_id(write, sink):
    row = write()
    leases.claim(row)  # a worker that is killed before it writes what came of it
    EmailNotification.objects.filter(pk=row.pk).update(lease_until=timezone.now())
    send()
    assert sink.arrived[0]["Message-ID"] == row.message_id


def test_a_template_that_is_broken_waits_for_its_repair(write, sink):
    row = write()
    EmailNotification.objects.filter(pk=row.pk).update(message="parcel_gone")
    send()
    assert (fresh(row).status, fresh(row).error_message) == (
        "failed",
        "Nobody here knows the message “parcel_gone”.",
    )
    messages.register("parcel_gone", template="parcels/there_is_no_such_template")
    other = write()
    EmailNotification.objects.filter(pk=other.pk).update(message="parcel_gone")
    send()
    assert (fresh(other).status, fresh(other).error_message) == ("pending", "Unexpected error: TemplateDoesNotExist")
    messages._messages.pop("parcel_gone")


def everything_stored() -> str:
    """Every column of every row of every table, as text."""
    with connection.cursor() as cursor:
        found = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - names of our own tables
            found.append(repr(cursor.fetchall()))
    return "\n".join(found)


def test_a_secret_link_is_sent_and_lies_in_no_table_and_no_log(write, sink, person, caplog):
    caplog.set_level(logging.DEBUG)
    row = write("parcel_secret", to=person)
    sink.answer_to_message = f"451 later, about {SECRET_LINK}"
    send()
    sink.answer_to_message = None
    EmailNotification.objects.filter(pk=row.pk).update(next_attempt_at=timezone.now())
    send()
    assert SECRET_LINK in parts(sink.arrived[0])[0]
    assert fresh(row).status == "done"
    assert preview(fresh(row)) is None
    assert "open-sesame" not in everything_stored()
    ours = [record for record in caplog.records if record.name != "mail.log"]  # that one is the sink's own
    assert ours
    assert "open-sesame" not in "\n".join(f"{record.getMessage()} {record.exc_info}" for record in ours)


def test_an_error_while_composing_a_secret_is_not_logged_with_its_words(write, sink, caplog):
    def compose(row: EmailNotification) -> dict[str, str]:
        raise ValueError(f"can't sign {SECRET_LINK}")

    messages.register("parcel_secret", template="parcels/secret", compose=compose)
    row = write("parcel_secret")
    send()
    assert (fresh(row).status, fresh(row).error_message) == ("pending", "Unexpected error: ValueError")
    assert "open-sesame" not in caplog.text


def test_a_secret_that_is_no_longer_wanted_is_not_sent(write, sink):
    def compose(row: EmailNotification) -> dict[str, str]:
        raise Cancelled("The address is proven already.")

    messages.register("parcel_secret", template="parcels/secret", compose=compose)
    row = write("parcel_secret")
    send()
    assert (fresh(row).status, fresh(row).error_message) == ("cancelled", "The address is proven already.")
    assert sink.arrived == []


def test_locally_without_a_mail_server_mails_are_files_and_secrets_can_be_read(write, settings, tmp_path: Path):
    settings.APP_ENV, settings.EMAIL_URL = "local", ""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    row = write("parcel_secret")
    send()
    (file,) = tmp_path.iterdir()
    assert row.message_id in file.read_text()
    assert SECRET_LINK in fresh(row).body
    assert SECRET_LINK in preview(fresh(row))


@pytest.mark.parametrize(("app_env", "email_url"), [("production", ""), ("local", "smtp://127.0.0.1")])
def test_anywhere_else_secrets_are_not_kept(write, settings, mailoutbox, app_env, email_url):
    settings.APP_ENV, settings.EMAIL_URL = app_env, email_url
    row = write("parcel_secret")
    send()
    assert SECRET_LINK in mailoutbox[0].body
    assert (fresh(row).body, preview(fresh(row))) == ("", None)


def test_a_conversation_that_breaks_off_is_taken_up_again(write, sink):
    sink.answer_to_message = "421 4.3.2 Going down"
    row = write()
    send()
    assert fresh(row).status == "pending"
