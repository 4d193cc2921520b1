"""Changing what one asked for, while it is New."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from people.models import Employee
from tests.factories import files as factories_files
from tests.factories import people
from tests.factories.tickets import quick_ticket
from tests.helpcenter.browsing import fields, text
from tickets import conversation, lifecycle
from tickets.enums import Status
from tickets.models import CategoryField, Ticket, TicketCategory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(client: Client) -> Employee:
    person = people.person(first_name="Ana")
    client.force_login(person)
    return person


@pytest.fixture
def ticket(ana: Employee) -> Ticket:
    return lifecycle.submit(
        by=ana,
        category=TicketCategory.objects.get(name="IT Support"),
        subject="Laptop is dead",
        description="It does not start.\nNot at all.",
        sub_category="Hardware",
        details={"issue_type": "Does not start", "location": "Room 4"},
    )


def edit(ticket: Ticket) -> str:
    return f"/my/tickets/{ticket.ticket_number}/edit/"


def said(answer) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def now(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def test_the_form_has_what_was_asked_and_saving_it_unchanged_changes_no_word(client, ticket):
    form = fields(client.get(edit(ticket)))
    assert form["subject"] == ["Laptop is dead"]
    assert form["description"] == ["It does not start.\nNot at all."]
    assert (form["sub_category"], form["details-issue_type"]) == (["Hardware"], ["Does not start"])
    answer = client.post(edit(ticket), form)
    assert (answer.status_code, answer.url) == (303, f"/my/tickets/{ticket.ticket_number}/")
    assert said(answer) == ["Your changes are saved."]
    after = now(ticket)
    for column in ("subject", "description", "sub_category", "dynamic_data", "scheduled_date", "category_id"):
        assert getattr(after, column) == getattr(ticket, column), column


def test_what_is_changed_is_changed_and_stands_in_the_history(client, ticket, ana):
    form = fields(client.get(edit(ticket)))
    day = timezone.localdate() + timedelta(days=3)
    client.post(edit(ticket), {**form, "subject": "Laptop is quite dead", "scheduled_date": day.isoformat()})
    after = now(ticket)
    assert (after.subject, after.scheduled_date, after.version) == ("Laptop is quite dead", day, ticket.version + 1)
    assert after.history.first().verb == "edit"


def test_no_other_category_comes_by_an_edit(client, ticket):
    other = TicketCategory.objects.get(name="Others")
    client.post(edit(ticket), {**fields(client.get(edit(ticket))), "category": other.pk, "priority": "Critical"})
    assert (now(ticket).category_id, now(ticket).priority) == (ticket.category_id, ticket.priority)


def test_errors_come_back_with_everything_typed(client, ticket):
    typed = {**fields(client.get(edit(ticket))), "subject": [" x "], "scheduled_date": ["soon"]}
    answer = client.post(edit(ticket), typed)
    assert answer.status_code == 422
    assert fields(answer) == typed
    assert now(ticket).subject == "Laptop is dead"


def test_what_is_offered_no_more_may_stay(client, ticket):
    CategoryField.objects.filter(category=ticket.category, key="location").update(is_active=False)
    TicketCategory.objects.filter(pk=ticket.category_id).update(is_active=False, sub_categories=["Software"])
    form = fields(client.get(edit(ticket)))
    assert form["sub_category"] == ["Hardware"]
    assert "details-location" not in form
    assert client.post(edit(ticket), {**form, "subject": "Laptop is quite dead"}).status_code == 303
    after = now(ticket)
    assert (after.sub_category, after.dynamic_data["location"]) == ("Hardware", "Room 4")


def test_who_is_second_reads_what_stands_there_now_and_keeps_their_own_words(client, ticket):
    form = fields(client.get(edit(ticket)))
    lifecycle.edit(
        ticket, by=people.admin(), subject="Theirs <is> here", description=ticket.description, sub_category="Hardware",
        details=ticket.dynamic_data, reason="They rang up.",
    )  # fmt: skip
    answer = client.post(edit(ticket), {**form, "subject": "Mine is better"})
    page = text(answer)
    assert answer.status_code == 409
    assert "Somebody changed this ticket while you were writing." in page
    assert "Subject, as it is now" in page
    assert "Theirs &lt;is&gt; here" in page
    assert "Description, as it is now" not in page
    assert fields(answer)["subject"] == ["Mine is better"]
    assert now(ticket).subject == "Theirs <is> here"
    assert client.post(edit(ticket), fields(answer)).status_code == 303
    assert now(ticket).subject == "Mine is better"


def test_who_is_second_to_an_approval_is_led_back_with_the_reason(client, ticket):
    form = fields(client.get(edit(ticket)))
    lifecycle.approve(ticket, by=people.admin(), priority="Low", department=people.department())
    answer = client.post(edit(ticket), form)
    assert (answer.status_code, answer.url) == (303, f"/my/tickets/{ticket.ticket_number}/")
    assert said(answer) == ["A ticket that is “Open” can't be edited."]


@pytest.mark.parametrize("as_read", ["x", "", "9" * 4000])
def test_what_nobody_can_have_read_is_what_stood_there_before(client, ticket, as_read):
    form = fields(client.get(edit(ticket)))
    assert client.post(edit(ticket), {**form, "as_read": as_read}).status_code == 409
    assert now(ticket).version == ticket.version


def test_a_program_that_posts_the_fields_of_the_form_alone_is_taken_at_its_word(client, ticket):
    form = fields(client.get(edit(ticket)))
    del form["as_read"]
    assert client.post(edit(ticket), {**form, "subject": "Laptop is quite dead"}).status_code == 303
    assert now(ticket).subject == "Laptop is quite dead"


def test_a_row_more_is_no_way_around_what_was_read(client, ticket):
    form = fields(client.get(edit(ticket)))
    del form["as_read"]
    more = client.post(edit(ticket), {**form, "step": "add-cost_items"})
    assert client.post(edit(ticket), {**fields(more), "subject": "Mine is better"}).status_code == 409
    assert now(ticket).subject == ticket.subject


def test_an_internal_note_meanwhile_neither_stops_nor_shows(client, ticket):
    form = fields(client.get(edit(ticket)))
    conversation.comment(ticket, by=people.admin(), comment="They ask for the third one.", is_internal=True)
    assert fields(client.get(edit(ticket))) == form
    assert client.post(edit(ticket), {**form, "subject": "Laptop is quite dead"}).status_code == 303
    assert now(ticket).subject == "Laptop is quite dead"


def test_files_on_internal_notes_are_not_counted_where_the_number_is_told(client, ticket):
    def told():
        page = text(client.get(f"/my/tickets/{ticket.ticket_number}/submitted/"))
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)

    before = told()
    admin = people.admin()
    files = [factories_files.staged(admin, "quote.txt")]
    conversation.comment(ticket, by=admin, comment="The quote.", is_internal=True, files=files)
    assert told() == before


@pytest.mark.parametrize("state", [state for state in Status.values if state != Status.NEW])
def test_in_no_other_state_there_is_anything_to_edit(client, ana, state):
    ticket = quick_ticket(state, requester=ana)
    for answer in (client.get(edit(ticket)), client.post(edit(ticket), {"subject": "Changed it"})):
        assert (answer.status_code, answer.url) == (303, f"/my/tickets/{ticket.ticket_number}/")
        assert f"A ticket that is “{state}” can't be edited." in said(answer)
    assert now(ticket).subject == ticket.subject


def test_it_is_not_there_for_others_also_not_for_staff_who_have_the_back_office(client, ticket):
    for person in (people.person(), people.coordinator(people.department()), people.admin()):
        client.force_login(person)
        assert client.get(edit(ticket)).status_code == 404
        assert client.post(edit(ticket), {"subject": "Changed it"}).status_code == 404
    client.logout()
    assert client.get(edit(ticket)).url.startswith("/accounts/login/")
    assert now(ticket).subject == "Laptop is dead"


@pytest.mark.parametrize("number", ["TX9999", "x", "%00", "TX0001%00", "é", "1'--"])
def test_a_number_that_is_none_is_not_there(client, ana, number):
    assert client.get(f"/my/tickets/{number}/edit/").status_code == 404
