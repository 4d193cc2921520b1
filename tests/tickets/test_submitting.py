"""Asking for something: what is taken, what is refused, and in which words."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from audit.refusals import InvalidValues, Refused
from people.models import NumberSequence
from tests.factories import people
from tests.tickets.conftest import DESCRIPTION
from tickets import lifecycle
from tickets.models import Ticket


def test_a_ticket_begins_with_number_priority_and_department_of_its_category(house):
    ticket = house.new(sub_category="Hardware", details={"location": "Berlin"})
    assert (ticket.ticket_number, ticket.status, ticket.priority, ticket.department) == (
        "TX0001",
        "New",
        "Medium",
        house.it,
    )
    assert (ticket.employee, ticket.assigned_to, ticket.sub_category) == (house.ana, None, "Hardware")
    assert ticket.dynamic_data == {"location": "Berlin"}
    assert (ticket.version, ticket.response_time, ticket.resolution_time) == (1, None, None)


def test_others_go_to_nobody_until_somebody_approves(house):
    ticket = house.new(category=house.category("Others"))
    assert (ticket.department, ticket.priority) == (None, "Low")


def test_a_department_that_is_no_more_gets_no_tickets(house):
    house.it.is_active = False
    house.it.save()
    assert house.new().department is None


@pytest.mark.parametrize("status", ["Pending", "Rejected", "Suspended"])
def test_only_approved_people_ask(house, status):
    with pytest.raises(Refused) as refused:
        house.new(by=people.person(status))
    assert refused.value.codes == {"not_yours"}
    assert not Ticket.objects.exists()
    assert AuditEvent.objects.filter(kind="refused", detail__verb="submit").count() == 1


def test_everything_that_is_wrong_is_said_at_once(house):
    with pytest.raises(InvalidValues) as invalid:
        lifecycle.submit(
            by=house.ana,
            category=house.category("Asset Check Out"),
            subject="Hi",
            description="short",
            sub_category="Spaceship",
            scheduled_date=timezone.localdate() - timedelta(days=1),
        )
    assert set(invalid.value.errors) == {
        "subject",
        "description",
        "sub_category",
        "scheduled_date",
        "details-asset_name",
        "details-location",
        "details-expected_return_date",
    }
    assert invalid.value.errors["subject"] == ["This is too short: at least 5 characters."]
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    "subject",
    [
        "x" * 201,
        "     ab     ",
        "two\nlines here",
        "tab\there",
        "",
        None,
        5,
        "bell\x07here",
        "nul\x00here",
        "x" * 10**6,
    ],
)
def test_an_unfit_subject_is_refused_with_a_sentence(house, subject):
    with pytest.raises(InvalidValues) as invalid:
        house.new(subject=subject)
    assert set(invalid.value.errors) == {"subject"}
    assert invalid.value.errors["subject"][0].endswith(".")


@pytest.mark.parametrize("subject", ["x" * 200, "Größe ändern", "עברית ועוד", "👩🏽‍💻 does not boot"])
def test_a_subject_in_any_script_up_to_200_characters_is_taken_as_it_is(house, subject):
    assert Ticket.objects.get(pk=house.new(subject=subject).pk).subject == subject


def test_a_description_comes_back_byte_for_byte_after_line_ends(house):
    text = "  one\r\ntwo\rthree\n\n\tfour \u202e e\u0301 \u00e9 <b>&amp; ' \" "
    ticket = Ticket.objects.get(pk=house.new(description=text).pk)
    assert ticket.description == text.replace("\r\n", "\n").replace("\r", "\n")


def test_a_category_that_is_not_offered_any_more_is_refused(house):
    category = house.category()
    category.is_active = False
    category.save()
    with pytest.raises(InvalidValues) as invalid:
        house.new(category=category)
    assert set(invalid.value.errors) == {"category"}


def test_numbers_go_on_past_9999(house):
    NumberSequence.objects.update_or_create(name="ticket", defaults={"last": 9998})
    assert [house.new().ticket_number for _ in range(3)] == ["TX9999", "TX10000", "TX10001"]


def test_a_format_with_the_year_starts_again_each_year(house, settings, monkeypatch):
    settings.TICKET_NUMBER_FORMAT = "TKT{year}{seq:06d}"
    this_year = timezone.localdate().year
    assert [house.new().ticket_number for _ in range(2)] == [f"TKT{this_year}000001", f"TKT{this_year}000002"]
    next_year = timezone.now().replace(year=this_year + 1, month=7)
    monkeypatch.setattr(timezone, "now", lambda: next_year)
    assert house.new().ticket_number == f"TKT{this_year + 1}000001"


def test_a_refused_ticket_uses_up_no_number(house):
    with pytest.raises(InvalidValues):
        house.new(description=DESCRIPTION[:5])
    assert house.new().ticket_number == "TX0001"
