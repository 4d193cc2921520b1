"""What must never be half-set does not fit the tables, whoever writes."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from tickets import conversation
from tickets.models import CategoryField, Ticket, TicketAttachment, TicketCategory, TicketComment

NOW = timezone.now()

HALF_SET = {
    "an unknown status": {"status": "Done"},
    "an unknown priority": {"priority": "Urgent"},
    "a subject too short": {"subject": "Hey"},
    "a subject too long": {"subject": "x" * 201},
    "a description too short": {"description": "Short"},
    "a description too long": {"description": "x" * 20_001},
    "no number": {"ticket_number": ""},
    "open without department": {"status": "Open", "department": None},
    "new with an assignee": {"assigned_to": "bea"},
    "closed without time": {"status": "Closed", "clock_stopped_at": NOW},
    "open with a closing time": {"status": "Open", "time_closed": NOW},
    "rejected without reason": {"status": "Rejected", "time_closed": NOW},
    "new with a reason of rejection": {"rejection_reason": "No."},
    "on hold with a running clock": {"status": "On Hold"},
    "open with a clock that stands still": {"status": "Open", "clock_stopped_at": NOW},
    "open with a resolution time": {"status": "Open", "resolution_time": timedelta(hours=1)},
    "a negative response time": {"response_time": timedelta(seconds=-1)},
    "a negative pause": {"clock_stopped_total": timedelta(seconds=-1)},
    "a resume date while open": {"status": "Open", "resume_date": NOW.date()},
    "an end before the beginning": {"status": "Withdrawn", "time_closed": NOW - timedelta(days=9000)},
}


@pytest.mark.parametrize("columns", HALF_SET.values(), ids=HALF_SET.keys())
def test_a_ticket_can_not_have(house, columns):
    ticket = house.new()
    if columns.get("assigned_to") == "bea":
        columns = {"assigned_to": house.bea}
    with pytest.raises(DatabaseError), transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(**columns)


def test_two_tickets_never_have_one_number(house):
    first, second = house.new(), house.new()
    with pytest.raises(IntegrityError), transaction.atomic():
        Ticket.objects.filter(pk=second.pk).update(ticket_number=first.ticket_number)


@pytest.mark.parametrize(
    "columns",
    [
        {"comment": ""},
        {"comment": "x" * 20_001},
        {"redacted_at": NOW},
        {"user": None},
        {"actor_name": "workflow"},
        {"actor_name": "somebody"},
    ],
)
def test_a_comment_can_not_be_empty_or_by_nobody(house, columns):
    said = conversation.comment(house.new(), by=house.ana, comment="Words")
    with pytest.raises(IntegrityError), transaction.atomic():
        TicketComment.objects.filter(pk=said.pk).update(**columns)


@pytest.mark.parametrize("columns", [{"file_size": 0}, {"file_name": ""}, {"file_type": "text/html"}])
def test_an_attachment_is_a_file_of_a_kind_that_we_take(house, columns):
    good = {"file": "tickets/ab/abc", "file_name": "a.txt", "file_type": "text/plain", "file_size": 3}
    with pytest.raises(IntegrityError), transaction.atomic():
        TicketAttachment.objects.create(ticket=house.new(), uploaded_by=house.ana, **(good | columns))


@pytest.mark.parametrize(
    "columns",
    [
        {"key": "Has Spaces"},
        {"key": "ends_with_newline\n"},
        {"kind": "colour"},
        {"label": ""},
        {"kind": "text", "not_past": True},
        {"kind": "text", "not_negative": True},
    ],
)
def test_an_extra_field_has_a_plain_key_a_known_kind_and_rules_of_its_kind(house, columns):
    good = {"key": "thing", "label": "Thing", "kind": "text"}
    with pytest.raises(IntegrityError), transaction.atomic():
        CategoryField.objects.create(category=house.category(), **(good | columns))


def test_category_names_are_unique_whatever_the_case(house):
    with pytest.raises(IntegrityError), transaction.atomic():
        TicketCategory.objects.create(name="it support")


def test_what_a_ticket_names_can_not_be_deleted(house):
    ticket = house.in_progress()
    conversation.comment(ticket, by=house.ana, comment="Words")
    for named in (house.ana, house.bea, house.dora, house.it, ticket.category, ticket):
        with pytest.raises(ProtectedError):
            named.delete()
    assert Ticket.objects.filter(pk=ticket.pk).exists()
