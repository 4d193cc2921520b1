"""Each verb by its page: the fields as under REST, what is offered, what happens, and where one goes on."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from django.utils import timezone

from people import lifecycle as people_lifecycle
from tests.factories import people
from tests.tickets.admin.test_list import LIST
from tickets import rules, verbs
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


def page(ticket: Ticket, slug: str) -> str:
    return f"{LIST}{ticket.pk}/{slug}/"


def text(client, person, address: str) -> str:
    client.force_login(person)
    answer = client.get(address)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def now(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def test_every_verb_of_staff_has_its_page():
    without = {"edit", "comment", "attach", "note", "redact"}
    assert {verb.name for verb in verbs.VERBS} == set(rules.RULES) - without


@pytest.mark.parametrize("verb", verbs.VERBS, ids=lambda verb: verb.slug)
def test_looking_at_a_verb_changes_nothing_and_a_stranger_finds_no_page(client, house, verb):
    ticket = house.open()
    before = Ticket.objects.values().get(pk=ticket.pk)
    assert str(verb.title) in text(client, house.dora, page(ticket, verb.slug))
    assert Ticket.objects.values().get(pk=ticket.pk) == before
    client.force_login(house.cem)
    assert client.get(page(ticket, verb.slug)).status_code == 404
    assert client.post(page(ticket, verb.slug)).status_code == 404


def test_approve_is_filled_in_and_offers_who_can_work_on_it(client, house):
    ticket = house.new(by=house.bea)
    shown = text(client, house.dora, page(ticket, "approve"))
    assert '<option value="Medium" selected>Medium</option>' in shown
    assert f'<option value="{house.it.pk}" selected>IT Department</option>' in shown
    assert f'<option value="{house.cem.pk}">{house.cem.get_full_name()}</option>' in shown
    for absent in (house.bea, house.ana, people.coordinator(house.it, status="Suspended")):
        assert f'<option value="{absent.pk}">{absent.get_full_name()}' not in shown
    client.post(page(ticket, "approve"), {"priority": "High", "department": house.it.pk, "assigned_to": house.dora.pk})
    done = now(ticket)
    assert (done.status, done.priority, done.assigned_to) == ("Open", "High", house.dora)


def test_approving_without_a_department_says_what_is_missing_and_keeps_what_was_chosen(client, house):
    ticket = house.new(category=house.category("Others"))
    client.force_login(house.dora)
    answer = client.post(page(ticket, "approve"), {"priority": "Critical", "department": ""})
    assert answer.status_code == 422
    assert "Choose a department." in answer.content.decode()
    assert '<option value="Critical" selected>' in answer.content.decode()
    assert now(ticket).status == "New"


@pytest.mark.parametrize("given", ["x", "987654321", "9" * 30, "\x00", "-1"])
def test_a_person_that_is_none_is_an_error_at_the_field(client, house, given):
    ticket = house.open()
    client.force_login(house.bea)
    answer = client.post(page(ticket, "assign"), {"assigned_to": given})
    assert answer.status_code == 422
    assert 'href="#id_assigned_to"' in answer.content.decode()


def test_somebody_who_cannot_work_is_refused_by_the_door(client, house):
    ticket = house.open()
    client.force_login(house.bea)
    answer = client.post(page(ticket, "assign"), {"assigned_to": house.eve.pk})
    assert "Choose an approved coordinator or System Admin." in answer.content.decode()
    assert now(ticket).assigned_to is None


def test_assigned_to_nobody_goes_back_into_the_queue(client, house):
    ticket = house.in_progress()
    shown = text(client, house.bea, page(ticket, "assign"))
    assert f'<option value="{house.bea.pk}" selected>' in shown
    client.post(page(ticket, "assign"), {"assigned_to": ""})
    assert now(ticket).assigned_to is None


def test_hold_takes_a_day_and_refuses_one_that_is_none(client, house):
    ticket = house.open()
    client.force_login(house.bea)
    answer = client.post(page(ticket, "hold"), {"reason": "Parts.", "resume_date": "soon"})
    assert "Give a date as year-month-day" in answer.content.decode()
    day = timezone.localdate() + timedelta(days=9)
    client.post(page(ticket, "hold"), {"reason": "Parts.", "resume_date": day.isoformat()})
    assert (now(ticket).status, now(ticket).resume_date) == ("On Hold", day)


def test_who_moves_a_ticket_out_of_sight_goes_on_in_the_list(client, house):
    ticket = house.open()
    client.force_login(house.bea)
    given = {"department": house.legal.pk, "reason": "A contract.", "next": f"{LIST}{ticket.pk}/change/"}
    answer = client.post(page(ticket, "transfer"), given, follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert f"{ticket.ticket_number} waits in Legal now." in answer.content.decode()
    client.force_login(house.dora)
    answer = client.post(page(now(ticket), "transfer"), given | {"department": house.it.pk})
    assert answer.headers["Location"] == f"{LIST}{ticket.pk}/change/"


def test_transfer_says_which_extra_fields_may_fall_away(client, house):
    ticket = house.open(details={"serial_number": "SN-4711"})
    shown = text(client, house.bea, page(ticket, "transfer"))
    assert "Extra fields that the new category does not have fall away" in shown
    assert "This ticket has: Serial number." in shown
    hr = house.category("HR Request")
    given = {"department": hr.assigned_department_id, "category": hr.pk, "reason": "About pay."}
    client.post(page(ticket, "transfer"), given)
    assert (now(ticket).category, now(ticket).dynamic_data) == (hr, {})


def test_an_admin_who_closes_for_the_requester_says_why(client, house):
    ticket = house.resolved()
    client.force_login(house.dora)
    assert client.post(page(ticket, "close"), {"reason": ""}).status_code == 422
    assert client.post(page(ticket, "close"), {"reason": "Said so on the phone."}).status_code == 302
    assert now(ticket).status == "Closed"


def test_of_two_who_claim_the_second_is_told(client, house):
    ticket = house.open()
    ben = people.coordinator(house.it)
    client.force_login(house.bea)
    client.post(page(ticket, "claim"), {"read_version": ticket.version})
    client.force_login(ben)
    answer = client.post(page(ticket, "claim"), {"read_version": ticket.version}, follow=True)
    assert "Somebody" in answer.content.decode()
    assert now(ticket).assigned_to == house.bea


def test_a_retired_department_is_offered_nowhere(client, house):
    house.legal.is_active = False
    house.legal.save()
    ticket = house.open()
    for slug in ("transfer", "approve"):
        assert ">Legal<" not in text(client, house.dora, page(ticket if slug == "transfer" else house.new(), slug))


def test_a_suspended_admin_does_nothing_any_more(client, house):
    other, ticket = people.admin(), house.new()
    client.force_login(house.dora)
    people_lifecycle.suspend(house.dora, by=other, reason="Left.")
    client.post(page(ticket, "reject"), {"reason": "No."})
    assert now(ticket).status == "New"
