"""Who is told of what: the paragraph of domain.md, verb by verb."""

import pytest

from audit.actors import SYSTEM, WORKFLOW
from jobs import leases
from notifications import outbox as notifications_outbox
from notifications.models import EmailNotification
from notifications.sending import preview
from people import lifecycle as people_lifecycle
from tests.factories import people
from tickets import conversation, lifecycle

CANARY = "canary-7f3a"


@pytest.fixture
def told(house):
    """Calls something; answers who was told what: {("ana", "ticket_approved"), …}."""

    def call(verb, *args, **kwargs) -> set[tuple[str, str]]:
        before = set(EmailNotification.objects.values_list("pk", flat=True))
        verb(*args, **kwargs)
        rows = EmailNotification.objects.exclude(pk__in=before)
        names = [(row.recipient_email.split("@")[0], row.message.removeprefix("ticket_")) for row in rows]
        assert len(names) == len(set(names)), "somebody was told twice"
        return set(names)

    return call


def test_a_submission_is_acknowledged_and_waits_for_the_admins(house, told):
    people.admin(email="dina@example.com")
    people.admin(status="Suspended", email="gone@example.com")
    assert told(house.new) == {("ana", "submitted"), ("dora", "to_approve"), ("dina", "to_approve")}


def test_an_admin_who_asks_gets_the_receipt_and_only_the_others_may_approve(house, told):
    assert told(house.new, by=house.dora) == {("dora", "submitted")}


def test_an_approval_goes_to_the_requester_and_the_department_with_its_head(house, told):
    house.it.head_email = "head.of.it@example.org"
    house.it.save()
    people.coordinator(house.it, email="ben@example.com")
    people.coordinator(house.it, status="Suspended", email="gone@example.com")
    assert told(lifecycle.approve, house.new(), by=house.dora, priority="Low", department=house.it) == {
        ("ana", "approved"),
        ("bea", "waiting"),
        ("ben", "waiting"),
        ("head.of.it", "waiting"),
    }


def test_an_approval_with_an_assignee_goes_to_them_instead_of_the_department(house, told):
    assert told(
        lifecycle.approve, house.new(), by=house.dora, priority="Low", department=house.it, assignee=house.cem
    ) == {("ana", "approved"), ("cem", "assigned")}


def test_a_head_who_is_one_of_our_people_is_told_once_and_only_what_they_may_see(house, told):
    for head, expected in [
        (house.ana, {("ana", "approved"), ("bea", "waiting")}),
        (house.bea, {("ana", "approved"), ("bea", "waiting")}),
        (house.dora, {("ana", "approved"), ("bea", "waiting")}),
        (people.person("Suspended", email="left@example.com"), {("ana", "approved"), ("bea", "waiting")}),
        (house.eve, {("ana", "approved"), ("bea", "waiting")}),
    ]:
        house.it.head_email = head.email.upper()
        house.it.save()
        assert told(lifecycle.approve, house.new(), by=house.dora, priority="Low", department=house.it) == expected


def test_a_rejection_goes_to_the_requester_and_the_assignee(house, told):
    ticket = house.new()
    assert told(lifecycle.reject, ticket, by=house.dora, reason="No budget.") == {("ana", "rejected")}
    assert told(lifecycle.reject, house.in_progress(), by=WORKFLOW, reason="Cancelled") == {
        ("ana", "rejected"),
        ("bea", "rejected"),
    }


def test_claim_and_assign_go_to_the_requester_and_the_new_assignee(house, told):
    ticket = house.open()
    assert told(lifecycle.claim, ticket, by=house.bea) == {("ana", "taken")}
    assert told(lifecycle.assign, ticket, by=house.bea, assignee=house.cem) == {("ana", "taken"), ("cem", "assigned")}
    assert told(lifecycle.assign, ticket, by=house.dora, assignee=None) == {("ana", "taken")}


def test_hold_resume_and_resolve_go_to_the_requester_and_the_assignee_but_not_to_who_did_it(house, told):
    ticket = house.in_progress()
    assert told(lifecycle.hold, ticket, by=house.bea, reason="Waits.") == {("ana", "on_hold")}
    assert told(lifecycle.resume, ticket, by=house.dora) == {("ana", "resumed"), ("bea", "resumed")}
    assert told(lifecycle.resolve, ticket, by=house.bea, resolution="Done.") == {("ana", "resolved")}


def test_close_reopen_and_withdraw_by_the_requester_go_to_the_assignee(house, told):
    assert told(lifecycle.close, house.resolved(), by=house.ana) == {("bea", "closed")}
    assert told(lifecycle.reopen, house.resolved(), by=house.ana, reason="Again.") == {("bea", "reopened")}
    assert told(lifecycle.withdraw, house.in_progress(), by=house.ana) == {("bea", "withdrawn")}


def test_a_public_comment_goes_to_the_other_side(house, told):
    ticket = house.open()
    assert told(conversation.comment, ticket, by=house.ana, comment="Any news?") == {("bea", "commented")}
    assert told(conversation.comment, ticket, by=house.bea, comment="Soon.") == {("ana", "commented")}
    lifecycle.claim(ticket, by=house.bea)
    people.coordinator(house.it, email="ben@example.com")
    assert told(conversation.comment, ticket, by=house.dora, comment="Hello.") == {
        ("ana", "commented"),
        ("bea", "commented"),
    }


def test_a_comment_on_a_ticket_whose_assignee_is_gone_goes_to_the_coordinators(house, told):
    ticket = house.in_progress()
    people.coordinator(house.it, email="ben@example.com")
    people_lifecycle.suspend(house.bea, by=house.dora, reason="Left.")
    assert told(conversation.comment, ticket, by=house.ana, comment="Any news?") == {("ben", "commented")}


def test_an_internal_note_goes_to_the_assignee_alone_and_its_words_to_nobody_else(house, told):
    ticket = house.in_progress()
    assert told(conversation.comment, ticket, by=house.dora, comment=CANARY, is_internal=True) == {("bea", "noted")}
    assert told(conversation.comment, ticket, by=house.bea, comment=CANARY, is_internal=True) == set()
    lifecycle.resolve(ticket, by=house.bea, resolution="Done.")
    for mail in EmailNotification.objects.filter(recipient=house.ana):
        assert CANARY not in preview(mail)
        assert CANARY not in str(mail.template_data)


def test_reprioritise_goes_to_the_assignee_and_transfer_to_the_new_department(house, told):
    ticket = house.in_progress()
    assert told(lifecycle.reprioritise, ticket, by=house.dora, priority="High", reason="CEO") == {
        ("bea", "reprioritised")
    }
    house.legal.head_email = "head.of.legal@example.org"
    house.legal.save()
    assert told(lifecycle.transfer, ticket, by=house.bea, department=house.legal, reason="Contract.") == {
        ("cem", "waiting"),
        ("head.of.legal", "waiting"),
    }


def test_edit_and_start_are_told_to_nobody(house, told):
    assert (
        told(lifecycle.edit, house.new(), by=house.ana, subject="Other words", description="Ten characters.") == set()
    )
    ticket = lifecycle.approve(house.new(), by=house.dora, priority="Low", department=house.it, assignee=house.bea)
    assert told(lifecycle.start, ticket, by=house.bea) == set()


def test_nobody_who_is_suspended_is_told_anything(house, told):

    ticket = house.in_progress()
    people_lifecycle.suspend(house.ana, by=house.dora, reason="Left.")
    assert told(lifecycle.resolve, ticket, by=house.bea, resolution="Done.") == set()


def test_what_time_does_is_told_to_both(house, told, settings):
    settings.AUTO_CLOSE_DAYS = -1
    assert told(lifecycle.close, house.resolved(), by=SYSTEM) == {("ana", "closed"), ("bea", "closed")}


def test_every_message_reads_well_in_both_forms_and_leads_to_the_right_page(house, settings):
    settings.SITE_URL = "https://help.example.com"
    ticket = house.new(subject="Laptop <b>&amp; co")
    ticket = lifecycle.approve(ticket, by=house.dora, priority="Low", department=house.it)
    conversation.comment(ticket, by=house.ana, comment="<script>alert(1)</script>\nsecond line")
    mail = EmailNotification.objects.get(message="ticket_commented")
    assert mail.subject == "[TX0001] New comment: Laptop <b>&amp; co"
    text = preview(mail)
    assert "> <script>alert(1)</script>\n> second line" in text
    assert f"https://help.example.com/admin/tickets/ticket/{ticket.pk}/change/" in text
    receipt = preview(EmailNotification.objects.get(message="ticket_submitted"))
    assert receipt.startswith("We have your ticket TX0001: Laptop <b>&amp; co.\n")
    assert "https://help.example.com/my/tickets/TX0001/" in receipt


def test_a_redacted_comment_lives_on_in_no_mail(house):
    said = conversation.comment(house.open(), by=house.ana, comment=f"My password is {CANARY}")
    assert CANARY in preview(EmailNotification.objects.get(message="ticket_commented"))
    conversation.redact(said, by=house.dora, reason="A password.")
    row = EmailNotification.objects.get(message="ticket_commented")
    assert CANARY not in str(row.template_data) + row.body
    assert preview(row) is None
    assert notifications_outbox.against_sending_again(row, by=house.dora)


def test_who_signs_up_with_the_address_of_a_head_does_not_silence_the_head(house, told):
    house.it.head_email = "boss@example.org"
    house.it.save()
    people.person("Pending", email="boss@example.org")
    assert ("boss", "waiting") in told(
        lifecycle.approve, house.new(), by=house.dora, priority="Low", department=house.it
    )


def test_an_address_that_can_not_be_used_keeps_no_ticket_from_being_approved(house, told):
    house.it.head_email = "chief@exa\u200bmple.org"
    house.it.save()
    assert told(lifecycle.approve, house.new(), by=house.dora, priority="Low", department=house.it) == {
        ("ana", "approved"),
        ("bea", "waiting"),
    }


def test_mailboxes_can_sort_what_is_about_tickets(house, mailoutbox):
    house.open()
    people_lifecycle.change_role(house.eve, by=house.dora, role="Ticket Coordinator", reason="Moved.")
    leases.drain(EmailNotification)
    lists = {mail.subject.partition(":")[0]: mail.extra_headers.get("List-Id") for mail in mailoutbox}
    one = "SmartSupport tickets <tickets.localhost>"
    assert lists["[TX0001] Approved"] == lists["[TX0001] Waiting for you"] == one
    assert lists["[SmartSupport] Your role has changed"] is None
