"""What each verb changes, besides the state that the big table holds."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from audit.actors import SYSTEM, WORKFLOW
from audit.models import AuditEvent
from audit.refusals import InvalidValues, Refused, StaleVersion
from people import lifecycle as people_lifecycle
from tests.factories import people
from tests.tickets.conftest import DESCRIPTION
from tickets import lifecycle
from tickets.models import Ticket


def tomorrow():
    return timezone.localdate() + timedelta(days=1)


def errors_of(call, *args, **kwargs) -> dict:
    with pytest.raises(InvalidValues) as invalid:
        call(*args, **kwargs)
    return invalid.value.errors


class Clock:
    """Moves the time that everything asks for."""

    def __init__(self, monkeypatch):
        self.time = timezone.now()
        monkeypatch.setattr(timezone, "now", lambda: self.time)

    def pass_hours(self, hours: float) -> None:
        self.time += timedelta(hours=hours)


@pytest.fixture
def clock(monkeypatch) -> Clock:
    return Clock(monkeypatch)


def test_every_verb_leaves_one_history_row_with_who_what_why_and_a_version_more(house):
    ticket = lifecycle.resolve(house.in_progress(), by=house.bea, resolution="New battery.")
    ticket = lifecycle.reopen(ticket, by=house.ana, reason="It died again.")
    told = list(
        ticket.history.order_by("history_id").values_list(
            "verb", "status", "history_user__first_name", "history_change_reason", "version"
        )
    )
    assert told == [
        ("submit", "New", "Ana", "", 1),
        ("approve", "Open", "Dora", "", 2),
        ("claim", "In Progress", "Bea", "", 3),
        ("resolve", "Resolved", "Bea", "New battery.", 4),
        ("reopen", "Open", "Ana", "It died again.", 5),
    ]
    assert ticket.version == 5


def test_the_workflow_system_and_our_timers_stand_in_the_history_as_what_they_are(house):
    ticket = lifecycle.start(house.open(), by=WORKFLOW)
    row = ticket.history.latest("history_id")
    assert (row.history_user, row.actor_name) == (None, "workflow")


def test_a_status_can_not_be_assigned_past_the_door(house):
    ticket = house.new()
    with pytest.raises(AttributeError):
        ticket.status = "Closed"


def test_a_row_that_is_read_anew_shows_its_state_and_stays_protected(house):
    ticket = house.new()
    lifecycle.approve(ticket, by=house.dora, priority="Low", department=house.it)
    ticket.refresh_from_db()
    assert ticket.status == "Open"
    nowhere = Ticket(pk=10**9)
    with pytest.raises(Ticket.DoesNotExist):
        nowhere.refresh_from_db()
    for row in (ticket, nowhere, house.dora):
        with pytest.raises(AttributeError):
            row.status = "Closed"


def test_approving_needs_priority_and_department(house):
    ticket = house.new(category=house.category("Others"))
    assert set(errors_of(lifecycle.approve, ticket, by=house.dora, priority="", department=None)) == {
        "priority",
        "department",
    }
    house.legal.is_active = False
    house.legal.save()
    assert "department" in errors_of(lifecycle.approve, ticket, by=house.dora, priority="Low", department=house.legal)
    assert Ticket.objects.get(pk=ticket.pk).status == "New"


def test_an_assignee_is_an_approved_coordinator_or_admin_and_not_the_requester(house):
    ticket = house.new(by=house.cem)
    for nobody_fit in [house.eve, people.coordinator(house.it, status="Suspended"), house.cem]:
        assert set(
            errors_of(
                lifecycle.approve, ticket, by=house.dora, priority="Low", department=house.it, assignee=nobody_fit
            )
        ) == {"assigned_to"}
    approved = lifecycle.approve(ticket, by=house.dora, priority="Low", department=house.it, assignee=house.bea)
    assert approved.assigned_to == house.bea


def test_assigning_to_nobody_puts_it_back_into_the_queue(house):
    ticket = lifecycle.assign(house.in_progress(), by=house.bea, assignee=None)
    assert (ticket.assigned_to, ticket.status) == (None, "In Progress")
    assert lifecycle.claim(ticket, by=house.bea).assigned_to == house.bea


def test_assigning_to_who_has_it_is_refused(house):
    assert errors_of(lifecycle.assign, house.in_progress(), by=house.bea, assignee=house.bea)


def test_claiming_what_is_on_hold_leaves_it_there(house):
    ticket = lifecycle.assign(house.on_hold(), by=house.bea, assignee=None)
    claimed = lifecycle.claim(ticket, by=house.bea)
    assert (claimed.status, claimed.assigned_to) == ("On Hold", house.bea)
    assert claimed.clock_stopped_at is not None


@pytest.mark.parametrize("reason", ["", "   \n", None, "x" * 5001])
def test_reasons_are_asked_for_where_they_are_needed(house, reason):
    assert set(errors_of(lifecycle.reject, house.new(), by=house.dora, reason=reason)) == {"reason"}
    assert set(errors_of(lifecycle.hold, house.in_progress(), by=house.bea, reason=reason)) == {"reason"}
    assert set(errors_of(lifecycle.resolve, house.in_progress(), by=house.bea, resolution=reason)) == {"resolution"}
    assert set(errors_of(lifecycle.reopen, house.resolved(), by=house.ana, reason=reason)) == {"reason"}


def test_an_admin_who_acts_for_the_requester_says_why(house):
    assert errors_of(lifecycle.close, house.resolved(), by=house.dora)
    assert errors_of(lifecycle.withdraw, house.new(), by=house.dora)
    assert errors_of(lifecycle.edit, house.new(), by=house.dora, subject="Other words", description=DESCRIPTION)
    assert lifecycle.close(house.resolved(), by=house.dora, reason="Told me so.").status == "Closed"
    assert lifecycle.withdraw(house.new(), by=house.dora, reason="Left the company.").status == "Withdrawn"


def test_the_requester_needs_no_reason(house):
    assert lifecycle.close(house.resolved(), by=house.ana).status == "Closed"
    assert lifecycle.withdraw(house.new(), by=house.ana).status == "Withdrawn"


def test_a_rejection_keeps_its_reason_word_for_word(house):
    ticket = lifecycle.reject(house.new(), by=house.dora, reason="We have no budget.\nAsk again in May.")
    assert ticket.rejection_reason == "We have no budget.\nAsk again in May."
    assert ticket.time_closed is not None


def test_a_resume_date_lies_ahead(house):
    ticket = house.in_progress()
    assert set(errors_of(lifecycle.hold, ticket, by=house.bea, reason="Waits.", resume_date=timezone.localdate())) == {
        "resume_date"
    }
    held = lifecycle.hold(ticket, by=house.bea, reason="Waits.", resume_date=tomorrow())
    assert held.resume_date == tomorrow()
    assert lifecycle.resume(held, by=house.bea).resume_date is None


def test_editing_keeps_a_wanted_date_that_has_passed_but_takes_no_new_one(house, clock):
    ticket = house.new(scheduled_date=timezone.localdate())
    wanted = ticket.scheduled_date
    clock.pass_hours(72)
    edited = lifecycle.edit(
        ticket, by=house.ana, subject="Laptop is still dead", description=DESCRIPTION, scheduled_date=wanted
    )
    assert (edited.subject, edited.scheduled_date) == ("Laptop is still dead", wanted)
    assert set(
        errors_of(
            lifecycle.edit,
            edited,
            by=house.ana,
            subject="Laptop",
            description=DESCRIPTION,
            scheduled_date=wanted + timedelta(days=1),
        )
    ) == {"scheduled_date"}


def test_editing_keeps_a_day_among_the_details_that_has_passed_but_takes_no_new_one(house, clock):
    back = timezone.localdate()
    details = {"asset_name": "Laptop", "location": "Berlin", "expected_return_date": back.isoformat()}
    ticket = house.new(category=house.category("Asset Check Out"), details=details)
    clock.pass_hours(72)
    words = {"by": house.ana, "subject": "A laptop, please", "description": DESCRIPTION}
    edited = lifecycle.edit(ticket, **words, details=details | {"location": "Rome"})
    assert edited.dynamic_data == details | {"location": "Rome"}
    for day in (back + timedelta(days=1), back - timedelta(days=1)):
        another = details | {"expected_return_date": day.isoformat()}
        assert set(errors_of(lifecycle.edit, edited, **words, details=another)) == {"details-expected_return_date"}


def test_an_edit_keeps_what_was_said_under_fields_that_are_asked_for_no_more(house):
    ticket = house.new(details={"location": "Berlin", "asset_name": "ThinkPad"}, sub_category="Hardware")
    ticket.category.fields.filter(key="location").update(is_active=False)
    ticket.category.sub_categories = ["Software"]
    ticket.category.save()
    same = {"by": house.ana, "subject": "Other words", "description": DESCRIPTION, "sub_category": "Hardware"}
    edited = lifecycle.edit(ticket, **same, details={"asset_name": "MacBook", "location": "Berlin"})
    assert (edited.dynamic_data, edited.sub_category) == ({"location": "Berlin", "asset_name": "MacBook"}, "Hardware")
    assert lifecycle.edit(edited, **same, details={}).dynamic_data == {"location": "Berlin"}
    assert set(errors_of(lifecycle.edit, edited, **same, details={"location": "Rome"})) == {"details-location"}


def test_reprioritising_needs_another_priority_and_a_reason(house):
    ticket = house.open()
    assert set(errors_of(lifecycle.reprioritise, ticket, by=house.bea, priority="Medium", reason="Why not")) == {
        "priority"
    }
    assert set(errors_of(lifecycle.reprioritise, ticket, by=house.bea, priority="Urgent", reason="")) == {
        "priority",
        "reason",
    }
    assert lifecycle.reprioritise(ticket, by=house.bea, priority="High", reason="CEO").priority == "High"


def test_a_transfer_takes_the_assignee_off_and_keeps_the_state(house):
    moved = lifecycle.transfer(house.in_progress(), by=house.bea, department=house.legal, reason="A contract.")
    assert (moved.department, moved.assigned_to, moved.status) == (house.legal, None, "In Progress")


def test_a_transfer_to_where_it_is_is_refused(house):
    assert set(errors_of(lifecycle.transfer, house.open(), by=house.bea, department=house.it, reason="Hm.")) == {
        "department"
    }


def test_a_ticket_of_a_retired_category_can_still_be_edited_and_transferred(house):
    ticket, category = house.new(), house.category()
    category.is_active = False
    category.save()
    edited = lifecycle.edit(ticket, by=house.ana, subject="Other words", description=DESCRIPTION)
    moved = lifecycle.transfer(edited, by=house.bea, department=house.legal, reason="A contract.")
    assert (moved.subject, moved.department, moved.category) == ("Other words", house.legal, category)
    assert set(
        errors_of(
            lifecycle.transfer,
            house.new(category=house.category("Others")),
            by=house.dora,
            department=house.it,
            category=category,
            reason="There.",
        )
    ) == {"category"}


def test_a_transfer_to_another_category_keeps_only_what_fits_and_the_history_keeps_the_rest(house):
    ticket = house.new(details={"asset_name": "ThinkPad", "issue_type": "Slow"}, sub_category="Hardware")
    moved = lifecycle.transfer(
        ticket, by=house.bea, department=house.legal, category=house.category("Asset Check In"), reason="Is returned."
    )
    assert (moved.category.name, moved.dynamic_data, moved.sub_category) == (
        "Asset Check In",
        {"asset_name": "ThinkPad"},
        "",
    )
    before = moved.history.order_by("history_id").first()
    assert before.dynamic_data == {"asset_name": "ThinkPad", "issue_type": "Slow"}


def test_a_form_that_was_read_before_somebody_else_changed_it_is_refused_with_what_is_there_now(house):
    ticket = house.open()
    lifecycle.reprioritise(ticket, by=house.bea, priority="High", reason="CEO")
    with pytest.raises(StaleVersion) as stale:
        lifecycle.reprioritise(ticket, by=house.dora, priority="Low", reason="No", expected_version=ticket.version)
    assert stale.value.current.priority == "High"
    assert Ticket.objects.get(pk=ticket.pk).priority == "High"


def test_who_may_not_see_a_ticket_learns_nothing_of_its_version(house):
    with pytest.raises(Refused) as refused:
        lifecycle.reprioritise(house.open(), by=house.cem, priority="Low", reason="No", expected_version=1)
    assert refused.value.codes == {"unseen"}


def test_a_suspension_counts_for_an_object_that_was_read_before(house):
    ticket = house.open()
    people_lifecycle.suspend(house.bea, by=house.dora, reason="Left.")
    with pytest.raises(Refused) as refused:
        lifecycle.claim(ticket, by=house.bea)
    assert refused.value.codes == {"unseen"}


# Clocks


def test_the_first_answer_of_somebody_else_stops_the_response_clock_for_good(house, clock):
    ticket = house.new()
    clock.pass_hours(2)
    ticket = lifecycle.approve(ticket, by=house.dora, priority="Low", department=house.it)
    clock.pass_hours(5)
    ticket = lifecycle.claim(ticket, by=house.bea)
    assert ticket.response_time == timedelta(hours=2)


def test_hold_and_the_time_before_a_reopen_do_not_count_as_resolution(house, clock):
    ticket = house.in_progress()
    clock.pass_hours(1)
    ticket = lifecycle.hold(ticket, by=house.bea, reason="Waits.")
    clock.pass_hours(10)
    ticket = lifecycle.resume(ticket, by=house.bea)
    clock.pass_hours(1)
    ticket = lifecycle.resolve(ticket, by=house.bea, resolution="Done.")
    assert ticket.resolution_time == timedelta(hours=2)
    clock.pass_hours(24)
    ticket = lifecycle.close(ticket, by=house.ana)
    assert (ticket.resolution_time, ticket.time_closed) == (timedelta(hours=2), clock.time)
    clock.pass_hours(24)
    ticket = lifecycle.reopen(ticket, by=house.ana, reason="Again.")
    assert (ticket.resolution_time, ticket.time_closed, ticket.assigned_to) == (None, None, house.bea)
    clock.pass_hours(3)
    ticket = lifecycle.resolve(ticket, by=house.bea, resolution="Really done.")
    assert ticket.resolution_time == timedelta(hours=5)


def test_a_closed_ticket_can_be_reopened_for_a_while_only(house, clock, settings):
    settings.REOPEN_DAYS = 14
    ticket = house.closed()
    clock.pass_hours(14 * 24 + 1)
    with pytest.raises(Refused) as refused:
        lifecycle.reopen(ticket, by=house.ana, reason="Again.")
    assert refused.value.codes == {"too_late"}
    assert "14 days" in str(refused.value)


def test_timers_act_only_when_it_is_time(house):
    for call, ticket in [(lifecycle.close, house.resolved()), (lifecycle.resume, house.on_hold())]:
        with pytest.raises(Refused) as refused:
            call(ticket, by=SYSTEM)
        assert refused.value.codes == {"too_early"}


def test_whoever_is_not_signed_in_is_refused_and_the_record_names_nobody(house):
    ticket = house.open()
    for ask in (lambda by: lifecycle.claim(ticket, by=by), lambda by: house.new(by=by)):
        for nobody in (AnonymousUser(), None):
            with pytest.raises(Refused):
                ask(nobody)
    noted = AuditEvent.objects.filter(kind="refused")
    assert set(noted.values_list("actor", "actor_name")) == {(None, "system")}
    assert noted.count() == 4
