"""A canary in everything that staff say between them: who asked for the ticket finds it nowhere, and does not even
notice that something was said. That holds for an admin who asked for it themselves, in all of the back office, too.

safety.md "Who may". What single doors answer is in test_tickets_who_may.py.
"""

from __future__ import annotations

import re
from collections import deque
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from audit.actors import WORKFLOW
from jobs import heartbeat, leases
from notifications.models import EmailNotification
from people.models import Employee
from tests.factories import files as factory
from tests.factories import people
from tests.security.doors import OF_THE_MOMENT
from tests.security.test_get_changes_nothing import (
    kind_of,
    leads_on,
    let_go,
    links_on,
    pages_of_the_back_office,
)
from tests.tickets.conftest import House, house
from tickets import conversation, lifecycle
from tickets.models import Ticket

__all__ = ["house"]

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CANARY = "canarywren"
#: How long ago something was (the exact time stands in the element, and is compared), how long a clock runs, and how
#: often a file was fetched: all of it goes on while somebody looks.
GOES_ON = re.compile(rb"(<time\b[^>]*>|<dd><strong>|field-download_count[^>]*>)[^<]*")
#: The record of who looked at what, of sessions and codes: new with each visit. No canary may be in it all the same.
GROWS = (
    "/admin/audit/", "/admin/jobs/export/new/auditevent/", "/admin/tickets/ticketvisit/",
    "/admin/jobs/export/new/ticketvisit/", "/admin/jobs/heartbeat/", "/my/profile/security/", "/accounts/",
)  # fmt: skip
#: What a page says back of what was looked for.
ASKED = re.compile(rf'value="{CANARY}"|“{CANARY}”|{CANARY} – search|(?:[?&;]\w+=|q%3D){CANARY}')
#: An end, should pages ever lead to ever new ones.
MOST = 700


@pytest.fixture(autouse=True)
def _storage_of_its_own(settings: Any, tmp_path: Path) -> None:
    own = {"BACKEND": "backoffice.storage.PrivateFiles", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": own}


@pytest.fixture
def boss() -> Employee:
    """A second admin: what the first asked for, somebody else decides about."""
    return people.admin(email="boss@example.com", first_name="Boss")


def asked(house: House, by: Employee, boss: Employee) -> Ticket:
    """A lively ticket, with reasons that are for staff; and an older one of the same person, to stand beside it."""
    lifecycle.submit(by=by, category=house.category(), subject="Another feeder", description="Also for wrens.")
    ticket = lifecycle.submit(
        by=by, category=house.category(), subject="Feeder is empty", description="Since this morning.",
        files=[factory.staged(by, "photo.png")],
    )  # fmt: skip
    ticket = lifecycle.approve(ticket, by=boss, priority="Medium", department=house.it, assignee=house.bea)
    ticket = lifecycle.reprioritise(ticket, by=boss, priority="High", reason=f"For {CANARY} only.")
    ticket = lifecycle.transfer(ticket, by=house.bea, department=house.legal, reason=f"Says {CANARY}.")
    ticket = lifecycle.transfer(ticket, by=house.cem, department=house.it, reason=f"Back says {CANARY}.")
    ticket = lifecycle.claim(ticket, by=house.bea)
    conversation.comment(ticket, by=house.bea, comment="We look after it.", files=[factory.staged(house.bea)])
    return Ticket.objects.get(pk=ticket.pk)


def staff_talk(house: House, ticket: Ticket, boss: Employee) -> None:
    """In every way there is, without a word to who asked."""
    files = [factory.staged(house.bea, f"{CANARY}.txt")]
    first = conversation.comment(ticket, by=house.bea, comment=f"A {CANARY} sits.", is_internal=True, files=files)
    conversation.comment(ticket, by=boss, comment=f"Let the {CANARY} sit.", is_internal=True)
    conversation.comment(ticket, by=WORKFLOW, comment=f"Technician saw a {CANARY}.", is_internal=True)
    gone = conversation.comment(ticket, by=boss, comment=f"Not a {CANARY}.", is_internal=True)
    conversation.redact(gone, by=boss, reason=f"It was a {CANARY}.")
    client = Client()
    client.force_login(house.bea)
    sent: Any = client.get(f"/attachments/{first.attachments.get().secure_token}/")
    assert len(b"".join(sent)) > 0
    let_go(sent)
    assert CANARY in client.get(f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode(), "staff read it"


#: Made anew each time, with the moment in it: the templates of workbooks, which say what our columns are.
TIMED = re.compile(r"^/admin/jobs/spreadsheet/template/\w+/xlsx/$")


def everything(person: Employee, start: list[str]) -> dict[str, bytes]:
    """Every page, file and answer that somebody reaches from there by links, but for what is of the moment."""
    client = Client()
    client.force_login(person)
    # A crawl takes minutes on a slow machine; pages then say that the worker is gone.
    heartbeat.beat()
    found: dict[str, bytes] = {}
    waiting = deque(dict.fromkeys(start))
    kinds = {kind_of(address) for address in waiting}
    while waiting:
        address = waiting.popleft()
        if TIMED.search(address):
            continue
        answer: Any = client.get(address)
        body = b"".join(answer) if answer.streaming else answer.content
        let_go(answer)
        told = "".join(f"{name}: {answer.headers.get(name)}\n" for name in ("Location", "ETag", "Last-Modified"))
        found[address] = f"{answer.status_code}\n{told}".encode() + GOES_ON.sub(rb"\1", OF_THE_MOMENT.sub(b"", body))
        links = [answer.url] if answer.status_code in {301, 302} else []
        if "html" in answer.headers.get("Content-Type", "") and not answer.streaming:
            links += links_on(body.decode(), address)
        for link in links:
            if leads_on(link, address) and kind_of(link) not in kinds and not link.startswith("/cms/"):
                kinds.add(kind_of(link))
                waiting.append(link)
        assert len(found) < MOST, "there is no end to the addresses"
    return found


def of_a_requester(ticket: Ticket) -> list[str]:
    mine = f"/my/tickets/{ticket.ticket_number}/"
    verbs = ("", "edit/", "withdraw/", "close/", "reopen/", "comment/", "submitted/", "?all=1")
    words = (CANARY, "feeder", ticket.ticket_number, "sits")
    attachments = [f"/attachments/{each.secure_token}/" for each in ticket.attachments.all()]
    return [
        "/", "/my/tickets/", "/my/tickets/?tab=all", "/my/profile/", *(f"{mine}{verb}" for verb in verbs), *attachments,
        *(f"/search/?q={each}" for each in words), *(f"/search/suggest/?q={each}" for each in words),
        *(f"/my/tickets/?q={each}&tab=all" for each in words),
    ]  # fmt: skip


def of_the_back_office(ticket: Ticket) -> list[str]:
    listed = "/admin/tickets/ticket/?queue=all"
    page = f"/admin/tickets/ticket/{ticket.pk}/"
    orders = ("updated", "-updated", "submitted", "-submitted", "number", "priority")
    return [
        "/admin/", listed, *(f"{listed}&o={order}" for order in orders), f"{listed}&q={CANARY}", f"{listed}&q=feeder",
        *(f"{page}{each}" for each in ("change/", "change/?all=1", "history/", "similar/", "edit/", "resolve/")),
        f"/admin/tickets/historicalticket/?id__exact={ticket.pk}", f"/admin/search/?s={CANARY}",
        f"/admin/notifications/emailnotification/?q={CANARY}", f"/admin/tickets/ticketattachment/?q={CANARY}",
        f"/admin/tickets/ticket/of-person/{ticket.employee_id}/", *pages_of_the_back_office(),
    ]  # fmt: skip


def tell(person: Employee) -> list[tuple[str, str, str]]:
    """Every mail that somebody has had so far."""
    leases.drain(EmailNotification)
    sent = [each for each in mail.outbox if person.email in each.to]
    return [(each.subject, each.body, str(each.alternatives)) for each in sent]


def says(body: bytes) -> str:
    """The canary, with a few words around it; "" where it is not. What was looked for a page may say back."""
    words = unescape(body.decode(errors="replace"))
    words = re.sub(
        r'value="canarywren"|“canarywren”|canarywren – search|[?&;]\w+=canarywren|\?q%3Dcanarywren', "", words
    )
    found = re.search(rf".{{0,60}}{CANARY}.{{0,30}}", words, re.IGNORECASE | re.DOTALL)
    return " ".join(found[0].split()) if found else ""


def with_canary(pages: dict[str, bytes]) -> dict[str, str]:
    return {address: said for address, body in pages.items() if (said := says(body))}


def what_differs(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    addresses = [address for address in {**before, **after} if not address.startswith(GROWS)]
    return [address for address in addresses if before.get(address) != after.get(address)]


@pytest.fixture
def of_ana(house: House, boss: Employee) -> tuple[Ticket, list[str]]:
    ticket = asked(house, house.ana, boss)
    return ticket, of_a_requester(ticket)


def test_who_asked_finds_nothing_of_what_staff_say_between_them(house: House, boss: Employee, of_ana: Any) -> None:
    ticket, start = of_ana
    everything(house.ana, start)  # what is new to them is read, and counted as read
    before, mails = everything(house.ana, start), tell(house.ana)
    staff_talk(house, ticket, boss)
    after = everything(house.ana, start)
    assert len(after) > 30, sorted(after)
    assert with_canary(after) == {}
    assert what_differs(before, after) == [], "nor that anything was said"
    assert tell(house.ana) == mails
    assert len(mails) > 3
    assert not [each for each in mails if CANARY in " ".join(each)]


def test_a_file_on_a_note_and_the_note_itself_are_not_reached_by_guessing_either(
    house: House, boss: Employee, of_ana: Any
) -> None:
    ticket, _start = of_ana
    staff_talk(house, ticket, boss)
    client = Client()
    client.force_login(house.ana)
    hidden = [each for each in ticket.attachments.all() if CANARY in each.file_name]
    assert len(hidden) == 1
    missing = OF_THE_MOMENT.sub(b"", client.get("/attachments/00000000-0000-4000-8000-000000000000/").content)
    for address in (f"/attachments/{hidden[0].secure_token}/", f"/attachments/{hidden[0].secure_token}/?inline=1"):
        answer = client.get(address)
        assert (answer.status_code, OF_THE_MOMENT.sub(b"", answer.content)) == (404, missing)


def test_new_words_for_who_asked_are_noticed_by_this_test(house: House, of_ana: Any) -> None:
    ticket, start = of_ana
    everything(house.ana, start)
    before, mails = everything(house.ana, start), tell(house.ana)
    conversation.comment(ticket, by=house.bea, comment=f"There was a {CANARY} in it.")
    after = everything(house.ana, start)
    here = f"/my/tickets/{ticket.ticket_number}/"
    assert here in with_canary(after)
    assert {"/", here} <= set(what_differs(before, after))
    assert len(tell(house.ana)) == len(mails) + 1


@pytest.fixture
def of_dora(house: House, boss: Employee) -> tuple[Ticket, list[str]]:
    ticket = asked(house, house.dora, boss)
    return ticket, [*of_a_requester(ticket), *of_the_back_office(ticket)]


def test_an_admin_who_asked_finds_nothing_of_it_in_the_back_office(house: House, boss: Employee, of_dora: Any) -> None:
    ticket, start = of_dora
    staff_talk(house, ticket, boss)
    mails = tell(house.dora)
    pages = everything(house.dora, start)
    assert len(pages) > 120, sorted(pages)
    said = with_canary(pages)
    assert said == {}, "\n".join(f"{address}: {words}" for address, words in said.items())
    assert not [each for each in mails if CANARY in " ".join(each)]


def test_an_admin_who_asked_does_not_notice_that_staff_say_something(
    house: House, boss: Employee, of_dora: Any
) -> None:
    ticket, start = of_dora
    tell(house.dora)
    everything(house.dora, start)
    before, mails = everything(house.dora, start), tell(house.dora)
    staff_talk(house, ticket, boss)
    changed = what_differs(before, everything(house.dora, start))
    assert changed == [], "\n".join(changed)
    assert tell(house.dora) == mails
