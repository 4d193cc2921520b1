"""What can be asked of a list by its address: its filters, and nothing else.

Django lets anybody on staff filter by every column and relation of a model; each answer tells a little of what they may
not see.
"""

import pytest
from django.contrib import admin
from django.urls import reverse

from jobs.outbox import Cancelled
from notifications import sending
from notifications.models import EmailNotification
from people import lifecycle as people_lifecycle
from tests.factories import people
from tests.tickets.conftest import house  # noqa: F401 - a fixture
from tickets import conversation, lifecycle

HOSTILE = {
    "a hash of a password by its beginning": ("people_employee", {"password__startswith": "argon2"}),
    "who asked for a ticket that one may not see": ("people_employee", {"tickets": "1"}),
    "who wrote a note": ("people_employee", {"ticket_comments__is_internal": "1"}),
    "a regular expression that never ends": ("tickets_ticket", {"subject__regex": "^(a+)+$"}),
    "a regular expression that is none": ("tickets_ticket", {"subject__regex": "((("}),
    "the words of a note by its beginning": ("tickets_ticket", {"comments__comment__startswith": "c"}),
    "categories of tickets one may not see": ("tickets_ticketcategory", {"tickets": "1"}),
    "the words of a mail": ("notifications_emailnotification", {"template_data__reason__startswith": "c"}),
    "the browser of somebody": ("audit_auditevent", {"actor__password__startswith": "a"}),
}


def sign_in(client, person):
    client.force_login(person)
    return client


@pytest.mark.parametrize(("table", "question"), HOSTILE.values(), ids=HOSTILE.keys())
def test_no_list_can_be_asked_for(client, house, table, question):  # noqa: F811
    house.open()
    address = reverse(f"admin:{table}_changelist")
    for person in (house.dora, house.bea, people.clerk()):
        assert sign_in(client, person).get(address, question).status_code in {400, 403}


@pytest.mark.parametrize(
    ("table", "question"),
    [
        ("tickets_ticket", {"status__exact": "Open"}),
        ("tickets_ticket", {"department__id__exact": "1"}),
        (
            "tickets_ticket",
            {"submit_date__gte": "2026-01-01 00:00:00+00:00", "submit_date__lt": "2027-01-01 00:00:00+00:00"},
        ),
        ("people_employee", {"role__exact": "Employee", "is_data_clerk__exact": "0"}),
        ("tickets_historicalticket", {"id__exact": "1"}),
    ],
)
def test_its_own_filters_work(client, house, table, question):  # noqa: F811
    assert sign_in(client, house.dora).get(reverse(f"admin:{table}_changelist"), question).status_code == 200


@pytest.mark.parametrize(
    "question",
    [
        {"submit_date__gte": "99999999-01-01"},
        {"submit_date__gte": "soon"},
        {"status__exact": "\x00"},
        {"q": "\x00"},
        {"department__id__exact": "9" * 40},
        {"p": "-1"},
        {"p": "9" * 30},
        {"o": "99.99"},
    ],
)
def test_a_value_that_nothing_can_be_compared_with_is_no_error_page(client, house, question):  # noqa: F811
    house.open()
    for table in ("tickets_ticket", "people_employee", "tickets_historicalticket"):
        response = sign_in(client, house.dora).get(reverse(f"admin:{table}_changelist"), question, follow=True)
        assert response.status_code in {200, 400}


def test_every_page_of_ours_holds_to_this():
    ours = {"audit", "jobs", "notifications", "people", "tickets"}
    for model, page in admin.site._registry.items():
        if model._meta.app_label in ours:
            assert not page.lookup_allowed("pk__regex", "x", None), model


def test_files_and_traces_of_notes_are_hidden_on_ones_own_ticket(client, house):  # noqa: F811
    ticket, others = house.new(by=house.dora), house.new(by=house.cem)
    said = conversation.comment(ticket, by=people.admin(), comment="Psst", is_internal=True)
    ticket.attachments.create(
        comment=said, file="tickets/aa/aa", file_name="canary-44.txt", file_type="text/plain", file_size=3,
        uploaded_by=house.cem,
    )  # fmt: skip
    page = reverse("admin:tickets_ticket_change", args=[ticket.pk])
    lists = [reverse(f"admin:tickets_historical{table}_changelist") for table in ("ticketattachment", "ticketcomment")]
    for address in (page, *lists, reverse("admin:tickets_ticketattachment_changelist")):
        assert "canary-44" not in sign_in(client, house.dora).get(address).content.decode()
    history = sign_in(client, house.dora).get(reverse("admin:tickets_historicalticket_changelist")).content.decode()
    # Nothing of the raw record of one's own ticket; that there is one of others' shows that the list works.
    assert ticket.ticket_number not in history
    assert others.ticket_number in history
    other_admin = sign_in(client, people.admin()).get(page).content.decode()
    assert "canary-44" in other_admin


def test_of_two_admins_who_edit_a_department_the_second_is_told(client, house):  # noqa: F811
    address = reverse("admin:people_department_change", args=[house.it.pk])
    read = {"name": "IT Department", "is_active": "on", "read_version": house.it.version}
    assert sign_in(client, house.dora).post(address, read | {"head_email": "head@example.org"}).status_code == 302
    second = client.post(address, read | {"description": "Computers"})
    assert "Somebody else has changed this since you opened it." in second.content.decode()
    house.it = type(house.it).objects.get(pk=house.it.pk)
    assert (house.it.head_email, house.it.description == "Computers") == ("head@example.org", False)


def test_the_form_of_a_department_knows_the_version_it_shows(client, house):  # noqa: F811
    page = sign_in(client, house.dora).get(reverse("admin:people_department_change", args=[house.it.pk]))
    assert f'name="read_version" value="{house.it.version}"' in page.content.decode()


def test_a_coordinator_reads_no_note_that_was_written_before_their_demotion(house, mailoutbox):  # noqa: F811
    ticket = lifecycle.approve(house.new(), by=house.dora, priority="Low", department=house.it, assignee=house.bea)
    conversation.comment(ticket, by=house.dora, comment="canary-45", is_internal=True)
    people_lifecycle.change_role(house.bea, by=house.dora, role="Employee", reason="Moved.")
    with pytest.raises(Cancelled):
        sending.deliver(EmailNotification.objects.get(message="ticket_noted"))
    assert mailoutbox == []


def test_a_suspended_person_gets_no_mail_that_was_written_before(house, mailoutbox):  # noqa: F811
    lifecycle.resolve(house.in_progress(), by=house.bea, resolution="Done.")
    people_lifecycle.suspend(house.ana, by=house.dora, reason="Left.")
    for row in EmailNotification.objects.filter(recipient=house.ana).exclude(message="people_suspended"):
        with pytest.raises(Cancelled):
            sending.deliver(row)
    sending.deliver(EmailNotification.objects.get(message="people_suspended"))
    assert [mail.subject for mail in mailoutbox] == [EmailNotification.objects.get(message="people_suspended").subject]
