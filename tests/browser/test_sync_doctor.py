"""The Sync doctor in a browser: what an admin does there, on a wide screen and a phone, in light and dark."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from jobs import leases
from people.models import Employee
from tests.browser.conftest import OpenWindow
from tests.browser.looking import too_wide, violations
from tests.browser.steps import come_in
from tests.browser.test_workspace import OF_UNFOLD, asked
from tests.factories import people
from tickets import lifecycle
from tickets.models import Sync, Ticket, WorkflowCallback, WorkflowDelivery
from tickets.workflow import breaker
from tickets.workflow.sandbox.sandbox import Sandbox

PAGE = "/admin/tickets/sync/"


@pytest.fixture
def dora(site: str) -> Employee:
    return people.admin(email="dora@example.com", first_name="Dora")


def test_a_difference_is_found_and_taken_over_and_everything_fits(
    open_window: OpenWindow, dora: Employee, site: str, settings: object
) -> None:
    with Sandbox(answers=False, fetches=False) as sandbox:
        settings.EXTERNAL_WORKFLOW_API_URL, settings.EXTERNAL_WORKFLOW_API_KEY = sandbox.api_url, sandbox.api_key  # type: ignore[attr-defined]
        ticket = lifecycle.approve(asked(people.person()), by=dora, priority="Medium", department=people.department())
        leases.drain(WorkflowDelivery)
        sandbox.say(ticket.ticket_number, "COMPLETED")
        WorkflowCallback.objects.create(
            webhook_id="m1", sent_at=timezone.now(), ticket=ticket, ticket_number=ticket.ticket_number,
            status_word="A_VERY_LONG_WORD_THAT_NOBODY_HAS_MAPPED", outcome="unknown status", answer_status=202,
            body_digest="", body='{"status": "x"}', reasons=[{"code": "x", "sentence": "Nobody knows.", "who": ""}],
        )  # fmt: skip
        breaker.failed("The workflow system answered: 502 Bad Gateway")
        page = open_window()
        come_in(page, dora, site)
        page.goto(PAGE)
        page.get_by_role("button", name="Compare now").click()
        expect(page.get_by_text("The workflow system is asked what it knows").first).to_be_visible()
        leases.drain(Sync)
        # The page notices by itself.
        expect(page.get_by_text("It named 1 ticket")).to_be_visible()
        page.get_by_role("link", name="Take theirs over").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("What stands there is right")
        dialog.get_by_role("button", name="Take theirs over").click()
        expect(page.get_by_text("The ticket is as it stands there now.")).to_be_visible()
        assert Ticket.objects.get(pk=ticket.pk).status == "Resolved"
        page.get_by_text("Request and answer").first.click()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its words
            page.reload()
            assert too_wide(page) == []
            assert set(violations(page)) <= OF_UNFOLD
