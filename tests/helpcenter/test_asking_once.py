"""A form that is sent twice makes one ticket: by a double click, a reload, "back" and again."""

from __future__ import annotations

import threading
from unittest.mock import Mock

import pytest
from django.db import connections
from django.test import Client

from people.models import Employee
from tests.factories import people
from tests.factories.tickets import category as make_category
from tests.helpcenter.browsing import fields, text
from tests.helpcenter.test_asking import NEW, kind, request_for
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(client: Client) -> Employee:
    person = people.person(first_name="Ana")
    client.force_login(person)
    return person


def only_ticket() -> Ticket:
    return Ticket.objects.get()


def test_a_form_that_is_sent_twice_makes_one_ticket(client, ana):
    form = {**fields(client.get(NEW, {"category": kind().pk})), **request_for(kind())}
    first, second = client.post(NEW, form), client.post(NEW, form)
    assert first.url == second.url == f"/my/tickets/{only_ticket().ticket_number}/submitted/"


def test_other_words_after_going_back_are_another_ticket(client, ana):
    form = {**fields(client.get(NEW, {"category": kind().pk})), **request_for(kind())}
    client.post(NEW, form)
    client.post(NEW, {**form, "subject": "And something else"})
    assert Ticket.objects.count() == 2


def test_the_token_of_a_form_opens_nothing_for_others(client, ana):
    form = {**fields(client.get(NEW, {"category": kind().pk})), **request_for(kind())}
    mine = client.post(NEW, form).url
    client.force_login(people.person())
    assert client.post(NEW, form).url != mine
    assert Ticket.objects.count() == 2


@pytest.mark.parametrize("token", ["", "x", "0" * 31, "G" * 32, "0" * 10_000, "../../" + "0" * 26])
def test_a_token_that_is_none_is_as_good_as_no_token(client, ana, token):
    assert client.post(NEW, request_for(kind(), once=token)).status_code == 303
    assert client.post(NEW, request_for(kind(), once=token)).status_code == 303


def test_who_waits_too_long_for_the_first_is_told_to_look(client, ana, monkeypatch):
    monkeypatch.setattr("jobs.once.PATIENCE", 0)
    monkeypatch.setattr("jobs.once.cache.add", lambda *args, **kwargs: False)
    answer = client.post(NEW, request_for(kind(), once="a" * 32))
    assert answer.status_code == 409
    assert "being sent already" in text(answer)
    assert fields(answer)["subject"] == ["Laptop does not start"]


def test_a_form_whose_files_could_not_be_kept_can_be_sent_again_at_once(client, ana, monkeypatch):
    form = request_for(kind(), once="c" * 32)
    monkeypatch.setattr("jobs.once.PATIENCE", 0)
    with monkeypatch.context() as broken:
        broken.setattr("tickets.uploading.of", Mock(side_effect=OSError("The disk is full")))
        with pytest.raises(OSError, match="The disk is full"):
            client.post(NEW, form)
    assert client.post(NEW, form).status_code == 303
    assert only_ticket().subject == "Laptop does not start"


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_make_one_ticket():
    person = people.person()
    form = request_for(make_category(name="Anything"), once="b" * 32)
    gate, found = threading.Barrier(4), []

    def click() -> None:
        browser = Client()
        browser.force_login(person)
        gate.wait()
        found.append(browser.post(NEW, form).url)
        connections.close_all()

    clicks = [threading.Thread(target=click) for _number in range(4)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    assert set(found) == {f"/my/tickets/{only_ticket().ticket_number}/submitted/"}
    assert len(found) == 4
