"""The plain pages of the back office: everybody sees their tickets, and no form of columns changes one."""

import pytest
from django.urls import reverse

from notifications.models import EmailNotification
from people import lifecycle as people_lifecycle
from tests.factories import people
from tickets import conversation, lifecycle
from tickets.models import Ticket, TicketCategory

LIST = reverse("admin:tickets_ticket_changelist")


def page_of(ticket: Ticket) -> str:
    return reverse("admin:tickets_ticket_change", args=[ticket.pk])


def html(client, person, address: str, **given) -> str:
    client.force_login(person)
    response = client.get(address, given)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


@pytest.mark.parametrize(
    "model",
    [
        "ticket",
        "ticketcategory",
        "ticketcomment",
        "ticketattachment",
        "historicalticket",
        "historicalticketcategory",
        "historicalcategoryfield",
        "historicalticketcomment",
        "historicalticketattachment",
    ],
)
def test_an_admin_sees_every_table(client, house, model):
    conversation.comment(house.in_progress(), by=house.ana, comment="Any news?")
    assert "SmartSupport" in html(client, house.dora, reverse(f"admin:tickets_{model}_changelist"))


def test_the_list_shows_what_one_may_see_and_no_more(client, house):
    ticket = house.open()
    assert ticket.ticket_number in html(client, house.bea, LIST)
    assert ticket.ticket_number not in html(client, house.cem, LIST)


def test_a_foreign_ticket_answers_as_if_it_did_not_exist(client, house):
    ticket = house.open()
    client.force_login(house.cem)
    there, nowhere = client.get(page_of(ticket)), client.get(reverse("admin:tickets_ticket_change", args=[10**9]))
    assert there.status_code == nowhere.status_code == 404
    assert ticket.ticket_number not in there.content.decode()


@pytest.mark.parametrize("key", ["0", "-1", "x", "1%20or%201", "9" * 40, "_3C", "²", "٣"])
def test_a_strange_key_is_no_error(client, house, key):
    client.force_login(house.dora)
    assert client.get(f"{LIST}{key}/change/").status_code in {302, 404}


def test_people_without_staff_rights_do_not_get_in(client, house):
    client.force_login(house.ana)
    assert client.get(LIST).status_code == 302


def test_nobody_changes_adds_or_deletes_a_ticket_by_a_form(client, house):
    ticket = house.open()
    client.force_login(house.dora)
    for address in (
        page_of(ticket),
        reverse("admin:tickets_ticket_add"),
        reverse("admin:tickets_ticket_delete", args=[ticket.pk]),
    ):
        client.post(address, {"status": "Closed", "subject": "Changed by a form", "post": "yes"})
    now = Ticket.objects.get(pk=ticket.pk)
    assert (now.status, now.subject, now.version) == ("Open", ticket.subject, ticket.version)
    assert Ticket.objects.count() == 1


def test_notes_stand_on_the_page_for_staff_but_not_on_ones_own_ticket(client, house):
    ticket = lifecycle.approve(house.new(by=house.bea), by=house.dora, priority="Low", department=house.it)
    conversation.comment(ticket, by=house.dora, comment="canary-41", is_internal=True)
    assert "canary-41" in html(client, house.dora, page_of(ticket))
    assert "canary-41" not in html(client, house.bea, page_of(ticket))
    own = house.new(by=house.dora)
    conversation.comment(own, by=people.admin(), comment="canary-42", is_internal=True)
    assert "canary-42" not in html(client, house.dora, page_of(own))
    assert "canary-42" not in html(client, house.dora, reverse("admin:tickets_ticketcomment_changelist"))


def test_what_people_write_is_escaped(client, house):
    ticket = house.new(subject="<script>alert(1)</script>", description="<img src=x onerror=alert(2)>")
    for address in (LIST, page_of(ticket)):
        page = html(client, house.dora, address)
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_search_finds_numbers_and_words(client, house):
    printer, laptop = house.open(subject="Printers are jamming"), house.open(subject="Laptop is dead")
    for question in (printer.ticket_number.lower(), "printer jam"):
        page = html(client, house.bea, LIST, q=question)
        assert printer.subject in page
        assert laptop.subject not in page


def test_a_suspended_coordinator_is_out_at_the_next_click(client, house):
    ticket = house.open()
    assert ticket.ticket_number in html(client, house.bea, LIST)
    people_lifecycle.suspend(house.bea, by=house.dora, reason="Left.")
    assert client.get(LIST).status_code == 302


def test_a_coordinator_looks_at_categories_and_changes_none(client, house):
    category = house.category("HR Request")
    address = reverse("admin:tickets_ticketcategory_change", args=[category.pk])
    assert "HR Request" in html(client, house.bea, address)
    assert client.post(address, {"name": "Mine"}).status_code == 403
    assert TicketCategory.objects.get(pk=category.pk).name == "HR Request"


def test_the_outbox_knows_of_no_internal_notes_for_an_admin_who_asked_for_that_ticket(client, house):
    ticket = lifecycle.approve(
        house.new(by=house.dora), by=people.admin(), priority="Low", department=house.it, assignee=house.bea
    )
    conversation.comment(ticket, by=people.admin(), comment="canary-43", is_internal=True)
    mail = EmailNotification.objects.get(message="ticket_noted")
    address = reverse("admin:notifications_emailnotification_change", args=[mail.pk])
    client.force_login(house.dora)
    answer = client.get(address, follow=True)
    assert "canary-43" not in answer.content.decode()
    assert "It carries an internal note." not in answer.content.decode()
    assert answer.redirect_chain[0][0] == client.get(address.replace(f"/{mail.pk}/", "/987654321/")).url
    assert "It carries an internal note." in html(client, people.admin(), address)
