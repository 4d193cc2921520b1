"""Many tickets from another help desk at once, and their way out again."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.actors import SYSTEM
from audit.models import AuditEvent
from audit.refusals import InvalidValues, Refused
from notifications.models import EmailNotification
from tests.factories import people
from tests.factories.tickets import quick_ticket
from tests.tickets.conftest import DESCRIPTION
from tickets import conversation, lifecycle
from tickets.models import Ticket

LONG_AGO = datetime(2023, 6, 1, 12, 15, 36, tzinfo=UTC)


def old(house, reference: str, **told):
    given = {
        "requester": house.ana,
        "category": house.category(),
        "subject": "An old problem",
        "description": DESCRIPTION,
        "status": "Closed",
        "submit_date": LONG_AGO,
        "external_reference": reference,
    }
    return given | told


def test_many_come_in_in_their_order_each_with_number_and_history(house):
    made = lifecycle.bring_in_many([old(house, f"INC-{number}") for number in range(12)], by=house.dora)
    assert [ticket.ticket_number for ticket in made] == [f"TX{number:04d}" for number in range(1, 13)]
    assert list(Ticket.objects.order_by("pk").values_list("external_reference", flat=True)) == [
        f"INC-{number}" for number in range(12)
    ]
    for ticket in made:
        row = Ticket.objects.get(pk=ticket.pk).history.get()
        assert (row.verb, row.history_change_reason, row.history_type) == ("bring_in", ticket.external_reference, "+")
        assert (row.history_user, row.actor_name, row.version) == (house.dora, "person", 1)
        assert (row.subject, row.status, row.ticket_number) == ("An old problem", "Closed", ticket.ticket_number)
    assert not EmailNotification.objects.exists()
    # The next one goes on where they ended.
    assert house.new().ticket_number == "TX0013"


def test_one_and_many_make_the_same(house):
    told = {
        "priority": "High",
        "department": house.it,
        "assignee": house.bea,
        "sub_category": "Hardware",
        "details": {"asset_name": "Laptop"},
        "response_time": timedelta(hours=1),
        "resolution_time": timedelta(hours=9),
        "resolution": "A new battery.",
    }
    lifecycle.bring_in(by=house.dora, **old(house, "INC-1", **told))
    lifecycle.bring_in_many([old(house, "INC-1", **told), old(house, "INC-2")], by=house.dora)
    alone, among, _other = Ticket.objects.order_by("pk").values()
    differing = {"id", "ticket_number", "update_date", "clock_stopped_at", "clock_stopped_total"}
    assert {name for name, value in alone.items() if among[name] != value} <= differing
    assert among["assigned_to_id"] == house.bea.pk
    assert among["clock_stopped_at"] - among["clock_stopped_total"] == LONG_AGO + timedelta(hours=9)


def test_those_that_can_not_be_taken_say_why_and_the_others_come_in(house):
    good, bad, other = lifecycle.bring_in_many(
        [old(house, "INC-1"), old(house, "INC-2", subject="Hi", status="Lost"), old(house, "INC-3")], by=house.dora
    )
    assert isinstance(bad, InvalidValues)
    assert set(bad.errors) == {"subject", "status"}
    assert (good.ticket_number, other.ticket_number) == ("TX0001", "TX0002")
    assert Ticket.objects.count() == 2


def test_who_may_not_bring_in_one_may_not_bring_in_many(house):
    for by in (house.ana, house.bea, people.person("Suspended")):
        with pytest.raises(Refused):
            lifecycle.bring_in_many([old(house, "INC-1")], by=by)
    assert not Ticket.objects.exists()
    assert AuditEvent.objects.filter(kind=AuditEvent.Kind.REFUSED).count() == 3


def test_an_assignee_is_judged_as_they_are_now(house):
    stale = people.coordinator(house.it)
    read_before = type(stale).objects.get(pk=stale.pk)
    type(stale).objects.filter(pk=stale.pk).update(role="Employee", is_staff=False)
    (refused,) = lifecycle.bring_in_many(
        [old(house, "INC-1", status="Open", department=house.it, assignee=read_before)], by=house.dora
    )
    assert set(refused.errors) == {"assignee"}


def test_the_number_of_statements_does_not_grow_with_the_rows(house):
    def statements(count: int) -> int:
        rows = [old(house, f"INC-{number}", assignee=house.bea) for number in range(count)]
        with CaptureQueriesContext(connection) as captured:
            lifecycle.bring_in_many(rows, by=house.dora)
        return len(captured)

    statements(1)  # fills what the process keeps in mind
    # SQLite takes some thirty rows in one statement.
    assert statements(40) <= statements(2) + 4


# The way out again


def taken_back(by, *tickets: Ticket) -> list[Refused | None]:
    return lifecycle.take_back(tickets, by=by, reasons=["Import 12, taken back"] * len(tickets))


def codes(said: list[Refused | None]) -> list[set[str] | None]:
    return [refused and refused.codes for refused in said]


def test_untouched_tickets_go_and_their_history_stays(house):
    ticket, gone, other = lifecycle.bring_in_many([old(house, f"INC-{number}") for number in (1, 2, 3)], by=house.dora)
    key = ticket.pk
    assert taken_back(house.dora, ticket, gone) == [None, None]
    assert list(Ticket.objects.all()) == [other]
    last, first = Ticket.history.filter(id=key).order_by("-history_id")
    assert (last.history_type, last.verb, last.history_change_reason) == ("-", "take_back", "Import 12, taken back")
    assert (last.history_user, first.verb) == (house.dora, "bring_in")


def test_tickets_that_somebody_touched_stay_and_the_others_go(house):
    def brought_in() -> Ticket:
        return lifecycle.bring_in(by=house.dora, **old(house, "INC-1", status="Open", department=house.it))

    claimed = lifecycle.claim(brought_in(), by=house.bea)
    commented, untouched = brought_in(), brought_in()
    conversation.comment(commented, by=house.ana, comment="Is there news?")
    assert codes(taken_back(house.dora, claimed, untouched, commented)) == [{"touched"}, None, {"touched"}]
    assert set(Ticket.objects.all()) == {claimed, commented}


def test_only_what_came_from_elsewhere_can_be_taken_back(house):
    assert codes(taken_back(house.dora, house.new(), quick_ticket("Open"))) == [{"not_brought_in"}, {"not_brought_in"}]
    assert Ticket.objects.count() == 2


def test_clerks_admins_and_our_own_commands_take_back_and_nobody_else(house):
    for by in (house.ana, house.bea, house.eve):
        ticket = lifecycle.bring_in(by=house.dora, **old(house, "INC-1"))
        with pytest.raises(Refused) as refused:
            taken_back(by, ticket)
        assert refused.value.codes == {"not_yours"}
    for ticket, by in zip(Ticket.objects.all(), (people.clerk(), house.dora, SYSTEM), strict=True):
        assert taken_back(by, ticket) == [None]
    assert not Ticket.objects.exists()


def test_what_is_gone_already_is_refused_as_unseen(house):
    ticket = lifecycle.bring_in(by=house.dora, **old(house, "INC-1"))
    same = Ticket.objects.get(pk=ticket.pk)
    taken_back(house.dora, ticket)
    assert codes(taken_back(house.dora, same)) == [{"unseen"}]


def test_the_number_of_a_ticket_that_was_taken_back_is_not_given_again(house):
    taken_back(house.dora, lifecycle.bring_in(by=house.dora, **old(house, "INC-1")))
    assert lifecycle.bring_in(by=house.dora, **old(house, "INC-1")).ticket_number == "TX0002"
