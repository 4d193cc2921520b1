"""Two admins write the first own words for an e-mail in the same moment: there is no row yet that one could lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from audit.refusals import StaleVersion
from notifications import texts
from notifications.messages import message_of
from notifications.models import MessageText
from tests.factories import people

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("real_commits")]

AtOnce = Callable[[int, Callable[[int], Any]], list[Any]]
PAGE = "/admin/notifications/messagetext/of/ticket_approved/"


def test_of_many_first_texts_one_is_kept_and_the_others_are_told(at_once: AtOnce) -> None:
    admin, message = people.admin(), message_of("ticket_approved")

    def write(thread: int) -> MessageText:
        return texts.change(message, by=admin, subject="", state=f"Words {thread}.", next_step="", expected_version=0)

    outcomes = at_once(8, write)
    [made] = [outcome for outcome in outcomes if isinstance(outcome, MessageText)]
    late = [outcome for outcome in outcomes if outcome is not made]
    assert all(isinstance(outcome, StaleVersion) and outcome.current.state == made.state for outcome in late), outcomes
    [row] = MessageText.objects.all()
    assert (row.state, row.version, row.history.count()) == (made.state, 1, 1)


def test_on_the_page_too_and_nothing_typed_is_lost(at_once: AtOnce) -> None:
    clients = [Client() for _each in range(6)]
    for client in clients:
        client.force_login(people.admin())
    answers = at_once(6, lambda thread: clients[thread].post(PAGE, {"state": f"Words {thread}.", "read_version": "0"}))
    assert sorted(answer.status_code for answer in answers) == [302, 409, 409, 409, 409, 409]
    for thread, answer in enumerate(answers):
        if answer.status_code == 409:
            assert "Somebody else saved this text while you wrote." in answer.text
            assert f'value="Words {thread}."' in answer.text
