"""The bell, what is behind it and what one wants to be told; and the texts of e-mails, in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from notifications import notices, preferences
from people.models import Employee
from tests.browser.conftest import OpenWindow
from tests.browser.looking import too_wide, violations, violations_light_and_dark
from tests.browser.stages import LONG
from tests.browser.steps import come_in
from tests.factories import people
from tests.factories.tickets import quick_ticket
from tickets import conversation, lifecycle
from tickets.models import Ticket

#: What Unfold's frame brings (test_accessibility_of_the_back_office).
UNFOLD = {"landmark-one-main", "region"}
PHONE = 390


@pytest.fixture
def ticket(site: str) -> Ticket:
    """Somebody with a long name asked for it, and two things happened."""
    boss = people.admin(email="boss@example.com", first_name=LONG)
    made = quick_ticket("New", requester=people.person(first_name=LONG), department=people.department())
    made = lifecycle.approve(made, by=boss, priority="Low", department=made.department)
    conversation.comment(made, by=boss, comment="We look into it.")
    return made


def test_somebody_hears_follows_and_has_read(page: Page, site: str, ticket: Ticket) -> None:
    come_in(page, ticket.employee, site)
    page.goto("/")
    page.get_by_role("link", name="Notifications 2 unread").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Notifications")
    assert violations_light_and_dark(page) == {}
    assert too_wide(page) == []
    page.get_by_role("link", name=f"Unread: New comment: {ticket.subject}").click()
    expect(page).to_have_url(f"{site}/my/tickets/{ticket.ticket_number}/")
    page.get_by_role("link", name="Notifications 1 unread").click()
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_text("Everything is marked as read.")).to_be_visible()
    expect(page.get_by_role("link", name="Notifications", exact=True).first).to_be_visible()
    assert notices.unread_count(ticket.employee) == 0


def test_somebody_without_a_script_chooses_what_they_are_told(
    open_window: OpenWindow, site: str, ticket: Ticket
) -> None:
    page = open_window(java_script_enabled=False, viewport={"width": 320, "height": 800})
    come_in(page, ticket.employee, site)
    page.goto("/my/notifications/settings/")
    page.get_by_role("checkbox", name="Replies and files: by e-mail").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("We keep to that from now on.")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Replies and files: by e-mail")).not_to_be_checked()
    chosen = {each.kind.name: (each.by_email, each.in_app) for each in preferences.choices_of(ticket.employee)}
    assert chosen["ticket_replies"] == (False, True)


def test_the_settings_are_well_on_a_phone_and_a_desk(page: Page, site: str, ticket: Ticket) -> None:
    come_in(page, people.admin(), site)
    page.goto("/my/notifications/settings/")
    assert violations_light_and_dark(page) == {}
    assert too_wide(page) == []


def test_who_was_told_and_the_bell_of_the_back_office_are_well(page: Page, site: str, ticket: Ticket) -> None:
    conversation.comment(ticket, by=ticket.employee, comment="Thank you.")
    come_in(page, Employee.objects.get(email="boss@example.com"), site)
    page.goto(f"/admin/tickets/ticket/{ticket.pk}/change/")
    page.get_by_role("link", name="Who was told of what, and who was not").click()
    expect(page.get_by_text("They did it themselves.").first).to_be_attached()
    expect(page.get_by_role("link", name="Notifications").first).to_be_visible()
    assert set(violations(page)) <= UNFOLD
    assert too_wide(page, PHONE) == []


def test_the_preview_of_an_e_mail_follows_what_is_typed_and_runs_nothing(page: Page, site: str, ticket: Ticket) -> None:
    come_in(page, Employee.objects.get(email="boss@example.com"), site)
    page.goto("/admin/notifications/messagetext/of/ticket_approved/")
    mail = page.frame_locator(".texts-html")
    expect(mail.get_by_text("Your ticket TX0042 is approved.")).to_be_visible()
    page.get_by_label("First line: what happened").fill("<img src=x onerror=alert(1)> for {requester}")
    expect(mail.get_by_text("<img src=x onerror=alert(1)> for Elena Rossi")).to_be_visible()
    expect(page.locator(".texts-plain")).to_contain_text("<img src=x onerror=alert(1)> for Elena Rossi")
    assert set(violations(page)) <= UNFOLD
    assert too_wide(page, PHONE) == []
