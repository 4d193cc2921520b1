"""What time does by itself, and what the queues show."""

from datetime import timedelta

import pytest
from django.utils import timezone

from people import lifecycle as people_lifecycle
from tests.factories import people
from tickets import lifecycle, queries, timers
from tickets.models import Ticket


def at(monkeypatch, moment) -> None:
    monkeypatch.setattr(timezone, "now", lambda: moment)


def state_of(ticket: Ticket) -> str:
    return Ticket.objects.get(pk=ticket.pk).status


def test_what_was_resolved_long_ago_is_closed_by_itself(house, monkeypatch, settings):
    settings.AUTO_CLOSE_DAYS = 7
    ticket = house.resolved()
    at(monkeypatch, timezone.now() + timedelta(days=6, hours=23))
    assert (timers.close_what_rests(), state_of(ticket)) == (0, "Resolved")
    at(monkeypatch, timezone.now() + timedelta(hours=2))
    assert (timers.close_what_rests(), state_of(ticket)) == (1, "Closed")
    row = ticket.history.latest("history_id")
    assert (row.actor_name, row.history_user) == ("system", None)


def test_a_reopened_ticket_is_not_closed_by_the_old_date(house, monkeypatch, settings):
    settings.AUTO_CLOSE_DAYS = 7
    ticket = house.resolved()
    at(monkeypatch, timezone.now() + timedelta(days=5))
    lifecycle.reopen(ticket, by=house.ana, reason="Again.")
    lifecycle.resolve(ticket, by=house.bea, resolution="Better.")
    at(monkeypatch, timezone.now() + timedelta(days=5))
    assert timers.close_what_rests() == 0


def test_a_hold_ends_on_its_resume_date(house, monkeypatch):
    ticket = house.on_hold(resume_date=timezone.localdate() + timedelta(days=3))
    forever = house.on_hold()
    at(monkeypatch, timezone.now() + timedelta(days=2))
    assert timers.resume_what_is_due() == 0
    at(monkeypatch, timezone.now() + timedelta(days=1))
    assert timers.resume_what_is_due() == 1
    assert (state_of(ticket), state_of(forever)) == ("In Progress", "On Hold")


def test_one_refusal_does_not_keep_the_others_waiting(house, monkeypatch, settings):
    settings.AUTO_CLOSE_DAYS = 0
    tickets = [house.resolved() for _ in range(3)]
    at(monkeypatch, timezone.now() + timedelta(hours=1))
    due = list(queries.due_to_close())
    lifecycle.reopen(tickets[1], by=house.ana, reason="Again.")
    monkeypatch.setattr(queries, "due_to_close", lambda: _Frozen(due))
    assert timers.close_what_rests() == 2


class _Frozen(list):
    """A queryset as it was read a moment before somebody was quicker."""

    def __getitem__(self, item):
        return list(self) if isinstance(item, slice) else super().__getitem__(item)


def test_queues_show_what_their_name_says(house):
    new, unassigned, mine, held, resolved = (
        house.new(),
        house.open(),
        house.in_progress(),
        house.on_hold(),
        house.resolved(),
    )
    found = {name: set(queries.queue(name, house.bea)) for name in queries.QUEUES}
    assert found == {
        "waiting": {new},
        "unassigned": {unassigned},
        "mine": {mine, held},
        "on_hold": {held},
        "resolved": {resolved},
        "stranded": set(),
        "all": {new, unassigned, mine, held, resolved},
    }
    assert queries.counts_by_status(house.cem) == dict.fromkeys(
        ["New", "Open", "In Progress", "On Hold", "Resolved", "Closed", "Rejected", "Withdrawn"], 0
    )
    assert queries.counts_by_status(house.bea)["In Progress"] == 1


def test_an_unknown_queue_is_an_error_and_not_everything(house):
    with pytest.raises(KeyError):
        queries.queue("everything", house.dora)


def test_tickets_of_a_suspended_assignee_are_listed_as_needing_a_new_one(house):
    ticket = house.in_progress()
    ben = people.coordinator(house.it)
    assert list(queries.needing_new_assignee(ben)) == []
    people_lifecycle.suspend(house.bea, by=house.dora, reason="Left.")
    assert list(queries.needing_new_assignee(ben)) == [ticket]
