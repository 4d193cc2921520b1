"""Tickets from another help desk: old state and dates, a number of our own, and nothing said to anybody unasked."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from audit.actors import SYSTEM, WORKFLOW
from audit.refusals import InvalidValues, Refused
from notifications.models import EmailNotification
from tests.factories import people
from tests.tickets.conftest import DESCRIPTION
from tickets import lifecycle, timers
from tickets.enums import Status
from tickets.models import Ticket

LONG_AGO = timezone.now() - timedelta(days=400)


@pytest.fixture
def bring_in(house):
    def call(**told) -> Ticket:
        given = {
            "by": house.dora,
            "requester": house.ana,
            "category": house.category(),
            "subject": "An old problem",
            "description": DESCRIPTION,
            "status": "Closed",
            "submit_date": LONG_AGO,
            "external_reference": "INC-77",
        }
        return lifecycle.bring_in(**(given | told))

    return call


@pytest.mark.parametrize("status", Status.values)
def test_a_ticket_can_come_in_any_state(bring_in, status):
    ticket = Ticket.objects.get(pk=bring_in(status=status).pk)
    assert (ticket.status, ticket.submit_date, ticket.external_reference) == (status, LONG_AGO, "INC-77")
    assert ticket.ticket_number == "TX0001"
    row = ticket.history.get()
    assert (row.verb, row.history_change_reason) == ("bring_in", "INC-77")


def test_nobody_is_told_unless_asked(house, bring_in):
    bring_in()
    assert not EmailNotification.objects.exists()
    bring_in(announce=True)
    assert EmailNotification.objects.get().recipient == house.ana


def test_known_clocks_come_along_and_impossible_ones_stay_empty(house, bring_in):
    ticket = bring_in(
        response_time=timedelta(hours=-2), resolution_time=timedelta(hours=30), time_closed=LONG_AGO + timedelta(days=3)
    )
    assert (ticket.response_time, ticket.resolution_time) == (None, timedelta(hours=30))
    assert ticket.time_closed == LONG_AGO + timedelta(days=3)
    reopened = lifecycle.reopen(
        bring_in(status="Resolved", resolution_time=timedelta(hours=30), department=house.it),
        by=house.dora,
        reason="Again.",
    )
    assert timedelta(hours=30) <= reopened.clock.elapsed(timezone.now()) < timedelta(hours=30, minutes=1)


def test_ten_thousand_old_solutions_are_not_closed_and_mailed_the_next_minute(house, bring_in):
    bring_in(status="Resolved", resolution_time=timedelta(hours=30), department=house.it)
    assert timers.close_what_rests() == 0


def test_a_brought_in_ticket_goes_on_like_any_other(house, bring_in):
    ticket = bring_in(status="On Hold", department=house.it)
    ticket = lifecycle.resume(ticket, by=house.bea)
    assert lifecycle.resolve(ticket, by=house.bea, resolution="Done at last.").status == "Resolved"


def test_a_brought_in_rejection_has_a_reason(bring_in):
    assert bring_in(status="Rejected").rejection_reason == "Rejected before it was brought in."
    assert bring_in(status="Rejected", rejection_reason="Too dear.").rejection_reason == "Too dear."


def test_old_details_are_taken_as_they_were_but_not_in_the_wrong_kind(house, bring_in):
    category = house.category("Asset Check Out")
    assert bring_in(category=category, details={"expected_return_date": "2019-01-01"}).dynamic_data == {
        "expected_return_date": "2019-01-01"
    }
    with pytest.raises(InvalidValues) as invalid:
        bring_in(category=category, details={"expected_return_date": "soon"})
    assert set(invalid.value.errors) == {"details-expected_return_date"}


def test_what_can_not_be_taken_is_said_at_once(house, bring_in):
    with pytest.raises(InvalidValues) as invalid:
        bring_in(
            status="Lost",
            submit_date=timezone.now() + timedelta(days=1),
            subject="Hi",
            priority="Urgent",
            external_reference="x" * 101,
            category=house.category("Others"),
        )
    assert {"status", "submit_date", "subject", "priority", "external_reference"} <= set(invalid.value.errors)
    assert not Ticket.objects.exists()


def test_clerks_admins_and_our_own_commands_bring_in_and_nobody_else(house, bring_in):
    for by in (people.clerk(), house.dora, SYSTEM):
        assert bring_in(by=by)
    for by in (house.ana, house.bea, WORKFLOW, people.person("Suspended")):
        with pytest.raises(Refused) as refused:
            bring_in(by=by)
        assert refused.value.codes == {"not_yours"}


@pytest.mark.parametrize("moment", [datetime.min.replace(tzinfo=UTC), datetime(1969, 12, 31, 23, 59, tzinfo=UTC)])
def test_a_ticket_from_before_1970_is_refused(bring_in, moment):
    with pytest.raises(InvalidValues) as invalid:
        bring_in(submit_date=moment)
    assert set(invalid.value.errors) == {"submit_date"}
    assert bring_in(submit_date=datetime(1970, 1, 1, tzinfo=UTC)).submit_date.year == 1970


@pytest.mark.parametrize("length", [timedelta(days=401), timedelta.max, timedelta(seconds=-1), timedelta.min])
def test_a_clock_that_ran_longer_than_the_ticket_exists_stays_empty(bring_in, length):
    ticket = Ticket.objects.get(pk=bring_in(response_time=length, resolution_time=length).pk)
    assert (ticket.response_time, ticket.resolution_time) == (None, None)
    assert ticket.time_closed == LONG_AGO


def test_moments_of_another_time_zone_are_compared_as_moments(bring_in):
    # Half past two came twice that night; by the wall clock the end lies before the beginning.
    berlin = ZoneInfo("Europe/Berlin")
    ticket = bring_in(
        submit_date=datetime(2024, 10, 27, 2, 45, tzinfo=berlin),
        time_closed=datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=berlin),
    )
    assert Ticket.objects.get(pk=ticket.pk).time_closed == datetime(2024, 10, 27, 1, 30, tzinfo=UTC)


UNFINISHED = ["Open", "In Progress", "On Hold"]
ENDED = ["Resolved", "Closed", "Rejected", "Withdrawn"]


@pytest.mark.parametrize("status", UNFINISHED)
def test_unfinished_work_is_not_brought_in_for_somebody_who_may_not_do_it(house, bring_in, status):
    for assignee in (house.eve, people.person("Suspended", role="Ticket Coordinator"), people.person("Pending")):
        with pytest.raises(InvalidValues) as invalid:
            bring_in(status=status, department=house.it, assignee=assignee)
        assert set(invalid.value.errors) == {"assignee"}
    assert bring_in(status=status, department=house.it, assignee=house.bea).assigned_to == house.bea
    assert bring_in(status=status, department=house.it).assigned_to is None


def test_nobody_is_brought_in_as_working_on_their_own_request(house, bring_in):
    with pytest.raises(InvalidValues) as invalid:
        bring_in(status="Open", department=house.it, requester=house.bea, assignee=house.bea)
    assert set(invalid.value.errors) == {"assignee"}
    assert bring_in(status="Closed", requester=house.bea, assignee=house.bea).assigned_to == house.bea


@pytest.mark.parametrize("status", ENDED)
def test_who_worked_on_what_is_ended_stays_as_it_was(house, bring_in, status):
    gone = people.person("Suspended")
    house.legal.is_active = False
    house.legal.save()
    ticket = bring_in(status=status, department=house.legal, assignee=gone)
    assert (ticket.assigned_to, ticket.department) == (gone, house.legal)


@pytest.mark.parametrize("status", UNFINISHED)
def test_unfinished_work_is_not_brought_in_for_a_department_that_is_no_more(house, bring_in, status):
    house.it.is_active = False
    house.it.save()
    for department in (house.it, None):  # None: the category names it
        with pytest.raises(InvalidValues) as invalid:
            bring_in(status=status, department=department, category=house.category())
        assert set(invalid.value.errors) == {"department"}
