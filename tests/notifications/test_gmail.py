"""Sending through the Gmail API, to a Google of this machine."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.mail import get_connection
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from backoffice import services
from backoffice.env import EnvironmentProblem
from backoffice.start import refuse_half_a_mailbox
from jobs import leases
from notifications import gmail, sending
from notifications.models import EmailNotification
from tests.notifications.conftest import SECRET_LINK
from tests.notifications.google import CLIENT, Google, error, running

pytestmark = pytest.mark.django_db

CLIENT_NAMES = ("GMAIL_CLIENT_ID", "GMAIL_CLIENT_SECRET", "GMAIL_REFRESH_TOKEN")


@pytest.fixture
def google(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Google]:
    monkeypatch.setattr(gmail, "TOKENS", gmail._Tokens())
    with running() as google:
        settings.EMAIL_URL = "gmail://support%2Bdesk@example.com"
        found = services.email(settings.EMAIL_URL)
        settings.EMAIL_BACKEND, settings.EMAIL_HOST_USER = found["backend"], found["host_user"]
        settings.GMAIL_CLIENT_ID, settings.GMAIL_CLIENT_SECRET = CLIENT["client_id"], CLIENT["client_secret"]
        settings.GMAIL_REFRESH_TOKEN = CLIENT["refresh_token"]
        settings.GMAIL_TOKEN_URL, settings.GMAIL_SEND_URL = f"{google.url}/token", f"{google.url}/users"
        yield google


def send() -> None:
    leases.drain(EmailNotification)


def fresh(row: EmailNotification) -> EmailNotification:
    return EmailNotification.objects.get(pk=row.pk)


def due_again(*rows: EmailNotification) -> None:
    EmailNotification.objects.filter(pk__in=[row.pk for row in rows]).update(next_attempt_at=timezone.now())


def test_a_mail_arrives_whole_as_its_mailbox(write, google):
    row = write(data={"number": "P1", "what": "Größe 🚀", "path": "/"}, thread_key="ticket-42")
    send()
    (mail,) = google.arrived
    assert google.mailboxes == ["support%2Bdesk%40example.com"]
    assert (mail["To"], mail["Subject"]) == ("pat@example.com", "[P1] Your parcel: Größe 🚀")
    assert (mail["Message-ID"], mail["Auto-Submitted"]) == (row.message_id, "auto-generated")
    assert mail["References"] == mail["In-Reply-To"] == f"<thread.ticket-42@{row.message_host}>"
    assert "Größe 🚀" in mail.get_body(("plain",)).get_content()
    assert "Größe 🚀" in mail.get_body(("html",)).get_content()
    assert fresh(row).status == "done"


def test_one_access_token_serves_many_mails(write, google):
    for _each in range(3):
        write()
    send()
    assert (len(google.arrived), google.tokens_given) == (3, 1)


def test_a_token_that_is_about_to_end_is_not_used(write, google, monkeypatch):
    monkeypatch.setattr(gmail, "EARLY", 4000)  # of 3599 seconds nothing is left
    write()
    write()
    send()
    assert len(google.arrived) == 2
    assert google.tokens_given > 2


def test_a_token_taken_back_is_replaced_once_and_the_mail_still_goes(write, google):
    write()
    send()
    google.valid.clear()
    row = write()
    send()
    assert (fresh(row).status, fresh(row).attempts, google.tokens_given) == ("done", 1, 2)


def test_tokens_that_are_never_taken_end_the_try(write, google):
    google.token_answer = (200, {"access_token": "worthless", "expires_in": 3600}, {})
    row = write()
    send()
    assert fresh(row).status == "pending"
    assert "Gmail API is switched on" in fresh(row).error_message


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (error(400, "invalidArgument", "Invalid To header"), "failed"),
        (error(413, "uploadTooLarge", "Too large"), "failed"),
        (error(400, "failedPrecondition", "Mail service not enabled"), "pending"),
        (error(403, "userRateLimitExceeded", "Slow down"), "pending"),
        (error(403, "forbidden", "Delegation denied"), "pending"),
        (error(404, "notFound", "No such user"), "pending"),
        (error(429, "rateLimitExceeded", "Too many"), "pending"),
        (error(500, "backendError", "Oops"), "pending"),
        ((503, b"<html>down</html>", {}), "pending"),
        ((302, b"", {"Location": "https://elsewhere.example/"}), "pending"),
    ],
)
def test_what_is_wrong_with_a_message_is_final_and_what_is_wrong_with_the_rest_is_not(write, google, answer, status):
    google.send_answers = [answer]
    row = write()
    send()
    assert (fresh(row).status, google.arrived) == (status, [])
    if status == "failed":
        assert str(answer[0]) in fresh(row).error_message
        assert answer[1]["error"]["message"] in fresh(row).error_message
        return
    due_again(row)
    send()
    assert fresh(row).status == "done"


def test_a_busy_google_is_asked_once_and_then_left_alone_as_long_as_it_says(write, google):
    code, said, _headers = error(429, "rateLimitExceeded", "Too many")
    google.send_answers = [(code, said, {"Retry-After": "600"})]
    rows = [write(), write()]
    send()
    assert [fresh(row).attempts for row in rows] == [1, 0]
    assert (fresh(rows[0]).next_attempt_at - timezone.now()).total_seconds() > 590


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("invalid_grant", "set the new GMAIL_REFRESH_TOKEN"),
        ("invalid_client", "check GMAIL_CLIENT_ID and GMAIL_CLIENT_SECRET"),
        ("something_new", "something_new"),
    ],
)
def test_a_permission_taken_back_stops_all_and_says_what_to_do(write, google, said, advice):
    google.token_answer = (400, {"error": said, "error_description": "our-refresh-token was bad"}, {})
    rows = [write(), write()]
    send()
    assert [(fresh(row).status, fresh(row).attempts) for row in rows] == [("pending", 1), ("pending", 0)]
    assert advice in fresh(rows[0]).error_message
    assert "our-refresh-token" not in fresh(rows[0]).error_message
    google.token_answer = None
    due_again(*rows)
    send()
    assert len(google.arrived) == 2


@pytest.mark.parametrize("said", [{}, {"access_token": 7}, {"access_token": "a\nb"}, b"not JSON", b"[" * 100_000])
def test_an_answer_without_a_token_is_none(write, google, said):
    google.token_answer = (200, said, {})
    row = write()
    send()
    assert (fresh(row).status, google.arrived) == ("pending", [])
    assert "no access token" in fresh(row).error_message


def test_a_google_that_is_not_there_is_tried_again(write, google, settings):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings.GMAIL_TOKEN_URL = f"http://127.0.0.1:{nobody.getsockname()[1]}/token"
        rows = [write(), write()]
        send()
    assert [fresh(row).attempts for row in rows] == [1, 0]
    assert "can't be reached" in fresh(rows[0]).error_message


@pytest.mark.parametrize("place", ["/token", "/users/support%2Bdesk%40example.com/messages/send"])
def test_an_answer_that_drips_is_cut_off_when_the_time_for_one_sending_is_over(write, google, monkeypatch, place):
    """Each byte comes within any time-out for a byte; together they take twenty seconds, and hold the worker."""
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 1)
    google.drips_at = place
    row = write()
    send()
    assert (fresh(row).status, fresh(row).attempts) == ("pending", 1)
    assert "Google took longer" in fresh(row).error_message
    google.drips_at = ""
    due_again(row)
    send()
    assert fresh(row).status == "done"


def test_whoever_waits_for_a_token_that_another_asks_for_waits_no_longer_than_for_one_sending(
    write, google, monkeypatch
):
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 0.2)
    row = write()
    with gmail.TOKENS._lock:
        send()
    assert fresh(row).status == "pending"
    assert "Google took longer" in fresh(row).error_message


def test_no_secret_lies_in_a_row_or_a_log(write, google, person, caplog):
    caplog.set_level(logging.DEBUG)
    google.send_answers = [error(400, "invalidArgument", f"I read {SECRET_LINK}")]
    refused = write("parcel_secret", to=person)
    sent = write("parcel_secret", to=person)
    send()
    assert (fresh(refused).status, fresh(sent).status) == ("failed", "done")
    assert SECRET_LINK in google.arrived[0].get_body(("plain",)).get_content()
    known = "\n".join(
        [
            repr(list(EmailNotification.objects.values())),
            *(f"{each.getMessage()} {each.args}" for each in caplog.records),
        ]
    )
    for secret in ("open-sesame", CLIENT["client_secret"], CLIENT["refresh_token"], "access-1"):
        assert secret not in known


def test_the_doctor_says_what_mends_it(google):
    google.token_answer = (400, {"error": "invalid_grant"}, {})
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=said, no_color=True)
    (line,) = [line for line in said.getvalue().splitlines() if line.split()[1] == "mail"]
    assert line.startswith("MEND")
    assert "set the new GMAIL_REFRESH_TOKEN" in line
    google.token_answer = None
    with get_connection() as connection:
        assert connection.line is not None


@pytest.mark.parametrize("missing", CLIENT_NAMES)
def test_half_a_mailbox_stops_the_start(missing):
    given = {"EMAIL_URL": "gmail://me@example.com", **dict.fromkeys(CLIENT_NAMES, "x"), missing: None}
    with pytest.raises(EnvironmentProblem, match=missing):
        refuse_half_a_mailbox(given)  # type: ignore[arg-type]
