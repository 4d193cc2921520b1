"""Three applications at once: ticked, planned, applied with progress, and what came of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from jobs import leases
from jobs.models import Run
from notifications.models import EmailNotification
from people import lifecycle
from people.enums import Status
from people.models import Employee
from tests.browser.conftest import OpenWindow
from tests.browser.steps import come_in
from tests.factories import people
from tests.people.verbs import PASSWORD

NAMES = ("Ada", "Bea", "Cem")


@pytest.fixture
def boss(site: str) -> Employee:
    return people.admin(email="boss@example.com", first_name="Boss")


@pytest.fixture
def applicants(site: str) -> dict[str, Employee]:
    """The last one has not proven the address."""

    def applicant(name: str) -> Employee:
        named = {"first_name": name, "last_name": "Byron", "email": f"{name}@example.com"}
        return people.person(Status.PENDING, raw_password=PASSWORD, verified=name != "Cem", **named)

    return {name: applicant(name) for name in NAMES}


def states() -> dict[str, str]:
    return dict(Employee.objects.filter(first_name__in=NAMES).values_list("first_name", "status"))


def row_of(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name="Row by row").get_by_role("listitem").filter(has_text=f"{name} Byron")


def makes_the_plan(page: Page) -> None:
    page.goto("/admin/people/employee/")
    for name in NAMES:
        page.get_by_label(f"Tick {name} Byron").check()
    expect(page.get_by_text("3 people ticked")).to_be_visible()
    page.get_by_label("What to do with those ticked").select_option(label="Approve")
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_role("heading", name="Nothing has happened yet. This is the plan.")).to_be_visible()


def test_three_applications_are_planned_applied_and_told(
    page: Page, boss: Employee, applicants: dict[str, Employee], site: str
) -> None:
    come_in(page, boss, site)
    makes_the_plan(page)
    assert set(states().values()) == {Status.PENDING}, "a plan does nothing"
    assert EmailNotification.objects.count() == 0, "nor does it tell anybody"
    expect(row_of(page, "Ada")).to_contain_text("Mail to Ada@example.com: “[SmartSupport] Welcome")
    expect(row_of(page, "Cem")).to_contain_text("They have not proven their address yet.")
    page.get_by_role("button", name="Apply to the 2 that can").click()
    expect(page.get_by_role("heading", name="It is being done")).to_be_visible()
    leases.drain(Run)
    # The page sees it by itself.
    expect(page.get_by_role("heading", name="Done, with some left as they were")).to_be_visible()
    assert states() == {"Ada": Status.APPROVED, "Bea": Status.APPROVED, "Cem": Status.PENDING}
    expect(row_of(page, "Cem")).to_contain_text("They have not proven their address yet.")
    assert set(EmailNotification.objects.values_list("message", "recipient_email")) == {
        ("people_approved", "Ada@example.com"), ("people_approved", "Bea@example.com"),
    }  # fmt: skip


def test_what_was_refused_is_tried_again_once_the_reason_is_gone(
    page: Page, boss: Employee, applicants: dict[str, Employee], site: str
) -> None:
    come_in(page, boss, site)
    makes_the_plan(page)
    page.get_by_role("button", name="Apply to the 2 that can").click()
    leases.drain(Run)
    again = page.get_by_role("button", name="Try the refused ones again")
    expect(again).to_be_visible()
    lifecycle.prove_address(applicants["Cem"], by=applicants["Cem"])
    again.click()
    expect(page.get_by_role("heading", name="Nothing has happened yet. This is the plan.")).to_be_visible()
    assert states()["Cem"] == Status.PENDING
    page.get_by_role("button", name="Apply to the 1 that can").click()
    expect(page.get_by_role("heading", name="It is being done")).to_be_visible()
    leases.drain(Run)
    expect(page.get_by_role("heading", name="Done", exact=True)).to_be_visible()
    assert set(states().values()) == {Status.APPROVED}


def test_it_all_goes_without_our_script(page: Page, boss: Employee, applicants: dict[str, Employee], site: str) -> None:
    """Links and forms alone. (Unfold's own pages show nothing at all without scripts.)"""
    page.route("**/backoffice.js*", lambda route: route.fulfill(body="", content_type="text/javascript"))
    come_in(page, boss, site)
    page.goto("/admin/people/employee/")
    page.get_by_label("What to do with those ticked").select_option(label="Approve")
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_text("Nothing is ticked yet.")).to_be_visible()
    for name in ("Ada", "Bea"):
        page.get_by_label(f"Tick {name} Byron").check()
    page.get_by_label("What to do with those ticked").select_option(label="Approve")
    page.get_by_role("button", name="Show the plan").click()
    page.get_by_role("button", name="Apply to the 2 that can").click()
    leases.drain(Run)
    page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_role("heading", name="Done", exact=True)).to_be_visible()
    assert states() == {"Ada": Status.APPROVED, "Bea": Status.APPROVED, "Cem": Status.PENDING}


def test_a_plan_of_somebody_else_is_seen_by_nobody_who_may_not(
    page: Page, boss: Employee, applicants: dict[str, Employee], site: str, open_window: OpenWindow
) -> None:
    come_in(page, boss, site)
    makes_the_plan(page)
    other = open_window()
    come_in(other, people.coordinator(), site)
    answer = other.goto(page.url)
    assert answer is not None
    assert answer.status == 404
