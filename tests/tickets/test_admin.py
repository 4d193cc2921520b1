"""The plain pages of the back office: everybody sees their tickets, and no form of columns changes one."""

import pytest
from django.urls import reverse

from notifications.models import EmailNotification
from people import lifecycle as people_lifecycle
from tests.factories import people
from tickets import conversation, lifecycle
from tickets.models import CategoryField, Ticket, TicketCategory

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
    assert (there.status_code, there.headers["Location"]) == (nowhere.status_code, nowhere.headers["Location"])


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


def test_an_admin_edits_a_category_and_the_history_says_so(client, house):
    category = house.category("HR Request")
    client.force_login(house.dora)
    form = {
        "read_version": category.version,
        "name": "HR Request",
        "description": "Papers",
        "sub_categories": '["Leave"]',
        "default_priority": "High",
        "assigned_department": category.assigned_department_id,
        "is_active": "on",
        "fields-TOTAL_FORMS": 1,
        "fields-INITIAL_FORMS": 0,
        "fields-0-label": "Since",
        "fields-0-key": "since",
        "fields-0-kind": "date",
        "fields-0-position": 0,
        "fields-0-is_active": "on",
        "fields-0-choices": "[]",
    }
    address = reverse("admin:tickets_ticketcategory_change", args=[category.pk])
    assert client.post(address, form).status_code == 302
    now = TicketCategory.objects.get(pk=category.pk)
    assert (now.default_priority, now.sub_categories, now.version) == ("High", ["Leave"], category.version + 1)
    assert CategoryField.objects.get(category=category).key == "since"
    assert [(row.verb, row.history_user) for row in now.history.order_by("-history_id")[:1]] == [("change", house.dora)]
    assert CategoryField.objects.get(category=category).history.get().verb == "add"


def test_the_key_and_the_kind_of_a_field_stay(client, house):
    category = house.category("Facility Request")
    field = category.fields.get()
    client.force_login(house.dora)
    form = {
        "read_version": category.version,
        "name": category.name,
        "sub_categories": "[]",
        "default_priority": "Low",
        "is_active": "on",
        "fields-TOTAL_FORMS": 1,
        "fields-INITIAL_FORMS": 1,
        "fields-0-id": field.pk,
        "fields-0-category": category.pk,
        "fields-0-label": "Place",
        "fields-0-key": "place",
        "fields-0-kind": "text",
        "fields-0-position": 0,
        "fields-0-choices": "[]",
    }
    address = reverse("admin:tickets_ticketcategory_change", args=[category.pk])
    page = client.post(address, form)
    assert "Key and kind of a field stay" in page.content.decode()
    assert client.post(address, form | {"fields-0-key": "location"}).status_code == 302
    now = category.fields.get()
    assert (now.key, now.label, now.is_active) == ("location", "Place", False)


def test_a_coordinator_looks_at_categories_and_changes_none(client, house):
    category = house.category("HR Request")
    address = reverse("admin:tickets_ticketcategory_change", args=[category.pk])
    assert "HR Request" in html(client, house.bea, address)
    assert client.post(address, {"name": "Mine"}).status_code == 403
    assert TicketCategory.objects.get(pk=category.pk).name == "HR Request"


def test_the_outbox_shows_no_internal_notes_to_an_admin_who_asked_for_that_ticket(client, house):
    ticket = lifecycle.approve(
        house.new(by=house.dora), by=people.admin(), priority="Low", department=house.it, assignee=house.bea
    )
    conversation.comment(ticket, by=people.admin(), comment="canary-43", is_internal=True)
    mail = EmailNotification.objects.get(message="ticket_noted")
    page = html(client, house.dora, reverse("admin:notifications_emailnotification_change", args=[mail.pk]))
    assert "canary-43" not in page
    assert "It carries an internal note." in page
