"""One person sends us only so much in an hour. Who has sent it is told when it goes on, on the page where they are, and
loses nothing that they typed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.test import Client

from people.models import Employee
from tests.factories import files as factory
from tests.factories import people
from tests.helpcenter.browsing import fields, text
from tests.helpcenter.following import path_of
from tests.helpcenter.test_asking import NEW, kind, request_for
from tests.tickets.conftest import House
from tickets.models import StagedFile, Ticket, TicketAttachment, TicketComment

pytestmark = pytest.mark.django_db

UPLOAD = "/my/uploads/"


class Clock:
    """Stands still until it is moved on."""

    sleep, monotonic = time.sleep, time.monotonic

    def __init__(self) -> None:
        self.now = time.time()

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    settings.ACCOUNT_RATE_LIMITS = {
        "submit_ticket": "2/h/user",
        "comment_ticket": "2/h/user",
        "upload_file": "2/h/user",
    }
    cache.clear()
    ours = Clock()
    monkeypatch.setattr("allauth.core.internal.ratelimit.time", ours)
    monkeypatch.setattr("people.pages.limits.time", ours)
    yield ours
    cache.clear()


@pytest.fixture
def ana(client: Client) -> Employee:
    person = people.person(first_name="Ana")
    client.force_login(person)
    return person


def ask(client: Client, number: int, **given: Any) -> Any:
    return client.post(NEW, request_for(kind(), subject=f"Laptop number {number}", **given))


@pytest.mark.parametrize("action", ["comment_ticket", "submit_ticket", "upload_file"])
def test_outside_of_tests_a_limit_stands_and_counts_by_person(action: str) -> None:
    assert configured.OFTEN_AT_MOST[action].endswith("/h/user")


# Requests


def test_who_has_asked_too_often_keeps_the_form_and_is_told_when_it_goes_on(client, ana, clock):
    assert [ask(client, number).status_code for number in (1, 2)] == [303, 303]
    clock.now += 60 * 20
    answer = ask(client, 3, attachments=[factory.upload("plan.txt")])
    assert (answer.status_code, answer["Retry-After"]) == (429, "2400")
    assert "You can send this one in 40 minutes; nothing that you typed is lost." in text(answer)
    form = fields(answer)
    assert form["subject"] == ["Laptop number 3"]
    assert "Keep “plan.txt”" in text(answer)
    assert Ticket.objects.count() == 2
    clock.now += 60 * 40
    assert client.post(NEW, form).status_code == 303
    assert Ticket.objects.get(subject="Laptop number 3").attachments.count() == 1


def test_one_person_s_limit_is_not_another_s(client, ana, clock):
    assert [ask(client, number).status_code for number in (1, 2, 3)] == [303, 303, 429]
    client.force_login(people.person())
    assert ask(client, 4).status_code == 303


def test_a_form_that_comes_back_with_errors_does_not_count(client, ana, clock):
    for _time in range(4):
        assert ask(client, 1, description="short").status_code == 422
    assert ask(client, 2).status_code == 303


def test_a_form_that_is_sent_twice_counts_once(client, ana, clock):
    for _time in range(4):
        assert ask(client, 1, once="a" * 32).status_code == 303
    assert ask(client, 2).status_code == 303
    assert Ticket.objects.count() == 2


# Words and files added


@pytest.mark.parametrize("verb", ["attach", "comment"])
def test_who_has_added_too_much_keeps_what_they_wrote(client, house: House, clock, verb: str):
    ticket = house.open()
    client.force_login(house.ana)
    for number in (1, 2):
        assert client.post(path_of(ticket, "comment"), {"comment": f"Number {number}."}).status_code == 302
    clock.now += 59 * 60 + 30
    sent = {"comment": "And <this>.", "uploads": [str(factory.staged(house.ana, "plan.txt").token)]}
    answer = client.post(path_of(ticket, verb), sent)
    assert (answer.status_code, answer["Retry-After"]) == (429, "30")
    assert "You can send this in a minute; nothing that you typed is lost." in text(answer)
    assert "And &lt;this&gt;.</textarea>" in text(answer)
    assert "plan.txt" in text(answer)
    assert (TicketComment.objects.count(), TicketAttachment.objects.count()) == (2, 0)
    clock.now += 30
    assert client.post(path_of(ticket, verb), sent).status_code == 302
    assert TicketAttachment.objects.count() == 1


def test_a_reply_that_is_refused_does_not_count(client, house: House, clock):
    ticket = house.open()
    client.force_login(house.ana)
    for _time in range(4):
        assert client.post(path_of(ticket, "comment"), {"comment": " "}).status_code == 422
    assert client.post(path_of(ticket, "comment"), {"comment": "Some words."}).status_code == 302


# Files


def test_files_sent_up_one_by_one_have_their_limit_whether_they_are_taken_or_not(client, ana, clock):
    sent = [factory.upload("a.txt"), factory.upload("b.exe", b"MZ"), factory.upload("c.txt")]
    answers = [client.post(UPLOAD, {"file": file}) for file in sent]
    assert [answer.status_code for answer in answers] == [201, 422, 429]
    assert answers[2].json() == {
        "error": "You have uploaded more within an hour than we take from one person. Upload this again in 60 minutes."
    }
    assert answers[2]["Retry-After"] == "3600"
    assert StagedFile.objects.get().file_name == "a.txt"


def test_files_in_a_form_have_the_same_limit_and_the_form_stays(client, ana, clock):
    sent = [factory.upload(name) for name in ("a.txt", "b.txt", "c.txt", "d.txt")]
    answer = ask(client, 1, attachments=sent)
    assert answer.status_code == 429
    assert text(answer).count("You have uploaded more within an hour than we take from one person.") == 2, (
        "above the form and at the field, once each"
    )
    form = fields(answer)
    assert (form["subject"], len(form["uploads"])) == (["Laptop number 1"], 2)
    assert not Ticket.objects.exists()
    assert client.post(NEW, form).status_code == 303


def test_files_with_a_reply_have_the_same_limit_and_the_reply_stays(client, house: House, clock):
    ticket = house.open()
    client.force_login(house.ana)
    sent = {"comment": "See these.", "attachments": [factory.upload(name) for name in ("a.txt", "b.txt", "c.txt")]}
    answer = client.post(path_of(ticket, "comment"), sent)
    assert answer.status_code == 429
    assert "See these.</textarea>" in text(answer)
    assert not TicketComment.objects.exists()


# Names


@pytest.mark.parametrize("name", ["   .txt", ".txt", "\u3164.txt", "\u2800\u00a0.txt"])
def test_a_file_whose_name_nobody_sees_is_refused_with_a_sentence(client, ana, name: str):
    answer = client.post(UPLOAD, {"file": factory.upload(name)})
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("This file's name can't be seen: nothing readable stands before “.txt”.")
    assert not StagedFile.objects.exists()


def test_a_name_that_is_too_long_to_be_read_is_said_in_a_sentence_about_the_file(client, ana):
    head = f'Content-Disposition: form-data; name="file"; filename="{"x" * 1100}.txt"'
    body = f"--mark\r\n{head}\r\n\r\nwords\r\n--mark--\r\n"
    answer = client.post(UPLOAD, body, content_type="multipart/form-data; boundary=mark")
    assert answer.status_code == 400
    assert answer.json()["error"] == (
        "This file could not be read. If its name is very long, make it shorter; then upload it again."
    )
    of_a_program = client.post("/api/token/employee/", "{", content_type="application/json")
    assert of_a_program.json()["error"] == "This can't be read. Send one JSON object."
