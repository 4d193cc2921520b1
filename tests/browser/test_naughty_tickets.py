"""A ticket full of strings that want to be more than words, in a real browser. The windows are watched: a script that
runs would open a dialog or break, a picture would be asked for. That all of it comes back, without a browser:
tests/security/test_naughty_tickets.py.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenWindow
from tests.browser.steps import come_in
from tests.factories import files as factory
from tests.factories import people
from tests.security.test_naughty_tickets import KEPT, STRINGS
from tickets import conversation, lifecycle
from tickets.enums import FieldKind
from tickets.models import CategoryField, Ticket, TicketCategory

#: What could end up as an element, an attribute, an expression of a template or a script.
HOSTILE = [each for each in STRINGS if re.search(r"[<>&\"'`{(]|javascript:", each)]
MARKED = "() => [...document.querySelectorAll('[onerror],[onload],[onclick],[onmouseover],[onfocus]')].length"
#: Elements that strings bring along and no page of ours has.
FOREIGN = "() => document.querySelectorAll('main iframe, main object, main embed, main video, main marquee').length"


@pytest.fixture(autouse=True)
def _storage_of_its_own(tmp_path: Path, settings: Any) -> None:
    own = {"BACKEND": "backoffice.storage.PrivateFiles", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": own}


def a_ticket_full_of_them() -> Ticket:
    """Within one transaction: it is done in seconds."""
    ana, dora = people.person(first_name="Ana"), people.admin()
    with transaction.atomic():
        category = TicketCategory.objects.create(
            name=HOSTILE[0][:100], description=HOSTILE[1], assigned_department=people.department()
        )
        for number, each in enumerate(HOSTILE[:60]):
            CategoryField.objects.create(
                category=category, key=f"k{number}", label=each[:100], help=each, kind=FieldKind.CHOICE,
                choices=[each[:100], "Other"], position=number,
            )  # fmt: skip
        subject = next(each for each in KEPT if "<script" in each)
        details = {f"k{number}": each[:100] for number, each in enumerate(HOSTILE[:60])}
        ticket = lifecycle.submit(
            by=ana, category=category, subject=subject, description="\n".join(HOSTILE), details=details
        )
        for each in HOSTILE:
            conversation.comment(ticket, by=ana, comment=each)
        names = [re.sub(r"[/\\]", "", each) for each in HOSTILE if "<" in each][:9]
        conversation.attach(ticket, by=ana, files=[factory.staged(ana, f"{each[:200]}.txt") for each in names])
        for each in [each for each in KEPT if "<" in each or "{" in each][:60]:
            lifecycle.submit(by=ana, category=category, subject=each, description=each + " and more.")
        return lifecycle.approve(ticket, by=dora, priority="Medium", department=people.department())


def test_no_script_of_theirs_runs_wherever_they_are_shown(open_window: OpenWindow, site: str) -> None:
    assert len(HOSTILE) > 200
    ticket = a_ticket_full_of_them()
    mine = f"/my/tickets/{ticket.ticket_number}/"
    office = f"/admin/tickets/ticket/{ticket.pk}/"
    pages = {
        ticket.employee: [
            mine, f"{mine}?all=1", f"{mine}withdraw/", "/my/tickets/?tab=all", "/", "/my/tickets/new/",
            f"/my/tickets/new/?category={ticket.category_id}", "/search/?q=%3Cscript%3Ealert(1)%3C/script%3E",
        ],
        people.admin(): [
            f"{office}change/?all=1", f"{office}history/", f"{office}transfer/", "/admin/tickets/ticket/?queue=all",
            "/admin/", f"/admin/tickets/ticketcategory/{ticket.category_id}/change/",
            "/admin/notifications/emailnotification/",
        ],
    }  # fmt: skip
    for person, addresses in pages.items():
        page: Page = open_window()
        come_in(page, person, site)
        for address in addresses:
            answer = page.goto(address, wait_until="load")
            assert answer is not None
            assert answer.status == 200, address
            assert page.evaluate(MARKED) == 0, address
            assert page.evaluate(FOREIGN) == 0, address
    expect(page.get_by_role("main").or_(page.locator("#main")).first).to_be_visible()
