"""The back office as axe sees it. Its frame is Unfold's; what that brings stands here, word for word, and may only
become less: what is not listed fails, and what is listed and gone fails too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from jobs import bulk
from notifications.models import WebhookDelivery, WebhookSubscription
from notifications.webhooks import kinds, subscriptions
from people import lifecycle
from people.bulk import PEOPLE
from people.enums import Status
from people.models import Employee
from tests.browser.conftest import OpenWindow
from tests.browser.looking import COLOURS, too_wide, violations
from tests.browser.stages import LONG, LONG_ADDRESS
from tests.browser.steps import come_in
from tests.factories import people
from tests.people.verbs import PASSWORD

#: The narrowest window in which staff work.
PHONE = 390
#: Rule → pages. Unfold draws no <main>, and calls two parts of a list the same.
KNOWN: dict[str, set[str]] = {
    "landmark-one-main": {
        "the_start", "the_list_of_who_waits", "the_list_of_all", "an_applicant", "a_colleague", "a_verb",
        "a_verb_with_errors", "a_plan", "the_departments", "a_department", "the_rejections", "the_sign_in_policy",
        "a_new_api_key", "a_webhook_that_fails", "a_webhook_delivery",
    },
    "region": {
        "the_start", "the_list_of_who_waits", "the_list_of_all", "an_applicant", "a_colleague", "a_verb",
        "a_verb_with_errors", "a_plan", "the_departments", "a_department", "the_rejections", "the_sign_in_policy",
        "a_new_api_key", "a_webhook_that_fails", "a_webhook_delivery",
    },
    "landmark-unique": {"the_departments", "the_rejections"},
}  # fmt: skip


@pytest.fixture
def boss(site: str) -> Employee:
    return people.admin(email="boss@example.com", first_name="Boss")


def applicant() -> Employee:
    return people.person(
        Status.PENDING, email=LONG_ADDRESS, first_name=LONG, last_name=LONG, department=people.department(),
        verified=False,
    )  # fmt: skip


def the_list_of_who_waits(page: Page, boss: Employee) -> None:
    person = applicant()
    lifecycle.reject(person, by=boss, reason=f"We don't know {LONG}.")
    lifecycle.apply_again(
        person, by=person, password=PASSWORD, first_name=LONG, last_name=LONG, department=people.department()
    )
    people.person(Status.PENDING, first_name=LONG, last_name=LONG)
    page.goto("/admin/people/employee/")
    expect(page.get_by_text("Rejected before").first).to_be_visible()


def the_list_of_all(page: Page, boss: Employee) -> None:
    for status in Status:
        people.person(status, first_name=LONG, last_name=LONG, verified=False)
    people.clerk()
    page.goto("/admin/people/employee/?tab=all")


def an_applicant(page: Page, boss: Employee) -> None:
    page.goto(f"/admin/people/employee/{applicant().pk}/change/")


def a_colleague(page: Page, boss: Employee) -> None:
    person = people.person(first_name=LONG, last_name=LONG, department=people.department())
    lifecycle.edit_profile(person, by=boss, first_name=LONG[::-1], last_name=LONG)
    lifecycle.suspend(person, by=boss, reason=LONG * 5)
    page.goto(f"/admin/people/employee/{person.pk}/change/")
    page.get_by_text("What changed").first.click()


def a_verb(page: Page, boss: Employee) -> None:
    page.goto(f"/admin/people/employee/{applicant().pk}/approve/")


def a_verb_with_errors(page: Page, boss: Employee) -> None:
    page.goto(f"/admin/people/employee/{applicant().pk}/reject/")
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_text("Say why.").first).to_be_visible()


def a_verb_in_a_dialog(page: Page, boss: Employee) -> None:
    an_applicant(page, boss)
    page.locator("#content").get_by_role("link", name="Reject").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def a_plan(page: Page, boss: Employee) -> None:
    rows = [applicant(), people.person(Status.PENDING, first_name=LONG)]
    verb = PEOPLE.verb("approve")
    assert verb
    run = bulk.start(PEOPLE, verb, [row.pk for row in rows], by=boss, values={})
    page.goto(f"/admin/jobs/run/{run.pk}/plan/")
    expect(page.get_by_text("Nothing has happened yet.")).to_be_visible()


def the_departments(page: Page, boss: Employee) -> None:
    people.department()
    page.goto("/admin/people/department/")


def a_department(page: Page, boss: Employee) -> None:
    page.goto(f"/admin/people/department/{people.department().pk}/change/")


def the_rejections(page: Page, boss: Employee) -> None:
    lifecycle.reject(applicant(), by=boss, reason=f"We don't know {LONG}.")
    page.goto("/admin/people/rejectedemployeeaudit/")


def the_sign_in_policy(page: Page, boss: Employee) -> None:
    page.goto("/admin/people/signinpolicy/1/change/")


def a_new_api_key(page: Page, boss: Employee) -> None:
    page.goto("/admin/people/apikey/add/")
    page.get_by_label("Name").fill(LONG)
    page.get_by_label("Acts as").fill(boss.company_id)
    page.get_by_role("button", name="Make an API key").click()
    expect(page.get_by_text("Copy this now")).to_be_visible()


def failed_delivery(boss: Employee) -> WebhookDelivery:
    address = f"https://8.8.8.8/{LONG}"
    webhook, _secret = subscriptions.make(by=boss, name=LONG, url=address, events=list(kinds.registered()))
    row = subscriptions.send_test(webhook, by=boss)
    over = {"status": "failed", "finished_at": timezone.now(), "answer_status": 500, "answer_body": LONG * 20}
    WebhookDelivery.objects.filter(pk=row.pk).update(last_error="It answered 500.", **over)
    WebhookSubscription.objects.update(failures=3, failing_since=timezone.now() - timedelta(days=2))
    return row


def a_webhook_that_fails(page: Page, boss: Employee) -> None:
    page.goto(f"/admin/notifications/webhooksubscription/{failed_delivery(boss).subscription_id}/change/")
    expect(page.get_by_text("Nothing has arrived since")).to_be_visible()


def a_webhook_delivery(page: Page, boss: Employee) -> None:
    page.goto(f"/admin/notifications/webhookdelivery/{failed_delivery(boss).pk}/change/")
    expect(page.get_by_text("It did not arrive")).to_be_visible()


def the_start(page: Page, boss: Employee) -> None:
    page.goto("/admin/")


PAGES = [
    the_start, the_list_of_who_waits, the_list_of_all, an_applicant, a_colleague, a_verb, a_verb_with_errors,
    a_verb_in_a_dialog, a_plan, the_departments, a_department, the_rejections, the_sign_in_policy,
    a_new_api_key, a_webhook_that_fails, a_webhook_delivery,
]  # fmt: skip


@pytest.mark.parametrize("come_to", PAGES, ids=lambda way: way.__name__)
def test_nothing_is_wrong_but_what_unfold_brings_and_a_phone_shows_all_of_it(
    page: Page, boss: Employee, site: str, come_to: Callable[[Page, Employee], None]
) -> None:
    come_in(page, boss, site)
    come_to(page, boss)
    found = violations(page)
    known = {rule for rule, pages in KNOWN.items() if come_to.__name__ in pages}
    assert {rule: where for rule, where in found.items() if rule not in known} == {}
    assert known <= set(found), "it is well by now: take it from the list"
    assert too_wide(page, PHONE) == []


@pytest.mark.parametrize("come_to", PAGES, ids=lambda way: way.__name__)
def test_in_the_dark_everything_can_be_read(
    open_window: OpenWindow, boss: Employee, site: str, come_to: Callable[[Page, Employee], None]
) -> None:
    # Said before the page is there: Unfold chooses its colours when it loads.
    page = open_window(color_scheme="dark", reduced_motion="reduce")
    come_in(page, boss, site)
    come_to(page, boss)
    assert violations(page, COLOURS) == {}


def test_the_list_of_what_is_known_names_pages_that_are_looked_at() -> None:
    assert {page for pages in KNOWN.values() for page in pages} <= {way.__name__ for way in PAGES}
