"""What people choose to be told of, and by what."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notifications import notices, preferences
from notifications.messages import BY_EMAIL, IN_APP, kinds_for, message_of, registered
from notifications.models import EmailNotification, NoticePreference
from people import emails as people_emails
from people import lifecycle as people_lifecycle
from people.models import Employee
from tests.factories import people
from tests.tickets.conftest import House, house
from tickets import conversation, lifecycle

__all__ = ["house"]

pytestmark = pytest.mark.django_db

PAGE = "/my/notifications/settings/"


def channels(person: Employee, message: str) -> set[str]:
    """By what somebody was told of it."""
    by_email = EmailNotification.objects.filter(recipient=person, message=message).exists()
    in_app = notices.of(person).filter(message=message).exists()
    return {*([BY_EMAIL] if by_email else []), *([IN_APP] if in_app else [])}


@pytest.mark.parametrize(
    "left", [{BY_EMAIL, IN_APP}, {BY_EMAIL}, {IN_APP}, set()], ids=["both", "mail", "bell", "none"]
)
def test_each_channel_can_be_switched_off_by_itself(house, left):
    preferences.choose(house.ana, {"ticket_progress": left})
    ticket = house.open()
    conversation.comment(ticket, by=house.bea, comment="Soon.")
    assert channels(house.ana, "ticket_approved") == left
    assert channels(house.ana, "ticket_commented") == {BY_EMAIL, IN_APP}, "another kind"
    assert channels(house.bea, "ticket_waiting") == {BY_EMAIL, IN_APP}, "somebody else"


def test_a_choice_can_be_taken_back(house):
    preferences.choose(house.ana, {"ticket_progress": set()})
    preferences.choose(house.ana, {"ticket_progress": {BY_EMAIL, IN_APP}})
    house.open()
    assert channels(house.ana, "ticket_approved") == {BY_EMAIL, IN_APP}
    assert NoticePreference.objects.filter(person=house.ana).count() == 1


def test_what_keeps_an_account_safe_is_nobodys_choice(house):
    chosen = {kind.name: set() for kind in kinds_for(house.ana)}
    preferences.choose(house.ana, {**chosen, "": set(), "people_password_changed": set(), "nonsense": {"x"}})
    people_emails.password_changed(house.ana)
    people_emails.unknown_browser(house.ana, browser="Firefox", address="192.0.2.1")
    people_lifecycle.suspend(house.ana, by=house.dora, reason="Left.")
    for message in ("people_password_changed", "people_unknown_browser", "people_suspended"):
        assert channels(house.ana, message) == {BY_EMAIL}
    fixed = {each.name for each in registered() if not message_of(each.name).kind and each.name.startswith("people_")}
    assert len(fixed) >= 15
    assert {each.name for each in registered() if each.is_secret} <= fixed | {"parcel_secret"}


def test_the_department_head_from_outside_is_always_mailed(house):
    house.it.head_email = "head@example.org"
    house.it.save()
    house.open()
    assert EmailNotification.objects.filter(recipient_email="head@example.org").count() == 1


def test_the_page_offers_what_somebody_could_ever_be_told(house):
    def offered(person: Employee) -> set[str]:
        client = Client()
        client.force_login(person)
        return {row["kind"].name for row in client.get(PAGE).context["choices"]}

    everybody = {"ticket_receipts", "ticket_progress", "ticket_replies"}
    assert offered(house.ana) == everybody
    assert offered(house.bea) == everybody | {"ticket_assigned", "ticket_waiting", "ticket_notes"}
    assert {"ticket_to_approve", "people_applications"} <= offered(house.dora)


def test_the_form_keeps_what_is_ticked_and_works_without_a_script(house, client):
    client.force_login(house.ana)
    sent = {
        "shown": ["ticket_receipts", "ticket_replies", "ticket_progress", "ticket_to_approve"],
        "by_email-ticket_replies": "on",
        "in_app-ticket_progress": "on",
        "by_email-ticket_to_approve": "on",
    }
    answer = client.post(PAGE, sent, follow=True)
    assert "We keep to that from now on." in answer.content.decode()
    chosen = {each.kind.name: (each.by_email, each.in_app) for each in preferences.choices_of(house.ana)}
    assert chosen == {
        "ticket_receipts": (False, False),  # it has no bell
        "ticket_progress": (False, True),
        "ticket_replies": (True, False),
    }
    shown = answer.content.decode()
    assert 'name="by_email-ticket_replies" checked' in shown
    assert 'name="in_app-ticket_replies">' in shown
    assert not NoticePreference.objects.exclude(person=house.ana).exists()
    assert not NoticePreference.objects.filter(kind="ticket_to_approve").exists(), "not theirs to choose about"


def test_a_kind_without_a_bell_keeps_it_on_should_it_get_one(house):
    preferences.choose(house.ana, {"ticket_receipts": set()})
    assert NoticePreference.objects.get().in_app
    house.new()
    assert channels(house.ana, "ticket_submitted") == set()


def test_the_page_is_for_who_is_signed_in_and_wants_a_csrf_token(house):
    client = Client(enforce_csrf_checks=True)
    assert client.get(PAGE).url.startswith("/accounts/login/")
    client.force_login(house.ana)
    assert client.post(PAGE, {}).status_code == 403
    assert not NoticePreference.objects.exists()


def test_an_admin_can_switch_off_applications_and_others_still_hear_of_them(house: House):
    other = people.admin(email="other@example.com")
    preferences.choose(house.dora, {"people_applications": {IN_APP}})
    people_emails.application_received(people.person("Pending", email="newt@example.com"))
    assert channels(house.dora, "people_new_application") == {IN_APP}
    assert channels(other, "people_new_application") == {BY_EMAIL, IN_APP}


def test_a_verb_asks_once_for_what_everybody_chose(house):
    for _each in range(5):
        people.coordinator(house.it)
    ticket = house.new()
    with CaptureQueriesContext(connection) as taken:
        lifecycle.approve(ticket, by=house.dora, priority="Low", department=house.it)
    said = [each["sql"] for each in taken.captured_queries]
    for table in ("noticepreference", 'notifications_notice"', "ledgerentry", "emailnotification"):
        assert len([sql for sql in said if table in sql]) == 1, table


def test_a_kind_that_the_page_did_not_show_is_switched_off_by_nobody(house, client):
    """The page was opened before somebody was promoted, or before the kind was there."""
    client.force_login(house.bea)
    client.post(PAGE, {"shown": ["ticket_replies"]})
    chosen = {each.kind.name: (each.by_email, each.in_app) for each in preferences.choices_of(house.bea)}
    assert chosen.pop("ticket_replies") == (False, False)
    assert all(by_email for by_email, _in_app in chosen.values())
